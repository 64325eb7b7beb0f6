from math import inf

import pytest

from sipcore.dialog.repetition import Due, Repetition
from sipcore.kernel.timers import T2


def run_out(machine: Repetition) -> list[tuple[float, Due]]:
    """When it is woken until it rests, and what is due then."""
    story = []
    while machine.deadline != inf:
        now = machine.deadline
        story.append((now, machine.on_deadline(now)))
    return story


@pytest.mark.parametrize(
    ("longest", "repeated"),
    [
        (T2, (0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5)),
        (inf, (0.5, 1.5, 3.5, 7.5, 15.5, 31.5)),
    ],
)
def test_it_is_repeated_until_64_t1_have_passed(
    longest: float, repeated: tuple[float, ...]
) -> None:
    """RFC 3261 §13.3.1.4, RFC 3262 §3."""
    assert run_out(Repetition(b"200", 0.0, longest)) == [
        *((at, Due.REPEAT) for at in repeated),
        (32.0, Due.GIVE_UP),
    ]


def test_nothing_is_due_too_early_or_after_the_acknowledgement() -> None:
    machine = Repetition(b"200", 10.0)

    early, on_time = machine.on_deadline(10.4), machine.on_deadline(10.5)
    machine.stop()

    assert (early, on_time) == (Due.NOTHING, Due.REPEAT)
    assert (machine.deadline, machine.on_deadline(60.0)) == (inf, Due.NOTHING)


def test_a_late_wake_up_repeats_once_and_still_gives_up_in_time() -> None:
    machine = Repetition(b"200", 0.0, T2)

    assert [(machine.on_deadline(at), machine.deadline) for at in (0.4, 20.0, 31.9, 33.0)] == [
        (Due.NOTHING, 0.5),
        (Due.REPEAT, 21.0),
        (Due.REPEAT, 32.0),
        (Due.GIVE_UP, inf),
    ]
