"""The requests a call sends, as bytes."""

import pytest

from sipcore.b2bua import requests
from sipcore.b2bua.actions import Action, Expire, OpenClient, Transmit
from sipcore.b2bua.frame import CallFrame
from sipcore.b2bua.invitation import Invitation
from sipcore.b2bua.large_requests import STREAM_TIMEOUT
from sipcore.b2bua.leg import Leg, Purpose, Use
from sipcore.b2bua.plan import Party
from sipcore.b2bua.ports import Route
from sipcore.endpoint.settings import BoundListener
from sipcore.kernel.flow import Flow
from sipcore.message.message import Request, Response, parse
from sipcore.transaction import derived
from sipcore.transaction.invite_client import InviteClient
from tests.support.peers import SDP, reply
from tests.support.values import changed
from tests.support.wire import APP, Wire

ROUTE = Route(
    b"sip:m@192.0.2.12:5060",
    APP,
    b"sip:m@doorline.test",
    path=(b"<sip:edge.test;lr>",),
    trunk="provider",
)
INVITATION = Invitation(b"<sip:door@doorline.test>", 69, (b"Subject: x",), SDP, b"application/sdp")


def started(
    invitation: Invitation = INVITATION, route: Route = ROUTE
) -> tuple[Wire, CallFrame, Use]:
    """A leg whose INVITE was just sent."""
    wire = Wire()
    frame = CallFrame("call", wire.endpoint.ports, 0.0)
    leg = Leg(1, Party("indoor", "m"), route.flow, route=route)
    requests.send_invite(frame, leg, route, invitation, 60)
    assert leg.invite is not None
    return wire, frame, leg.invite


def message(data: bytes) -> Request:
    """A composed request, read again."""
    parsed = parse(data)
    assert isinstance(parsed, Request)
    return parsed


def response(use: Use, status: int, *, contact: str = "", extra: tuple[str, ...] = ()) -> Response:
    """What the phone answers."""
    parsed = parse(reply(message(use.data), status, contact=contact, extra=extra))
    assert isinstance(parsed, Response)
    return parsed


def kinds(actions: list[Action]) -> list[type]:
    """Classes of the actions."""
    return [type(action) for action in actions]


def test_an_invite_says_who_calls_and_where_answers_go() -> None:
    _, frame, use = started()

    assert (
        use.data
        == (
            b"INVITE sip:m@192.0.2.12:5060 SIP/2.0\r\n"
            b"Via: SIP/2.0/UDP 192.0.2.100:5060;rport;branch=z9hG4bK-2\r\n"
            b"Max-Forwards: 69\r\n"
            b"Max-Breadth: 60\r\n"
            b"Route: <sip:edge.test;lr>\r\n"
            b"From: <sip:door@doorline.test>;tag=tag-3\r\n"
            b"To: <sip:m@doorline.test>\r\n"
            b"Call-ID: call-4\r\n"
            b"CSeq: 1 INVITE\r\n"
            b"Contact: <sip:192.0.2.100:5060>\r\n"
            b"Subject: x\r\n"
            b"Content-Type: application/sdp\r\n"
            b"Content-Length: %d\r\n\r\n" % len(SDP)
        )
        + SDP
    )
    assert frame.flush() == [OpenClient(b"INVITE", b"z9hG4bK-2", use.data, APP, use)]


def test_a_path_that_begins_with_a_strict_router_is_sent_as_that_wants_it() -> None:
    _, _, use = started(route=changed(ROUTE, path=(b"<sip:old.test>", b"<sip:edge.test;lr>")))
    request = message(use.data)

    assert request.uri == b"sip:old.test"
    assert request.values(b"route") == [b"<sip:edge.test;lr>", b"<sip:m@192.0.2.12:5060>"]


def test_an_invite_without_body_makes_no_offer() -> None:
    _, _, use = started(changed(INVITATION, body=b""))

    assert use.has_offer is False
    assert b"Content-Type" not in use.data


def test_cancel_waits_for_a_provisional_response_and_is_sent_once() -> None:
    _, frame, use = started()
    frame.flush()

    requests.withdraw(frame, use, (b"Reason: x",))
    early = frame.flush()
    requests.take_provisional(frame, use)
    sent = frame.flush()
    requests.take_provisional(frame, use)
    requests.withdraw(frame, use, (b"Reason: y",))

    assert (early, kinds(sent), frame.flush()) == ([], [OpenClient, Expire], [])
    assert isinstance(sent[0], OpenClient)
    cancel = message(sent[0].data)
    assert (cancel.method, cancel.cseq.number, cancel.branch) == (b"CANCEL", 1, use.branch)
    assert (cancel.first(b"reason"), cancel.first(b"route")) == (b"x", b"<sip:edge.test;lr>")
    assert cancel.uri == b"sip:m@192.0.2.12:5060"


