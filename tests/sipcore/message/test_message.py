import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipcore.kernel.errors import BadMessage
from sipcore.message.address import Address
from sipcore.message.contact import WILDCARD, Contact
from sipcore.message.cseq import CSeq
from sipcore.message.head import MAX_OCTETS
from sipcore.message.message import Message, Request, Response, parse
from sipcore.message.uri import Uri
from sipcore.message.via import Via

INVITE = (
    b"INVITE sip:1001@door.example SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP 10.0.0.5:5060;rport;branch=z9hG4bKa1 , SIP/2.0/TCP h2;branch=z9hG4bKa0\r\n"
    b"v: SIP/2.0/TLS h1\r\n"
    b"Max-Forwards: 70\r\n"
    b'f: "Door;tag=no" <sip:door@door.example>;tag=f1\r\n'
    b"To: <sip:1001@door.example>\r\n"
    b"Call-ID: c1@10.0.0.5\r\n"
    b"CSeq: 7 INVITE\r\n"
    b"m: <sip:door@10.0.0.5:5060>\r\n"
    b"X-Unknown:  kept as it is \r\n"
    b"Content-Type: Application/SDP;charset=utf-8\r\n"
    b"l: 5\r\n"
    b"\r\n"
    b"v=0\r\nsurplus"
)


def request(*lines: bytes, start: bytes = b"OPTIONS sip:a SIP/2.0", body: bytes = b"") -> Request:
    """A request with exactly these header lines."""
    message = parse(b"\r\n".join((start, *lines)) + b"\r\n\r\n" + body)
    assert isinstance(message, Request)
    return message


def test_a_request_is_read_in_all_its_parts() -> None:
    invite = parse(INVITE)

    assert isinstance(invite, Request)
    assert (invite.method, invite.uri, invite.body, invite.raw) == (
        b"INVITE",
        b"sip:1001@door.example",
        b"v=0\r\n",
        INVITE,
    )
    assert invite.headers == [
        (
            b"via",
            b"SIP/2.0/UDP 10.0.0.5:5060;rport;branch=z9hG4bKa1 , SIP/2.0/TCP h2;branch=z9hG4bKa0",
        ),
        (b"via", b"SIP/2.0/TLS h1"),
        (b"max-forwards", b"70"),
        (b"from", b'"Door;tag=no" <sip:door@door.example>;tag=f1'),
        (b"to", b"<sip:1001@door.example>"),
        (b"call-id", b"c1@10.0.0.5"),
        (b"cseq", b"7 INVITE"),
        (b"contact", b"<sip:door@10.0.0.5:5060>"),
        (b"x-unknown", b"kept as it is"),
        (b"content-type", b"Application/SDP;charset=utf-8"),
        (b"content-length", b"5"),
    ]
    assert repr(invite) == "<Request INVITE 'sip:1001@door.example'>"


def test_the_typed_values_of_a_request() -> None:
    invite = parse(INVITE)

    assert isinstance(invite, Request)
    assert invite.request_uri == Uri("sip", "1001", host="door.example")
    assert invite.via == Via(
        "SIP/2.0", "UDP", "10.0.0.5", 5060, (("rport", None), ("branch", "z9hG4bKa1"))
    )
    assert invite.from_ == Address(
        "Door;tag=no", Uri("sip", "door", host="door.example"), (("tag", "f1"),)
    )
    assert invite.to == Address("", Uri("sip", "1001", host="door.example"))
    assert invite.cseq == CSeq(7, b"INVITE")
    assert invite.contacts == (Contact(Uri("sip", "door", None, "10.0.0.5", 5060)),)
    assert (invite.branch, invite.from_tag, invite.to_tag, invite.call_id) == (
        b"z9hG4bKa1",
        b"f1",
        b"",
        b"c1@10.0.0.5",
    )
    assert (invite.max_forwards, invite.expires, invite.content_type) == (
        70,
        None,
        b"application/sdp",
    )


