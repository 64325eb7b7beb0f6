"""RFC 3261 §7 and §25: what a message may look like."""

import pytest

from tests.conformance.line import DOMAIN, SDP, Line, answer, dial, final, phone, summary
from tests.support.plain_message import read
from tests.support.wire import MONITOR


def test_a_method_is_case_sensitive() -> None:
    """§7.1: `options` is another method than OPTIONS."""
    assert answer(phone("options")).status in (405, 501)


@pytest.mark.parametrize("version", ["SIP/2.0", "sip/2.0", "Sip/2.0"])
def test_the_version_is_compared_without_case(version: str) -> None:
    """§7.1: the string is case-insensitive."""
    assert answer(phone(start=f"OPTIONS sip:{DOMAIN} {version}")).status == 200


@pytest.mark.parametrize("version", ["SIP/1.0", "SIP/3.0", "SIP/2.1", "SIP/20", "SIP/"])
def test_another_version_is_505(version: str) -> None:
    """§7.1, §21.5.6: version 2.0 is the only one there is."""
    assert answer(phone(start=f"OPTIONS sip:{DOMAIN} {version}")).status == 505


@pytest.mark.parametrize("written", ["HTTP/1.1", "2.0", "SIP", "SIP2.0"])
def test_another_protocol_is_a_bad_request(written: str) -> None:
    """§7.1: the last element of a request line is a SIP-Version."""
    assert answer(phone(start=f"OPTIONS sip:{DOMAIN} {written}")).status == 400


@pytest.mark.parametrize(
    "replaced",
    [
        {"via": "v: SIP/2.0/UDP 192.0.2.1:5062;rport;branch=z9hG4bK-1"},
        {"source": f"f: <sip:1000000001@{DOMAIN}>;tag=door-tag"},
        {"to": f"t: <sip:{DOMAIN}>"},
        {"call_id": "i: visit@door"},
        {"length": "l: 0"},
        {"contact": "m: <sip:a@192.0.2.1>"},
        {"cseq": "CSEQ: 1 OPTIONS"},
        {"cseq": "cSeQ:1 OPTIONS"},
        {"hops": "max-forwards:70"},
        {"hops": "MAX-FORWARDS\t :\t70 "},
        {"source": f"FROM  :\t<sip:1000000001@{DOMAIN}>;tag=door-tag"},
        {"call_id": "I: visit@door"},
        {"cseq": "CSeq: 1\t OPTIONS"},
        {"cseq": "CSeq:\r\n 1\r\n\tOPTIONS"},
        {"to": f"To:\r\n <sip:{DOMAIN}>"},
        {"source": f"From: <sip:1000000001@{DOMAIN}>\r\n ;tag=door-tag"},
    ],
)
def test_any_spelling_of_a_header_is_the_same_header(replaced: dict[str, str]) -> None:
    """§7.3.1, §7.3.3: names without case, compact forms, white space around the colon, folding."""
    got = answer(phone(**replaced))  # type: ignore[arg-type]

    assert (got.status, got.get("Call-ID"), got.get("CSeq").split()) == (
        200,
        "visit@door",
        ["1", "OPTIONS"],
    )


def test_the_order_of_headers_with_different_names_means_nothing() -> None:
    """§7.3.1."""
    head, _, _ = phone().partition(b"\r\n\r\n")
    start, *lines = head.split(b"\r\n")
    turned = b"\r\n".join((start, *reversed(lines))) + b"\r\n\r\n"

    assert answer(turned).status == 200


def test_many_lines_and_one_line_with_commas_are_the_same_list() -> None:
    """§7.3.1: lists may be split over lines; their order is kept."""
    vias = ["SIP/2.0/UDP 192.0.2.1:5062;rport;branch=z9hG4bK-1", "SIP/2.0/TCP b;branch=z9hG4bK2"]
    joined = answer(phone(via="Via: " + ", ".join(vias)))
    split = answer(phone(via="Via: " + "\r\nVia: ".join(vias)))

    def hosts(got: list[str]) -> list[str]:
        return [via.split()[1].split(";")[0] for line in got for via in line.split(",")]

    assert hosts(joined.every("Via")) == hosts(split.every("Via")) == ["192.0.2.1:5062", "b"]


