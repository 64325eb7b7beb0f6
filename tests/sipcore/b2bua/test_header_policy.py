"""What crosses the server besides the body."""

import pytest

from sipcore.b2bua import header_policy
from sipcore.message.message import Request, Response, parse
from tests.support.peers import invite, reply
from tests.support.wire import DOOR


def request(*extra: str) -> Request:
    """An INVITE with these headers."""
    parsed = parse(invite(DOOR, extra=extra))
    assert isinstance(parsed, Request)
    return parsed


def test_only_what_is_listed_crosses_in_its_order_and_with_its_octets() -> None:
    message = request(
        "Subject: Visit",
        "Route: <sip:edge;lr>",
        "Record-Route: <sip:edge;lr>",
        "Alert-Info: <urn:alert:tone>;x",
        "P-Asserted-Identity: <sip:boss@x>",
        "Authorization: Digest username=x",
        "Supported: 100rel, timer",
        "User-Agent: Door",
        "accept:  application/sdp",
        "Content-Disposition: session;handling=required",
        "X-Anything: 1",
    )

    assert header_policy.crossing(message) == [
        b"Subject: Visit",
        b"Accept: application/sdp",
        b"Content-Disposition: session;handling=required",
    ]


@pytest.mark.parametrize("name", ["Alert-Info", "Call-Info", "Answer-Mode", "Priv-Answer-Mode"])
def test_no_caller_makes_a_neighbours_phone_pick_up_by_itself(name: str) -> None:
    assert header_policy.crossing(request(f"{name}: <sip:x>;answer-after=0")) == []


def test_a_response_passes_less() -> None:
    data = reply(
        request(), 486, extra=("Retry-After: 5", "Warning: 399 x y", "Server: Phone", "Subject: x")
    )
    message = parse(data)

    assert isinstance(message, Response)
    assert header_policy.crossing(message) == [b"Retry-After: 5"]


def test_no_header_can_be_smuggled_across_a_fold() -> None:
    crossed = header_policy.crossing(request("Subject: a\r\n X-Evil: b"))

    assert crossed == [b"Subject: a X-Evil: b"]


@pytest.mark.parametrize(
    ("lines", "missing"),
    [
        ((), b""),
        (("Require: 100rel",), b"100rel"),
        (("Require: a, b", "Require: c"), b"a, b, c"),
        (("Require:",), b""),
    ],
)
def test_every_required_extension_is_named(lines: tuple[str, ...], missing: bytes) -> None:
    assert header_policy.unsupported_extensions(request(*lines)) == missing


def test_the_content_type_keeps_its_parameters() -> None:
    data = invite(DOOR, body=b"x", content_type='multipart/mixed; boundary="a b"')

    assert header_policy.raw_content_type(parse(data)) == b'multipart/mixed; boundary="a b"'
    assert header_policy.raw_content_type(parse(invite(DOOR, body=b""))) == b""
