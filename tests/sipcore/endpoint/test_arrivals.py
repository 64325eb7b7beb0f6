"""Phones that register while a call waits for them."""

from math import inf
from typing import cast

import pytest

from sipcore.b2bua.call import Call
from sipcore.b2bua.events import Event, Registered, Unregistered
from sipcore.b2bua.plan import Party, RingStage, Target
from sipcore.endpoint.arrivals import Arrivals
from sipcore.endpoint.wheel import TimerWheel
from sipcore.registrar.binding import BindingRemoved, Changes
from sipcore.registrar.record import HEAD
from tests.support.clock import ManualClock
from tests.support.peers import cancel, invite
from tests.support.registration import binding
from tests.support.wire import APP, DOOR, MONITOR, Wire, sent_to, stage

ASLEEP = RingStage("app", (Target(Party("app", "app"), wakes=True),), 20.0)
INVITED = [(b"INVITE", b"INVITE")]


def test_the_phone_hears_the_answer_to_its_register_before_the_invite() -> None:
    wire = Wire(ASLEEP)
    wire.receive(invite(DOOR), DOOR)
    wire.contacts.flows["app"] = [APP]
    wire.endpoint.switchboard.arrivals.refreshed("app", b"")

    assert wire.taken() == []
    assert sent_to(wire.advance(0.021), APP) == INVITED


def test_a_refresh_of_nothing_but_times_counts_as_coming() -> None:
    wire = Wire(ASLEEP)
    known = binding("sip:app@192.0.2.12:5060", user="app", flow=APP)
    wire.location.apply("app", Changes((known,), (BindingRemoved(known, "test"),)))
    wire.receive(invite(DOOR), DOOR)
    wire.contacts.flows["app"] = [APP]
    record = wire.location.only("app")
    assert record is not None

    wire.location.refresh("app", record, HEAD.unpack_from(record))

    assert sent_to(wire.advance(0.021), APP) == INVITED


def test_a_binding_that_goes_brings_nobody() -> None:
    wire = Wire(ASLEEP)
    wire.receive(invite(DOOR), DOOR)
    wire.contacts.flows["app"] = [APP]
    gone = binding("sip:app@192.0.2.12:5060", user="app", flow=APP)

    wire.location.apply("app", Changes((), (BindingRemoved(gone, "unregistered"),)))

    assert wire.advance(0.021) == []


def test_two_calls_may_wait_for_the_same_phone() -> None:
    wire = Wire(stage("indoor", "monitor"))
    wire.planner.stages = (ASLEEP,)
    first, second = invite(DOOR), invite(DOOR, call_id="second", branch="z9hG4bKsecond")
    wire.receive(first, DOOR)
    wire.receive(second, DOOR)
    arrivals = wire.endpoint.switchboard.arrivals
    assert len(arrivals) == 2

    wire.receive(cancel(first), DOOR)

    assert len(arrivals) == 1
    assert sent_to(wire.register("app", APP), APP) == INVITED


def test_whom_nobody_waits_for_costs_no_timer() -> None:
    wire = Wire(stage("indoor", "monitor"), contacts={"monitor": [MONITOR]})
    timers = len(wire.endpoint.switchboard.wheel)

    wire.endpoint.switchboard.arrivals.refreshed("monitor", b"")

    assert len(wire.endpoint.switchboard.wheel) == timers == 0


@pytest.mark.interpreted
def test_a_bug_in_one_call_keeps_no_other_from_hearing_who_came() -> None:
    told: list[tuple[object, str]] = []
    broken, sound = cast(Call, object()), cast(Call, object())
    clock = ManualClock()

    def tell(call: Call, event: Event, _now: float) -> None:
        if call is broken:
            raise RuntimeError("a bug")
        told.append((call, type(event).__name__))

    arrivals = Arrivals(tell, TimerWheel(clock, lambda user, now: None), clock)
    arrivals.await_(broken, ("app",))
    arrivals.await_(sound, ("app",))
    arrivals.refreshed("app", b"")
    arrivals.not_woken(sound, "other", "dead")

    with pytest.raises(RuntimeError):
        arrivals.on_deadline(1.0)
    assert arrivals.deadline == clock.monotonic()
    arrivals.on_deadline(1.0)

    assert told == [(sound, "Registered"), (sound, "NotWoken")]
    assert arrivals.deadline == inf


def test_a_phone_that_comes_for_one_call_is_told_to_that_call_alone() -> None:
    wire = Wire(ASLEEP)
    wire.receive(invite(DOOR), DOOR)
    wire.receive(invite(DOOR, call_id="second", branch="z9hG4bKsecond"), DOOR)
    first, second = wire.endpoint.switchboard.calls.values()
    told: list[tuple[Call, Event]] = []
    wheel = TimerWheel(wire.clock, lambda _due, _now: None)
    arrivals = Arrivals(lambda call, event, _now: told.append((call, event)), wheel, wire.clock)
    arrivals.await_(first, ("app",))
    arrivals.await_(second, ("app",))

    arrivals.came_for(second, "app")
    arrivals.came_for(second, "another")
    arrivals.left_from(second, "app", ("sip:app@192.0.2.12?X=1",))
    arrivals.on_deadline(0.0)

    left = Unregistered("app", (b"sip:app@192.0.2.12",))
    assert told == [(second, Registered("app")), (second, left)]
