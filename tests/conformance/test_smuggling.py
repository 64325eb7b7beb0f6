"""What one side writes must not become a header, a message or a caller's name on the other side.

RFC 3261 §25.1 has no place for control characters in header values but inside quoted pairs; what a
lenient receiver takes must still never be sent on in a way that a next hop could read otherwise.
"""

import pytest

from tests.conformance.line import DOMAIN, SDP, Line, answer, dial, phone, summary
from tests.support.peers import ANSWER_SDP, reply
from tests.support.plain_message import read
from tests.support.wire import DOOR, MONITOR, requests, responses, talk

EVIL = "Route: <sip:evil.example;lr>"


def assert_clean(raw: bytes) -> None:
    """Lines end in CRLF, no line is a continuation, and nothing in them is a control character."""
    head = raw.partition(b"\r\n\r\n")[0]
    for line in head.split(b"\r\n"):
        assert not line.startswith((b" ", b"\t"))
        assert not [octet for octet in line if (octet < 32 and octet != 9) or octet == 127]


@pytest.mark.parametrize("end", ["\n", "\r", "\r\r\n", "\n\r\n", "\r\n\r", "\n\n", "\n\r"])
@pytest.mark.parametrize(
    "name", ["Subject", "X-Other", "Content-Type", "Call-ID", "From", "User-Agent"]
)
def test_a_line_end_that_is_not_crlf_makes_a_message_bad(name: str, end: str) -> None:
    """§7: CRLF and nothing else; another hop may take a bare CR or LF for the end of a line."""
    line = Line()
    sent = line.say(phone("INVITE", f"sip:1001@{DOMAIN}", f"{name}: x{end}{EVIL}", body=SDP))

    assert "INVITE" not in summary(sent)
    for one in sent:
        assert one.status == 400
        assert b"evil" not in one.raw


@pytest.mark.parametrize("name", ["Subject", "Priority", "Content-Language", "Accept"])
def test_a_control_character_does_not_cross(name: str) -> None:
    """§25.1: TEXT-UTF8 has no CTL; what has one is refused or left behind."""
    for code in (0, 1, 8, 11, 12, 27, 127):
        line = Line()
        line.say(dial(f"{name}: a{chr(code)}b"))
        for one in line.to(MONITOR):
            assert_clean(one.raw)


@pytest.mark.parametrize("name", ["Subject", "Organization", "X-New"])
def test_a_folded_header_crosses_as_one_line_or_not_at_all(name: str) -> None:
    """§7.3.1: folding is only one way to write a value."""
    line = Line()
    line.say(dial(f"{name}: a\r\n b\r\n\tc"))

    for one in line.to(MONITOR):
        assert_clean(one.raw)


@pytest.mark.parametrize(
    "display",
    [
        '"\r\n x" ',
        '"a\\\x00b" ',
        '"a\\\x07b" ',
        '"a\\\nb" ',
        "a\x00b ",
        '"\udcff\udcfe" ',
        '"' + "x" * 5000 + '" ',
        '"%0d%0aRoute: x" ',
    ],
)
def test_a_display_name_of_the_caller_is_not_what_the_called_phone_sees(display: str) -> None:
    """RFC 7092: the B2BUA writes the name it knows itself."""
    line = Line()
    line.say(dial(source=f"From: {display}<sip:1000000001@{DOMAIN}>;tag=door-tag"))

    for one in line.to(MONITOR):
        assert one.get("From").startswith('"Main Door" <sip:')
        assert_clean(one.raw)


@pytest.mark.parametrize(
    "user",
    ["1001%0d%0aRoute:%20x", "1001%00", "1001%22%3e", "%3csip:evil%3e", "1001;x=y", "1001\udcff"],
)
def test_what_is_dialled_is_not_written_into_the_request_of_the_called_phone(user: str) -> None:
    """§19.1.2: escapes are decoded once, and what they hide never reaches a header."""
    line = Line()
    line.say(phone("INVITE", f"sip:{user}@{DOMAIN}", body=SDP))

    for one in line.to(MONITOR):
        assert_clean(one.raw)
        assert "evil" not in one.raw.decode()


@pytest.mark.parametrize(
    "replaced",
    [
        {"call_id": "Call-ID: a\r\n b"},
        {"call_id": "Call-ID: a\x00b"},
        {"cseq": "CSeq: 1 OPTIONS\x00"},
        {"via": "Via: SIP/2.0/UDP h;branch=z9hG4bK\x00x"},
        {"to": "To: <sip:a\x00@b>"},
        {"to": "To: <sip:a@b>;x=\x01"},
        {"to": 'To: "a\x00b" <sip:a@b>\x00'},
    ],
)
def test_a_control_character_outside_a_quoted_pair_is_400(replaced: dict[str, str]) -> None:
    """§25.1."""
    assert answer(phone(**replaced)).status == 400  # type: ignore[arg-type]


def test_an_answer_never_has_more_lines_than_it_was_given() -> None:
    """§8.2.6.2: response splitting: reflected headers stay one line each."""
    odd = phone(
        to='To: "x\\\rRoute: y" <sip:a@b>', call_id="Call-ID: a", source="From: <sip:a@b>;tag=1\x0b"
    )
    for one in Line().say(odd):
        assert not {"Route"} & {name for name, _ in one.headers}
        assert one.raw.count(b"\r") == one.raw.count(b"\n") == one.raw.count(b"\r\n")


