"""What crosses the B2BUA besides the body, and what does not."""

import pytest

from sipcore.b2bua.header_policy import (
    ALLOW,
    allowed_across,
    crossing,
    crossing_in_message,
    explaining,
    is_legal,
    needed,
    raw_content_type,
)
from sipcore.message.message import Request, Response, parse

HEAD = (
    b"Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nFrom: <sip:a@x>;tag=1\r\nTo: <sip:b@x>\r\n"
    b"Call-ID: 1\r\nCSeq: 1 INVITE\r\n"
)


def request(*lines: bytes) -> Request:
    message = parse(b"INVITE sip:b@x SIP/2.0\r\n" + HEAD + b"\r\n".join((*lines, b"", b"")))
    assert isinstance(message, Request)
    return message


def response(*lines: bytes, status: int = 486) -> Response:
    message = parse(b"SIP/2.0 %d Whatever\r\n" % status + HEAD + b"\r\n".join((*lines, b"", b"")))
    assert isinstance(message, Response)
    return message


def test_what_describes_the_body_and_the_subject_crosses_in_its_order() -> None:
    lines = (b"Subject: parcel", b"Content-Language: de", b"Priority: urgent")

    assert crossing(request(*lines)) == list(lines)


def test_nothing_that_names_a_party_or_a_way_crosses() -> None:
    lines = (
        b"Record-Route: <sip:p.example;lr>",
        b"Contact: <sip:a@192.0.2.1>",
        b"P-Asserted-Identity: <sip:police@x>",
        b"Remote-Party-ID: <sip:police@x>",
        b"Referred-By: <sip:police@x>",
        b"Reply-To: <sip:police@x>",
        b'Authorization: Digest username="a"',
        b"X-Doorline-Visit: mine",
        b"X-Anything: at all",
    )

    assert crossing(request(*lines)) == []


def test_a_caller_cannot_make_the_other_phone_pick_up_by_itself() -> None:
    lines = (
        b"Alert-Info: <http://127.0.0.1>;info=alert-autoanswer",
        b"Call-Info: <sip:x>;answer-after=0",
        b"Answer-Mode: Auto",
        b"P-Auto-Answer: normal",
    )

    assert crossing(request(*lines)) == []


def test_of_a_response_the_moment_to_try_again_crosses() -> None:
    lines = (b"Retry-After: 60", b"Server: phone/1.0", b"Warning: 399 phone busy")

    assert crossing(response(*lines)) == [b"Retry-After: 60"]


@pytest.mark.parametrize(
    ("status", "line"),
    [
        (405, b"Allow: INVITE, BYE"),
        (420, b"Unsupported: timer"),
        (421, b"Require: 100rel"),
        (422, b"Min-SE: 120"),
        (423, b"Min-Expires: 60"),
        (489, b"Allow-Events: dialog"),
    ],
)
def test_a_failure_crosses_with_the_header_that_it_must_have(status: int, line: bytes) -> None:
    everything = response(line, b"Server: phone/1.0", status=status)

    assert needed(everything) == explaining(everything, status) == (line,)
    assert explaining(everything, 500) == ()
    assert needed(response(line)) == ()  # a 486 needs nothing
    assert is_legal(status, (line,))
    assert not is_legal(status, ())
    assert is_legal(486, ())


def test_a_405_that_does_not_say_what_is_allowed_gets_what_this_server_allows() -> None:
    (line,) = needed(response(status=405))

    assert line.startswith(b"Allow: ACK, ")


@pytest.mark.parametrize("status", [488, 606])
def test_a_warning_crosses_without_the_name_of_the_phone(status: int) -> None:
    refusal = response(
        b'Warning: 305 192.168.1.20:5060 "Incompatible, media", 399 phone "\xc3\xbc"',
        b"Warning: nonsense",
        status=status,
    )

    assert needed(refusal) == (
        b'Warning: 305 doorline "Incompatible, media"',
        b'Warning: 399 doorline "\xc3\xbc"',
    )


def test_the_content_type_keeps_its_parameters() -> None:
    written = b'multipart/mixed;boundary="a b"'

    assert raw_content_type(request(b"Content-Type: " + written)) == written
    assert raw_content_type(request()) == b""


def test_no_header_can_be_smuggled_across_a_fold() -> None:
    assert crossing(request(b"Subject: a\r\n X-Evil: b")) == [b"Subject: a X-Evil: b"]


def test_update_is_offered_when_the_phone_on_the_other_leg_knows_it() -> None:
    assert allowed_across(response(b"Allow: INVITE, ACK", b"Allow: UPDATE, BYE")) == ALLOW


def test_update_is_not_offered_for_a_phone_that_does_not_say_so() -> None:
    without = b"Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, MESSAGE, PRACK, REFER, SUBSCRIBE"

    assert allowed_across(response(b"Allow: INVITE, ACK, BYE")) == without
    assert allowed_across(request()) == without


def test_a_message_outside_calls_may_say_when_it_was_written_and_a_call_may_not() -> None:
    """RFC 3428 §4."""
    lines = (b"Subject: parcel", b"Date: Sat, 13 Nov 2010 23:29:00 GMT", b"Expires: 60")

    assert crossing_in_message(request(*lines, b"Recv-Info: x", b"Priority: a\x01b")) == list(lines)
    assert crossing(request(*lines)) == [b"Subject: parcel"]
