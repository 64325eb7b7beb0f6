"""RFC 7616: digest access authentication."""

import hashlib

import pytest

from sipcore.kernel.flow import Flow
from sipcore.message.auth import parse_auth
from sipcore.message.message import Request, Response, parse
from sipcore.registrar import digest as digest_module
from sipcore.registrar.digest import Authenticated, DigestAuthenticator
from sipcore.registrar.digest_client import answer_challenge
from sipcore.registrar.hashes import HASHES
from tests.support.registration import (
    DOMAIN,
    FLOW,
    NOW,
    Account,
    RegistrarBench,
    nonce_of,
    register,
)

URI = b"sip:doorline.test"


def is_stale(response: Response) -> bool:
    return parse_auth(response.every(b"www-authenticate")[0])[1].get(b"stale") == b"true"


def test_auth_int_covers_the_body_and_is_checked_whenever_it_is_used() -> None:
    """§3.4.3."""
    bench = RegistrarBench()
    challenge = bench.authenticator.challenge(NOW)[0].partition(b": ")[2]
    offered = challenge.replace(b'qop="auth"', b'qop="auth-int"')
    body = b"<state/>"
    line = answer_challenge(b"MESSAGE", URI, [offered], "1001", "secret", b"c", body)
    head = register(method=b"MESSAGE", contacts=[], extra=[b"Authorization: " + line]).raw

    def judged(content: bytes) -> bool:
        raw = head.replace(b"Content-Length: 0", b"Content-Length: %d" % len(content)) + content
        request = parse(raw)
        assert isinstance(request, Request)
        return isinstance(bench.authenticator.authenticate(request, NOW), Authenticated)

    assert (judged(b"<forged>"), judged(body)) == (False, True)


def test_auth_alone_is_offered_unless_the_operator_wants_more() -> None:
    """§3.3: simple clients compare the whole value."""
    bench = RegistrarBench()
    plain = bench.authenticator.challenge(NOW)[0]
    more = DigestAuthenticator(DOMAIN, bench.accounts, bench.nonces, offers_auth_int=True)

    assert b'qop="auth",' not in plain
    assert plain.endswith(b'qop="auth"')
    assert more.challenge(NOW)[0].endswith(b'qop="auth,auth-int"')


def test_an_old_nonce_is_stale_and_not_wrong() -> None:
    """§3.3: a client with stale=true tries again without asking its user."""
    bench = RegistrarBench()
    line = bench.credentials()
    bench.now += 3601

    response = bench.send(register(extra=[line]))

    assert (response.status, is_stale(response)) == (401, True)


@pytest.mark.parametrize(
    ("elsewhere", "status"),
    [
        (Flow("UDP", 0, "192.0.2.77", 9999), 200),
        (Flow("UDP", 0, "198.51.100.1", 5062), 401),
        (Flow("TCP", 1, "192.0.2.10", 5062, 3), 401),
    ],
)
def test_a_nonce_is_bound_to_the_network_it_was_issued_to(elsewhere: Flow, status: int) -> None:
    """§5.4: the address of the client may go into the nonce; elsewhere it is stale."""
    bench = RegistrarBench()

    response = bench.send(register(extra=[bench.credentials(flow=FLOW)]), elsewhere)

    assert (response.status, status == 200 or is_stale(response)) == (status, True)


def test_a_used_nonce_is_no_more_welcome_elsewhere() -> None:
    """§5.4: nor after its owner has used it."""
    bench = RegistrarBench()
    bench.register()
    line = bench.credentials()

    response = bench.send(register(cseq=2, extra=[line]), Flow("UDP", 0, "198.51.100.1", 1))

    assert (response.status, is_stale(response)) == (401, True)
    assert bench.send(register(cseq=2, extra=[line])).status == 200


def test_the_nonce_count_goes_up_and_is_never_taken_twice() -> None:
    """§3.4.6, §5.12: a captured request cannot be sent again with another content."""
    bench = RegistrarBench()
    line = bench.credentials()
    bench.send(register(extra=[line]))

    replayed = bench.send(register(cseq=2, contacts=[b"<sip:attacker@198.51.100.1>"], extra=[line]))

    assert (replayed.status, len(bench.location)) == (401, 1)


def test_a_nonce_near_its_end_is_replaced_with_nextnonce() -> None:
    """§3.5: so that no refresh costs a second round trip."""
    bench = RegistrarBench()
    bench.register()
    bench.now += 3400

    response = bench.register(cseq=2)
    info = response.first(b"authentication-info") or b""
    fresh = nonce_of(info)
    bench.now += 290
    challenge = b'Digest realm="doorline.test", nonce="%b", qop="auth"' % fresh
    value = answer_challenge(b"REGISTER", URI, [challenge], "1001", "secret", b"c")

    assert bench.send(register(cseq=3, extra=[b"Authorization: " + value])).status == 200


def test_a_young_nonce_stays() -> None:
    """§3.5: nextnonce is no habit."""
    assert RegistrarBench().register().first(b"authentication-info") is None


def test_a_hashed_user_name_is_understood() -> None:
    """§3.4.4."""
    bench = RegistrarBench()
    hashed = hashlib.md5(b"1001:doorline.test").hexdigest().encode()  # noqa: S324
    line = bench.credentials().replace(b'username="1001"', b'username="%b"' % hashed)

    assert bench.send(register(extra=[line + b", userhash=true"])).status == 200


def test_a_user_name_in_extended_notation_is_understood() -> None:
    """§3.4, RFC 5987."""
    bench = RegistrarBench()
    line = bench.credentials().replace(b'username="1001"', b"username*=UTF-8''%31001")

    assert bench.send(register(extra=[line])).status == 200


@pytest.mark.interpreted
def test_unknown_disabled_and_wrong_cost_the_same_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """§5.8: what is counted is hash calls, because time is what they make."""
    accounts = (Account("1001", "secret"), Account("1002", "secret", enabled=False))
    counted = 0

    def counting(text: bytes) -> bytes:
        nonlocal counted
        counted += 1
        return HASHES["MD5"](text)

    monkeypatch.setattr(digest_module, "HASHES", {**HASHES, "MD5": counting})
    costs = set()
    for user, password in (("1001", "wrong"), ("1002", "secret"), ("1003", "secret")):
        bench = RegistrarBench(*accounts)
        line = bench.credentials(user, password)
        counted = 0
        assert bench.send(register(user, extra=[line])).status == 403
        costs.add(counted)

    assert costs == {2}  # H(A2) and the response


@pytest.mark.parametrize("nc", [b"1", b"0x000001", b"+0000001", b"1_000000", b"000000001", b""])
def test_a_nonce_count_is_eight_hexadecimal_digits(nc: bytes) -> None:
    """§3.4: `nc-value = 8LHEX`."""
    bench = RegistrarBench()
    line = bench.credentials().replace(b"nc=00000001", b"nc=" + nc)

    assert bench.send(register(extra=[line])).status == 400