def test_a_typed_value_is_parsed_once() -> None:
    invite = parse(INVITE)

    assert isinstance(invite, Request)
    assert [
        invite.via is invite.via,
        invite.from_ is invite.from_,
        invite.to is invite.to,
        invite.cseq is invite.cseq,
        invite.contacts is invite.contacts,
        invite.request_uri is invite.request_uri,
        invite.headers is invite.headers,
    ] == [True] * 7


def test_headers_are_found_by_their_long_name() -> None:
    invite = parse(INVITE)

    assert invite.first(b"via") == (
        b"SIP/2.0/UDP 10.0.0.5:5060;rport;branch=z9hG4bKa1 , SIP/2.0/TCP h2;branch=z9hG4bKa0"
    )
    assert invite.every(b"via")[1:] == [b"SIP/2.0/TLS h1"]
    assert invite.values(b"via") == [
        b"SIP/2.0/UDP 10.0.0.5:5060;rport;branch=z9hG4bKa1",
        b"SIP/2.0/TCP h2;branch=z9hG4bKa0",
        b"SIP/2.0/TLS h1",
    ]
    assert (invite.first(b"route"), invite.every(b"route"), invite.values(b"route")) == (
        None,
        [],
        [],
    )
    assert invite.is_repeated is True
    assert request(b"Supported: path, outbound").every(b"supported") == [b"path, outbound"]


def test_a_response_is_read_in_all_its_parts() -> None:
    ringing = parse(b"SIP/2.0 180 Ring ring \xd0\xb9\r\nTo: <sip:a@b>;x=1;tag=t1;y\r\n\r\n")

    assert isinstance(ringing, Response)
    assert (ringing.status, ringing.reason, ringing.to_tag, ringing.body) == (
        180,
        b"Ring ring \xd0\xb9",
        b"t1",
        b"",
    )
    assert repr(ringing) == "<Response 180 'Ring ring й'>"


@pytest.mark.parametrize(
    ("start", "reason"), [(b"SIP/2.0 100 ", b""), (b"SIP/2.0 100", b""), (b"sip/2.0 100 x", b"x")]
)
def test_a_status_line_may_lack_its_reason(start: bytes, reason: bytes) -> None:
    response = parse(start + b"\r\n\r\n")

    assert isinstance(response, Response)
    assert (response.status, response.reason) == (100, reason)


@pytest.mark.parametrize(
    ("start", "method"),
    [
        (b"INVITE  sip:a  SIP/2.0", b"INVITE"),
        (b"OPTIONS sip:a SIP/2.0  ", b"OPTIONS"),
        (b"OPTIONS sip:a sip/2.0", b"OPTIONS"),
        (b"RE%47IST%45R sip:a SIP/2.0", b"RE%47IST%45R"),
        (b"invite sip:a SIP/2.0", b"invite"),
        (b"SIP sip:a SIP/2.0", b"SIP"),
    ],
)
def test_an_unusual_request_line_is_read_as_well(start: bytes, method: bytes) -> None:
    unusual = request(start=start)

    assert (unusual.method, unusual.uri) == (method, b"sip:a")


@pytest.mark.parametrize(
    ("start", "status"),
    [
        (b"OPTIONS sip:a SIP/7.0", 505),
        (b"OPTIONS sip:a SIP/2.00", 505),
        (b"SIP/3.0 200 OK", 505),
        (b"OPTIONS sip:a HTTP/1.1", 400),
        (b"OPTIONS sip:a", 400),
        (b"OPTIONS", 400),
        (b"INVITE sip:user@example.com; lr SIP/2.0", 400),
        (b"INV(ITE sip:a SIP/2.0", 400),
        (b"SIP/2.0", 400),
        (b"SIP/2.0 20 OK", 400),
        (b"SIP/2.0 099 OK", 400),
        (b"SIP/2.0 700 OK", 400),
        (b"SIP/2.0 +20 OK", 400),
        (b"SIP/2.0 4294967301 better not break the receiver", 400),
        ("SIP/2.0 ٢٠٠ OK".encode(), 400),
    ],
)
def test_a_malformed_start_line_is_refused_with_its_status(start: bytes, status: int) -> None:
    with pytest.raises(BadMessage) as caught:
        parse(start + b"\r\nVia: x\r\n\r\n")

    assert caught.value.status == status


