"""What waits for a moment."""

from math import inf

from sipcore.kernel.timed import Timed


def test_who_is_new_waits_for_nothing_and_stands_in_no_tick() -> None:
    new = Timed()

    assert (new.deadline, new.tick, new.before, new.after) == (inf, 0, None, None)


def test_a_deadline_can_be_there_from_the_beginning() -> None:
    assert Timed(12.5).deadline == 12.5
