"""RFC 4475, RFC 5118 and our own torture messages against the table of expectations.

The IETF's messages are read in place, from `$DOORLINE_TEST_DATA` or a `shared/data` directory
beside the repository; without them only our own are tried.
"""

import os
from pathlib import Path

import pytest

from sipcore.kernel.errors import BadMessage
from sipcore.message.build import response
from sipcore.message.check import can_be_answered, check_request, check_response
from sipcore.message.contact import Contact
from sipcore.message.framing import StreamFramer
from sipcore.message.message import Request, Response, parse
from tests.conformance.expectations import DROPPED, EXPECTED, OK
from tests.conformance.own_messages import OWN

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("DOORLINE_TEST_DATA") or ROOT.parent / "shared" / "data")
SOURCE = ("192.0.2.254", 5099)


def octets(name: str) -> bytes:
    """The message of this name; skips the test when the IETF's messages are not at hand."""
    collection, _, title = name.partition("/")
    if collection == "own":
        return OWN[title]
    if not (DATA / collection).is_dir():
        pytest.skip(f"{DATA / collection} is not there")
    return (DATA / collection / f"{title}.dat").read_bytes()


def received(name: str) -> Request:
    """The message of this name, which has to be a request."""
    message = parse(octets(name))
    assert isinstance(message, Request)
    return message


def judge(data: bytes) -> tuple[str, Request | None]:
    """What a server does with a datagram, and the request it can answer if there is one."""
    try:
        message = parse(data)
    except BadMessage as error:
        broken = can_be_answered(data)
        return (DROPPED if broken is None else str(error.status)), broken
    try:
        if isinstance(message, Response):
            check_response(message)
            return OK, None
        check_request(message)
        _ = message.contacts, message.expires, message.max_forwards, message.content_type
    except BadMessage as error:
        return (DROPPED, None) if isinstance(message, Response) else (str(error.status), message)
    return OK, message


@pytest.mark.parametrize("name", EXPECTED)
def test_each_message_meets_its_expectation(name: str) -> None:
    assert judge(octets(name))[0] == EXPECTED[name]


@pytest.mark.parametrize("name", EXPECTED)
def test_each_answer_is_a_message_with_the_headers_of_the_request(name: str) -> None:
    _, request = judge(octets(name))
    if request is None:
        return
    answer = parse(response(request, 400, to_tag=b"answer", source=SOURCE))

    assert isinstance(answer, Response)
    assert [answer.first(header) for header in (b"from", b"call-id", b"cseq")] == [
        request.first(header) for header in (b"from", b"call-id", b"cseq")
    ]
    assert answer.every(b"via")[1:] == request.every(b"via")[1:]


# Without Content-Length, as RFC 2543 allowed; a stream cannot carry them.
DATAGRAM_ONLY = ("rfc4475/inv2543", "own/rfc2543")
FRAMED = [
    name for name, expected in EXPECTED.items() if expected == OK and name not in DATAGRAM_ONLY
]


@pytest.mark.parametrize("name", FRAMED)
def test_each_good_message_is_framed_in_a_stream(name: str) -> None:
    data = octets(name)
    message = parse(data)
    framer = StreamFramer()
    pieces = (framer.feed(data[at : at + 1]) for at in range(len(data)))
    frame = next(item for found in pieces for item in found if isinstance(item, bytes))

    assert message.raw.startswith(frame)
    assert parse(frame).headers == message.headers
    assert parse(frame).body == message.body


@pytest.mark.parametrize("name", DATAGRAM_ONLY)
def test_a_message_without_a_length_ends_its_stream(name: str) -> None:
    with pytest.raises(BadMessage, match="Content-Length is missing"):
        StreamFramer().feed(octets(name))


def test_every_message_has_its_row() -> None:
    listed = {name for name in EXPECTED if name.startswith("own/")}

    assert listed == {f"own/{name}" for name in OWN}


