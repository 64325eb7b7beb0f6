import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sipcore.kernel.errors import BadMessage
from sipcore.message.address import Address
from sipcore.message.check import (
    _tag_of_plain,
    can_be_answered,
    check_request,
    check_response,
)
from sipcore.message.message import Request, Response, parse
from sipcore.message.via import Via, plain_via

GOOD = {
    "start": b"INVITE sip:1001@door.example SIP/2.0",
    "via": b"Via: SIP/2.0/UDP 10.0.0.5:5060;branch=z9hG4bKa1;rport",
    "from": b"From: <sip:door@door.example>;tag=f1",
    "to": b"To: <sip:1001@door.example>",
    "call-id": b"Call-ID: c1@10.0.0.5",
    "cseq": b"CSeq: 7 INVITE",
    "max-forwards": b"Max-Forwards: 70",
    "contact": b"Contact: <sip:door@10.0.0.5:5060>",
    "content-length": b"Content-Length: 0",
}


def message(**changed: bytes | None) -> bytes:
    """The good INVITE with these lines replaced, or left out when None."""
    changes = {name.replace("_", "-").strip("-"): line for name, line in changed.items()}
    lines = [changes.get(name, line) for name, line in GOOD.items()]
    lines += [line for name, line in changes.items() if name not in GOOD]
    return b"\r\n".join(line for line in lines if line is not None) + b"\r\n\r\n"


def verdict(**changed: bytes | None) -> tuple[int, str] | None:
    """Status and reason of the refusal of a request, None when it passes."""
    request = parse(message(**changed))
    assert isinstance(request, Request)
    try:
        check_request(request)
    except BadMessage as error:
        return error.status, error.reason
    return None


def test_a_good_request_passes() -> None:
    assert verdict() is None


@pytest.mark.parametrize(
    "changed",
    [
        {"max_forwards": None},
        {"contact": None},
        {"from_": b"From: sip:door@door.example"},
        {"via": b"Via: SIP/2.0/UDP iftgw.example.com"},
        {"from_": "From: Дверь <sip:door@door.example>;tag=1".encode()},
        {"max_forwards": b"Max-Forwards: 300"},
        {"start": b"INVITE sips:1001@door.example SIP/2.0"},
        {"start": b"INVITE tel:+37120000000 SIP/2.0"},
        {"start": b"BYE sip:a@[2001:db8::1]:5070 SIP/2.0", "cseq": b"CSeq: 8 BYE"},
        {"extra": b"Via: SIP/2.0/UDP other;branch=z9hG4bKa0"},
    ],
)
def test_what_peers_may_leave_out_or_vary_passes(changed: dict[str, bytes | None]) -> None:
    assert verdict(**changed) is None