@pytest.mark.parametrize(
    "extra",
    [
        'X-Nobody-Knows: ;;,,"',
        "Y: \x7f",
        "Subject:",
        "Subject: ",
        "Date: yesterday",
        "Organization: \udcff\udcfe",
        "P-Weird!%*_+`'~.-Name: x",
        'Warning: 399 h "open',
        "In-Reply-To: ,",
        "Timestamp: soon",
        "Priority: very",
        "Server: (unclosed",
        "Alert-Info: x",
        "Accept: */*;q=2",
    ],
)
def test_a_header_that_is_not_needed_is_ignored_even_when_malformed(extra: str) -> None:
    """§7.3.2, §8.2.2: unknown header fields are ignored, malformed ones that are not needed too."""
    assert answer(phone("OPTIONS", f"sip:{DOMAIN}", extra)).status == 200


@pytest.mark.parametrize("before", [b"\r\n", b"\r\n\r\n", b"\r\n" * 9])
def test_empty_lines_before_the_start_line_are_ignored(before: bytes) -> None:
    """§7.5."""
    assert answer(before + phone()).status == 200


@pytest.mark.parametrize(
    "line",
    ["NoColon", "No Colon: x", ": x", "Näme: x", "Na(me): x", "X\0Y: z"],
)
def test_a_line_that_is_no_header_makes_the_message_bad(line: str) -> None:
    """§7.3: `field-name: field-value`, and a name is a token."""
    got = answer(phone("OPTIONS", f"sip:{DOMAIN}", line))

    assert got.status == 400
    assert got.start != "SIP/2.0 400 Bad Request"  # §21.4.1: the phrase SHOULD name the fault


@pytest.mark.parametrize("name", ["From", "To", "Call-ID", "CSeq", "Max-Forwards"])
def test_a_header_that_stands_alone_may_not_come_twice(name: str) -> None:
    """§7.3.1: only headers that are lists may be repeated."""
    head, _, rest = phone().partition(f"\r\n{name}:".encode())
    value = rest.partition(b"\r\n")[0]
    twice = f"\r\n{name}:".encode() + value + f"\r\n{name}:".encode() + rest

    assert name in answer(head + twice).start


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", ""),
        (SDP, "application/sdp"),
        (SDP + b"m=video 4002 RTP/AVP 99\r\na=sendonly\r\n" * 4, "application/sdp"),
        (bytes(range(256)) * 8, "application/octet-stream"),
        (b"\r\n\r\n", "text/plain"),
        (b"INVITE sip:x SIP/2.0\r\n\r\n", "message/sip"),
        (
            b"--a;b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--a;b\r\n"
            b"Content-Type: application/pidf+xml\r\n\r\n<x/>\r\n--a;b--\r\n",
            'multipart/mixed;boundary="a;b"',
        ),
        (b"x" * 60_000, "application/x-long"),
    ],
    ids=["none", "sdp", "many", "binary", "blank", "sip", "multipart", "long"],
)
def test_a_body_reaches_the_other_side_octet_by_octet(body: bytes, kind: str) -> None:
    """§7.4, RFC 3264 §5: who is in the middle of an offer leaves it alone, whatever its type."""
    leg = Line().ring(dial(body=body, kind=kind))

    assert (leg.body, leg.first(b"content-type")) == (body, kind.encode() or None)


def test_the_parts_of_content_type_survive_in_their_spelling() -> None:
    """§7.4.1, §20.15: parameters belong to the type, and so do charset and boundary."""
    kind = 'Application/SDP ; Charset="UTF-8";x=y'

    assert Line().ring(dial(kind=kind)).first(b"content-type") == kind.encode()


@pytest.mark.parametrize(
    "name", ["Content-Encoding", "e", "Content-Language", "Content-Disposition"]
)
def test_what_describes_the_body_goes_with_it(name: str) -> None:
    """§7.4, §20.11 to §20.13: a body that is carried on keeps its encoding and disposition."""
    leg = Line().ring(dial(f"{name}: identity"))
    long = {"e": "content-encoding"}.get(name, name.lower())

    assert leg.first(long.encode()) == b"identity"


def test_octets_after_the_body_of_a_datagram_are_thrown_away() -> None:
    """§18.3."""
    assert Line().ring(dial() + b"INVITE more").body == SDP


