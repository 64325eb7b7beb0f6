"""RFC 3428, MESSAGE outside calls, section by section: this server between sender and phones."""

import pytest

from sipcore.endpoint.settings import BoundListener
from sipcore.kernel.flow import Flow
from sipcore.message.message import Request, Response
from sipcore.registrar.digest import Authenticated, Challenged
from tests.support.peers import message, reply
from tests.support.wire import APP, DOOR, MONITOR, Holder, Sent, Wire, requests, responses

SENDER = Flow("UDP", 0, "192.0.2.41", 5060)
STREAM = Flow("TCP", 0, "192.0.2.12", 40444, 3)
USER = "2000000009"


def page(
    flow: Flow = SENDER,
    *,
    number: str = "1001",
    body: bytes = b"Watson, come here.",
    kind: str = "text/plain",
    branch: str = "z9hG4bKpage",
    call_id: str = "page@phone",
    hops: int = 70,
    uri: str = "",
    extra: tuple[str, ...] = (),
) -> bytes:
    """A MESSAGE outside any dialog."""
    return message(
        f"MESSAGE {uri or f'sip:{number}@doorline.test'} SIP/2.0",
        [
            f"Via: SIP/2.0/{flow.transport} {flow.host}:{flow.port};rport;branch={branch}",
            f"Max-Forwards: {hops}",
            f'From: "Forged" <sip:{USER}@doorline.test>;tag=page-tag',
            f"To: <sip:{number}@doorline.test>",
            f"Call-ID: {call_id}",
            "CSeq: 1 MESSAGE",
            *extra,
        ],
        body,
        kind,
    )


def wire(**contacts: list[Flow]) -> Wire:
    """An endpoint on which 1001 is a monitor and an app."""
    on = Wire(contacts=contacts or {"monitor": [MONITOR], "app": [APP]})
    on.addressees.numbers["1001"] = ("monitor", "app")
    return on


def copies(sent: Sent) -> dict[Flow, Request]:
    """The MESSAGEs that went out, by flow."""
    return {
        flow: one for one, flow in sent if isinstance(one, Request) and one.method == b"MESSAGE"
    }


def heard(sent: Sent) -> list[int]:
    """What the sender heard."""
    return [
        one.status for one, flow in sent if isinstance(one, Response) and flow.host == SENDER.host
    ]


def answer_to(data: bytes, on: Wire | None = None, flow: Flow = SENDER) -> Response:
    """The one response to a MESSAGE that is not delivered."""
    on = on or wire()
    sent = on.receive(data, flow)
    assert copies(sent) == {}
    (answer,) = responses(sent)
    return answer


# -- §4, §6: sending on --------------------------------------------------------------------------


def test_every_contact_of_everybody_meant_gets_a_copy() -> None:
    """§6: the request MAY fork."""
    on = wire(monitor=[MONITOR], app=[APP, STREAM])

    assert set(copies(on.receive(page(), SENDER))) == {MONITOR, APP, STREAM}


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/plain;charset=UTF-8", "Grüße ☎\r\n\r\n".encode()),
        ("application/octet-stream", bytes(range(256))),
        ("message/cpim", b"From: x\r\n\r\nContent-Type: text/plain\r\n\r\nhi"),
        ('multipart/mixed;boundary="x y"', b"--x y\r\n\r\na\r\n--x y--"),
    ],
)
def test_a_body_of_any_type_crosses_octet_by_octet(kind: str, body: bytes) -> None:
    """§7, §9: standard MIME headers identify the content."""
    copy = copies(wire().receive(page(body=body, kind=kind), SENDER))[MONITOR]

    assert (copy.body, copy.first(b"content-type")) == (body, kind.encode())


def test_each_copy_has_identities_of_its_own() -> None:
    """RFC 7092: nothing of the sender's side is repeated."""
    extra = ("X-Secret: 1", "User-Agent: Phone/1.0", "Record-Route: <sip:192.0.2.99;lr>")
    sent = copies(wire().receive(page(extra=extra), SENDER))

    assert len({copy.call_id for copy in sent.values()} | {b"page@phone"}) == 3
    assert len({copy.from_tag for copy in sent.values()} | {b"page-tag"}) == 3
    for flow, copy in sent.items():
        assert len(copy.values(b"via")) == 1
        assert copy.first(
            b"from",
        ).startswith(b'"The 2000000009" <sip:2000000009@')  # type: ignore[union-attr]
        assert copy.uri.endswith(f"{flow.host}:{flow.port}".encode())
        for secret in (b"Secret", b"Phone/1.0", b"192.0.2.99", b"192.0.2.41", b"Forged"):
            assert secret not in copy.raw


