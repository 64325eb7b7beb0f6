"""A party whose stream breaks in the middle of a call."""

import pytest

from sipcore.b2bua.absence import RECONNECT_TIME
from sipcore.b2bua.facts import CallEnded
from sipcore.kernel.flow import Flow
from sipcore.message.message import Request, Response
from tests.support.peers import (
    ANSWER_SDP,
    SDP,
    ack,
    in_dialog_of_callee,
    in_dialog_of_caller,
    invite,
    reply,
)
from tests.support.wire import DOOR, Wire, requests, responses, sent_to, stage

FIRST = Flow("WSS", 0, "192.0.2.30", 40001, 1)
SECOND = Flow("WSS", 0, "192.0.2.30", 40002, 2)


def talking_over_a_stream(
    told: tuple[str, ...] = (), contact: str = "sip:app@192.0.2.30:40001"
) -> tuple[Wire, Request, Response]:
    """Door and app talk; the app is a browser."""
    wire = Wire(stage("app", "app", kind="app"), contacts={"app": [FIRST]})
    (leg,) = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    data = reply(leg, 200, body=ANSWER_SDP, contact=contact, extra=told)
    (answer,) = responses(wire.receive(data, FIRST))
    wire.receive(ack(answer, DOOR), DOOR)
    return wire, leg, answer


def first_refresh(wire: Wire) -> tuple[Request, Flow]:
    """Time passes until the app's session is refreshed."""
    for _ in range(300):
        for message, flow in wire.advance(10.0, 1.0):
            if isinstance(message, Request) and flow in (FIRST, SECOND):
                return message, flow
            if isinstance(message, Request):
                wire.receive(reply(message, 200, flow=DOOR), DOOR)
    raise AssertionError("no refresh")


def close(wire: Wire, flow: Flow) -> None:
    """The connection breaks."""
    wire.broken.add(flow)
    wire.contacts.flows["app"] = [f for f in wire.contacts.flows["app"] if f != flow]
    wire.endpoint.switchboard.flow_closed(flow, wire.clock.monotonic())


def test_a_call_goes_on_for_a_while_without_the_stream() -> None:
    wire, _, _ = talking_over_a_stream()
    close(wire, FIRST)

    assert wire.advance(RECONNECT_TIME - 1.0) == []
    assert wire.endpoint.active_calls == 1


def test_whoever_does_not_come_back_is_lost() -> None:
    wire, _, _ = talking_over_a_stream()
    close(wire, FIRST)

    sent = wire.advance(RECONNECT_TIME + 1.0)

    assert sent_to(sent, DOOR)[0] == (b"BYE", b"BYE")
    ended = wire.journal.facts[-1]
    assert isinstance(ended, CallEnded)
    assert (ended.reason, ended.by) == ("leg_lost", "callee")


def test_whoever_registers_again_is_reached_over_its_new_stream() -> None:
    wire, _, answer = talking_over_a_stream()
    close(wire, FIRST)
    wire.contacts.flows["app"] = [SECOND]
    wire.advance(RECONNECT_TIME + 1.0)
    info = in_dialog_of_caller("INFO", answer, DOOR, cseq=2, branch="z9hG4bKinfo")

    (crossed,) = [flow for m, flow in wire.receive(info, DOOR) if isinstance(m, Request)]

    assert crossed == SECOND
    assert wire.endpoint.active_calls == 1


@pytest.mark.parametrize("method", ["INFO", "BYE"])
@pytest.mark.parametrize("told", ["sip:app@192.0.2.30:40002", "sip:app@192.0.2.30:40002;ob"])
def test_a_phone_that_has_registered_its_contact_anew_is_reached_at_once(
    method: str, told: str
) -> None:
    """RFC 5626 §5.3; the contact of a dialog may say that it is outbound (§4.3)."""
    wire, _, answer = talking_over_a_stream(contact=told)
    close(wire, FIRST)
    wire.contacts.flows["app"] = [SECOND]
    data = in_dialog_of_caller(method, answer, DOOR, cseq=2, branch="z9hG4bKnow")

    sent = wire.receive(data, DOOR)

    assert sent_to(sent, SECOND) == [(method.encode(), method.encode())]


def test_a_phone_that_was_reached_over_its_new_stream_may_lose_that_too() -> None:
    wire, _, answer = talking_over_a_stream(contact="sip:app@192.0.2.30:40002")
    close(wire, FIRST)
    wire.contacts.flows["app"] = [SECOND]
    info = in_dialog_of_caller("INFO", answer, DOOR, cseq=2, branch="z9hG4bKnow")
    (crossed,) = requests(wire.receive(info, DOOR), b"INFO")
    wire.receive(reply(crossed, 200, flow=SECOND), SECOND)

    close(wire, SECOND)
    wire.advance(RECONNECT_TIME - 1.0)
    still = wire.endpoint.active_calls
    wire.advance(2.0)

    assert (still, wire.endpoint.active_calls) == (1, 0)