def test_nothing_is_cancelled_after_its_final_response() -> None:
    _, frame, use = started()
    requests.take_provisional(frame, use)
    frame.settle(use)
    frame.flush()

    requests.withdraw(frame, use, (b"Reason: x",))

    assert frame.flush() == []


def test_a_challenge_is_answered_with_the_next_number_and_a_new_branch() -> None:
    wire, frame, use = started()
    wire.challenges.line = b"Authorization: Digest x"
    frame.settle(use)
    frame.flush()

    again = requests.try_again(frame, use, response(use, 401))

    retried = message(use.data)
    assert (again, retried.cseq.number, use.cseq, retried.body) == (True, 2, 2, SDP)
    assert retried.branch == use.branch == b"z9hG4bK-5"
    assert retried.first(b"authorization") == b"Digest x"
    assert kinds(frame.flush()) == [OpenClient]


@pytest.mark.parametrize("status", [200, 403, 486])
def test_only_a_challenge_is_tried_again(status: int) -> None:
    wire, frame, use = started()
    wire.challenges.line = b"Authorization: Digest x"

    assert not requests.try_again(frame, use, response(use, status))


def test_a_withdrawn_request_is_not_tried_again() -> None:
    wire, frame, use = started()
    wire.challenges.line = b"Authorization: Digest x"
    requests.withdraw(frame, use, (b"Reason: x",))

    assert not requests.try_again(frame, use, response(use, 401))


OTHER = APP._replace(host="192.0.2.99")
TWO_SERVERS = changed(ROUTE, alternatives=(OTHER,))


def sent_on(wire: Wire, frame: CallFrame, use: Use) -> Use:
    """The shell has opened the transaction."""
    frame.flush()
    use.transaction = InviteClient(b"key", use.data, use.flow, None, 0.0)
    return use


def test_the_next_server_is_not_given_the_credentials_of_the_first() -> None:
    wire, frame, use = started(route=TWO_SERVERS)
    wire.challenges.line = b"Authorization: Digest x"
    requests.try_again(frame, use, response(use, 401))
    sent_on(wire, frame, use)

    again = requests.try_elsewhere(frame, use, 503, response(use, 503))
    retried = message(use.data)
    challenged = requests.try_again(frame, use, response(use, 401))

    assert (again, challenged) == (True, True)
    assert (retried.first(b"authorization"), retried.cseq.number) == (None, 2)
    assert message(use.data).cseq.number == 3
    assert (use.flow, use.leg.flow, use.patience) == (OTHER, OTHER, None)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("", None), ("120", 120.0), ("18;duration=3600", 18.0), ("5 (soon)", 5.0), ("soon", None)],
)
def test_a_server_that_says_when_to_come_back_is_left_alone_so_long(
    header: str, seconds: float | None
) -> None:
    wire, frame, use = started(route=TWO_SERVERS)
    sent_on(wire, frame, use)
    extra = (f"Retry-After: {header}",) if header else ()

    requests.try_elsewhere(frame, use, 503, response(use, 503, extra=extra))

    assert wire.contacts.failed == [(APP, seconds)]


def test_a_request_that_never_went_out_says_nothing_about_its_server() -> None:
    wire, frame, use = started(route=TWO_SERVERS)

    assert not requests.try_elsewhere(frame, use, 503, None)
    assert wire.contacts.failed == []


def test_a_phone_that_answers_503_has_answered() -> None:
    phone = changed(ROUTE, trunk=None, large=(OTHER, APP), alternatives=(OTHER,))
    wire, frame, use = started(route=phone)
    sent_on(wire, frame, use)

    assert not requests.try_elsewhere(frame, use, 503, response(use, 503))
    assert requests.try_elsewhere(frame, use, 503, None)


@pytest.mark.parametrize(
    ("trunk", "flow", "patience"),
    [
        ("provider", APP, requests.FAILOVER_TIMEOUT),
        (None, APP._replace(transport="TCP"), STREAM_TIMEOUT),
        (None, APP._replace(transport="TCP", connection=7), None),  # an edge that may be slow
    ],
)
def test_who_is_waited_for_and_how_long(
    trunk: str | None, flow: Flow, patience: float | None
) -> None:
    _, _, use = started(route=changed(TWO_SERVERS, trunk=trunk, flow=flow))

    assert use.patience == patience


