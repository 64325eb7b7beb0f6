"""RFC 5626 §7: a phone that keeps several flows is called over another one when the first fails."""

import pytest

from sipcore.b2bua.ports import Route
from sipcore.kernel.flow import Flow
from sipcore.message.message import Request
from tests.support.peers import invite, reply
from tests.support.wire import DOOR, Sent, Wire, requests, responses, stage

FIRST, SECOND, THIRD = (Flow("TLS", 0, "192.0.2.30", 40000 + n, n) for n in (1, 2, 3))
AOR = b"sip:app@doorline.test"
THEN = Route(b"sip:app@192.0.2.30:40003", THIRD, AOR)
NEXT = Route(b"sip:app@192.0.2.30:40002", SECOND, AOR, fallback=THEN)


def called(fallback: Route | None = NEXT) -> tuple[Wire, Request]:
    """A phone with several flows is called over the first."""
    wire = Wire(stage("app", "app", kind="app"), contacts={"app": [FIRST]})
    wire.contacts.fallback = fallback
    (first,) = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    return wire, first


def invited(sent: Sent) -> list[Flow]:
    """Where INVITEs went."""
    return [flow for message, flow in sent if message in requests(sent, b"INVITE")]


def breaks(wire: Wire, flow: Flow) -> Sent:
    """The stream of the flow breaks."""
    wire.broken.add(flow)
    wire.endpoint.switchboard.flow_closed(flow, wire.clock.monotonic())
    return wire.taken()


@pytest.mark.parametrize("rings", [False, True])
def test_a_flow_that_an_edge_proxy_has_lost_is_replaced_by_another_of_the_phone(
    *, rings: bool
) -> None:
    wire, first = called()
    if rings:
        wire.receive(reply(first, 180, flow=FIRST), FIRST)

    sent = wire.receive(reply(first, 430), FIRST)

    (second,) = requests(sent, b"INVITE")
    assert invited(sent) == [SECOND]
    assert (second.uri, responses(sent)) == (b"sip:app@192.0.2.30:40002", [])
    assert second.call_id != first.call_id


@pytest.mark.parametrize("rings", [False, True])
def test_so_is_a_flow_that_breaks_and_the_next_one(*, rings: bool) -> None:
    wire, first = called()
    if rings:
        wire.receive(reply(first, 180, flow=FIRST), FIRST)

    assert invited(breaks(wire, FIRST)) == [SECOND]
    assert invited(breaks(wire, SECOND)) == [THIRD]


@pytest.mark.parametrize("status", [404, 408, 480, 486, 500, 503, 603])
def test_whatever_else_comes_over_a_flow_is_the_phones_answer(status: int) -> None:
    """The targeted instance has already provided its response."""
    wire, first = called()

    assert invited(wire.receive(reply(first, status), FIRST)) == []


def test_without_another_flow_the_caller_hears_that_nobody_is_there() -> None:
    """§11.5: endpoints should never receive a 430 response."""
    wire, first = called(None)

    sent = wire.receive(reply(first, 430), FIRST)

    assert [answer.status for answer in responses(sent)] == [480]
