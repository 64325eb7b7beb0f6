"""The keep parameter of Via (RFC 6223 §4)."""

import pytest

from sipcore.message.build import response
from sipcore.message.keep import answer_keep
from sipcore.message.message import Request, parse

UDP = b"SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1"
WS = b"SIP/2.0/WS a.invalid;branch=z9hG4bK1"


@pytest.mark.parametrize(
    ("via", "answered"),
    [
        (UDP + b";keep", UDP + b";keep=30"),
        (WS + b";keep;rport", WS + b";keep=120;rport"),
        (WS + b" ; Keep , " + UDP + b";keep", WS + b" ; Keep=120 , " + UDP + b";keep"),
        (UDP + b";keep=10", UDP + b";keep=10"),
        (UDP + b";keeper", UDP + b";keeper"),
        (UDP + b", SIP/2.0/UDP a;keep", UDP + b", SIP/2.0/UDP a;keep"),
        (UDP + b';x=";keep";keep', UDP + b';x=";keep";keep'),
    ],
)
def test_only_an_unanswered_keep_of_the_top_via_gets_a_value(via: bytes, answered: bytes) -> None:
    assert answer_keep(via) == answered


@pytest.mark.parametrize(
    ("method", "status", "is_answered"),
    [
        ("REGISTER", 200, True),
        ("INVITE", 180, True),
        ("INVITE", 200, True),
        ("INVITE", 100, False),
        ("REGISTER", 401, False),
        ("OPTIONS", 200, False),
        ("BYE", 200, False),
    ],
)
def test_keep_alives_are_agreed_on_for_registrations_and_dialogs(
    method: str, status: int, is_answered: bool
) -> None:
    request = parse(
        f"{method} sip:a SIP/2.0\r\nVia: {UDP.decode()};keep;rport\r\nFrom: <sip:a@b>;tag=1\r\n"
        f"To: <sip:a@b>\r\nCall-ID: 1\r\nCSeq: 1 {method}\r\n\r\n".encode()
    )
    assert isinstance(request, Request)

    data = response(request, status, source=("192.0.2.1", 5060))

    assert (b";keep=30;received=192.0.2.1;rport=5060\r\n" in data) is is_answered