def test_a_copy_has_no_contact_and_makes_no_dialog() -> None:
    """§4, table 1: Contact is not allowed."""
    copy = copies(wire().receive(page(extra=("Contact: <sip:x@192.0.2.41>",)), SENDER))[MONITOR]

    assert (copy.first(b"contact"), copy.to_tag) == (None, b"")


def test_what_tells_about_the_message_crosses() -> None:
    """§4 and table 1: Date and Expires limit its validity."""
    lines = (
        "Date: Sat, 13 Nov 2010 23:29:00 GMT",
        "Expires: 300",
        "Subject: Lift",
        "Priority: urgent",
    )
    copy = copies(wire().receive(page(extra=lines), SENDER))[MONITOR]

    for line in lines:
        assert line.encode() in copy.raw


def test_one_hop_is_counted() -> None:
    """RFC 3261 §16.6 step 3."""
    assert copies(wire().receive(page(hops=9), SENDER))[MONITOR].max_forwards == 8


def test_a_message_without_hops_left_is_483() -> None:
    """RFC 3261 §16.3 step 3."""
    assert answer_to(page(hops=0)).status == 483


def test_a_copy_that_took_another_path_is_482() -> None:
    """RFC 3261 §8.2.2.2."""
    on = wire()
    on.receive(page(), SENDER)

    assert answer_to(page(branch="z9hG4bKother"), on).status == 482


def test_a_repeated_message_is_sent_on_once() -> None:
    """RFC 3261 §17.2.2."""
    on = wire()
    on.receive(page(), SENDER)

    assert on.receive(page(), SENDER) == []


# -- §7: the answer ------------------------------------------------------------------------------


def test_the_first_2xx_answers_the_sender_at_once() -> None:
    """§6: only one final response is forwarded; §7: without body and Contact."""
    on = wire()
    sent = copies(on.receive(page(), SENDER))

    (answer,) = responses(on.receive(reply(sent[MONITOR], 200, flow=MONITOR, body=b"x"), MONITOR))
    later = on.receive(reply(sent[APP], 486), APP)

    assert (answer.status, answer.body, answer.first(b"contact")) == (200, b"", None)
    assert (answer.call_id, heard(later)) == (b"page@phone", [])


def test_accepted_for_later_stays_202() -> None:
    """§7: a relay says 202."""
    on = wire(monitor=[MONITOR])
    sent = copies(on.receive(page(), SENDER))

    assert heard(on.receive(reply(sent[MONITOR], 202), MONITOR)) == [202]


def test_a_failure_waits_for_the_others() -> None:
    """RFC 3261 §16.7: the best response."""
    on = wire()
    sent = copies(on.receive(page(), SENDER))

    first = heard(on.receive(reply(sent[MONITOR], 415), MONITOR))
    second = heard(on.receive(reply(sent[APP], 486), APP))

    assert (first, second) == ([], [486])


@pytest.mark.parametrize(
    ("status", "line"), [(415, "Accept: text/html"), (405, "Allow: INVITE, BYE")]
)
def test_a_failure_says_what_the_phone_would_take(status: int, line: str) -> None:
    """RFC 3261 §21.4.6, §21.4.13: 405 has Allow, 415 says what is accepted."""
    on = wire(monitor=[MONITOR])
    sent = copies(on.receive(page(), SENDER))

    (told,) = responses(on.receive(reply(sent[MONITOR], status, extra=(line,)), MONITOR))

    name, _, value = line.partition(": ")
    assert (told.status, told.first(name.lower().encode())) == (status, value.encode())


def test_a_challenge_of_a_phone_is_not_passed_on() -> None:
    """The sender has no credentials for the phone."""
    on = wire(monitor=[MONITOR])
    sent = copies(on.receive(page(), SENDER))

    assert heard(on.receive(reply(sent[MONITOR], 401), MONITOR)) == [500]


def test_nobody_registered_is_480() -> None:
    """RFC 3261 §21.4.18."""
    on = wire(monitor=[])

    assert answer_to(page(), on).status == 480


def test_a_number_of_nobody_is_404() -> None:
    """RFC 3261 §21.4.5; what is foreign looks the same, for the port answers the same."""
    assert answer_to(page(number="9999")).status == 404


