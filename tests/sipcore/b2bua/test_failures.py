"""What failed legs have said, and what that makes of their call."""

import pytest

from sipcore.b2bua.failures import Failures


def test_the_caller_hears_the_best_with_what_came_with_it_first() -> None:
    failures = Failures()
    failures.note(408, 2)
    failures.note(503)
    failures.explain(500, (b"Retry-After: 9",))
    failures.explain(500, (b"Retry-After: 5",))

    assert (failures.best(), failures.explanation(500)) == (408, (b"Retry-After: 9",))
    assert failures.explanation(408) == ()


def test_where_no_leg_could_be_started_nobody_could_be_reached() -> None:
    assert Failures().best() == 480


@pytest.mark.parametrize("is_spent", [False, True])
@pytest.mark.parametrize("status", [408, 480, 486, 404, 603])
def test_a_call_is_refused_when_somebody_declined_whatever_the_caller_was_told(
    status: int, is_spent: bool
) -> None:
    failures = Failures()
    failures.declined()

    assert failures.outcome(status, is_spent=is_spent) == "refused"


def test_where_nobody_declined_the_status_says_what_it_was() -> None:
    failures = Failures()

    assert [failures.outcome(status, is_spent=False) for status in (408, 480, 486, 403)] == [
        "missed",
        "missed",
        "busy",
        "failed",
    ]
    assert failures.outcome(486, is_spent=True) == "missed"