def test_a_datagram_without_length_is_all_body() -> None:
    """§18.3: over UDP the body may extend to the end of the packet."""
    assert Line().ring(dial(length=None)).body == SDP


def test_a_datagram_shorter_than_its_length_is_400() -> None:
    """§18.3: a request SHOULD get a 400, a response is dropped."""
    got = answer(dial(length="Content-Length: 9999"))
    line = Line()
    leg = line.ring()
    short = read(leg.raw)
    response = (
        f"SIP/2.0 180 Ringing\r\nVia: {short.get('Via')}\r\nFrom: {short.get('From')}\r\n"
        f"To: {short.get('To')};tag=1\r\nCall-ID: {short.get('Call-ID')}\r\nCSeq: 1 INVITE\r\n"
        "Content-Length: 5\r\n\r\n"
    )

    assert got.status == 400
    assert line.say(response.encode(), MONITOR) == []


@pytest.mark.parametrize("phrase", ["", " ", "Whatever", "Не сейчас", "200 OK", "a\tb", "%00"])
def test_the_reason_phrase_is_for_people(phrase: str) -> None:
    """§7.2: a client acts on the status code and never on the phrase."""
    line = Line()
    leg = line.ring()
    shape = read(leg.raw)
    response = (
        f"SIP/2.0 180 {phrase}\r\nVia: {shape.get('Via')}\r\nFrom: {shape.get('From')}\r\n"
        f"To: {shape.get('To')};tag=1\r\nCall-ID: {shape.get('Call-ID')}\r\nCSeq: 1 INVITE\r\n"
        "Content-Length: 0\r\n\r\n"
    )

    assert summary(line.say(response.encode(), MONITOR)) == ["180 INVITE"]


@pytest.mark.parametrize(
    "uri",
    [
        "sip:[2001:db8::1]",
        "sip:[2001:db8::1]:5060;transport=udp",
        "sip:[::ffff:192.0.2.1]",
        "sip:192.0.2.100",
        "sip:a%20b@doorline.test",
        "sip:a;b=c@doorline.test",
        "sip:%61%40@doorline.test;lr",
        "sip:user:pass%3Aword@doorline.test",
        "sip:doorline.test;method=INVITE;maddr=192.0.2.100;ttl=1;user=phone",
        "sip:doorline.test.",
        "SIP:DOORLINE.TEST",
        "sip:!~*'()&=+$,;?/@doorline.test",
    ],
)
def test_any_uri_of_the_grammar_is_taken(uri: str) -> None:
    """§19.1.1, §25.1."""
    assert answer(phone(uri=uri)).status == 200


@pytest.mark.parametrize(
    "uri",
    [
        "sip:",
        "sip:@doorline.test",
        "sip:a@",
        "sip:doorline.test:0",
        "sip:doorline.test:65536",
        "sip:doorline.test:x",
        "sip:[2001:db8::1",
        "sip:[2001:db8::g]",
        "sip:[1:2:3:4:5:6:7:8:9]",
        "sip:a%2@doorline.test",
        "sip:a%zz@doorline.test",
        "sip:doorline.test;lr;lr",
        "sip:doorline.test;;",
        "sip:doorline.test;=x",
        "sip:a@b@doorline.test",
        "sip:doorline.test?subject=x",
        "doorline.test",
        "<sip:doorline.test>",
        '"x"',
    ],
)
def test_a_uri_outside_the_grammar_is_400(uri: str) -> None:
    """§19.1.1, §21.4.1; RFC 4475 §3.1.2.7 and §3.1.2.11 for brackets and headers."""
    got = answer(phone(uri=uri, to=f"To: <sip:{DOMAIN}>"))

    assert (got.status, got.start == "SIP/2.0 400 Bad Request") == (400, False)