def test_another_domain_is_404() -> None:
    """RFC 3261 §8.2.2.1."""
    assert answer_to(page(uri="sip:1001@elsewhere.test")).status == 404


def test_a_silent_phone_never_makes_a_408() -> None:
    """RFC 4320 §4.2: 408 MUST NOT be sent; 100 after 3.5 s, a final answer before 32 s."""
    on = wire()
    on.receive(page(), SENDER)

    early = heard(on.advance(3.0))
    later = heard(on.advance(4.0))
    final = heard(on.advance(25.0))

    assert (early, later, final) == ([], [100], [480])
    on.advance(70.0)
    assert on.remains == {}


def test_a_silent_phone_does_not_hide_what_another_said() -> None:
    """RFC 3261 §16.7."""
    on = wire()
    sent = copies(on.receive(page(), SENDER))
    on.receive(reply(sent[MONITOR], 486), MONITOR)

    assert heard(on.advance(31.0))[-1] == 486


def test_a_late_2xx_of_another_phone_is_of_no_interest() -> None:
    """§6."""
    on = wire()
    sent = copies(on.receive(page(), SENDER))
    on.receive(reply(sent[MONITOR], 200), MONITOR)

    assert on.receive(reply(sent[APP], 200), APP) == []


def test_a_phone_whose_stream_is_gone_counts_as_failed() -> None:
    """RFC 3261 §8.1.3.1: as a 503, which is not passed on."""
    on = wire(app=[STREAM])
    on.broken.add(STREAM)

    assert heard(on.receive(page(), SENDER)) == [500]
    on.advance(40.0)
    assert on.remains == {}


# -- §8: congestion ------------------------------------------------------------------------------


def test_a_datagram_over_1300_octets_is_refused() -> None:
    """§8: MUST NOT exceed 1300 bytes."""
    assert answer_to(page(body=b"x" * 1300)).status == 513


def test_a_large_message_goes_over_streams_alone() -> None:
    """§8: unless the transport controls congestion at every hop."""
    on = wire(monitor=[MONITOR], app=[STREAM])
    over = Flow("TCP", 0, "192.0.2.41", 40001, 5)

    sent = copies(on.receive(page(over, body=b"x" * 5000), over))

    assert set(sent) == {STREAM}
    assert len(sent[STREAM].body) == 5000


def test_a_large_message_that_only_datagrams_could_carry_is_refused() -> None:
    """§8."""
    over = Flow("TCP", 0, "192.0.2.41", 40001, 5)

    assert answer_to(page(over, body=b"x" * 5000), flow=over).status == 513


def tried_over_tcp() -> tuple[Wire, Flow, Flow]:
    """A monitor over UDP that may take TCP; that stream, and one that a neighbour writes over."""
    on = wire(monitor=[MONITOR])
    on.endpoint.addressing.listeners = (
        BoundListener("UDP", "192.0.2.100", 5060),
        BoundListener("TCP", "192.0.2.100", 5062),
    )
    beside = MONITOR._replace(transport="TCP", listener=1)
    on.contacts.large = (beside, MONITOR)
    return on, beside, Flow("TCP", 1, "192.0.2.41", 40001, 5)


def test_a_large_message_is_tried_over_tcp_at_a_phone_that_may_take_it() -> None:
    """§8, RFC 3261 §18.1.1: the Via says which transport it is."""
    on, beside, over = tried_over_tcp()

    sent = copies(on.receive(page(over, body=b"x" * 1300), over))
    answered = on.receive(reply(sent[beside], 200), beside)

    assert set(sent) == {beside}
    via = sent[beside].first(b"via") or b""
    assert via.startswith(b"SIP/2.0/TCP 192.0.2.100:5062;rport;branch=z9hG4bK")
    assert heard(answered) == [200]


def test_a_small_message_to_the_same_phone_waits_behind_the_large_one() -> None:
    """§8: one at a time to one URI, whatever they go over."""
    on, beside, over = tried_over_tcp()
    first = copies(on.receive(page(over, body=b"x" * 1300), over))
    second = copies(on.receive(page(branch="z9hG4bK2", call_id="two"), SENDER))

    sent = copies(on.receive(reply(first[beside], 200), beside))

    assert (second, set(sent)) == ({}, {MONITOR})