def test_empty_lines_before_the_start_line_are_ignored() -> None:
    ping = parse(b"\r\n\r\n\r\nOPTIONS sip:a SIP/2.0\r\nl: 1\r\n\r\nxy")

    assert (ping.body, ping.raw[:7]) == (b"x", b"OPTIONS")


@pytest.mark.parametrize("data", [b"", b"\r\n\r\n", b"\r\n", b"\n\n", b"\x00" * 4, b"\r\n" * 50])
def test_keep_alives_are_no_messages(data: bytes) -> None:
    with pytest.raises(BadMessage):
        parse(data)


def test_a_memoryview_is_read_like_bytes() -> None:
    assert parse(memoryview(INVITE)).headers == parse(INVITE).headers


@pytest.mark.parametrize(
    ("length", "body"),
    [
        (b"l: 3", b"abc"),
        (b"Content-Length:0", b""),
        (b"Content-Length: 0003", b"abc"),
        (b"X: y", b"abcdef"),
    ],
)
def test_the_body_ends_where_content_length_says(length: bytes, body: bytes) -> None:
    assert request(length, body=b"abcdef").body == body


@pytest.mark.parametrize(
    "lines",
    [
        (b"Content-Length: 7",),
        (b"Content-Length: 99999999999999999999",),
        (b"Content-Length: -1",),
        (b"Content-Length: five",),
        (b"Content-Length:",),
        (b"Content-Length: 0x1",),
        (b"Content-Length: 1 1",),
        (b"Content-Length: 13", b"l: 5"),
        (b"Content-Length: 5", b"Content-Length: 5"),
    ],
)
def test_a_body_without_a_certain_end_is_refused(lines: tuple[bytes, ...]) -> None:
    for start in (b"OPTIONS sip:a SIP/2.0", b"SIP/2.0 200 OK"):
        with pytest.raises(BadMessage, match="Content-Length"):
            request(*lines, start=start, body=b"abcdef")


def test_the_size_of_a_message_is_bounded() -> None:
    head = b"OPTIONS sip:a SIP/2.0\r\n\r\n"

    assert len(parse(head + bytes(MAX_OCTETS - len(head))).body) == MAX_OCTETS - len(head)
    with pytest.raises(BadMessage) as caught:
        parse(head + bytes(MAX_OCTETS - len(head) + 1))
    assert caught.value.status == 513


@pytest.mark.parametrize(
    ("value", "tag"),
    [
        (b"<sip:a@b>;tag=x", b"x"),
        (b"<sip:a@b> ;tag=x ;y", b"x"),
        (b"<sip:a@b>; tag = x", b"x"),
        (b"<sip:a@b>;tag= \t x ;y", b"x"),
        (b"<sip:a@b>;TAG=x", b"x"),
        (b"sip:a@b;tag=x", b"x"),
        (b"sip:a@b;user=phone;tag=x", b"x"),
        (b"sip:a@b", b""),
        (b"<sip:a@b;tag=no>", b""),
        (b"<sip:a@b;tag=no>;x", b""),
        (b'"<;tag=no>" <sip:a@b>', b""),
        (b'"<;tag=no>" <sip:a@b>;tag=x', b"x"),
        (b'<sip:a@b>;x=";tag=no";tag=y', b"y"),
        (b"<sip:a@b>;tag=\xff", b"\xff"),
    ],
)
def test_the_tag_is_that_of_the_header_and_no_other(value: bytes, tag: bytes) -> None:
    message = request(b"From: " + value, b"To: " + value)

    assert (message.from_tag, message.to_tag) == (tag, tag)
    assert (message.from_.tag or "").encode("utf-8", "surrogateescape") == tag
    assert (message.to.tag or "").encode("utf-8", "surrogateescape") == tag