@pytest.mark.parametrize(
    "value",
    [
        f"<sip:{DOMAIN}>",
        f"sip:{DOMAIN}",
        f'"" <sip:{DOMAIN}>',
        f'"a \\"quoted\\" \\\\ pair, with; all <in>" <sip:{DOMAIN}>',
        f"Two Words <sip:{DOMAIN}>",
        f"A<sip:{DOMAIN}>",
        f"<sip:{DOMAIN};x=y>;p=v;q",
        f'<sip:{DOMAIN}> ; p = v ; q = "a;b"',
        f'"Дверь" <sip:{DOMAIN}>',
        f"sip:{DOMAIN};p=v",
        "<tel:+15551234;phone-context=x>",
        "<mailto:door@example.com>",
    ],
)
def test_any_name_addr_of_the_grammar_is_taken_and_comes_back_as_it_was(value: str) -> None:
    """§20, §25.1 and §8.2.6.2: To is copied; only a tag is added."""
    got = answer(phone(to=f"To: {value}"))

    assert (got.status, got.get("To").rpartition(";tag=")[0]) == (200, value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        '"open <sip:a@b>',
        "<sip:a@b",
        "sip:a@b>",
        "<<sip:a@b>>",
        "<sip:a@b>;",
        "<sip:a@b>;;x",
        "<sip:a@b>;tag=",
        "<sip:a@b>;tag=1;tag=2",
        "<sip:a@b>;tag=1;TAG=2",
        "a, b <sip:a@b>",
        "<sip:a@b> x",
        "<>",
        "<a@b>",
        '"x" sip:a@b',
        "< sip:a@b >",
        "sip:a@b?x=y",
    ],
)
def test_a_name_addr_outside_the_grammar_is_400(value: str) -> None:
    """§20, §25.1; RFC 4475 §3.1.2.6, §3.1.2.14, §3.1.2.15."""
    got = answer(phone(source=f"From: {value}"))

    assert got.status == 400
    assert "From" in got.start


@pytest.mark.parametrize(
    "value",
    [
        "x",
        "1",
        "OPTIONS 1",
        "1OPTIONS",
        "-1 OPTIONS",
        "+1 OPTIONS",
        "1.0 OPTIONS",
        "4294967296 OPTIONS",
        "99999999999999999999999 OPTIONS",
        "1 OPTIONS x",
        "1 OPT(IONS",
        "1 options",
        "1 INVITE",
        "¹ OPTIONS",
        "١ OPTIONS",
        "1_0 OPTIONS",
        "0x1 OPTIONS",
    ],
)
def test_cseq_is_a_number_of_32_bits_and_the_method(value: str) -> None:
    """§8.1.1.5, §20.16: digits below 2^32, and the method of the request."""
    got = answer(phone(cseq=f"CSeq: {value}"))

    assert (got.status, "CSeq" in got.start) == (400, True)


@pytest.mark.parametrize("value", ["0", "1", "2147483647", "2147483648", "4294967295", "0001"])
def test_every_number_of_32_bits_is_a_cseq(value: str) -> None:
    """§8.1.1.5, §20.16."""
    got = answer(phone(cseq=f"CSeq: {value} OPTIONS"))

    assert (got.status, got.get("CSeq")) == (200, f"{value} OPTIONS")


@pytest.mark.parametrize("value", ["-1", "x", "", "1,2", "1 2", "٣", "0x10", "1.5"])
def test_max_forwards_is_a_number(value: str) -> None:
    """§20.22."""
    assert answer(phone(hops=f"Max-Forwards: {value}")).status == 400


@pytest.mark.parametrize("value", ["-1", "x", "1,1", "٣", "0x1", "9999999999", "1 1"])
def test_content_length_is_a_number(value: str) -> None:
    """§20.14, RFC 4475 §3.1.2.3."""
    assert answer(phone(length=f"Content-Length: {value}")).status == 400


@pytest.mark.parametrize(
    "via",
    [
        "SIP/2.0/UDP 192.0.2.1:5062;rport;branch=z9hG4bK-1",
        "SIP / 2.0 / UDP \t 192.0.2.1 : 5062 ; rport ; branch = z9hG4bK-1",
        "sip/2.0/udp 192.0.2.1:5062;RPORT;BRANCH=z9hG4bK-1",
        'SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bK-1;x="q;,";hidden',
        "SIP/2.0/SCTP [2001:db8::1]:5062;rport;branch=z9hG4bK-1",
        "SIP/2.0/UDP door_1.example.:5062;rport;branch=z9hG4bK-1;ttl=16;maddr=224.2.0.1",
        "SIP/2.0/UDP 192.0.2.1:5062;rport;branch=z9hG4bK-1;received=192.0.2.1",
        "SIP/2.0/X-NEW h;rport;branch=z9hG4bK-1",
    ],
)
def test_any_via_of_the_grammar_is_taken(via: str) -> None:
    """§20.42, §25.1; RFC 4475 §3.1.1.10 for transports nobody knows."""
    assert answer(phone(via=f"Via: {via}")).status == 200