@pytest.mark.parametrize("collection", ["rfc4475", "rfc5118"])
def test_every_message_of_the_ietf_has_its_row(collection: str) -> None:
    if not (DATA / collection).is_dir():
        pytest.skip(f"{DATA / collection} is not there")
    present = {f"{collection}/{path.stem}" for path in (DATA / collection).glob("*.dat")}

    assert present == {name for name in EXPECTED if name.startswith(collection)}


@pytest.mark.parametrize("name", ["rfc4475/wsinv", "own/folded"])
def test_folded_headers_are_read_as_if_they_were_not(name: str) -> None:
    invite = received(name)

    assert (invite.to.tag, invite.from_tag, invite.cseq.method) == (
        invite.to_tag.decode(),
        b"98asjd8" if name == "rfc4475/wsinv" else b"98",
        b"INVITE",
    )
    assert [value.partition(b";")[0].split() for value in invite.values(b"via")][1:] == [
        [b"SIP", b"/", b"2.0", b"/", b"TCP", invite.values(b"via")[1].split()[5]],
        [b"SIP", b"/", b"2.0", b"/", b"UDP", b"192.168.255.111"],
    ]
    assert (invite.branch, invite.via.transport, len(invite.values(b"via"))) == (
        b"390skdjuw",
        "UDP",
        3,
    )
    (contact,) = invite.contacts if isinstance(invite.contacts, tuple) else ()
    assert (contact.q, len(contact.params)) == (0.33, 3)
    assert invite.first(b"subject") == b""


@pytest.mark.parametrize(
    ("name", "user", "other_user"),
    [
        ("rfc4475/esc01", "sips:user@example.com", "user"),
        ("own/escapes", "sips:guard@site.example", "guard"),
    ],
)
def test_escapes_in_uris_are_decoded_once(name: str, user: str, other_user: str) -> None:
    invite = received(name)
    contacts = invite.contacts

    assert isinstance(contacts, tuple)
    assert invite.request_uri.decoded_user == user
    assert invite.to.uri.decoded_user == other_user
    assert invite.from_.uri.decoded_user == "I have spaces"
    assert contacts[0].uri.params == (("%6C%72", None), ("n%61me", "v%61lue%25%34%31"))


@pytest.mark.parametrize(
    ("name", "user"), [("rfc4475/escnull", "null-\0-null"), ("own/escaped-nul", "nul-\0-nul")]
)
def test_an_escaped_nul_does_not_end_a_user_name(name: str, user: str) -> None:
    register = received(name)
    contacts = register.contacts

    assert isinstance(contacts, tuple)
    assert register.to.uri.decoded_user == user
    assert [contact.uri.decoded_user for contact in contacts] == ["\0", "\0\0"]
    assert not contacts[0].uri.equivalent(contacts[1].uri)


@pytest.mark.parametrize(("name", "count"), [("rfc4475/esc02", 2), ("own/percent-is-no-escape", 1)])
def test_a_percent_sign_outside_uris_is_itself(name: str, count: int) -> None:
    register = received(name)

    assert (register.method, register.to.display, len(register.every(b"contact"))) == (
        b"RE%47IST%45R",
        "%Z%45",
        count,
    )


@pytest.mark.parametrize("name", ["rfc4475/intmeth", "own/wide-characters"])
def test_quoted_pairs_may_hold_control_characters(name: str) -> None:
    odd = received(name)

    assert odd.to.display == "BEL:\x07 NUL:\x00 DEL:\x7f"
    assert odd.via.branch == "z9hG4bK-.!%66*_+`'~"
    assert odd.cseq.method == odd.method


@pytest.mark.parametrize(
    ("name", "user"),
    [
        ("rfc4475/semiuri", "user;par=u@example.net"),
        ("own/semicolon-in-user", "guard;x=y@z"),
        ("own/hash-in-user", "1#1001"),
    ],
)
def test_a_user_may_hold_separators(name: str, user: str) -> None:
    assert received(name).request_uri.decoded_user == user


@pytest.mark.parametrize(
    ("name", "method"), [("rfc4475/dblreq", b"REGISTER"), ("own/surplus-octets", b"OPTIONS")]
)
def test_octets_after_the_message_are_ignored(name: str, method: bytes) -> None:
    request = received(name)

    assert (request.method, request.body) == (method, b"")


