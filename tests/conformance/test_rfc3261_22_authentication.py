"""RFC 3261 §22: authentication of requests."""

import pytest

from sipcore.message.auth import parse_auth
from sipcore.registrar.digest_client import answer_challenge
from tests.support.registration import Account, RegistrarBench, nonce_of, register


def test_a_challenge_names_realm_nonce_algorithm_and_qop() -> None:
    """§22.1, §22.4: digest, and a realm that a person can recognise."""
    scheme, params = parse_auth(RegistrarBench().send(register()).every(b"www-authenticate")[0])

    assert scheme == b"digest"
    assert {b"realm", b"nonce", b"algorithm", b"qop"} <= params.keys()


def test_basic_is_neither_offered_nor_accepted() -> None:
    """§22: "Basic ... has been deprecated; servers MUST NOT accept credentials using it"."""
    bench = RegistrarBench()

    response = bench.send(register(extra=[b"Authorization: Basic MTAwMTpzZWNyZXQ="]))

    assert response.status == 401
    assert all(parse_auth(v)[0] == b"digest" for v in response.every(b"www-authenticate"))


def test_credentials_for_another_realm_do_not_count() -> None:
    """§22.2: a client may send credentials for several realms."""
    bench = RegistrarBench()
    ours = bench.credentials()
    theirs = ours.replace(b'realm="doorline.test"', b'realm="elsewhere"')

    assert bench.send(register(extra=[theirs])).status == 401
    assert bench.send(register(extra=[theirs, ours])).status == 200


def test_credentials_without_qop_are_accepted() -> None:
    """§22.4 item 8: RFC 2069 clients."""
    bench = RegistrarBench()
    challenge = bench.send(register()).every(b"www-authenticate")[0]
    bench._challenge = [challenge.replace(b', qop="auth"', b"")]
    line = bench.credentials()

    assert b"qop" not in line
    assert bench.send(register(extra=[line])).status == 200


@pytest.mark.parametrize(
    ("uri", "status"), [(b"sip:doorline.test:5060", 200), (b"sip:elsewhere.test", 400)]
)
def test_the_digest_uri_must_mean_this_server(uri: bytes, status: int) -> None:
    """§22.4 item 6, RFC 7616 §3.4.6: a mismatch is a bad request."""
    bench = RegistrarBench()
    challenges = bench.send(register()).every(b"www-authenticate")[:1]
    value = answer_challenge(b"REGISTER", uri, challenges, "1001", "secret", b"c")

    assert bench.send(register(extra=[b"Authorization: " + value])).status == status


def test_an_unknown_account_a_disabled_one_and_a_wrong_password_look_alike() -> None:
    """§22.1 with RFC 7616 §5.8: nothing tells a guesser which accounts exist."""
    accounts = (Account("1001", "secret"), Account("1002", "secret", enabled=False))
    answers = set()
    for user, password in (("1001", "wrong"), ("1002", "secret"), ("1003", "secret")):
        bench = RegistrarBench(*accounts)
        line = bench.credentials(user, password)
        answers.add(bench.send(register(user, extra=[line])).raw.replace(user.encode(), b"U"))

    assert len(answers) == 1


def test_each_challenge_has_a_nonce_of_its_own() -> None:
    """§22.4 with RFC 7616 §3.3."""
    bench = RegistrarBench()
    nonces = {nonce_of(bench.send(register()).every(b"www-authenticate")[0]) for _ in range(50)}

    assert len(nonces) == 50
