"""What stands around a turn of the engine."""

from sipcore.kernel.turn import at_once


def test_without_anything_around_it_a_turn_is_what_is_done_in_it() -> None:
    done: list[str] = []

    at_once(lambda: done.append("work"))

    assert done == ["work"]
