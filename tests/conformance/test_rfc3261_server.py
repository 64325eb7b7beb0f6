"""RFC 3261 §8.2 and §11: what a user agent server says to requests outside dialogs."""

import pytest

from sipcore.kernel.flow import Flow
from tests.conformance.line import DOMAIN, Line, answer, dial, final, phone, summary
from tests.support.plain_message import tag_of
from tests.support.wire import DOOR

METHODS = ("INVITE", "ACK", "CANCEL", "BYE", "OPTIONS")


@pytest.mark.parametrize("method", ["PUBLISH", "MAKECOFFEE", "FOO-1.x"])
def test_a_method_that_is_not_served_here_is_refused_with_allow(method: str) -> None:
    """§8.2.1: 405 and Allow. 501 is chosen for methods nobody knows (§21.5.2), with Allow too."""
    got = answer(phone(method))

    assert got.status in (405, 501)
    assert {name.strip() for name in got.get("Allow").split(",")} >= set(METHODS)


@pytest.mark.parametrize("method", ["BYE", "PRACK", "INFO", "UPDATE", "NOTIFY"])
def test_what_belongs_to_a_dialog_finds_none_outside_it(method: str) -> None:
    """§15.1.2, RFC 3262 §3, RFC 6086 §4.2.2, RFC 6665 §4.1.3: 481, also without a To tag."""
    assert answer(phone(method)).status == 481


@pytest.mark.parametrize(
    ("uri", "status"),
    [
        ("http://doorline.test/", 416),
        ("mailto:a@doorline.test", 416),
        ("urn:service:sos", 416),
        ("x:y", 416),
    ],
)
def test_a_scheme_that_is_not_known_is_416(uri: str, status: int) -> None:
    """§8.2.2.1, RFC 4475 §3.3.2 and §3.3.3."""
    assert answer(phone(uri=uri, to=f"To: <sip:{DOMAIN}>")).status == status


@pytest.mark.parametrize("method", ["OPTIONS", "INVITE"])
def test_a_domain_that_is_not_ours_is_404(method: str) -> None:
    """§8.2.2.1, §11.2: 404, and to OPTIONS the same as to INVITE."""
    assert answer(phone(method, "sip:1001@elsewhere.example")).status == 404


@pytest.mark.parametrize("method", ["OPTIONS", "INVITE"])
@pytest.mark.parametrize(
    ("required", "unsupported"),
    [
        ("Require: nothing", ["nothing"]),
        ("Require: a, b", ["a", "b"]),
        ("Require: a\r\nRequire: b,c", ["a", "b", "c"]),
        ("Require: a\r\nSupported: a", ["a"]),
    ],
)
def test_an_extension_that_is_not_known_is_420_and_named(
    method: str, required: str, unsupported: list[str]
) -> None:
    """§8.2.2.3: Unsupported lists the options the server does not know."""
    got = answer(phone(method, f"sip:1001@{DOMAIN}", required))
    named = [tag.strip() for line in got.every("Unsupported") for tag in line.split(",")]

    assert (got.status, named) == (420, unsupported)


def test_proxy_require_is_for_proxies() -> None:
    """§8.2.2.3, §20.29: a user agent server does not look at it."""
    assert answer(phone("OPTIONS", f"sip:{DOMAIN}", "Proxy-Require: nothing")).status == 200


@pytest.mark.parametrize("method", ["ACK", "CANCEL"])
def test_require_means_nothing_in_ack_and_cancel(method: str) -> None:
    """§8.2.2.3: it MUST be ignored there if present."""
    line = Line()
    line.ring()
    got = line.say(phone(method, f"sip:1001@{DOMAIN}", "Require: nothing"))

    assert "420" not in " ".join(summary(got))
    if method == "CANCEL":
        assert "200 CANCEL" in summary(got)


@pytest.mark.parametrize("required", [None, "Supported: x", "Supported:"])
def test_extensions_that_a_client_only_supports_are_never_used_unasked(
    required: str | None,
) -> None:
    """§8.2.4: no response may need an extension that Supported does not name."""
    line = Line()
    line.ring(dial(*([required] if required else [])))

    assert all(not got.get("Require") for got in line.to(DOOR))