def test_a_bye_goes_to_the_only_phone_that_its_account_has_now() -> None:
    """It may be that phone at another contact; any other one knows nothing of the call."""
    wire, _, answer = talking_over_a_stream()
    close(wire, FIRST)
    wire.contacts.flows["app"] = [SECOND]

    sent = wire.receive(in_dialog_of_caller("BYE", answer, DOOR, cseq=2, branch="z9hG4bKbye"), DOOR)

    assert sent_to(sent, SECOND) == [(b"BYE", b"BYE")]


def test_another_phone_of_the_account_is_not_sent_requests_of_whoever_is_away() -> None:
    wire, _, answer = talking_over_a_stream()
    close(wire, FIRST)
    wire.contacts.flows["app"] = [SECOND]
    info = in_dialog_of_caller("INFO", answer, DOOR, cseq=2, branch="z9hG4bKother")

    sent = wire.receive(info, DOOR)

    assert (sent_to(sent, SECOND), sent_to(sent, DOOR)) == ([], [(500, b"INFO")])


def test_the_break_of_the_stream_it_was_found_at_is_noticed_too() -> None:
    wire, _, _ = talking_over_a_stream()
    close(wire, FIRST)
    wire.contacts.flows["app"] = [SECOND]
    wire.advance(RECONNECT_TIME + 1.0)
    close(wire, SECOND)

    wire.advance(RECONNECT_TIME + 1.0)

    assert wire.endpoint.active_calls == 0


@pytest.mark.parametrize(("account", "is_reached"), [("visit-1", True), ("", False)])
def test_a_phone_that_registered_for_the_call_alone_is_looked_for_there(
    account: str, is_reached: bool
) -> None:
    wire, _, _ = talking_over_a_stream()
    (call,) = wire.endpoint.switchboard.calls.values()
    call.talkers.legs[1].account = account
    close(wire, FIRST)
    wire.visits.register(call.call_id, SECOND, account)
    wire.advance(RECONNECT_TIME + 1.0)

    assert (wire.endpoint.active_calls == 1) is is_reached


def test_whoever_speaks_over_a_new_stream_is_back() -> None:
    wire, leg, _ = talking_over_a_stream()
    close(wire, FIRST)
    info = in_dialog_of_callee("INFO", leg, SECOND, body=b"x", content_type="a/b")

    (crossed,) = requests(wire.receive(info, SECOND), b"INFO")
    wire.receive(reply(crossed, 200), DOOR)
    wire.advance(RECONNECT_TIME + 1.0)

    assert wire.endpoint.active_calls == 1


def test_a_second_break_is_noticed_too() -> None:
    wire, leg, _ = talking_over_a_stream()
    close(wire, FIRST)
    info = in_dialog_of_callee("INFO", leg, SECOND, body=b"x", content_type="a/b")
    (crossed,) = requests(wire.receive(info, SECOND), b"INFO")
    wire.receive(reply(crossed, 200), DOOR)
    close(wire, SECOND)

    wire.advance(RECONNECT_TIME + 33.0)

    assert wire.endpoint.active_calls == 0


def test_a_request_that_finds_nobody_meanwhile_ends_nothing() -> None:
    wire, _, answer = talking_over_a_stream()
    close(wire, FIRST)
    info = in_dialog_of_caller("INFO", answer, DOOR, cseq=2, branch="z9hG4bKinfo")

    sent = wire.receive(info, DOOR)

    assert sent_to(sent, DOOR) == [(500, b"INFO")]
    assert wire.endpoint.active_calls == 1


@pytest.mark.parametrize("method", ["INFO", "UPDATE", "INVITE"])
def test_a_stream_that_breaks_while_a_request_is_on_its_way_ends_nothing(method: str) -> None:
    wire, _, answer = talking_over_a_stream()
    data = in_dialog_of_caller(
        method, answer, DOOR, cseq=2, branch="z9hG4bKon", body=SDP, content_type="application/sdp"
    )
    wire.receive(data, DOOR)
    close(wire, FIRST)

    assert sent_to(wire.taken(), DOOR) == [(500, method.encode())]
    wire.advance(RECONNECT_TIME - 1.0)
    assert wire.endpoint.active_calls == 1
    assert sent_to(wire.advance(2.0), DOOR)[-1] == (b"BYE", b"BYE")


def test_a_refresh_that_finds_no_way_is_tried_again() -> None:
    wire, _, _ = talking_over_a_stream(told=("Allow: INVITE, UPDATE",))
    (refresh, over) = first_refresh(wire)
    assert over == FIRST
    close(wire, FIRST)
    wire.contacts.flows["app"] = [SECOND]

    assert wire.endpoint.active_calls == 1
    (again, over) = first_refresh(wire)
    assert over == SECOND
    assert again.cseq.number > refresh.cseq.number


def test_a_bye_ends_the_call_though_nobody_hears_it() -> None:
    wire, _, answer = talking_over_a_stream()
    close(wire, FIRST)
    bye = in_dialog_of_caller("BYE", answer, DOOR, cseq=2, branch="z9hG4bKbye")

    assert (200, b"BYE") in sent_to(wire.receive(bye, DOOR), DOOR)
    wire.advance(80.0)
    assert wire.remains == {}
