"""A tick that tells how late it comes."""

import asyncio

import pytest

from sipcore.endpoint.pulse import INTERVAL, Pulse
from tests.support.clock import ManualClock


async def test_a_tick_tells_its_lateness_and_waits_for_the_next() -> None:
    clock = ManualClock()
    beats: list[tuple[float, float]] = []
    pulse = Pulse(clock, lambda lateness, now: beats.append((lateness, now)))
    pulse.start(asyncio.get_running_loop())
    clock.advance(INTERVAL)
    pulse.tick()
    clock.advance(INTERVAL + 0.7)
    pulse.tick()
    pulse.stop()

    assert [lateness for lateness, _ in beats] == pytest.approx([0.0, 0.7])
    assert [now for _, now in beats] == pytest.approx([1000.1, 1000.9])


async def test_a_pulse_that_was_stopped_does_not_go_on() -> None:
    pulse = Pulse(ManualClock(), lambda lateness, now: None)
    pulse.stop()
    pulse.start(asyncio.get_running_loop())
    pulse.stop()
    pulse.tick()

    assert pulse._handle is None
