"""Answers to REGISTER."""

import pytest

from sipcore.kernel.flow import Flow
from sipcore.message.build import response
from sipcore.message.message import Request, parse
from sipcore.registrar.answer import answer
from tests.support.registration import FLOW, register, response_to

VIA = b"SIP/2.0/UDP 192.0.2.10:5062;rport;branch=z9hG4bK1"
REQUESTS = {
    "rport in the middle": register(),
    "rport at the end": register(via=[b"SIP/2.0/UDP 10.0.0.1:5062;branch=z9hG4bK1;rport"]),
    "no rport": register(via=[b"SIP/2.0/UDP 192.0.2.10:5062;branch=z9hG4bK1"]),
    "behind a NAT": register(via=[b"SIP/2.0/UDP 10.0.0.1:5062;branch=z9hG4bK1"]),
    "forged received": register(via=[VIA + b";received=203.0.113.1"]),
    "two proxies": register(via=[b"SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK2", VIA]),
    "vias in one line": register(via=[b"SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK2, " + VIA]),
    "To with a tag": register(to=b"<sip:1001@doorline.test>;tag=1"),
    "IPv6": register(via=[b"SIP/2.0/UDP [2001:db8::9];branch=z9hG4bK1;rport"]),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_the_short_way_writes_what_the_general_way_writes(name: str) -> None:
    request = REQUESTS[name]
    flow = Flow("UDP", 0, "2001:db8::9", 5062) if name == "IPv6" else FLOW
    written = answer(request, flow, 200, b"OK", [b"Contact: <sip:a@h>;expires=60", b"Date: now"])

    tag = response_to(written).to_tag
    extra = [b"Contact: <sip:a@h>;expires=60", b"Date: now"]
    source = (flow.host, flow.port)
    assert written == response(request, 200, reason=b"OK", to_tag=tag, extra=extra, source=source)


def test_the_answer_goes_to_where_the_request_came_from() -> None:
    flow = Flow("UDP", 0, "198.51.100.7", 40000)

    via = response_to(answer(register(), flow, 200, b"", [])).via

    assert (via.received, via.rport) == ("198.51.100.7", 40000)


def test_a_status_without_reason_gets_the_usual_one() -> None:
    assert answer(register(), FLOW, 404, b"", []).startswith(b"SIP/2.0 404 Not Found\r\n")


def test_a_retransmission_gets_the_same_tag_and_another_request_another() -> None:
    other = register(via=[b"SIP/2.0/UDP 192.0.2.10:5062;rport;branch=z9hG4bK2"])

    tags = [
        response_to(answer(r, FLOW, 200, b"", [])).to_tag for r in (register(), register(), other)
    ]

    assert (tags[0] == tags[1], tags[0] == tags[2], len(tags[0])) == (True, False, 8)


@pytest.mark.parametrize("name", [b"Via", b"From", b"To", b"Call-ID", b"CSeq"])
def test_a_request_that_lacks_a_header_is_answered_without_it(name: bytes) -> None:
    lines = [line for line in register().raw.split(b"\r\n") if not line.startswith(name + b":")]
    request = parse(b"\r\n".join(lines))
    assert isinstance(request, Request)

    written = answer(request, FLOW, 400, b"", [])

    assert written.startswith(b"SIP/2.0 400 Bad Request\r\n")
    assert (b"\r\n" + name + b":") not in written
