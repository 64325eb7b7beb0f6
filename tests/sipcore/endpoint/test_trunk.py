"""Providers and their challenges."""

import pytest

from sipcore.b2bua.trunk_identity import TrunkIdentity
from sipcore.endpoint.trunk import Trunk, TrunkChallenges
from sipcore.message.message import Response, parse
from sipcore.registrar.digest_client import answer_challenge
from tests.support.entropy import SequenceEntropy

PROVIDER = Trunk("provider", "192.0.2.50", user="4930", password="s3cret")
URI = b"sip:+49301234@provider.test"
CHALLENGE = b'Digest realm="provider", nonce="n1", qop="auth", algorithm=MD5'


def response(status: int, *lines: bytes) -> Response:
    """A challenge of the provider."""
    data = b"SIP/2.0 %d No\r\n" % status + b"".join(line + b"\r\n" for line in lines) + b"\r\n"
    parsed = parse(data)
    assert isinstance(parsed, Response)
    return parsed


@pytest.mark.parametrize(
    ("prefix", "number", "uri"),
    [
        ("", "+49301234", b"sip:+49301234@h"),
        ("00", "+49301234", b"sip:0049301234@h"),
        ("9", "112", b"sip:9112@h"),
    ],
)
def test_a_number_is_dialled_as_the_provider_wants_it(prefix: str, number: str, uri: bytes) -> None:
    assert Trunk("t", "h", prefix=prefix).uri(number) == uri


@pytest.mark.parametrize(
    ("host", "port", "uri", "address"),
    [
        ("192.0.2.50", 0, b"sip:1@192.0.2.50", b"sip:1@192.0.2.50"),
        ("192.0.2.50", 5060, b"sip:1@192.0.2.50", b"sip:1@192.0.2.50"),
        ("sip.example", 5070, b"sip:1@sip.example:5070", b"sip:1@sip.example"),
        ("2001:db8::1", 5070, b"sip:1@[2001:db8::1]:5070", b"sip:1@[2001:db8::1]"),
    ],
)
def test_a_port_stands_in_the_request_uri_alone(
    host: str, port: int, uri: bytes, address: bytes
) -> None:
    """RFC 3261 table 1."""
    trunk = Trunk("t", host, port=port, from_user="2")

    assert (trunk.uri("1"), trunk.address("1")) == (uri, address)
    assert trunk.identity == TrunkIdentity(address.replace(b":1@", b":2@"))


@pytest.mark.parametrize(
    ("headers", "asserted", "diversion"),
    [
        (("pai",), b"P-Asserted-Identity: <sip:4930@h>", b""),
        (("ppi",), b"P-Preferred-Identity: <sip:4930@h>", b""),
        (("diversion",), b"", b"sip:4930@h"),
        (("diversion", "pai"), b"P-Asserted-Identity: <sip:4930@h>", b"sip:4930@h"),
    ],
)
def test_the_owned_number_stands_where_the_provider_reads_it(
    headers: tuple[str, ...], asserted: bytes, diversion: bytes
) -> None:
    trunk = Trunk(
        "t", "h", from_user="u", caller_id="4930", display="Gate", identity_headers=headers
    )

    assert trunk.identity == TrunkIdentity(b"sip:u@h", "Gate", asserted, diversion)


def test_without_a_user_of_its_own_a_trunk_shows_the_callers() -> None:
    assert Trunk("t", "h", user="u").identity is None


def test_the_password_of_a_trunk_is_never_shown() -> None:
    assert "s3cret" not in repr(PROVIDER)


@pytest.mark.parametrize(
    ("status", "challenge", "header"),
    [
        (401, b"WWW-Authenticate: ", b"Authorization: "),
        (407, b"Proxy-Authenticate: ", b"Proxy-Authorization: "),
    ],
)
def test_a_challenge_is_answered_in_the_header_that_belongs_to_it(
    status: int, challenge: bytes, header: bytes
) -> None:
    challenges = TrunkChallenges({"provider": PROVIDER}, SequenceEntropy())

    line = challenges.authorization(
        "provider", b"INVITE", URI, b"", response(status, challenge + CHALLENGE)
    )

    cnonce = SequenceEntropy().unique()
    value = answer_challenge(b"INVITE", URI, [CHALLENGE], "4930", "s3cret", cnonce)
    assert line == header + value


@pytest.mark.parametrize("trunk", ["unknown", "static"])
def test_a_trunk_without_credentials_answers_nothing(trunk: str) -> None:
    challenges = TrunkChallenges({"static": Trunk("static", "192.0.2.51")}, SequenceEntropy())

    answer = challenges.authorization(
        trunk, b"INVITE", URI, b"", response(401, b"WWW-Authenticate: " + CHALLENGE)
    )

    assert answer is None


@pytest.mark.parametrize("challenge", [b"Basic realm=x", b'Digest realm="x"', b"", b"Digest"])
def test_a_challenge_that_cannot_be_answered_is_not(challenge: bytes) -> None:
    challenges = TrunkChallenges({"provider": PROVIDER}, SequenceEntropy())

    answer = challenges.authorization(
        "provider", b"INVITE", URI, b"", response(401, b"WWW-Authenticate: " + challenge)
    )

    assert answer is None


def test_a_trunk_that_wants_the_body_covered_gets_it_covered() -> None:
    """RFC 7616 §3.4.3: with auth-int alone on offer the digest is over the body as well."""
    challenges = TrunkChallenges({"provider": PROVIDER}, SequenceEntropy())
    offered = CHALLENGE.replace(b'qop="auth"', b'qop="auth-int"')
    challenge = response(401, b"WWW-Authenticate: " + offered)

    line = challenges.authorization("provider", b"INVITE", URI, b"v=0", challenge)

    cnonce = SequenceEntropy().unique()
    value = answer_challenge(b"INVITE", URI, [offered], "4930", "s3cret", cnonce, b"v=0")
    assert line == b"Authorization: " + value
    assert b"qop=auth-int" in value
    assert value != answer_challenge(b"INVITE", URI, [offered], "4930", "s3cret", cnonce, b"")
