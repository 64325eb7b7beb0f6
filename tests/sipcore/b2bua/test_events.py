"""Stimuli of a call: all of them are taken in every phase, and none raises."""

from collections.abc import Callable
from typing import get_args

import pytest

from sipcore.b2bua.call import Call
from sipcore.b2bua.events import (
    AckArrived,
    CallerCancelled,
    CallerUnreachable,
    Dismissed,
    Event,
    NoResponse,
    RequestArrived,
    ResponseArrived,
)
from sipcore.b2bua.leg import Leg, Use
from sipcore.message.message import Request, Response, parse
from tests.support.peers import invite, reply
from tests.support.wire import DOOR, MONITOR, Wire, requests, stage, talk


def ringing() -> tuple[Wire, Call]:
    """A call that rings."""
    wire = Wire(stage("indoor", "monitor"), contacts={"monitor": [MONITOR]})
    (leg,) = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    (call,) = wire.endpoint.switchboard.calls.values()
    wire.receive(reply(leg, 180, flow=MONITOR), MONITOR)
    return wire, call


def talking() -> tuple[Wire, Call]:
    """A call that two phones talk in."""
    on = talk()
    (call,) = on.wire.endpoint.switchboard.calls.values()
    return on.wire, call


def closing() -> tuple[Wire, Call]:
    """A call whose BYE is not answered yet."""
    on = talk()
    (call,) = on.wire.endpoint.switchboard.calls.values()
    on.wire.receive(on.door("BYE"), DOOR)
    return on.wire, call


def over() -> tuple[Wire, Call]:
    """A call of which nothing is left."""
    wire, call = closing()
    wire.advance(100.0)
    return wire, call


def events(wire: Wire, call: Call) -> list[Event]:
    """One of each kind, for the first B-leg and the caller."""
    use = call.ringing.legs[0].invite
    assert isinstance(use, Use)
    legs: tuple[Leg, ...] = (call.caller.leg, call.ringing.legs[0])
    invited, stranger = parse(use.data), parse(invite(DOOR, branch="z9hG4bKstranger"))
    assert isinstance(invited, Request)
    assert isinstance(stranger, Request)
    made: list[Event] = [
        CallerCancelled(call.caller.transaction),
        CallerUnreachable(call.caller.transaction),
        NoResponse(use, 408),
        NoResponse(use, 503),
        Dismissed(),
    ]
    for status in (100, 183, 200, 302, 487, 603):
        response = parse(reply(invited, status, flow=MONITOR))
        assert isinstance(response, Response)
        made.append(ResponseArrived(use, response))
    for leg in legs:
        made.append(AckArrived(leg, stranger))
        transaction = wire.endpoint.table.open_server(stranger, DOOR, 0.0)
        made.append(RequestArrived(leg, transaction, stranger, DOOR))
    return made


@pytest.mark.parametrize("phase", [ringing, talking, closing, over])
def test_every_stimulus_is_taken_in_every_phase(
    phase: Callable[[], tuple[Wire, Call]],
) -> None:
    wire, call = phase()
    kinds = {type(event) for event in events(wire, call)}
    for index in range(len(events(wire, call))):
        wire, call = phase()
        call.handle(events(wire, call)[index], wire.clock.monotonic())
        for event in events(wire, call):
            call.handle(event, wire.clock.monotonic())

    assert kinds == set(get_args(Event))
