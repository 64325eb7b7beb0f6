"""A tick that tells how late it comes."""

import asyncio

import pytest

from sipcore.endpoint.pulse import BOUNDS, INTERVAL, Pulse
from tests.support.clock import ManualClock


async def test_a_tick_tells_its_lateness_and_waits_for_the_next() -> None:
    clock = ManualClock()
    beats: list[tuple[float, float]] = []
    pulse = Pulse(clock, lambda lateness, now: beats.append((lateness, now)))
    pulse.start(asyncio.get_running_loop())
    for _ in range(5):
        clock.advance(INTERVAL)
        pulse.tick()
    clock.advance(INTERVAL + 0.7)
    pulse.tick()
    pulse.stop()

    assert [lateness for lateness, _ in beats] == pytest.approx([0.0, 0.7])
    assert [now for _, now in beats] == pytest.approx([1000.1, 1000.82])


async def test_a_pulse_that_was_stopped_does_not_go_on() -> None:
    pulse = Pulse(ManualClock(), lambda lateness, now: None)
    pulse.stop()
    pulse.start(asyncio.get_running_loop())
    pulse.stop()
    pulse.tick()

    assert pulse._handle is None


async def test_every_tick_is_counted_by_how_long_it_waited() -> None:
    clock = ManualClock()
    pulse = Pulse(clock, lambda lateness, now: None)
    pulse.start(asyncio.get_running_loop())
    for late in (0.0, 0.0, 0.004, 7.0):
        clock.advance(INTERVAL + late)
        pulse.tick()
    pulse.stop()

    counts = dict(zip(BOUNDS, pulse.waits.counts, strict=False))
    assert sum(pulse.waits.counts) == 4
    assert (counts[0.0005], pulse.waits.counts[-1]) == (2, 1)
    assert pulse.waits.total == pytest.approx(7.004)