def test_a_request_that_came_by_two_ways_is_482_the_second_time() -> None:
    """§8.2.2.2: same From tag, Call-ID and CSeq, another transaction, no To tag."""
    line = Line()
    line.ring()
    other = dial(via="Via: SIP/2.0/UDP 192.0.2.1:5062;rport;branch=z9hG4bK-other-way")

    assert summary(line.say(other)) == ["482 INVITE"]
    assert len([one for one in line.to(DOOR) if one.status == 482]) == 1


@pytest.mark.parametrize(
    "replaced",
    [
        {"cseq": "CSeq: 2 INVITE"},
        {"call_id": "Call-ID: other@door"},
        {"source": f"From: <sip:1000000001@{DOMAIN}>;tag=other"},
    ],
)
def test_what_differs_in_one_of_the_three_is_no_copy(replaced: dict[str, str]) -> None:
    """§8.2.2.2."""
    line = Line()
    line.ring()
    via = "Via: SIP/2.0/UDP 192.0.2.1:5062;rport;branch=z9hG4bK-2"

    again = dial(via=via, **replaced)  # type: ignore[arg-type]

    assert "482 INVITE" not in summary(line.say(again))


def test_no_hops_left_is_483() -> None:
    """§16.3 step 3, §21.4.21, RFC 7332 §3.2: a B2BUA does not pass on what has no hops left."""
    assert answer(dial(hops="Max-Forwards: 0")).status == 483


def test_options_with_no_hops_left_is_for_whoever_gets_it() -> None:
    """§11: Max-Forwards selects the element that answers."""
    assert answer(phone(hops="Max-Forwards: 0")).status == 200


@pytest.mark.parametrize("status_line", ["Require: x", "X: y"])
def test_every_final_response_has_a_tag_and_the_headers_of_its_request(status_line: str) -> None:
    """§8.2.6.2: From, Call-ID, CSeq and all Via values are those of the request; To gets a tag."""
    vias = ["SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bK-1", "SIP/2.0/TCP x;branch=z9hG4bK2;y=z"]
    got = answer(
        phone("OPTIONS", f"sip:{DOMAIN}", status_line, via="Via: " + "\r\nVia: ".join(vias))
    )

    assert got.every("Via")[1:] == vias[1:]
    assert got.every("Via")[0].startswith(vias[0])
    assert got.get("From") == f"<sip:1000000001@{DOMAIN}>;tag=door-tag"
    assert (got.get("Call-ID"), got.get("CSeq")) == ("visit@door", "1 OPTIONS")
    assert tag_of(got.get("To"))


def test_the_tag_of_a_stateless_answer_is_the_same_each_time() -> None:
    """§8.2.7: a stateless server gives the same To tag to each copy of a request."""
    line = Line()
    one, other = line.say(phone())[0], line.say(phone())[0]

    assert one.raw == other.raw


def test_the_tags_of_two_requests_differ() -> None:
    """§19.3: tags are unique; at least 32 bits of randomness."""
    line = Line()
    (one,) = line.say(phone())
    (other,) = line.say(phone(call_id="Call-ID: other"))

    assert tag_of(one.get("To")) != tag_of(other.get("To"))
    assert len(tag_of(one.get("To"))) >= 8


def test_100_has_no_tag_and_repeats_the_timestamp() -> None:
    """§8.2.6.1: 100 copies Timestamp; §17.2.1: it SHOULD NOT add a tag."""
    line = Line()
    line.ring(dial("Timestamp: 54.2"))
    trying = line.to(DOOR)[0]

    assert (trying.status, tag_of(trying.get("To"))) == (100, "")
    assert trying.get("Timestamp").split()[0] == "54.2"


@pytest.mark.parametrize("method", ["ACK", "BYE", "CANCEL", "NOTIFY", "PRACK"])
def test_provisional_responses_are_for_invite_alone(method: str) -> None:
    """§8.2.6.1: no provisional response to anything but INVITE."""
    assert not [got for got in Line().say(phone(method)) if got.status < 200]


