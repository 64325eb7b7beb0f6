"""A second press within a minute."""

from dataclasses import replace

import pytest

from directory.queries.dial_quiet import DialQuiet
from sipcore.b2bua.plan import CallRequest, Party, RingPlan
from sipcore.calls.inquiry import Answer
from sipcore.calls.planner import MAX_DIALLED
from sipcore.calls.quiet import PRESSED_AGAIN
from sipcore.calls.second_press import Presses, PressPlanner
from tests.support.dial_site import residence
from tests.support.planning import planner, refusal, ringing

OFF = DialQuiet(do_not_disturb=True)
NOW = 1_800_000_000.0
SITE = residence("indoor_then_app", guards=())


def door(planner_: PressPlanner, dialled: str, at: float, caller: str = "d-1") -> Answer:
    return planner_.plan(CallRequest(caller, dialled, NOW + at))


@pytest.fixture
def pressed() -> PressPlanner:
    """Apartment 1001 of building 1 does not want to be disturbed, and no guard is there."""
    return PressPlanner(planner(replace(SITE, quiet={"apartment:101": OFF})))


def test_who_presses_again_within_a_minute_is_let_through(pressed: PressPlanner) -> None:
    first, second = door(pressed, "1001", 0), door(pressed, "1001", 60)

    assert refusal(first) == (480, "do_not_disturb")
    assert ringing(second) == [("indoor", ["i1001"]), ("app", ["a1001"])]
    assert isinstance(second, RingPlan)
    assert PRESSED_AGAIN in second.notes


@pytest.mark.parametrize(
    ("dialled", "caller", "at"),
    [("1001", "d-1", 60.1), ("1*1001", "d-1", 5), ("1*1001", "d-gate", 5), ("1001", "d-1", -1)],
    ids=["later", "another-number", "another-door", "clock-put-back"],
)
def test_what_is_no_second_press_is_a_first_one(
    pressed: PressPlanner, dialled: str, caller: str, at: float
) -> None:
    door(pressed, "1001", 0)

    assert refusal(door(pressed, dialled, at, caller)) == (480, "do_not_disturb")


def test_a_third_press_counts_from_the_second(pressed: PressPlanner) -> None:
    answers = [door(pressed, "1001", at) for at in (0, 50, 100)]

    assert [isinstance(answer, RingPlan) for answer in answers] == [False, True, True]


def test_presses_that_disturb_nobody_are_not_remembered() -> None:
    presses = Presses()
    planner_ = PressPlanner(planner(SITE), presses)

    for at in range(3):
        answer = door(planner_, "1001", at)
        assert isinstance(answer, RingPlan)
        assert PRESSED_AGAIN not in answer.notes
    assert len(presses) == 0


def test_a_blocked_or_unknown_number_is_not_opened_by_pressing_again() -> None:
    owners = SITE.owners["apartment:101"]
    inactive = replace(owners, active=False)
    site = replace(
        SITE,
        apartments={**SITE.apartments, (10, "1001"): inactive},
        quiet={"apartment:101": OFF},
    )
    planner_ = PressPlanner(planner(site))

    assert [refusal(door(planner_, "1001", at)) for at in (0, 5)] == [(480, "inactive")] * 2
    assert [refusal(door(planner_, "77", at)) for at in (0, 5)] == [(404, "unknown_number")] * 2


def test_the_memory_is_bounded_and_forgets_the_oldest() -> None:
    presses = Presses(capacity=2)
    for number in ("1", "2", "3"):
        assert not presses.again("d-1", number, NOW)

    assert len(presses) == 2
    assert [presses.again("d-1", number, NOW + 1) for number in ("3", "2")] == [True, True]
    assert not presses.again("d-1", "1", NOW + 1)


def test_what_is_remembered_of_a_press_is_no_longer_than_what_is_looked_at(
    pressed: PressPlanner,
) -> None:
    """A number padded beyond what the planner reads is the same number, and fills no memory."""
    padded = "1*1001" + " " * MAX_DIALLED
    first, second = (door(pressed, padded + end, at) for at, end in enumerate(("x" * 9000, "y")))

    assert refusal(first) == (480, "do_not_disturb")
    assert isinstance(second, RingPlan)


def test_who_may_pick_up_is_what_the_planner_says(pressed: PressPlanner) -> None:
    picked = pressed.may_pick_up("i1001", Party("app", "a1001"), 0.0)

    assert picked is not None
    assert picked.user == "i1001"
    assert pressed.may_pick_up("d-1", Party("app", "a1001"), 0.0) is None
