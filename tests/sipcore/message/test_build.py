import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sipcore.message.build import amend_via, request, response
from sipcore.message.check import can_be_answered
from sipcore.message.message import Request, Response, parse

INVITE = (
    b"INVITE sip:1001@door.example SIP/2.0\r\n"
    b"v: SIP/2.0/UDP 10.0.0.5:5060;branch=z9hG4bKa1;rport\r\n"
    b"Record-Route: <sip:p2;lr>\r\n"
    b"Via:SIP/2.0/TCP h2 ; branch=z9hG4bKa0, SIP/2.0/TLS h1\r\n"
    b"Record-Route: <sip:p1;lr>, <sip:p0;lr>\r\n"
    b"f: door <sip:door@door.example>;tag=f1\r\n"
    b"t: <sip:1001@door.example>\r\n"
    b"Timestamp: 54\r\n"
    b"CSeq:   7   INVITE\r\n"
    b"i: c1\r\n"
    b"Content-Length: 0\r\n\r\n"
)


def received(data: bytes) -> Request:
    """The parsed request."""
    message = parse(data)
    assert isinstance(message, Request)
    return message


def test_a_ringing_response_repeats_what_it_must_and_adds_the_tag() -> None:
    built = response(
        received(INVITE),
        180,
        to_tag=b"t1",
        extra=(b"Contact: <sip:server>",),
        source=("192.0.2.7", 1234),
    )

    assert built == (
        b"SIP/2.0 180 Ringing\r\n"
        b"Via: SIP/2.0/UDP 10.0.0.5:5060;branch=z9hG4bKa1;received=192.0.2.7;rport=1234\r\n"
        b"Via: SIP/2.0/TCP h2 ; branch=z9hG4bKa0, SIP/2.0/TLS h1\r\n"
        b"Record-Route: <sip:p2;lr>\r\n"
        b"Record-Route: <sip:p1;lr>, <sip:p0;lr>\r\n"
        b"From: door <sip:door@door.example>;tag=f1\r\n"
        b"To: <sip:1001@door.example>;tag=t1\r\n"
        b"Call-ID: c1\r\n"
        b"CSeq: 7   INVITE\r\n"
        b"Contact: <sip:server>\r\n"
        b"Content-Length: 0\r\n\r\n"
    )


def test_a_trying_response_has_no_tag_and_no_route_but_the_timestamp() -> None:
    built = received(INVITE)

    assert response(built, 100, source=("10.0.0.5", 5060)) == (
        b"SIP/2.0 100 Trying\r\n"
        b"Via: SIP/2.0/UDP 10.0.0.5:5060;branch=z9hG4bKa1;received=10.0.0.5;rport=5060\r\n"
        b"Via: SIP/2.0/TCP h2 ; branch=z9hG4bKa0, SIP/2.0/TLS h1\r\n"
        b"From: door <sip:door@door.example>;tag=f1\r\n"
        b"To: <sip:1001@door.example>\r\n"
        b"Call-ID: c1\r\n"
        b"CSeq: 7   INVITE\r\n"
        b"Timestamp: 54\r\n"
        b"Content-Length: 0\r\n\r\n"
    )


def test_a_body_brings_its_type_and_length() -> None:
    built = parse(response(received(INVITE), 200, body=b"v=0\r\n", content_type=b"application/sdp"))

    assert isinstance(built, Response)
    assert (built.status, built.reason, built.body, built.content_type) == (
        200,
        b"OK",
        b"v=0\r\n",
        b"application/sdp",
    )


@pytest.mark.parametrize(("status", "routes"), [(100, 0), (183, 2), (200, 2), (302, 0), (486, 0)])
def test_the_route_is_recorded_in_responses_that_can_form_a_dialog(
    status: int, routes: int
) -> None:
    built = parse(response(received(INVITE), status))

    assert len(built.every(b"record-route")) == routes


def test_a_response_to_another_method_records_no_route() -> None:
    options = INVITE.replace(b"INVITE", b"OPTIONS")

    assert parse(response(received(options), 200)).every(b"record-route") == []


@pytest.mark.parametrize(
    ("to", "answered"),
    [
        (b"<sip:a@b>", b"<sip:a@b>;tag=new"),
        (b"sip:a@b", b"sip:a@b;tag=new"),
        (b"<sip:a@b>;tag=old", b"<sip:a@b>;tag=old"),
        (b"<sip:a@b>;Tag=old", b"<sip:a@b>;Tag=old"),
        (b'";tag=no" <sip:a@b>', b'";tag=no" <sip:a@b>;tag=new'),
        (b'"open <sip:a@b>', b'"open <sip:a@b>;tag=new'),
        (b'"open <sip:a@b>;tag=old', b'"open <sip:a@b>;tag=old'),
    ],
)
def test_the_tag_is_added_only_where_there_is_none(to: bytes, answered: bytes) -> None:
    built = response(received(b"BYE sip:a SIP/2.0\r\nTo: %b\r\n\r\n" % to), 481, to_tag=b"new")

    assert parse(built).first(b"to") == answered