@pytest.mark.parametrize(
    ("value", "branch"),
    [
        (b"SIP/2.0/UDP h;branch=z9hG4bK1", b"z9hG4bK1"),
        (b"SIP/2.0/UDP h;branch=z9hG4bK1 ;rport", b"z9hG4bK1"),
        (b"SIP/2.0/UDP h;branch= \tz9hG4bK1 ;rport", b"z9hG4bK1"),
        (b"SIP/2.0/UDP h; Branch = z9hG4bK1", b"z9hG4bK1"),
        (b"SIP/2.0/UDP h;rport", b""),
        (b'SIP/2.0/UDP h;x=";branch=no";branch=yes', b"yes"),
        (b'SIP/2.0/UDP h;x="a,b";branch=yes, SIP/2.0/UDP g;branch=no', b"yes"),
        (b"SIP/2.0/UDP h, SIP/2.0/UDP g;branch=no", b""),
    ],
)
def test_the_branch_is_that_of_the_top_via_and_no_other(value: bytes, branch: bytes) -> None:
    message = request(b"Via: " + value)

    assert (message.branch, message.via.branch.encode()) == (branch, branch)


@pytest.mark.parametrize(
    "name", ["via", "branch", "from_", "from_tag", "to", "to_tag", "call_id", "cseq"]
)
def test_a_required_header_that_is_missing_or_empty_is_named(name: str) -> None:
    title = {"branch": "Via", "call_id": "Call-ID", "cseq": "CSeq"}.get(
        name, name.partition("_")[0].capitalize()
    )

    for message in (request(), request(title.encode() + b":")):
        with pytest.raises(BadMessage, match=f"{title} is missing"):
            getattr(message, name)


@pytest.mark.parametrize(
    ("value", "hops"),
    [(b"70", 70), (b"0068", 68), (b"0", 0), (b"255", 255), (b"256", None), (b"9" * 50, None)],
)
def test_max_forwards_above_its_range_counts_as_absent(value: bytes, hops: int | None) -> None:
    assert request(b"Max-Forwards: " + value).max_forwards == hops
    assert request().max_forwards is None


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (b"Max-Forwards: -1", "max_forwards"),
        (b"Max-Forwards: x", "max_forwards"),
        (b"Call-ID: a b", "call_id"),
        (b"Call-ID: a\xff", "call_id"),
        (b"Call-ID: a\x00b", "call_id"),
        (b"CSeq: 1", "cseq"),
        (b"Contact: <sip:a", "contacts"),
        (b"Content-Type: text", "content_type"),
        (b"Content-Type: text/", "content_type"),
        (b"Content-Type: a b/c", "content_type"),
    ],
)
def test_a_malformed_header_is_refused_when_it_is_read(line: bytes, name: str) -> None:
    message = request(line)

    with pytest.raises(BadMessage, match="malformed"):
        getattr(message, name)


def test_contacts_expiry_and_content_type_may_be_absent() -> None:
    message = request()

    assert (message.contacts, message.expires, message.content_type) == ((), None, b"")


def test_a_star_is_the_wildcard_contact() -> None:
    assert request(b"Contact: *").contacts is WILDCARD


def test_a_malformed_expiry_is_an_hour() -> None:
    values = [
        request(b"Expires: " + v).expires for v in (b"60", b"0", b"soon", b"1" * 100, b"\xff")
    ]

    assert values == [60, 0, 3600, 3600, 3600]


READ_ALL = (
    "headers",
    "via",
    "branch",
    "call_id",
    "cseq",
    "from_",
    "from_tag",
    "to",
    "to_tag",
    "max_forwards",
    "contacts",
    "expires",
    "content_type",
    "request_uri",
)


def read_everything(message: Message) -> None:
    """Read every value; anything but BadMessage ends the test."""
    for name in READ_ALL:
        if name == "request_uri" and isinstance(message, Response):
            continue
        try:
            getattr(message, name)
        except BadMessage:
            continue
    message.values(b"via")
    message.values(b"contact")