def test_an_ack_repeats_number_and_credentials_and_is_kept() -> None:
    wire, frame, use = started()
    wire.challenges.line = b"Authorization: Digest x"
    requests.try_again(frame, use, response(use, 401))
    final = response(use, 200, contact="sip:m@192.0.2.12:5070")
    frame.flush()

    requests.acknowledge(frame, use, requests.dialog_of(use, final))
    first = frame.flush()
    again = requests.acknowledge_again(frame, use, b"callee-tag")

    assert again
    assert frame.flush() == first
    assert isinstance(first[0], Transmit)
    ack = message(first[0].data)
    assert (ack.method, ack.cseq.number, ack.uri) == (b"ACK", 2, b"sip:m@192.0.2.12:5070")
    assert ack.first(b"authorization") == b"Digest x"
    assert not requests.acknowledge_again(frame, use, b"other-tag")


def test_an_unwanted_offer_is_declined_and_an_unwanted_answer_is_not() -> None:
    _, frame, delayed = started(changed(INVITATION, body=b""))
    _, _, usual = started()
    final = parse(reply(message(delayed.data), 200, body=SDP))
    assert isinstance(final, Response)
    frame.flush()

    requests.decline(frame, delayed, requests.dialog_of(delayed, final), final)
    requests.decline(frame, usual, requests.dialog_of(usual, final), final)

    bodies = [message(a.data).body for a in frame.flush() if isinstance(a, Transmit)]
    assert bodies == [SDP.replace(b"audio 4000", b"audio 0"), b""]


def test_bye_carries_its_reason_in_the_dialog_it_ends() -> None:
    _, frame, use = started()
    dialog = requests.dialog_of(use, response(use, 200, contact="sip:m@192.0.2.12:5070"))
    frame.flush()

    requests.say_bye(frame, use.leg, dialog, (b"Reason: x",))

    (opened,) = frame.flush()
    assert isinstance(opened, OpenClient)
    bye = message(opened.data)
    assert (bye.method, bye.cseq.number, bye.to_tag) == (b"BYE", 2, b"callee-tag")
    assert (bye.first(b"reason"), bye.first(b"contact")) == (b"x", None)
    assert (opened.use.purpose, opened.use.dialog) == (Purpose.BYE, dialog)


@pytest.mark.parametrize("broken", ["Contact: <sip:[x>", "Contact: *", "Record-Route: x y"])
def test_an_unreadable_answer_leaves_requests_where_the_invite_went(broken: str) -> None:
    _, _, use = started()

    dialog = requests.dialog_of(use, response(use, 200, extra=(broken,)))

    assert (dialog.remote_target, dialog.route_set) == (b"sip:m@192.0.2.12:5060", ())
    assert dialog.remote_tag == b"callee-tag"


@pytest.mark.parametrize(
    "sips",
    [
        changed(ROUTE, request_uri=b"sips:m@192.0.2.12:5060"),
        changed(ROUTE, path=(b"<sips:edge.test;lr>",)),
    ],
)
def test_an_invite_that_changes_its_flow_keeps_a_sips_contact_that_leads_back(sips: Route) -> None:
    """RFC 3261 §8.1.1.8; the INVITE is too large for UDP and goes over TCP."""
    tcp = APP._replace(transport="TCP", listener=1)
    wire = Wire()
    wire.endpoint.addressing.listeners += (BoundListener("TCP", "192.0.2.100", 5080),)
    frame = CallFrame("call", wire.endpoint.ports, 0.0)
    leg = Leg(1, Party("indoor", "m"), APP, route=changed(sips, trunk=None, large=(tcp,)))
    assert leg.route is not None

    requests.send_invite(
        frame, leg, leg.route, changed(INVITATION, body=bytes(1400), content_type=b"a/b"), 60
    )

    assert leg.invite is not None
    assert leg.invite.flow == tcp
    assert message(leg.invite.data).first(b"contact") == b"<sips:192.0.2.100:5080>"


@pytest.mark.interpreted
def test_what_repeats_the_invite_of_a_leg_is_cut_out_of_its_lines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(derived, "_derive_from_any")
    _, _, use = started(route=changed(ROUTE, path=()))

    cancel = message(derived.cancel_for(use.data))
    ack = message(derived.ack_for(use.data, response(use, 486)))

    assert [(each.method, each.branch, each.call_id) for each in (cancel, ack)] == [
        (b"CANCEL", use.branch, message(use.data).call_id),
        (b"ACK", use.branch, message(use.data).call_id),
    ]


def test_a_trunk_is_offered_its_codecs_alone() -> None:
    offer = SDP.replace(b"RTP/AVP 0", b"RTP/AVP 0 8 9")
    _, _, use = started(
        changed(INVITATION, body=offer), changed(ROUTE, codecs=frozenset(("pcma",)))
    )

    sent = message(use.data)
    assert b"RTP/AVP 8\r\n" in sent.body
    assert sent.first(b"content-length") == b"%d" % len(sent.body)
    assert use.leg.description == (sent.body, b"application/sdp")