@pytest.mark.parametrize(("name", "count"), [("rfc4475/longreq", 34), ("own/long-values", 35)])
def test_many_and_long_values_are_read(name: str, count: int) -> None:
    request = received(name)

    assert len(request.values(b"via")) == count
    assert str(request.from_).encode() == request.first(b"from")


@pytest.mark.parametrize(
    ("name", "uri", "params"),
    [
        ("rfc4475/cparam01", "sip:+19725552222@gw1.example.net", (("unknownparam", None),)),
        ("rfc4475/cparam02", "sip:+19725552222@gw1.example.net;unknownparam", ()),
        ("rfc4475/regescrt", "sip:user@example.com?Route=%3Csip:sip.example.com%3E", ()),
        ("own/contact-parameter", "sip:+3712000@gw.example", (("unknown", None),)),
        ("own/contact-uri-parameter", "sip:+3712000@gw.example;unknown", ()),
        ("own/contact-uri-with-header", "sip:door@site.example?Route=%3Csip:x%3E", ()),
    ],
)
def test_what_belongs_to_a_contacts_uri_stays_there(
    name: str, uri: str, params: tuple[tuple[str, str | None], ...]
) -> None:
    contacts = received(name).contacts

    assert isinstance(contacts, tuple)
    assert [(str(contact.uri), contact.params) for contact in contacts] == [(uri, params)]
    assert all(isinstance(contact, Contact) for contact in contacts)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (
            "rfc4475/unreason",
            "= 2**3 * 5**2 но сто девяносто девять - простое",
        ),
        ("rfc4475/noreason", ""),
        ("own/reason-in-utf-8", "= 1 + 1 снова и снова"),
        ("own/empty-reason", ""),
    ],
)
def test_the_reason_phrase_is_any_text_or_none(name: str, reason: str) -> None:
    message = parse(octets(name))

    assert isinstance(message, Response)
    assert message.reason.decode() == reason


@pytest.mark.parametrize(
    ("name", "host", "port"),
    [
        ("rfc5118/ipv6-good", "2001:db8::10", None),
        ("rfc5118/port-ambiguous", "2001:db8::10:5070", None),
        ("rfc5118/port-unambiguous", "2001:db8::10", 5070),
        ("rfc5118/ipv6-bug-abnf-3-colons", "2001:db8::192.0.2.1", None),
        ("rfc5118/ipv6-correct-abnf-2-colons", "2001:db8::192.0.2.1", None),
        ("own/ipv6-port-inside-brackets", "2001:db8::10:5070", None),
        ("own/ipv6-port-after-brackets", "2001:db8::10", 5070),
        ("own/ipv6-third-colon", "2001:db8::192.0.2.1", None),
    ],
)
def test_an_ipv6_host_ends_at_its_bracket(name: str, host: str, port: int | None) -> None:
    uri = received(name).request_uri

    assert (uri.host, uri.port) == (host, port)


@pytest.mark.parametrize(
    "name",
    [
        "rfc5118/via-received-param-with-delim",
        "rfc5118/via-received-param-no-delim",
        "own/ipv6-received",
        "own/ipv6-received-in-brackets",
    ],
)
def test_received_has_no_brackets_whoever_wrote_them(name: str) -> None:
    assert received(name).via.received == "2001:db8::9:255"


@pytest.mark.parametrize(
    "name", ["rfc4475/mcl01", "rfc4475/ncl", "own/two-lengths", "own/length-negative"]
)
def test_a_stream_with_an_uncertain_length_is_given_up(name: str) -> None:
    with pytest.raises(BadMessage, match="Content-Length"):
        StreamFramer().feed(octets(name))


@pytest.mark.parametrize("name", ["rfc4475/clerr", "own/length-too-large"])
def test_a_stream_waits_for_the_rest_of_a_body(name: str) -> None:
    assert StreamFramer().feed(octets(name)) == []