def test_a_large_message_to_a_phone_that_takes_no_tcp_after_all_is_refused() -> None:
    """§8: over UDP it must not go; the phone is not tried again soon."""
    on, beside, over = tried_over_tcp()
    on.broken.add(beside)

    sent = on.receive(page(over, body=b"x" * 1300), over)

    assert (copies(sent), heard(sent)) == ({}, [513])
    assert on.contacts.failed == [(beside, None)]
    assert on.remains.get("messages") is None


def test_one_message_at_a_time_is_on_its_way_to_a_contact() -> None:
    """§8: MUST NOT initiate a new transaction to a URI while another one is pending."""
    on = wire(monitor=[MONITOR])
    first = copies(on.receive(page(), SENDER))
    second = copies(on.receive(page(branch="z9hG4bK2", call_id="two", body=b"two"), SENDER))

    sent = on.receive(reply(first[MONITOR], 200), MONITOR)

    assert second == {}
    assert (heard(sent), copies(sent)[MONITOR].body) == ([200], b"two")


def test_what_waits_too_long_is_not_sent_any_more() -> None:
    """Its sender has been told that it failed."""
    on = wire(monitor=[MONITOR])
    on.receive(page(), SENDER)
    on.receive(page(branch="z9hG4bK2", call_id="two", body=b"two"), SENDER)

    bodies = {copy.body for copy, _ in on.advance(70.0) if isinstance(copy, Request)}

    assert b"two" not in bodies
    assert on.remains == {}


def test_a_queue_is_short() -> None:
    """Bounded, whoever sends."""
    on = wire(monitor=[MONITOR])

    answers = []
    for number in range(10):
        data = page(branch=f"z9hG4bK{number}", call_id=f"c{number}")
        answers += heard(on.receive(data, SENDER))

    assert answers == [480, 480]


def test_a_sender_that_floods_is_slowed_down() -> None:
    """§8: IM traffic must not interfere with call signaling."""
    on = wire(monitor=[MONITOR])

    def send(number: int) -> list[Response]:
        sent = on.receive(page(branch=f"z9hG4bK{number}", call_id=f"c{number}"), SENDER)
        for copy in copies(sent).values():
            on.receive(reply(copy, 200), MONITOR)
        return responses(sent)

    refused = [answer for number in range(40) for answer in send(number)]

    assert {(a.status, a.first(b"retry-after")) for a in refused} == {(480, b"1")}
    assert len(refused) == 20
    on.advance(3.0)
    assert send(99) == []


# -- §11: security -------------------------------------------------------------------------------


def test_an_unauthenticated_message_is_401() -> None:
    """§11.1, RFC 3261 §22.2."""
    on = wire()
    on.gate.outcome = Challenged((b'WWW-Authenticate: Digest realm="doorline.test"',))

    assert answer_to(page(), on).status == 401
    assert on.remains == {}


def test_nobody_writes_in_anothers_name() -> None:
    """§11.1."""
    on = wire()
    on.gate.outcome = Authenticated(Holder("somebody-else"))

    assert answer_to(page(), on).status == 403


@pytest.mark.parametrize(
    "kind",
    [
        "application/dtmf-relay",
        "application/DTMF",
        "application/vnd.nortelnetworks.digits",
        "audio/telephone-event",
    ],
)
def test_digits_belong_into_calls(kind: str) -> None:
    """RFC 6086 §1: outside a call nobody could say which door they may open."""
    assert answer_to(page(body=b"Signal=1\r\nDuration=100", kind=kind)).status == 403


def test_a_broken_content_type_is_400() -> None:
    """RFC 3261 §20.15."""
    assert answer_to(page(kind="text")).status == 400


def test_an_unsupported_extension_is_420() -> None:
    """RFC 3261 §8.2.2.3."""
    assert answer_to(page(extra=("Require: x",))).status == 420


def test_a_message_inside_an_unknown_dialog_is_481() -> None:
    """RFC 3261 §12.2.2."""
    data = page().replace(b"To: <sip:1001@doorline.test>", b"To: <sip:1001@doorline.test>;tag=x")

    assert answer_to(data).status == 481


def test_options_says_that_messages_are_taken() -> None:
    """RFC 3261 §11.2."""
    on = wire()
    sent = on.receive(page().replace(b"MESSAGE", b"OPTIONS"), DOOR)

    assert b"MESSAGE" in (responses(sent)[0].first(b"allow") or b"")
    assert requests(sent, b"MESSAGE") == []
