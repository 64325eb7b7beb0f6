"""Who sent a request."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipcore.kernel.flow import Flow
from sipcore.message.message import Request, parse
from sipcore.registrar import digest
from sipcore.registrar.digest import Authenticated, Challenged, Verdict
from sipcore.registrar.digest_client import answer_challenge
from sipcore.registrar.outcome import Fault, Rejected
from tests.support.registration import (
    DOMAIN,
    FLOW,
    NOW,
    PASSWORD,
    Account,
    RegistrarBench,
    nonce_of,
    register,
)

URI = b"sip:doorline.test"


def challenged(bench: RegistrarBench, **changed: object) -> bytes:
    """The first challenge for a new request."""
    verdict = bench.authenticator.authenticate(register(**changed), NOW)  # type: ignore[arg-type]
    assert isinstance(verdict, Challenged)
    return verdict.lines[0].partition(b": ")[2]


def authorization(challenge: bytes, **changed: str | int | bytes) -> bytes:
    """An Authorization line that answers a challenge."""
    values = {"user": "1001", "password": PASSWORD, "count": 1, "uri": URI} | changed
    return b"Authorization: " + answer_challenge(
        b"REGISTER",
        values["uri"],  # type: ignore[arg-type]
        [challenge],
        values["user"],  # type: ignore[arg-type]
        values["password"],  # type: ignore[arg-type]
        b"cnonce",
        count=values["count"],  # type: ignore[arg-type]
    )


def judged(bench: RegistrarBench, *lines: bytes, now: float = NOW, **changed: object) -> Verdict:
    request = register(extra=lines, **changed)  # type: ignore[arg-type]
    verdict = bench.authenticator.authenticate(request, now)
    if isinstance(verdict, Authenticated):
        return Authenticated(verdict.credential, verdict.is_repeat)
    return verdict


def test_a_request_without_credentials_is_challenged_with_md5_above_sha_256() -> None:
    bench = RegistrarBench()

    verdict = bench.authenticator.authenticate(register(), NOW)

    assert isinstance(verdict, Challenged)
    nonce = nonce_of(verdict.lines[0])
    assert verdict == Challenged(
        (
            b'WWW-Authenticate: Digest realm="doorline.test", nonce="%b", algorithm=MD5, qop="auth"'
            % nonce,
            b'WWW-Authenticate: Digest realm="doorline.test", nonce="%b", algorithm=SHA-256,'
            b' qop="auth"' % nonce,
        )
    )


@pytest.mark.parametrize(
    "agent",
    [b"Akuvox R29 29.30.2.17", b"eXosip/4.1.0", b"baresip v1.0.0 (x86_64/linux)"],
)
def test_phones_that_give_up_at_sha_256_are_offered_md5_alone(agent: bytes) -> None:
    verdict = judged(RegistrarBench(), b"User-Agent: " + agent)

    assert isinstance(verdict, Challenged)
    assert [b"algorithm=MD5" in line for line in verdict.lines] == [True]


@pytest.mark.parametrize("transport", ["WS", "WSS"])
def test_stacks_of_browsers_which_read_the_last_challenge_find_md5_there(transport: str) -> None:
    """RFC 8760 §2.3: the stronger one on top."""
    verdict = RegistrarBench().authenticator.authenticate(
        register(), NOW, flow=Flow(transport, 0, "192.0.2.7", 40000, 9)
    )

    assert isinstance(verdict, Challenged)
    assert [b"algorithm=MD5" in line for line in verdict.lines] == [False, True]
    assert [b"algorithm=SHA-256" in line for line in verdict.lines] == [True, False]


def test_a_proxy_challenge_has_its_own_header() -> None:
    lines = RegistrarBench().authenticator.challenge(NOW, proxy=True)

    assert [line.partition(b":")[0] for line in lines] == [b"Proxy-Authenticate"] * 2


def test_right_credentials_name_the_account() -> None:
    bench = RegistrarBench()

    verdict = judged(bench, authorization(challenged(bench)))

    assert verdict == Authenticated(bench.accounts.by_user["1001"])


def test_sha_256_is_accepted() -> None:
    bench = RegistrarBench()
    first = bench.authenticator.challenge(NOW)[1].partition(b": ")[2]

    line = authorization(first)

    assert b"algorithm=SHA-256" in line
    assert judged(bench, line) == Authenticated(bench.accounts.by_user["1001"])


def legacy(nonce: bytes) -> bytes:
    """Credentials as RFC 2069 clients send them: neither qop nor algorithm."""
    ha1 = hashlib.md5(f"1001:{DOMAIN}:{PASSWORD}".encode()).hexdigest()  # noqa: S324
    ha2 = hashlib.md5(b"REGISTER:" + URI).hexdigest()  # noqa: S324
    response = hashlib.md5(f"{ha1}:{nonce.decode()}:{ha2}".encode()).hexdigest()  # noqa: S324
    return (
        f'Authorization: Digest username="1001", realm="{DOMAIN}", nonce="{nonce.decode()}",'
        f' uri="{URI.decode()}", response="{response}"'
    ).encode()


def test_credentials_without_qop_are_accepted_once_for_each_nonce() -> None:
    bench = RegistrarBench()
    line = legacy(nonce_of(challenged(bench)))

    first, second = judged(bench, line), judged(bench, line, cseq=2)

    assert first == Authenticated(bench.accounts.by_user["1001"])
    assert isinstance(second, Challenged)
    assert second.is_stale


def test_a_retransmission_is_recognised() -> None:
    bench = RegistrarBench()
    line = authorization(challenged(bench))

    first, second = judged(bench, line), judged(bench, line)

    account = bench.accounts.by_user["1001"]
    assert (first, second) == (Authenticated(account), Authenticated(account, is_repeat=True))


def test_a_used_count_in_another_request_is_challenged_anew() -> None:
    bench = RegistrarBench()
    line = authorization(challenged(bench))
    judged(bench, line)

    replayed = judged(bench, line, contacts=[b"<sip:1001@attacker.example>"])

    assert isinstance(replayed, Challenged)
    assert [b"stale=true" in challenge for challenge in replayed.lines] == [True, True]


def test_only_a_register_may_be_repeated() -> None:
    bench = RegistrarBench()
    value = answer_challenge(b"INVITE", URI, [challenged(bench)], "1001", PASSWORD, b"c")
    line = b"Authorization: " + value

    verdicts = [judged(bench, line, method=b"INVITE") for _ in range(2)]

    assert [type(verdict) for verdict in verdicts] == [Authenticated, Challenged]


def test_an_old_nonce_is_challenged_anew_without_a_password_prompt() -> None:
    bench = RegistrarBench()

    verdict = judged(bench, authorization(challenged(bench)), now=NOW + 3601)

    assert isinstance(verdict, Challenged)
    assert verdict.is_stale


def test_a_nonce_of_an_earlier_run_is_challenged_anew() -> None:
    line = authorization(b'Digest realm="doorline.test", nonce="' + b"0" * 48 + b'", qop="auth"')

    verdict = judged(RegistrarBench(), line)

    assert isinstance(verdict, Challenged)
    assert verdict.is_stale


def test_unknown_disabled_and_wrong_look_the_same() -> None:
    bench = RegistrarBench(Account("1001", PASSWORD), Account("1002", PASSWORD, enabled=False))
    challenge = challenged(bench)

    verdicts = [
        judged(bench, authorization(challenge, password="wrong")),
        judged(bench, authorization(challenge, user="1002")),
        judged(bench, authorization(challenge, user="9999")),
        judged(bench, authorization(challenge, user="")),
        judged(bench, authorization(challenge, user="\x00é")),
    ]

    assert verdicts == [Rejected(403, b"Forbidden", fault=Fault.CREDENTIALS)] * 5


def test_a_wrong_password_uses_up_no_count() -> None:
    bench = RegistrarBench()
    challenge = challenged(bench)
    judged(bench, authorization(challenge, password="wrong"))

    assert isinstance(judged(bench, authorization(challenge)), Authenticated)


def test_credentials_for_other_realms_are_passed_over() -> None:
    bench = RegistrarBench()
    foreign = b'Authorization: Digest username="x", realm="other", nonce="n", uri="u", response="r"'
    basic = b"Authorization: Basic eDp5"

    verdict = judged(bench, foreign, basic, authorization(challenged(bench)))

    assert isinstance(verdict, Authenticated)


@pytest.mark.parametrize(
    ("old", "new", "answer"),
    [
        (b"username=", b"x=", Rejected(400, b"Malformed Credentials")),
        (b"nonce=", b"x=", Rejected(400, b"Malformed Credentials")),
        (b"response=", b"x=", Rejected(400, b"Malformed Credentials")),
        (b"uri=", b"x=", Rejected(400, b"Malformed Credentials")),
        (b"nc=00000001", b"nc=1", Rejected(400, b"Malformed Credentials")),
        (b"nc=00000001", b"nc=0000000g", Rejected(400, b"Malformed Credentials")),
        (b"nc=00000001", b"nc=-0000001", Rejected(400, b"Malformed Credentials")),
        (b"nc=00000001", b"nc=00000000", Rejected(400, b"Malformed Credentials")),
        (b"cnonce=", b"x=", Rejected(400, b"Malformed Credentials")),
        (b"qop=auth", b"qop=auth-conf", Rejected(400, b"Unsupported Qop")),
        (b"=MD5", b"=SHA-512-256", Rejected(400, b"Unsupported Algorithm")),
        (b"Digest ", b"Digest =", Rejected(400, b"Malformed Credentials")),
        (b"algorithm=MD5", b"username=x", Rejected(400, b"Malformed Credentials")),
    ],
)
def test_malformed_credentials_are_refused(old: bytes, new: bytes, answer: Rejected) -> None:
    bench = RegistrarBench()
    line = authorization(challenged(bench))
    assert old in line

    assert judged(bench, line.replace(old, new, 1)) == answer


@pytest.mark.parametrize(
    ("uri", "is_accepted"),
    [
        (b"sip:doorline.test", True),
        (b"sip:192.0.2.100:5060", True),  # SIPp names the server's address
        (b"sip:DOORLINE.test;transport=udp", True),
        (b"sip:attacker.example", False),
        (b"sip:1002@doorline.test", False),
        (b"nonsense", False),
    ],
)
def test_the_digest_must_be_meant_for_this_server(uri: bytes, is_accepted: bool) -> None:
    bench = RegistrarBench()

    verdict = judged(bench, authorization(challenged(bench), uri=uri))

    expected = Authenticated(bench.accounts.by_user["1001"])
    assert verdict == (expected if is_accepted else Rejected(400, b"Digest URI Mismatch"))


def test_the_hashes_of_uris_do_not_fill_the_memory() -> None:
    bench = RegistrarBench()
    challenge = challenged(bench)
    for number in range(5000):
        uri = b"sip:doorline.test;x=%d" % number
        judged(bench, authorization(challenge, uri=uri), uri=uri)

    assert len(bench.authenticator._ha2) <= 4096


@given(
    st.binary(max_size=80).filter(lambda b: b"\r\n" not in b),
    st.sampled_from([b"", b"Digest ", b'Digest realm="doorline.test", nonce="n", ']),
)
def test_no_credentials_raise(octets: bytes, start: bytes) -> None:
    bench = RegistrarBench()
    request = parse(register().raw.replace(b"\r\n\r\n", b"\r\nAuthorization: X\r\n\r\n"))
    assert isinstance(request, Request)
    request.headers[-1] = (b"authorization", start + octets)
    request.index[b"authorization"] = start + octets

    verdict = bench.authenticator.authenticate(request, NOW)

    assert isinstance(verdict, Challenged) or (
        isinstance(verdict, Rejected) and verdict.status == 400
    )


@pytest.mark.parametrize("method", [b"INVITE", b"MESSAGE", b"SUBSCRIBE", b"OPTIONS"])
def test_an_account_of_a_visit_registers_and_does_nothing_else(method: bytes) -> None:
    bench = RegistrarBench()
    bench.visits.open("v1", "1001", "phone", "visit-7", "once", NOW, NOW + 60)
    lines = [
        bench.credentials("visit-7", "once", method=method),
        bench.credentials("visit-8", "once", method=method),
    ]
    verdicts = [
        bench.authenticator.authenticate(register(method=method, extra=(line,)), NOW, flow=FLOW)
        for line in lines
    ]

    # As one that does not exist.
    assert verdicts == [Rejected(403, b"Forbidden", fault=Fault.CREDENTIALS)] * 2


@pytest.mark.parametrize("password", ["once", "guessed"])
def test_who_refreshes_after_the_visit_is_refused_and_nothing_is_held_against_it(
    password: str,
) -> None:
    bench = RegistrarBench()
    bench.visits.open("v1", "1001", "phone", "visit-7", "once", NOW, NOW + 60)
    line = bench.credentials("visit-7", password)

    verdict = bench.authenticator.authenticate(register(extra=(line,)), NOW + 60, flow=FLOW)

    assert verdict == Rejected(403, b"Forbidden")


def test_a_wrong_password_for_the_account_of_a_visit_is_held_against_its_sender() -> None:
    bench = RegistrarBench()
    bench.visits.open("v1", "1001", "phone", "visit-7", "once", NOW, NOW + 60)
    line = bench.credentials("visit-7", "guessed")

    verdict = bench.authenticator.authenticate(register(extra=(line,)), NOW, flow=FLOW)

    assert verdict == Rejected(403, b"Forbidden", fault=Fault.CREDENTIALS)


@pytest.mark.interpreted
@pytest.mark.parametrize("name", ["1001", "visit-7", "nobody", "visit-nobody"])
def test_whoever_is_meant_the_digest_is_computed_and_compared(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = RegistrarBench()
    bench.visits.open("v1", "1001", "phone", "visit-7", "once", NOW, NOW + 60)
    line = bench.credentials(name, "guessed")
    compared: list[int] = []

    def compare(one: bytes, two: bytes) -> bool:
        compared.append(len(two))
        return one == two

    monkeypatch.setattr(digest, "compare_digest", compare)

    verdict = bench.authenticator.authenticate(register(extra=(line,)), NOW, flow=FLOW)

    assert isinstance(verdict, Rejected)
    assert compared == [32]
