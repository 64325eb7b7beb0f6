"""What all responses to a request repeat is put together once for each place it came from."""

import pytest

from sipcore.message.build import response
from sipcore.message.message import Request, parse

INVITE = (
    b"INVITE sip:1001@door.example SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP 10.0.0.5:5060;branch=z9hG4bKa1;rport;keep\r\n"
    b"From: <sip:door@door.example>;tag=f1\r\n"
    b"To: <sip:1001@door.example>\r\n"
    b"Call-ID: c1\r\n"
    b"CSeq: 7 INVITE\r\n"
    b"Record-Route: <sip:p2;lr>\r\n"
    b"Timestamp: 54\r\n"
    b"\r\n"
)
BYE = INVITE.replace(b"INVITE", b"BYE")
ONE, OTHER = ("192.0.2.7", 1234), ("192.0.2.8", 4321)


def received(data: bytes) -> Request:
    """The parsed request."""
    message = parse(data)
    assert isinstance(message, Request)
    return message


@pytest.mark.parametrize("data", [INVITE, BYE, INVITE.replace(b";rport;keep", b";rport")])
def test_a_later_response_is_the_same_as_if_it_were_the_first(data: bytes) -> None:
    request = received(data)

    for status, tag, source in (
        *(
            (100, b"", ONE),
            (180, b"t", ONE),
            (180, b"t", OTHER),
            (183, b"u", ONE),
            (183, b"", None),
        ),
        *((200, b"t", None), (486, b"t", OTHER), (503, b"", OTHER), (100, b"t", OTHER)),
    ):
        built = response(request, status, to_tag=tag, source=source)

        assert built == response(received(data), status, to_tag=tag, source=source)


def test_it_is_kept_for_an_invite_alone_which_has_several_responses() -> None:
    invite, bye = received(INVITE), received(BYE)

    response(invite, 100, source=ONE)
    kept = invite.echo
    response(invite, 180, source=ONE)
    response(bye, 200, source=ONE)

    assert kept is not None
    assert invite.echo is kept
    assert bye.echo is None


def test_nothing_is_kept_of_a_request_that_was_let_go_of() -> None:
    request = received(INVITE)
    response(request, 100)

    request.release()

    assert request.echo is None
