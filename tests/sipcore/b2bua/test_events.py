"""Stimuli of a call: all of them are taken in every phase, and none raises."""

from collections.abc import Callable
from typing import NamedTuple, get_args

import pytest

from sipcore.b2bua.call import Call
from sipcore.b2bua.events import (
    AckArrived,
    CallerCancelled,
    CallerUnreachable,
    Dismissed,
    Event,
    HandedOver,
    HandOver,
    NoResponse,
    NotWoken,
    PickedUp,
    Registered,
    RequestArrived,
    ResponseArrived,
    StreamClosed,
    Unregistered,
)
from sipcore.b2bua.leg import Use
from sipcore.b2bua.plan import Party, RingStage, Target
from sipcore.message.message import Request, Response, parse
from tests.support.peers import ANSWER_SDP, invite, reply
from tests.support.wire import DOOR, DOOR_PARTY, MONITOR, Wire, requests, stage, talk


class Scene(NamedTuple):
    """A call in some phase, and the INVITE of its first B-leg."""

    wire: Wire
    call: Call
    use: Use


def scene_of(wire: Wire) -> Scene:
    """The only call of a wire."""
    (call,) = wire.endpoint.switchboard.calls.values()
    use = call.ringing.legs[0].invite
    assert use is not None
    return Scene(wire, call, use)


def ringing() -> Scene:
    """A call that rings."""
    wire = Wire(stage("indoor", "monitor"), contacts={"monitor": [MONITOR]})
    (leg,) = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    wire.receive(reply(leg, 180, flow=MONITOR), MONITOR)
    return scene_of(wire)


def confirming() -> Scene:
    """A call whose telephone is answered and waits for a key."""
    number = Target(Party("landline", "+44", is_account=False), "provider", confirms=True)
    wire = Wire(RingStage("landline", (number,), 45.0), contacts={"+44": [MONITOR]})
    (leg,) = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    wire.receive(reply(leg, 200, flow=MONITOR, body=ANSWER_SDP), MONITOR)
    return scene_of(wire)


def talking() -> Scene:
    """A call that two phones talk in."""
    return scene_of(talk().wire)


def closing() -> Scene:
    """A call whose BYE is not answered yet."""
    on = talk()
    scene = scene_of(on.wire)
    on.wire.receive(on.door("BYE"), DOOR)
    return scene


def over() -> Scene:
    """A call of which nothing is left."""
    scene = closing()
    scene.wire.advance(100.0)
    return scene


def events(scene: Scene) -> list[Event]:
    """One of each kind, for the first B-leg and the caller."""
    wire, call, use = scene
    invited, stranger = parse(use.data), parse(invite(DOOR, branch="z9hG4bKstranger"))
    assert isinstance(invited, Request)
    assert isinstance(stranger, Request)
    made: list[Event] = [
        CallerCancelled(call.caller.transaction, stranger),
        CallerUnreachable(call.caller.transaction),
        StreamClosed(0),
        NoResponse(use, 408),
        NoResponse(use, 503),
        HandOver(call.caller.leg, call),
        HandedOver(None, (b"", b"")),
        PickedUp(call.caller.leg, DOOR_PARTY, call.caller.transaction),
        Registered("monitor"),
        Unregistered("monitor", (b"sip:monitor@192.0.2.20:5060",)),
        NotWoken("monitor", "dead_token"),
        Dismissed(),
    ]
    for status in (100, 183, 200, 302, 487, 603):
        response = parse(reply(invited, status, flow=MONITOR))
        assert isinstance(response, Response)
        made.append(ResponseArrived(use, response))
    for leg in (call.caller.leg, call.ringing.legs[0]):
        made.append(AckArrived(leg, stranger))
        transaction = wire.endpoint.table.open_server(stranger, DOOR, 0.0)
        made.append(RequestArrived(leg, transaction, stranger, DOOR))
    return made


@pytest.mark.parametrize("phase", [ringing, confirming, talking, closing, over])
def test_every_stimulus_is_taken_in_every_phase(phase: Callable[[], Scene]) -> None:
    kinds = {type(event) for event in events(phase())}
    for index in range(len(events(phase()))):
        scene = phase()
        now = scene.wire.clock.monotonic()
        scene.call.handle(events(scene)[index], now)
        for event in events(scene):
            scene.call.handle(event, now)

    assert kinds == set(get_args(Event))