@pytest.mark.parametrize("uri", [f"sip:{DOMAIN}", f"sip:1001@{DOMAIN}", f"sip:nobody@{DOMAIN}"])
def test_options_says_what_is_understood(uri: str) -> None:
    """§11.2: 200 with Allow, Accept, Accept-Encoding, Accept-Language and Supported. Everybody is
    told the same: OPTIONS must not tell who exists."""
    got = answer(phone(uri=uri))

    assert got.status == 200
    assert {name.strip() for name in got.get("Allow").split(",")} >= set(METHODS)
    assert "application/sdp" in got.get("Accept")
    for name in ("Accept-Encoding", "Accept-Language", "Supported"):
        assert got.every(name), name


def test_options_with_a_body_is_answered_like_any_other() -> None:
    """§11.1: a body is allowed; the one type that an OPTIONS would be refused for is none here."""
    assert answer(phone(body=b"v=0\r\n")).status == 200


def test_options_leaves_nothing_behind() -> None:
    """§11: it sets up no session and no dialog."""
    line = Line()
    line.say(phone())

    assert line.wire.remains == {}


@pytest.mark.parametrize(
    ("replaced", "fault"),
    [
        ({"cseq": "CSeq: x OPTIONS"}, "CSeq"),
        ({"source": "From: <sip:a"}, "From"),
        ({"to": "To: <<sip:a>"}, "To"),
        ({"via": "Via: SIP/2.0/UDP;branch=z9hG4bK1"}, "Via"),
        ({"call_id": "Call-ID: a b"}, "Call-ID"),
        ({"hops": "Max-Forwards: x"}, "Max-Forwards"),
        ({"length": "Content-Length: x"}, "Content-Length"),
        ({"start": "OPTIONS sip: SIP/2.0"}, "Request-URI"),
    ],
)
def test_a_400_names_the_fault(replaced: dict[str, str], fault: str) -> None:
    """§21.4.1: the phrase SHOULD identify the problem in more detail."""
    got = answer(phone(**replaced))  # type: ignore[arg-type]

    assert got.status == 400
    assert fault in got.start


@pytest.mark.parametrize("method", ["INVITE", "OPTIONS", "BYE", "INFO", "MESSAGE", "UPDATE"])
def test_a_tag_in_to_that_nobody_gave_is_481(method: str) -> None:
    """§12.2.2: a request for a dialog that does not exist."""
    assert answer(phone(method, to=f"To: <sip:{DOMAIN}>;tag=nobodys")).status == 481


def test_an_ack_for_nothing_is_answered_by_nothing() -> None:
    """§17.1.1.3, §13.2.2.4: ACK never gets a response."""
    line = Line()

    assert line.say(phone("ACK")) == line.say(phone("ACK", to="To: <sip:a>;tag=b")) == []


@pytest.mark.parametrize("status", [100, 180, 200, 302, 404, 500, 603])
def test_a_response_to_nothing_is_dropped(status: int) -> None:
    """§18.1.2, RFC 6026 §8.9: what matches no client transaction is not passed on."""
    data = phone(start=f"SIP/2.0 {status} Whatever", cseq="CSeq: 1 INVITE")

    assert Line().say(data) == []


def test_an_invite_without_contact_is_400() -> None:
    """§8.1.1.8: Contact MUST be present, once, in a request that can make a dialog."""
    assert final(dial(contact=None)).status == 400


@pytest.mark.parametrize("contact", ["Contact: *", "Contact: <sip:a@b>, <sip:c@d>", "Contact: x"])
def test_the_contact_of_an_invite_is_one_sip_uri(contact: str) -> None:
    """§8.1.1.8."""
    assert final(dial(contact=contact)).status == 400


@pytest.mark.parametrize("kind", ["text/plain", "application/x-unknown"])
def test_a_body_of_any_type_is_for_the_phone_to_judge(kind: str) -> None:
    """§8.2.3: a server that does not understand a body answers 415. This one passes bodies on, so
    the phone decides, and its 415 and Accept come back (see test_rfc3261_codes.py)."""
    assert Line().ring(dial(kind=kind)).first(b"content-type") == kind.encode()


def test_an_answer_is_no_longer_than_its_question_by_much() -> None:
    """§8.2.6: nothing is reflected but what must be; an attacker gains little by a false source."""
    small = phone("OPTIONS", f"sip:{DOMAIN}", "X: " + "y" * 200)

    assert len(answer(small, Flow("UDP", 0, "192.0.2.66", 53)).raw) < 3 * len(small)