def test_an_own_reason_replaces_the_registered_one() -> None:
    built = response(received(INVITE), 400, reason=b"CSeq is missing")

    assert built.startswith(b"SIP/2.0 400 CSeq is missing\r\n")


def test_what_a_broken_request_lacks_is_left_out() -> None:
    built = response(received(b"INVITE sip:a SIP/2.0\r\nVia: ;;,\r\n\r\n"), 400, to_tag=b"t")

    assert built == b"SIP/2.0 400 Bad Request\r\nVia: ;;,\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize(
    ("via", "amended"),
    [
        (b"SIP/2.0/UDP 192.0.2.7;branch=b", b"SIP/2.0/UDP 192.0.2.7;branch=b"),
        (b"SIP/2.0/UDP 192.0.2.7:9;branch=b", b"SIP/2.0/UDP 192.0.2.7:9;branch=b"),
        (b"SIP/2.0/UDP 10.0.0.5;branch=b", b"SIP/2.0/UDP 10.0.0.5;branch=b;received=192.0.2.7"),
        (b"SIP/2.0/UDP h", b"SIP/2.0/UDP h;received=192.0.2.7"),
        (
            b"SIP/2.0/UDP h;rport;branch=b",
            b"SIP/2.0/UDP h;received=192.0.2.7;rport=1234;branch=b",
        ),
        (
            b"SIP/2.0/UDP 192.0.2.7;branch=b;rport",
            b"SIP/2.0/UDP 192.0.2.7;branch=b;received=192.0.2.7;rport=1234",
        ),
        (
            b"SIP/2.0/UDP h;rport=1;received=9.9.9.9;branch=b",
            b"SIP/2.0/UDP h;branch=b;received=192.0.2.7;rport=1234",
        ),
        (
            b"SIP/2.0/UDP h;received=9.9.9.9;branch=b",
            b"SIP/2.0/UDP h;branch=b;received=192.0.2.7",
        ),
        (
            b"SIP/2.0/UDP h ; RPort ; branch=b",
            b"SIP/2.0/UDP h ;branch=b;received=192.0.2.7;rport=1234",
        ),
        (
            b'SIP/2.0/UDP h;x=";rport";branch=b',
            b'SIP/2.0/UDP h;x=";rport";branch=b;received=192.0.2.7',
        ),
        (
            b"SIP/2.0/UDP h;branch=z9hG4bKrport",
            b"SIP/2.0/UDP h;branch=z9hG4bKrport;received=192.0.2.7",
        ),
        (
            b"SIP/2.0/UDP h;branch=b , SIP/2.0/UDP g;rport",
            b"SIP/2.0/UDP h;branch=b;received=192.0.2.7 , SIP/2.0/UDP g;rport",
        ),
        (b"SIP/2.0/UDP h;;rport=", b"SIP/2.0/UDP h;;rport="),
        (b"SIP/2.0/UDP h;;received", b"SIP/2.0/UDP h;;received"),
    ],
)
def test_the_top_via_says_where_the_request_came_from(via: bytes, amended: bytes) -> None:
    assert amend_via(via, ("192.0.2.7", 1234)) == amended


def test_an_ipv6_source_is_written_without_brackets() -> None:
    source = ("2001:db8::9", 5062)

    assert amend_via(b"SIP/2.0/UDP [2001:DB8::9]:5060", source) == b"SIP/2.0/UDP [2001:DB8::9]:5060"
    assert amend_via(b"SIP/2.0/UDP h;rport", source) == (
        b"SIP/2.0/UDP h;received=2001:db8::9;rport=5062"
    )


def test_a_request_is_its_lines_with_a_length() -> None:
    assert request(b"BYE", b"sip:a@b", [b"Via: x", b"To: y"]) == (
        b"BYE sip:a@b SIP/2.0\r\nVia: x\r\nTo: y\r\nContent-Length: 0\r\n\r\n"
    )
    assert request(b"INFO", b"sip:a@b", (b"Via: x",), b"Signal=1", b"application/dtmf-relay") == (
        b"INFO sip:a@b SIP/2.0\r\nVia: x\r\n"
        b"Content-Type: application/dtmf-relay\r\nContent-Length: 8\r\n\r\nSignal=1"
    )


@given(st.binary(max_size=40), st.binary(max_size=20))
def test_the_answer_to_a_broken_request_is_a_message(via: bytes, to: bytes) -> None:
    data = (
        b"INVITE sip:a SIP/2.0\r\nVia: %b\r\nTo: %b\r\nFrom: x\r\nCall-ID: c\r\nCSeq: 1\r\n\r\n"
        % (via, to)
    )
    assume(data.find(b"\r\n\r\n") == len(data) - 4)  # neither value ends the head early
    broken = can_be_answered(data)

    if broken is not None:
        answer = parse(response(broken, 400, to_tag=b"t", source=("192.0.2.7", 1)))
        assert isinstance(answer, Response)
        assert (answer.first(b"call-id"), answer.first(b"cseq")) == (b"c", b"1")