@pytest.mark.parametrize(
    ("changed", "status", "reason"),
    [
        ({"via": None}, 400, "Via is missing"),
        ({"from_": None}, 400, "From is missing"),
        ({"to": None}, 400, "To is missing"),
        ({"call_id": None}, 400, "Call-ID is missing"),
        ({"cseq": None}, 400, "CSeq is missing"),
        ({"extra": b"To: <sip:b@c>"}, 400, "To given twice"),
        ({"extra": b"f: <sip:b@c>"}, 400, "From given twice"),
        ({"extra": b"i: c2"}, 400, "Call-ID given twice"),
        ({"extra": b"CSeq: 7 INVITE"}, 400, "CSeq given twice"),
        ({"extra": b"Max-Forwards: 70"}, 400, "Max-Forwards given twice"),
        ({"extra": b"c: a/b\r\nContent-Type: a/b"}, 400, "Content-Type given twice"),
        ({"via": b"Via: SIP/2.0/UDP h;;"}, 400, "malformed parameter in Via"),
        ({"via": b"Via: SIP/2.0/UDP h;branch=z9hG4bK"}, 400, "branch without an identifier"),
        ({"to": b'To: "open <sip:a@b>'}, 400, "malformed To"),
        ({"from_": b"From: Bell, A <sip:a@b>;tag=1"}, 400, "malformed From"),
        ({"to": b"To: <sip:a@b:99999>"}, 400, "port out of range in URI in To"),
        ({"call_id": b"Call-ID: a b"}, 400, "malformed Call-ID"),
        ({"cseq": b"CSeq: 4294967296 INVITE"}, 400, "CSeq number out of range"),
        ({"cseq": b"CSeq: 7 OPTIONS"}, 400, "CSeq method is not that of the request"),
        ({"max_forwards": b"Max-Forwards: -1"}, 400, "malformed Max-Forwards"),
        ({"start": b"INVITE 1001 SIP/2.0"}, 400, "malformed URI in Request-URI"),
        ({"start": b"INVITE <sip:a@b> SIP/2.0"}, 400, "malformed URI in Request-URI"),
        ({"start": b"INVITE sip:2001:db8::10 SIP/2.0"}, 400, "malformed URI in Request-URI"),
        ({"start": b"INVITE sip:a@b?Route=x SIP/2.0"}, 400, "headers in Request-URI"),
        ({"start": b"INVITE soap.beep://h SIP/2.0"}, 416, "unsupported scheme in Request-URI"),
        ({"contact": b"Contact: <sip:a@b>;;"}, 400, "malformed parameter in Contact"),
        ({"contact": b"Contact: <sip:a@b>, <sip:c@d>"}, 400, "more than one Contact"),
        ({"contact": b"Contact: *"}, 400, "more than one Contact"),
    ],
)
def test_a_request_that_breaks_a_rule_is_refused(
    changed: dict[str, bytes | None], status: int, reason: str
) -> None:
    assert verdict(**changed) == (status, reason)


def test_a_register_may_bring_several_contacts() -> None:
    assert (
        verdict(
            start=b"REGISTER sip:door.example SIP/2.0",
            cseq=b"CSeq: 1 REGISTER",
            contact=b"Contact: <sip:a@b>, <sip:c@d>",
        )
        is None
    )


def test_a_missing_header_is_reported_before_the_scheme() -> None:
    assert verdict(to=None, start=b"INVITE http://h SIP/2.0") == (400, "To is missing")


def response_verdict(**changed: bytes | None) -> str | None:
    response = parse(message(start=b"SIP/2.0 200 OK", **changed))
    assert isinstance(response, Response)
    try:
        check_response(response)
    except BadMessage as error:
        return error.reason
    return None


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({}, None),
        ({"max_forwards": None, "contact": None}, None),
        ({"extra": b"Via: SIP/2.0/UDP h"}, "response with more than one Via"),
        ({"via": b"Via: SIP/2.0/UDP h, SIP/2.0/UDP g"}, "response with more than one Via"),
        ({"via": b'Via: SIP/2.0/UDP h;x="a,b"'}, None),
        ({"cseq": b"CSeq: 9292394834772304023312 OPTIONS"}, "malformed CSeq"),
        ({"to": None}, "To is missing"),
        ({"extra": b"To: <sip:b@c>"}, "To given twice"),
    ],
)
def test_a_response_that_cannot_be_ours_is_refused(
    changed: dict[str, bytes | None], reason: str | None
) -> None:
    assert response_verdict(**changed) == reason


VIAS = st.from_regex(
    r"SIP/2\.0/(UDP|TLS|udp) [a-z0-9.\-\[\]]{1,8}(:[0-9]{1,6})?"
    r"(;(rport|branch)(=[A-Za-z0-9%. \"]{0,4})?){0,3}",
    fullmatch=True,
).map(str.encode)
ADDRESSES = st.from_regex(
    r'("[A-Za-z0-9 ._\\-]{0,4}" ?|[a-z ]{0,3})<?sips?:([A-Za-z0-9%*+:]{0,4}@)?'
    r"[a-z0-9.\-]{1,6}(:[0-9]{1,6})?"
    r"(;(transport|user|tag)=[a-z]{0,3}){0,2}>?(;tag=[a-z0-9]{0,3}){0,2}",
    fullmatch=True,
).map(str.encode)


