"""Deadlines of many machines behind one timer."""

import asyncio
from math import inf

from hypothesis import given
from hypothesis import strategies as st

from sipcore.endpoint.wheel import TICK, TimerWheel
from sipcore.kernel.timed import Timed
from tests.support.clock import ManualClock


class Bench:
    """A wheel, its clock, and when each machine was fired."""

    def __init__(self) -> None:
        self.clock = ManualClock(monotonic=1000.0)
        self.fired: list[tuple[Timed, float]] = []
        self.wheel = TimerWheel(self.clock, self.fire)

    def fire(self, machine: Timed, now: float) -> None:
        """Note it; the machine has nothing more to wait for."""
        self.fired.append((machine, now))
        machine.deadline = inf

    def advance(self, seconds: float) -> None:
        """Let time pass in one leap, as after a stall."""
        self.clock.advance(seconds)
        self.wheel.advance(self.clock.monotonic())


def test_a_machine_is_fired_once_and_never_early() -> None:
    bench = Bench()
    alarm = Timed(1000.5)
    bench.wheel.schedule(alarm)

    bench.advance(0.49)
    early = list(bench.fired)
    bench.advance(0.04)
    bench.advance(10.0)

    assert early == []
    assert [machine for machine, _ in bench.fired] == [alarm]
    assert len(bench.wheel) == 0


def test_a_machine_without_deadline_is_not_entered() -> None:
    bench = Bench()

    bench.wheel.schedule(Timed(inf))

    assert len(bench.wheel) == 0


def test_a_deadline_that_moves_later_is_met_later() -> None:
    bench = Bench()
    alarm = Timed(1001.0)
    bench.wheel.schedule(alarm)
    alarm.deadline = 1005.0
    bench.wheel.schedule(alarm)

    bench.advance(2.0)
    early = list(bench.fired)
    bench.advance(3.1)

    assert (early, len(bench.fired)) == ([], 1)


def test_a_deadline_that_moves_earlier_is_met_earlier_and_once() -> None:
    bench = Bench()
    alarm = Timed(1005.0)
    bench.wheel.schedule(alarm)
    alarm.deadline = 1001.0
    bench.wheel.schedule(alarm)

    bench.advance(1.1)
    bench.advance(10.0)

    assert [now for _, now in bench.fired] == [1001.1]


def test_a_deadline_in_the_past_is_met_at_the_next_tick() -> None:
    bench = Bench()
    bench.wheel.schedule(Timed(10.0))

    bench.advance(TICK)

    assert len(bench.fired) == 1


def test_a_forgotten_machine_is_not_fired_and_not_kept() -> None:
    bench = Bench()
    alarm = Timed(1001.0)
    bench.wheel.schedule(alarm)

    bench.wheel.forget(alarm)
    bench.wheel.forget(alarm)
    bench.advance(5.0)

    assert (bench.fired, len(bench.wheel)) == ([], 0)


def test_a_machine_may_forget_another_of_the_same_tick() -> None:
    bench = Bench()
    first, second = Timed(1001.0), Timed(1001.0)

    def fire(machine: Timed, now: float) -> None:
        bench.fire(machine, now)
        wheel.forget(second)

    wheel = TimerWheel(bench.clock, fire)
    wheel.schedule(first)
    wheel.schedule(second)
    wheel.advance(1002.0)

    assert [machine for machine, _ in bench.fired] == [first]


def test_what_is_scheduled_during_a_stall_is_not_lost() -> None:
    bench = Bench()
    late = Timed(inf)

    def fire(machine: Timed, now: float) -> None:
        bench.fire(machine, now)
        if machine is not late:
            late.deadline = 1000.5  # long past, in a tick that this leap has left behind
            wheel.schedule(late)

    wheel = TimerWheel(bench.clock, fire)
    wheel.schedule(Timed(1000.1))
    wheel.advance(1010.0)
    wheel.advance(1010.0 + TICK)

    assert [machine for machine, _ in bench.fired][1:] == [late]


@given(
    st.lists(st.tuples(st.floats(0, 50), st.floats(0, 50)), max_size=30),
    st.lists(st.floats(0.001, 20), min_size=1, max_size=20),
)
def test_every_deadline_is_met_in_the_first_look_after_it(
    moves: list[tuple[float, float]], leaps: list[float]
) -> None:
    bench = Bench()
    alarms = []
    for first, then in moves:
        alarm = Timed(1000.0 + first)
        bench.wheel.schedule(alarm)
        alarm.deadline = 1000.0 + then
        bench.wheel.schedule(alarm)
        alarms.append((alarm, 1000.0 + then))
    for leap in [*leaps, 100.0]:
        bench.advance(leap)
        now = bench.clock.monotonic()
        fired = {id(machine) for machine, _ in bench.fired}
        assert all(id(alarm) in fired for alarm, deadline in alarms if deadline <= now - TICK)
        assert all(
            at >= deadline for machine, at in bench.fired for a, deadline in alarms if a is machine
        )

    assert len(bench.fired) == len(alarms)
    assert len(bench.wheel) == 0


async def test_the_event_loop_turns_the_wheel_only_while_something_is_due() -> None:
    bench = Bench()
    rang = asyncio.Event()

    def fire(machine: Timed, now: float) -> None:
        machine.deadline = inf
        rang.set()

    wheel = TimerWheel(bench.clock, fire)
    wheel.start(asyncio.get_running_loop())
    idle = wheel._handle
    wheel.schedule(Timed(1000.0))
    bench.clock.advance(1.0)
    async with asyncio.timeout(5.0):
        await rang.wait()
    wheel.stop()

    assert idle is None


async def test_a_stopped_wheel_turns_no_more() -> None:
    bench = Bench()
    bench.wheel.start(asyncio.get_running_loop())
    bench.wheel.schedule(Timed(1000.0))

    bench.wheel.stop()

    assert bench.wheel._handle is None


def test_each_of_a_tick_may_leave_and_the_others_keep_their_order() -> None:
    for leaving in range(4):
        bench = Bench()
        alarms = [Timed(1001.0) for _ in range(4)]
        for alarm in alarms:
            bench.wheel.schedule(alarm)

        bench.wheel.forget(alarms.pop(leaving))
        bench.wheel.schedule(alarms[0])
        bench.advance(2.0)

        assert [machine for machine, _ in bench.fired] == alarms
        assert all(alarm.before is alarm.after is None for alarm in alarms)
        assert len(bench.wheel) == 0
