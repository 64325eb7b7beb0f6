"""Which response a PRACK acknowledges (RFC 3262)."""

import pytest

from sipcore.dialog.reliable import acknowledged, response_number
from sipcore.kernel.errors import BadMessage
from sipcore.message.message import Request, Response, parse

HEAD = b"Via: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@x>;tag=1\r\nTo: <sip:b@x>;tag=2\r\n"


def response(status: int, *lines: bytes) -> Response:
    start = b"SIP/2.0 %d x" % status
    made = parse(b"\r\n".join((start, HEAD + b"Call-ID: 1\r\nCSeq: 1 INVITE", *lines, b"", b"")))
    assert isinstance(made, Response)
    return made


def prack(*lines: bytes) -> Request:
    start = b"PRACK sip:b@x SIP/2.0"
    made = parse(b"\r\n".join((start, HEAD + b"Call-ID: 1\r\nCSeq: 2 PRACK", *lines, b"", b"")))
    assert isinstance(made, Request)
    return made


@pytest.mark.parametrize(
    ("status", "lines", "number"),
    [
        (183, (b"Require: 100rel", b"RSeq: 77"), 77),
        (180, (b"Require: x, 100REL", b"RSeq: 4294967295"), 4294967295),
        (183, (b"Require: 100rel", b"RSeq: 4294967296"), 0),
        (183, (b"Require: 100rel", b"RSeq: one"), 0),
        (183, (b"Require: 100rel",), 0),
        (183, (b"RSeq: 77",), 0),
        (100, (b"Require: 100rel", b"RSeq: 77"), 0),
        (200, (b"Require: 100rel", b"RSeq: 77"), 0),
    ],
)
def test_a_response_is_reliable_when_it_says_so_in_full(
    status: int, lines: tuple[bytes, ...], number: int
) -> None:
    assert response_number(response(status, *lines)) == number


def test_rack_names_the_response_and_its_request() -> None:
    assert acknowledged(prack(b"RAck: 77 \t 1 INVITE")) == (77, 1, b"INVITE")


@pytest.mark.parametrize(
    "lines", [(), (b"RAck: 1 INVITE",), (b"RAck: a b c",), (b"RAck: 1 2 3 4",)]
)
def test_a_rack_that_cannot_be_read_is_a_bad_message(lines: tuple[bytes, ...]) -> None:
    with pytest.raises(BadMessage):
        acknowledged(prack(*lines))