@given(VIAS)
@example(b"SIP/2.0/UDP h;rport;branch=0;rport")
@example(b"SIP/2.0/UDP h;rport;branch=0")
def test_what_looks_like_a_plain_via_parses(value: bytes) -> None:
    if plain_via(value) is not None:
        assert str(Via.parse(value)).encode() == value


@given(ADDRESSES)
@example(b'"Flat 1" <sip:1001@site.example:5060;transport=tcp>;tag=a')
@example(b"<sip:a@b:65535>;tag=a;tag=b")
def test_what_looks_like_a_plain_address_parses(value: bytes) -> None:
    if _tag_of_plain(value) is not None:
        assert str(Address.parse(value)).encode() == value


def test_a_broken_request_keeps_what_an_answer_needs() -> None:
    data = message(
        content_length=b"Content-Length: 9999", extra=b"X: a\nTo: evil", fold=b"s: a\r\n b"
    )
    request = can_be_answered(data)

    assert request is not None
    assert (request.method, request.uri, request.body) == (b"INVITE", b"sip:1001@door.example", b"")
    assert request.headers == [
        (b"via", b"SIP/2.0/UDP 10.0.0.5:5060;branch=z9hG4bKa1;rport"),
        (b"from", b"<sip:door@door.example>;tag=f1"),
        (b"to", b"<sip:1001@door.example>"),
        (b"call-id", b"c1@10.0.0.5"),
        (b"cseq", b"7 INVITE"),
        (b"max-forwards", b"70"),
        (b"contact", b"<sip:door@10.0.0.5:5060>"),
        (b"content-length", b"9999"),
        (b"subject", b"a b"),
    ]


@pytest.mark.parametrize(
    "data",
    [
        message(start=b"INVITE sip:a SIP/7.0"),
        message(start=b"INVITE sip:a; lr SIP/2.0"),
        message(start=b"INVITE sip:a"),
        message()[:-2],
        message(extra=b"no colon here"),
        message(extra=b"bad name: x"),
        message(cseq=b"CSeq: what"),
        b"\r\n" + message(content_length=b"l: -1"),
        message() + bytes(70_000),
        message(extra=b"\r\n".join([b"X: y"] * 300)),
        message(start=GOOD["start"] + b"\r\n continued"),
        message(extra=b"bad name: x\r\n continued"),
    ],
)
def test_a_request_with_its_five_headers_can_be_answered(data: bytes) -> None:
    request = can_be_answered(data)

    assert request is not None
    assert (request.method, request.first(b"call-id")) == (b"INVITE", b"c1@10.0.0.5")


@pytest.mark.parametrize(
    "data",
    [
        message(from_=None),
        message(to=None),
        message(call_id=None),
        message(cseq=None),
        message(to=b"To: a\rb"),
        message(from_=None, to=None, call_id=None, cseq=None),
    ],
)
def test_a_sip_request_that_lacks_all_but_via_can_be_answered(data: bytes) -> None:
    request = can_be_answered(data)

    assert request is not None
    assert request.first(b"via") == b"SIP/2.0/UDP 10.0.0.5:5060;branch=z9hG4bKa1;rport"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n\r\n",
        b"INVITE",
        b"INV(ITE sip:a SIP/2.0\r\nVia: x\r\n\r\n",
        message(start=b"SIP/2.0 200 OK"),
        message(start=b"ACK sip:a SIP/2.0"),
        message(via=None),
        message(via=b"Via:"),
        message(start=b"INVITE sip:a", from_=None),
        message(start=b"GET / HTTP/1.1", call_id=None),
    ],
)
def test_what_has_no_answer_is_left_alone(data: bytes) -> None:
    assert can_be_answered(data) is None


@given(st.binary() | st.binary(max_size=30).map(lambda noise: message(extra=noise)))
def test_any_octets_can_be_answered_or_not(data: bytes) -> None:
    request = can_be_answered(data)

    if request is not None:
        octets = b"".join(name + value for name, value in request.headers)
        assert (b"\r" in octets, b"\n" in octets) == (False, False)