NAMES = st.sampled_from(
    [
        b"Via",
        b"v",
        b"From",
        b"f",
        b"To",
        b"Call-ID",
        b"CSeq",
        b"Contact",
        b"Expires",
        b"l",
        b"X",
        b" ",
    ]
)
PIECES = st.sampled_from(
    [
        b"SIP/2.0/UDP h;branch=z9hG4bK1",
        b"<sip:a@b>",
        b";tag=1",
        b'"',
        b"<",
        b">",
        b",",
        b";",
        b" ",
        b"1 INVITE",
        b"*",
        b"0",
        b"\x00",
        b"\xff",
        b"\r\n ",
        b"=",
    ]
)
LINES = st.tuples(NAMES, st.lists(PIECES | st.binary(max_size=4), max_size=6).map(b"".join)).map(
    b": ".join
)
MESSAGES = st.tuples(
    st.sampled_from([b"INVITE sip:a@b SIP/2.0", b"SIP/2.0 200 OK", b"REGISTER x SIP/2.0"]),
    st.lists(LINES, max_size=8),
    st.binary(max_size=8),
).map(lambda parts: b"\r\n".join((parts[0], *parts[1])) + b"\r\n\r\n" + parts[2])


@given(st.binary() | MESSAGES)
def test_any_octets_are_a_message_or_bad(data: bytes) -> None:
    try:
        message = parse(data)
    except BadMessage:
        return
    read_everything(message)


@given(MESSAGES, st.integers(0, 300), st.binary(max_size=3))
def test_damage_anywhere_leaves_a_message_or_a_bad_one(data: bytes, at: int, noise: bytes) -> None:
    damaged = data[:at] + noise + data[at + len(noise) :]
    try:
        message = parse(damaged)
    except BadMessage:
        return
    read_everything(message)


@given(MESSAGES)
def test_no_value_of_a_parsed_message_holds_a_line_end(data: bytes) -> None:
    try:
        message = parse(data)
    except BadMessage:
        return
    octets = b"".join(value for _, value in message.headers)

    assert (b"\r" in octets, b"\n" in octets) == (False, False)


VALUES = st.text(
    alphabet=st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20
)


@given(
    st.lists(
        st.tuples(st.sampled_from([b"via", b"to", b"x-a", b"route"]), VALUES.map(str.encode)),
        max_size=20,
    ),
    st.binary(max_size=50),
)
def test_headers_and_body_come_out_as_they_went_in(
    headers: list[tuple[bytes, bytes]], body: bytes
) -> None:
    lines = [name + b": " + value for name, value in headers]
    message = request(*lines, b"Content-Length: %d" % len(body), body=body)

    assert message.headers[:-1] == headers
    assert message.body == body
    assert [message.first(name) for name, _ in headers] == [
        next(v for n, v in headers if n == name) for name, _ in headers
    ]


def test_an_option_tag_stands_in_the_named_header_in_any_case() -> None:
    request = parse(
        b"OPTIONS sip:a SIP/2.0\r\nSupported: path, Timer\r\nk: 100REL\r\nRequire: gruu\r\n\r\n"
    )

    assert [request.has_option(b"supported", tag) for tag in (b"timer", b"100rel")] == [True, True]
    assert not request.has_option(b"supported", b"gruu")
    assert not request.has_option(b"require", b"timer")
    assert not request.has_option(b"proxy-require", b"timer")


def test_a_released_message_keeps_what_it_was_asked_for_and_nothing_else() -> None:
    invite = parse(INVITE)
    asked = (invite.call_id, invite.cseq, invite.from_tag, invite.to_tag)

    invite.release()

    assert (invite.call_id, invite.cseq, invite.from_tag, invite.to_tag) == asked
    assert (invite.raw, invite.body, invite.headers, invite.first(b"via")) == (b"", b"", [], None)
