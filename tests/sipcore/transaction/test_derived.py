import pytest

from sipcore.message.message import Response, parse
from sipcore.transaction.derived import ack_for, cancel_for
from tests.support.transactions import packed, request, response


def refusal(to: str) -> Response:
    """A 486 with this To."""
    return response(486, to=to)


def test_the_ack_for_a_failure_is_that_of_the_example_in_rfc_3261_17_1_1_3() -> None:
    invite = packed(
        "INVITE sip:bob@biloxi.com SIP/2.0",
        "Via: SIP/2.0/UDP pc33.atlanta.com;branch=z9hG4bKkjshdyff",
        "To: Bob <sip:bob@biloxi.com>",
        "From: Alice <sip:alice@atlanta.com>;tag=88sja8x",
        "Max-Forwards: 70",
        "Call-ID: 987asjd97y7atg",
        "CSeq: 986759 INVITE",
    )

    assert ack_for(invite, refusal("Bob <sip:bob@biloxi.com>;tag=99sa0xk")) == packed(
        "ACK sip:bob@biloxi.com SIP/2.0",
        "Via: SIP/2.0/UDP pc33.atlanta.com;branch=z9hG4bKkjshdyff",
        "Max-Forwards: 70",
        "To: Bob <sip:bob@biloxi.com>;tag=99sa0xk",
        "From: Alice <sip:alice@atlanta.com>;tag=88sja8x",
        "Call-ID: 987asjd97y7atg",
        "CSeq: 986759 ACK",
    )


INVITE = packed(
    "INVITE sip:1001@192.0.2.9:5062;ob SIP/2.0",
    "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1, SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK2",
    "Via: SIP/2.0/UDP 192.0.2.3;branch=z9hG4bK3",
    "Max-Forwards: 12",
    'From: "Door, main" <sip:door@doorline.test>;tag=a',
    "To: <sip:1001@doorline.test>",
    "Call-ID: c@d",
    "CSeq: 7 INVITE",
    "Contact: <sip:192.0.2.1>",
    "Route: <sip:p1.test;lr>, <sip:p2.test;lr>",
    "Route: <sip:p3.test>",
    "Require: 100rel",
    'Authorization: Digest username="x"',
    "Content-Type: application/sdp",
    body=b"v=0\r\n",
)


def test_the_ack_takes_the_top_via_and_every_route_and_no_body() -> None:
    assert ack_for(INVITE, refusal("<sip:1001@doorline.test>;tag=b")) == packed(
        "ACK sip:1001@192.0.2.9:5062;ob SIP/2.0",
        "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1",
        "Max-Forwards: 70",
        'From: "Door, main" <sip:door@doorline.test>;tag=a',
        "To: <sip:1001@doorline.test>;tag=b",
        "Call-ID: c@d",
        "CSeq: 7 ACK",
        "Route: <sip:p1.test;lr>, <sip:p2.test;lr>",
        "Route: <sip:p3.test>",
    )


def test_the_cancel_keeps_the_to_of_the_invite_and_takes_a_reason() -> None:
    reason = b'Reason: SIP;cause=200;text="Call completed elsewhere"'

    assert cancel_for(INVITE, (reason,)) == packed(
        "CANCEL sip:1001@192.0.2.9:5062;ob SIP/2.0",
        "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1",
        "Max-Forwards: 70",
        'From: "Door, main" <sip:door@doorline.test>;tag=a',
        "To: <sip:1001@doorline.test>",
        "Call-ID: c@d",
        "CSeq: 7 CANCEL",
        "Route: <sip:p1.test;lr>, <sip:p2.test;lr>",
        "Route: <sip:p3.test>",
        reason.decode(),
    )


@pytest.mark.parametrize(
    "routes", [(), ("Route: <sip:p1.test;lr>, <sip:p2.test;lr>", "Route: <sip:p3.test>")]
)
def test_an_invite_as_this_server_writes_it_is_repeated_line_by_line(
    routes: tuple[str, ...],
) -> None:
    invite = packed(
        "INVITE sip:1001@192.0.2.9:5062;ob SIP/2.0",
        "Via: SIP/2.0/UDP 192.0.2.1:5060;rport;branch=z9hG4bK1",
        "Max-Forwards: 12",
        "Max-Breadth: 60",
        *routes,
        'From: "Door, main" <sip:door@doorline.test>;tag=a',
        "To: <sip:1001@doorline.test>",
        "Call-ID: c@d",
        "CSeq: 7 INVITE",
        "Contact: <sip:192.0.2.1>",
        "Content-Type: application/sdp",
        body=b"v=0\r\n",
    )

    def derived(method: str, to: str, *extra: str) -> bytes:
        return packed(
            f"{method} sip:1001@192.0.2.9:5062;ob SIP/2.0",
            "Via: SIP/2.0/UDP 192.0.2.1:5060;rport;branch=z9hG4bK1",
            "Max-Forwards: 70",
            *routes,
            'From: "Door, main" <sip:door@doorline.test>;tag=a',
            f"To: {to}",
            "Call-ID: c@d",
            f"CSeq: 7 {method}",
            *extra,
        )

    to = "<sip:1001@doorline.test>"
    assert ack_for(invite, refusal(f"{to};tag=b")) == derived("ACK", f"{to};tag=b")
    assert cancel_for(invite, (b"Reason: SIP;cause=200",)) == derived(
        "CANCEL", to, "Reason: SIP;cause=200"
    )


def test_compact_header_names_are_understood() -> None:
    invite = packed(
        "INVITE sip:1001@h SIP/2.0",
        "v: SIP/2.0/UDP h;branch=z9hG4bK1",
        "f: <sip:a@h>;tag=a",
        "t: <sip:1001@h>",
        "i: c",
        "CSeq:  3   INVITE",
    )
    ack = parse(ack_for(invite, refusal("<sip:1001@h>;tag=b")))

    assert (ack.branch, ack.from_tag, ack.to_tag, ack.call_id, str(ack.cseq)) == (
        b"z9hG4bK1",
        b"a",
        b"b",
        b"c",
        "3 ACK",
    )


def test_a_response_without_to_leaves_the_to_of_the_invite() -> None:
    answer = parse(b"SIP/2.0 486 Busy\r\nCSeq: 1 INVITE\r\n\r\n")
    assert isinstance(answer, Response)

    assert b"\r\nTo: <sip:1001@doorline.test>\r\n" in ack_for(request().raw, answer)


@pytest.mark.parametrize("octets", [b"", b"\r\n\r\n", b"INVITE", b"Via:\r\nVia: ,\r\n\r\n"])
def test_octets_that_are_no_request_raise_nothing(octets: bytes) -> None:
    assert ack_for(octets, refusal("<sip:1001@h>;tag=b")).startswith(b"ACK ")