@pytest.mark.parametrize(
    "via",
    [
        "x",
        "SIP/2.0 192.0.2.1;branch=z9hG4bK-1",
        "SIP/2.0/UDP",
        "SIP/2.0/UDP ;branch=z9hG4bK-1",
        "SIP/2.0/UDP 192.0.2.1:0;branch=z9hG4bK-1",
        "SIP/2.0/UDP 192.0.2.1:70000;branch=z9hG4bK-1",
        "SIP/2.0/UDP 192.0.2.1:x;branch=z9hG4bK-1",
        "SIP/2.0/UDP 192.0.2.1;branch=a;branch=b",
        "SIP/2.0/UDP 192.0.2.1;;",
        "SIP/2.0/UDP [::1;branch=z9hG4bK-1",
        "SIP/2.0/UDP 2001:db8::1;branch=z9hG4bK-1",
        "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK",
    ],
)
def test_a_via_outside_the_grammar_is_400(via: str) -> None:
    """§20.42, §25.1, RFC 4475 §3.1.2.1 and §3.2.1 (a branch that is the cookie alone)."""
    assert answer(phone(via=f"Via: {via}")).status == 400


@pytest.mark.parametrize("value", ["a b", "", "a\tb", "\x01", "ключ"])
def test_a_call_id_is_one_word(value: str) -> None:
    """§20.8: `word [ "@" word ]`; blanks and controls are in neither."""
    assert answer(phone(call_id=f"Call-ID: {value}")).status in (400, 0)


@pytest.mark.parametrize("octet", ["\x00", "\x0b", "\x0c", "\x1c", "\x1f"])
@pytest.mark.parametrize(
    "written",
    [
        {"start": "OPTIONS{}sip:doorline.test SIP/2.0"},
        {"start": "OPTIONS sip:doorline.test SIP/2.0{}"},
        {"source": "From: <sip:a@b>;tag=1{}"},
        {"source": "From:{}<sip:a@b>;tag=1"},
        {"cseq": "CSeq: 1{}OPTIONS"},
        {"cseq": "CSeq: 1 OPTIONS{}"},
        {"call_id": "Call-ID: a{}"},
        {"length": "Content-Length: {}0"},
        {"hops": "Max-Forwards: 70{}"},
        {"via": "Via: SIP/2.0/UDP{}192.0.2.1:5062;branch=z9hG4bK-1"},
        {"via": "Via: SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bK-1{}"},
    ],
)
def test_white_space_is_space_and_tab_alone(octet: str, written: dict[str, str]) -> None:
    """§25.1: LWS; what other programs take for a blank or a line end is part of the value here."""
    replaced = {key: line.format(octet) for key, line in written.items()}

    got = Line().say(phone(**replaced))  # type: ignore[arg-type]

    assert [one.status for one in got] in ([400], [505], [])


@pytest.mark.parametrize("missing", ["source", "to", "call_id", "cseq"])
def test_a_request_without_a_mandatory_header_is_400_and_says_which(missing: str) -> None:
    """§8.1.1, §8.2.6.2, RFC 4475 §3.3.1: what is there comes back, and nothing is made up."""
    got = answer(phone(**{missing: None}))  # type: ignore[arg-type]
    present = [name for name in ("From", "To", "Call-ID", "CSeq") if got.get(name)]

    assert (got.status, "is missing" in got.start, len(present)) == (400, True, 3)


def test_a_request_without_via_is_dropped() -> None:
    """§18.2.2: a response goes where Via says; silence also keeps us from being a reflector."""
    assert Line().say(phone(via=None)) == []


def test_max_forwards_may_be_missing() -> None:
    """§8.1.1.6, §16.3 step 3: RFC 2543 clients do not send it."""
    assert final(phone(hops=None)).status == 200
