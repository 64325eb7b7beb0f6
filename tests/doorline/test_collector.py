"""What the garbage collector looks at: little and often; everything when nobody is disturbed."""

import gc
from collections.abc import Iterator

import pytest

from doorline.collector import WHOLE_AFTER, WHOLE_AT_LAST, YOUNG, Collector


class Clock:
    """A clock that stands still."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def utc(self) -> float:
        return self.now


class Hall:
    """A collector over a server that is quiet or not."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.quiet = True
        self.collector = Collector(self.clock, lambda: self.quiet)


class Ring:
    """An object that only the collector can free."""

    alive = 0

    def __init__(self) -> None:
        self.itself = self
        Ring.alive += 1

    def __del__(self) -> None:
        Ring.alive -= 1


@pytest.fixture
def hall() -> Iterator[Hall]:
    thresholds, was_enabled = gc.get_threshold(), gc.isenabled()
    hall = Hall()
    hall.collector.settle()
    yield hall
    hall.collector.release()
    gc.set_threshold(*thresholds)
    if not was_enabled:
        gc.disable()
    gc.collect()
    assert Ring.alive == 0


def test_what_was_loaded_and_what_lives_on_is_not_looked_at_again(hall: Hall) -> None:
    kept = [[number] for number in range(20 * YOUNG)]

    assert len(gc.get_objects()) < 3 * YOUNG
    assert gc.get_freeze_count() > len(kept) - 3 * YOUNG


def test_a_ring_of_new_objects_is_freed_soon(hall: Hall) -> None:
    Ring()
    kept = [[number] for number in range(2 * YOUNG)]

    assert (Ring.alive, len(kept)) == (0, 2 * YOUNG)


def test_an_old_ring_is_freed_after_an_hour_when_it_is_quiet(hall: Hall) -> None:
    ring = Ring()
    gc.freeze()
    del ring

    hall.clock.now += WHOLE_AFTER - 1
    early = hall.collector.tick()
    hall.clock.now += 1

    assert (early, Ring.alive) == (False, 1)
    assert hall.collector.tick()
    assert Ring.alive == 0
    assert not hall.collector.tick()


def test_a_server_that_is_never_quiet_pauses_once_a_day(hall: Hall) -> None:
    hall.quiet = False
    looks = 0
    for _ in range(3 * 24 * 60):
        hall.clock.now += 60
        looks += hall.collector.tick()

    assert looks == 3
    assert WHOLE_AT_LAST == 86400.0
