"""What the garbage collector looks at: little and often; everything when nobody is disturbed."""

import gc
from collections.abc import Iterator

import pytest

from doorline.collector import ENOUGH, SAMPLE, WHOLE_AFTER, WHOLE_AT_LAST, YOUNG, Collector


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
    gc.freeze()  # as before the test
    assert Ring.alive == 0


def test_what_was_loaded_and_what_lives_on_is_not_looked_at_again(hall: Hall) -> None:
    kept = [[number] for number in range(20 * YOUNG)]

    assert len(gc.get_objects()) < 3 * YOUNG
    assert gc.get_freeze_count() > len(kept) - 3 * YOUNG


def test_a_ring_of_new_objects_is_freed_soon(hall: Hall) -> None:
    Ring()
    kept = [[number] for number in range(2 * YOUNG)]

    assert (Ring.alive, len(kept)) == (0, 2 * YOUNG)


class Engine:
    """Leaves much behind after each turn, and counts the looks at it."""

    def __init__(self, hall: Hall) -> None:
        self.hall = hall
        self.kept: list[list[int]] = []
        self.looks = 0

    def work(self, objects: int = ENOUGH) -> None:
        self.kept.extend([number] for number in range(objects))

    def look(self, phase: str, _info: object) -> None:
        self.looks += phase == "stop"

    def turns(self, count: int) -> int:
        """Looks in that many turns."""
        self.looks = 0
        gc.callbacks.append(self.look)
        for _ in range(count):
            self.hall.collector.turn(self.work)
        gc.callbacks.remove(self.look)
        return self.looks


def test_what_the_engine_makes_is_taken_out_of_sight_with_one_look_in_many_turns(
    hall: Hall,
) -> None:
    engine = Engine(hall)
    gc.collect()

    assert engine.turns(SAMPLE) == SAMPLE
    assert engine.turns(3 * SAMPLE) == 3
    assert gc.get_freeze_count() >= len(engine.kept)


def test_as_long_as_rings_are_found_after_turns_each_is_looked_at(hall: Hall) -> None:
    engine = Engine(hall)
    gc.collect()
    engine.turns(2 * SAMPLE)
    engine.turns(SAMPLE - 1)
    Ring()

    assert engine.turns(1 + SAMPLE) == 1 + SAMPLE
    assert Ring.alive == 0
    assert engine.turns(SAMPLE - 1) == 0


def test_what_lives_while_rings_are_found_stays_in_sight(hall: Hall) -> None:
    engine = Engine(hall)
    gc.collect()
    frozen = gc.get_freeze_count()
    Ring()

    engine.turns(1)

    assert Ring.alive == 0
    assert gc.get_freeze_count() == frozen


def test_a_turn_that_leaves_little_behind_changes_nothing(hall: Hall) -> None:
    engine = Engine(hall)
    frozen = gc.get_freeze_count()

    hall.collector.turn(lambda: engine.work(1))

    assert gc.get_freeze_count() == frozen


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
