"""What is answered to a body that this server should read and cannot."""

import pytest

from sipcore.message.content import ACCEPT, ACCEPT_ENCODING, not_understood
from sipcore.message.message import Request, parse


def request(*lines: bytes, body: bytes = b"x") -> Request:
    """An OPTIONS with these header lines and a body."""
    head = b"\r\n".join((b"OPTIONS sip:a@b SIP/2.0", *lines, b"Content-Length: %d" % len(body)))
    parsed = parse(head + b"\r\n\r\n" + body)
    assert isinstance(parsed, Request)
    return parsed


TEXT = b"Content-Type: text/plain"


@pytest.mark.parametrize(
    ("lines", "answer"),
    [
        ((TEXT,), ()),
        ((), ()),
        ((b"Content-Type: a/b",), (ACCEPT,)),
        ((b"Content-Type: nonsense",), (ACCEPT,)),
        ((TEXT, b"Content-Encoding: identity, , gzip"), (ACCEPT_ENCODING,)),
        ((TEXT, b"Content-Encoding: Identity", b"Content-Encoding: identity"), ()),
        ((b"Content-Type: a/b", b"Content-Encoding: br"), (ACCEPT, ACCEPT_ENCODING)),
        ((TEXT, b"Content-Disposition: shred"), (ACCEPT,)),
        ((TEXT, b"Content-Disposition: Session"), ()),
        ((b"Content-Type: a/b", b"Content-Disposition: x; handling=optional"), ()),
        ((b"Content-Type: a/b", b"Content-Disposition: x; y; handling=other"), (ACCEPT,)),
    ],
)
def test_the_answer_lists_what_would_be_understood(
    lines: tuple[bytes, ...], answer: tuple[bytes, ...]
) -> None:
    assert not_understood(request(*lines)) == answer


def test_without_a_body_there_is_nothing_to_understand() -> None:
    assert not_understood(request(b"Content-Type: a/b", body=b"")) == ()
