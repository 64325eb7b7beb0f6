"""RFC 3261 §18.1.1 inside calls and subscriptions."""

import pytest

from sipcore.dialog.reach import MAX_UNRELIABLE
from sipcore.endpoint.settings import BoundListener
from sipcore.kernel.flow import Flow
from sipcore.message.message import Request
from tests.support.peers import ANSWER_SDP, SDP, cancel, reply
from tests.support.registration import binding
from tests.support.watchers import GUARD, subscribe
from tests.support.wire import (
    DOOR,
    MONITOR,
    Talk,
    Wire,
    requests,
    responses,
    sent_to,
    stage,
    talk,
)

STREAM = MONITOR._replace(transport="TCP", listener=1)
LARGE = SDP + b"a=x:" + b"y" * 1200 + b"\r\n"
LISTENERS = (BoundListener("UDP", "192.0.2.100", 5060), BoundListener("TCP", "192.0.2.100", 5062))


def talking() -> Talk:
    """A call between a door and a monitor, which both are reached over UDP and take TCP too."""
    on = talk()
    listen(on.wire)
    return on


def listen(wire: Wire) -> None:
    """Take connections, and know that phones take some."""
    wire.endpoint.addressing.listeners = LISTENERS
    wire.contacts.streams = {
        flow: flow._replace(transport="TCP", listener=1) for flow in (MONITOR, DOOR, GUARD)
    }


def carried(on: Talk, method: str = "INVITE", body: bytes = LARGE) -> tuple[Request, Flow]:
    """What the monitor gets when the door sends this, and the flow it comes over."""
    sent = on.wire.receive(on.door(method, body=body), DOOR)
    ((request, flow),) = [(one, at) for one, at in sent if one in requests(sent, method.encode())]
    assert isinstance(request, Request)
    return request, flow


# -- inside a call -------------------------------------------------------------------------------


def test_a_large_reinvite_goes_over_tcp_and_its_via_says_so() -> None:
    """§18.1.1: the transport in the top Via must be changed; the dialog stays where it is."""
    on = talking()
    request, flow = carried(on)

    assert (flow, request.body, len(request.raw) > MAX_UNRELIABLE) == (STREAM, LARGE, True)
    assert (request.first(b"via") or b"").startswith(b"SIP/2.0/TCP 192.0.2.100:5062;rport;branch=")
    assert request.first(b"contact") == b"<sip:192.0.2.100:5060>"
    assert on.wire.contacts.next_hops == [request.uri]


def test_a_small_one_and_what_follows_a_large_one_stay_on_udp() -> None:
    """§18.1.1: larger than 1300 octets."""
    on = talking()
    request, flow = carried(on)
    sent = on.wire.receive(reply(request, 200, body=ANSWER_SDP, flow=MONITOR), flow)
    (answer,) = responses(sent, lambda response: response.status == 200)
    on.wire.receive(on.door("ACK", cseq=answer.cseq.number), DOOR)

    assert sent_to(sent, MONITOR) == [(b"ACK", b"ACK")]
    _, after = carried(on, "INFO", b"x")
    assert after == MONITOR


def test_a_party_that_takes_no_connection_gets_it_over_udp_at_once() -> None:
    """§18.1.1: after a reset the request SHOULD be tried over UDP."""
    on = talking()
    on.wire.broken.add(STREAM)
    request, flow = carried(on)

    assert (flow, request.cseq.number) == (MONITOR, on.leg.cseq.number + 1)
    assert (request.first(b"via") or b"").startswith(b"SIP/2.0/UDP 192.0.2.100:5060;rport;branch=")
    assert on.wire.contacts.failed == [(STREAM, None)]
    (answer,) = responses(on.wire.receive(reply(request, 200, body=ANSWER_SDP), MONITOR))
    assert answer.status == 200


@pytest.mark.parametrize("method", ["INVITE", "UPDATE", "INFO"])
def test_the_connection_may_fail_later_and_the_call_goes_on(method: str) -> None:
    """§18.1.1, §8.1.3.1: it is made while nobody waits; only the request is sent once more."""
    on = talking()
    first, flow = carried(on, method)
    on.wire.endpoint.switchboard.flow_closed(flow, on.wire.clock.monotonic())
    sent = on.wire.taken()

    (again,) = requests(sent, method.encode())
    assert sent_to(sent, MONITOR) == [(method.encode(), method.encode())]
    assert again.branch != first.branch
    assert (again.cseq, again.body) == (first.cseq, LARGE)
    assert on.wire.endpoint.active_calls == 1


def test_a_connection_on_which_nobody_answers_costs_two_seconds() -> None:
    """A port that something else listens on must not cost the parties their call."""
    on = talking()
    carried(on)

    sent = on.wire.advance(2.1)

    assert sent_to(sent, MONITOR) == [(b"INVITE", b"INVITE")]
    assert on.wire.contacts.failed == [(STREAM, None)]


def test_what_was_heard_of_is_not_sent_twice() -> None:
    """§17.1.1: a request that got a provisional response has arrived."""
    on = talking()
    request, flow = carried(on)
    on.wire.receive(reply(request, 100), flow)

    on.wire.endpoint.switchboard.flow_closed(flow, on.wire.clock.monotonic())

    sent = on.wire.taken()
    assert requests(sent, b"INVITE") == []
    assert [answer.status for answer in responses(sent)] == [500]