@pytest.mark.parametrize("end", ["\n", "\r", "\r\r\n"])
def test_a_phone_cannot_smuggle_a_header_to_the_caller(end: str) -> None:
    """§7: the same rule for responses, which are dropped."""
    line = Line()
    leg = line.ring()
    data = reply(leg, 200, body=ANSWER_SDP, flow=MONITOR, extra=(f"Accept: x{end}{EVIL}",))

    assert line.say(data, MONITOR) == []


@pytest.mark.parametrize("end", ["\n", "\r"])
def test_nor_to_the_other_side_of_a_running_call(end: str) -> None:
    """§7, §12.2.2."""
    on = talk()
    info = on.door("INFO", body=b"x", kind=f"text/plain{end}{EVIL}")
    sent = on.wire.receive(info, DOOR)

    assert requests(sent, b"INFO") == []
    assert [one.status for one in responses(sent)] == [400]


@pytest.mark.parametrize(
    ("method", "line"),
    [("INFO", "Content-Disposition: a\x0bb"), ("BYE", 'Reason: SIP;text="a\x00b"')],
)
def test_a_control_character_does_not_cross_inside_a_call(method: str, line: str) -> None:
    """§25.1: in a quoted-string it would have to be a quoted-pair, elsewhere it has no place."""
    on = talk()
    data = on.door(method, body=b"x", kind="text/plain")
    sent = on.wire.receive(data.replace(b"Max-F", line.encode() + b"\r\nMax-F", 1), DOOR)

    for one in requests(sent, method.encode()):
        assert_clean(one.raw)


@pytest.mark.parametrize(
    "contact",
    [
        "sip:x@192.0.2.11:5060?Route=%3Csip:evil.example%3E",
        "sip:x@192.0.2.11:5060;lr;maddr=198.51.100.1",
        "sip:%0d%0aRoute@192.0.2.11",
        "sip:x@[::1]",
    ],
)
def test_a_contact_becomes_a_request_uri_and_nothing_else(contact: str) -> None:
    """§19.1.1, §12.2.1.1: headers of a URI are not sent in a request, and a target names no way."""
    line = Line()
    leg = line.ring()
    sent = line.wire.receive(
        reply(leg, 200, body=ANSWER_SDP, flow=MONITOR, contact=contact), MONITOR
    )

    for one, flow in sent:
        assert_clean(one.raw)
        assert flow.host in (MONITOR.host, DOOR.host)
        assert "evil" not in str(read(one.raw).every("Route"))


@pytest.mark.parametrize("count", [1, 255, 10_000])
def test_many_contacts_vias_or_parameters_are_a_bad_request_or_a_good_one(count: int) -> None:
    """§20: nothing is a crash, whatever the number."""
    line = Line()
    extra = ";".join(f"p{number}" for number in range(count))
    for data in (
        phone(contact="Contact: " + ",".join(["<sip:a@b>"] * min(count, 6000))),
        phone(via="Via: " + ",".join(["SIP/2.0/UDP h;branch=z9hG4bK1"] * min(count, 2000))),
        phone(source=f"From: <sip:a@b>;{extra}"),
        dial(source=f"From: <sip:1000000001@{DOMAIN};{extra}>"),
    ):
        line.say(data[:65_000])

    assert line.wire.endpoint.counters["internal_errors"] == 0


@pytest.mark.parametrize(
    "digits", ["٣", "३", "３", "𝟛", "²", "Ⅷ", "①", "三", "3\u0301", "1\u200b"], ids=ascii
)
def test_digits_of_other_alphabets_are_no_digits(digits: str) -> None:
    """§25.1: DIGIT is %x30-39; Python's isdigit and int know hundreds more."""
    for replaced in (
        {"cseq": f"CSeq: {digits} OPTIONS"},
        {"hops": f"Max-Forwards: {digits}"},
        {"length": f"Content-Length: {digits}"},
        {"via": f"Via: SIP/2.0/UDP h:{digits};branch=z9hG4bK1"},
        {"start": f"OPTIONS sip:{DOMAIN}:{digits} SIP/2.0"},
    ):
        assert answer(phone(**replaced)).status == 400  # type: ignore[arg-type]
    line = Line()
    leg = line.ring()
    data = reply(leg, 180, flow=MONITOR).replace(b"SIP/2.0 180", f"SIP/2.0 18{digits}".encode())
    assert line.say(data, MONITOR) == []


@pytest.mark.parametrize("value", ["4294967295", "4294967296", "1" * 5000, "-1", "0", "x", "1e9"])
def test_a_huge_or_odd_number_that_only_limits_is_taken_for_a_usual_one(value: str) -> None:
    """§20.19: Expires of an INVITE; §20.10: a malformed one counts as 3600."""
    line = Line()
    line.say(dial(f"Expires: {value}"))
    line.wait(1.0)

    assert line.wire.endpoint.counters["internal_errors"] == 0