def test_a_cancel_follows_the_request_and_a_withdrawn_one_is_not_tried_again() -> None:
    """§9.1: the CANCEL is sent to where the request was."""
    on = talking()
    request, flow = carried(on)
    on.wire.receive(reply(request, 100), flow)
    sent = on.wire.receive(cancel(on.door("INVITE", body=LARGE)), DOOR)

    (withdrawn,) = requests(sent, b"CANCEL")
    assert sent_to(sent, STREAM) == [(b"CANCEL", b"CANCEL")]
    assert withdrawn.first(b"via") == request.first(b"via")


def test_nothing_is_tried_again_that_nobody_waits_for() -> None:
    """§9.1: a CANCEL that waits for a provisional response says that the request is not wanted."""
    on = talking()
    _, flow = carried(on)
    on.wire.receive(cancel(on.door("INVITE", body=LARGE)), DOOR)

    on.wire.endpoint.switchboard.flow_closed(flow, on.wire.clock.monotonic())

    assert requests(on.wire.taken(), b"INVITE") == []


def test_a_request_that_never_went_out_says_nothing_of_the_party() -> None:
    """Our own table of transactions is full."""
    on = talking()
    on.wire.endpoint.table.max_transactions = 0

    sent = on.wire.receive(on.door("INFO", body=LARGE), DOOR)

    assert (requests(sent, b"INFO"), on.wire.contacts.failed) == ([], [])


def test_the_callers_side_is_no_different() -> None:
    """§18.1.1 for what the called phone sends."""
    on = talking()

    sent = on.wire.receive(on.monitor("INVITE", body=LARGE), MONITOR)

    assert (b"INVITE", b"INVITE") in sent_to(sent, DOOR._replace(transport="TCP", listener=1))


def test_a_large_ack_goes_over_tcp_and_once_more_over_udp_when_it_was_not_heard() -> None:
    """§13.2.2.4, §18.1.1: nobody answers an ACK; the 2xx is repeated until it comes."""
    on = talking()
    request, _ = carried(on, "INVITE", b"")
    accepted = reply(request, 200, body=SDP, flow=MONITOR)
    on.wire.receive(accepted, MONITOR)

    first = on.wire.receive(on.door("ACK", body=LARGE), DOOR)
    second = on.wire.receive(accepted, MONITOR)

    assert sent_to(first, STREAM) == [(b"ACK", b"ACK")]
    assert sent_to(second, MONITOR) == [(b"ACK", b"ACK")]
    ((over_tcp,), (over_udp,)) = requests(first, b"ACK"), requests(second, b"ACK")
    assert (over_tcp.branch, over_tcp.body) == (over_udp.branch, over_udp.body)
    assert (over_udp.first(b"via") or b"").startswith(b"SIP/2.0/UDP ")


# -- subscriptions -------------------------------------------------------------------------------


def watched() -> tuple[Wire, Request, Flow]:
    """A guard phone watches an account with so many phones that one datagram does not hold them."""
    wire = Wire(stage("indoor", "monitor"))
    listen(wire)
    phones = [MONITOR._replace(port=port) for port in range(40000, 40020)]
    wire.location.restore(
        [binding(f"sip:monitor@{at.host}:{at.port}", user="monitor", flow=at) for at in phones]
    )
    sent = wire.receive(subscribe(event="reg"), GUARD)
    ((notify, flow),) = [(one, at) for one, at in sent if one in requests(sent, b"NOTIFY")]
    assert isinstance(notify, Request)
    assert len(notify.raw) > MAX_UNRELIABLE
    return wire, notify, flow


def test_a_large_notify_goes_over_tcp() -> None:
    """§18.1.1; RFC 6665 §4.2.2: a NOTIFY is a request like any other."""
    wire, notify, flow = watched()

    assert flow == GUARD._replace(transport="TCP", listener=1)
    assert (notify.first(b"via") or b"").startswith(b"SIP/2.0/TCP 192.0.2.100:5062;")
    wire.receive(reply(notify, 200), flow)
    assert wire.endpoint.subscriptions == 1


def test_a_watcher_that_takes_no_connection_is_told_over_udp() -> None:
    """§18.1.1: nor is its subscription lost."""
    wire, notify, flow = watched()
    wire.endpoint.switchboard.flow_closed(flow, wire.clock.monotonic())
    sent = wire.taken()

    (again,) = requests(sent, b"NOTIFY")
    assert sent_to(sent, GUARD) == [(b"NOTIFY", b"NOTIFY")]
    assert (again.cseq, again.body) == (notify.cseq, notify.body)
    assert again.branch != notify.branch
    wire.receive(reply(again, 200), GUARD)
    assert wire.endpoint.subscriptions == 1
    assert wire.contacts.failed == [(flow, None)]


def test_a_watcher_that_is_nowhere_is_forgotten() -> None:
    """RFC 6665 §4.2.2: a NOTIFY that fails ends the subscription."""
    wire, _, flow = watched()
    wire.broken.add(GUARD)

    wire.endpoint.switchboard.flow_closed(flow, wire.clock.monotonic())

    assert wire.endpoint.subscriptions == 0
