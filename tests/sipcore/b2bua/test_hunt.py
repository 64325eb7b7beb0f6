"""Whom a call rings next, without a message."""

from math import inf

import pytest

from sipcore.b2bua.hunt import KEY_TIME, Hunt
from sipcore.b2bua.plan import Party, RingStage, SkippedTarget, Target
from sipcore.b2bua.policy import LEG, STAGE, VISIT, RingPolicy
from sipcore.b2bua.verdict import DECLINED, FAILED, GLOBAL_FAILURE


def target(user: str, delay: float = 0.0, wakes: bool = False) -> Target:
    return Target(Party("indoor", user), delay=delay, wakes=wakes)


def stage(*targets: Target, timeout: float = 30.0, skipped: str = "") -> RingStage:
    left_out = tuple(SkippedTarget(Party("app", user), "not_registered") for user in skipped)
    return RingStage("test", targets, timeout, left_out)


def begun(*targets: Target, policy: RingPolicy | None = None, skipped: str = "") -> Hunt:
    """A hunt whose first stage has begun at 100."""
    hunt = Hunt((stage(*targets, skipped=skipped),), policy or RingPolicy(), 100.0)
    hunt.begin_next(100.0)
    return hunt


def names(targets: tuple[Target, ...]) -> str:
    return "".join(each.party.user for each in targets)


def test_members_of_a_stage_are_due_once_and_those_with_a_delay_later() -> None:
    hunt = begun(target("a"), target("b", 9.0), target("c", 4.0), target("d"))

    assert names(hunt.due(100.0)) == "ad"
    hunt.started(1, "a")
    assert (names(hunt.due(103.9)), hunt.deadline) == ("", 104.0)
    assert names(hunt.due(104.0)) == "c"
    assert (names(hunt.due(109.0)), hunt.deadline) == ("b", 130.0)
    assert names(hunt.due(129.0)) == ""


def test_who_was_out_of_reach_when_the_call_was_planned_is_a_member_all_the_same() -> None:
    hunt = begun(target("a"), skipped="b")

    assert names(hunt.due(100.0)) == "ab"
    assert hunt.users() == ("a", "b")


def test_who_was_out_of_reach_waits_for_its_turn_as_others_of_its_kind_do() -> None:
    away = SkippedTarget(Party("app", "b"), "not_registered", 6.0)
    hunt = Hunt((RingStage("test", (target("a"),), 30.0, (away,)),), RingPolicy(), 100.0)
    hunt.begin_next(100.0)

    assert names(hunt.due(100.0)) == "a"
    hunt.started(1, "a")
    assert (hunt.wanted("b"), hunt.deadline) == (None, 106.0)
    assert names(hunt.due(106.0)) == "b"


def test_nobody_is_a_member_twice() -> None:
    assert names(begun(target("a"), skipped="a").due(100.0)) == "a"


def test_a_delay_gives_time_to_others_and_to_nobody_else() -> None:
    hunt = begun(target("a"), target("b", 5.0), target("c", 5.0), target("d", 9.0))
    hunt.due(100.0)
    hunt.started(1, "a")
    hunt.failed(1, FAILED)

    assert names(hunt.due(101.0)) == "bc"
    hunt.started(2, "b")
    assert (names(hunt.due(101.0)), hunt.deadline) == ("", 109.0)


def test_whoever_is_awaited_has_the_time_that_a_delay_gives() -> None:
    hunt = begun(target("a", wakes=True), target("b", 5.0))
    hunt.due(100.0)
    hunt.woken("a")

    assert names(hunt.due(101.0)) == ""
    assert hunt.not_woken("a")
    assert names(hunt.due(101.0)) == "b"


@pytest.mark.parametrize(
    ("verdict", "scope"), [(FAILED, LEG), (DECLINED, STAGE), (GLOBAL_FAILURE, VISIT)]
)
def test_how_far_a_failure_goes_is_for_the_policy_to_say(verdict: str, scope: str) -> None:
    hunt = begun(target("a"), policy=RingPolicy(declined=STAGE, global_failure=VISIT))
    hunt.started(1, "a")

    assert hunt.failed(1, verdict) == scope


def test_one_leg_wins_and_no_other() -> None:
    hunt = begun(target("a"), target("b"))
    hunt.started(1, "a")
    hunt.started(2, "b")

    assert [hunt.answered(1), hunt.answered(2), hunt.answered(1)] == [True, False, False]
    assert hunt.begin_next(101.0) is None


def test_the_longest_ring_counts_from_the_beginning_of_the_call() -> None:
    plan = (stage(target("a")), stage(target("b")))
    hunt = Hunt(plan, RingPolicy(longest=45.0), 100.0)
    hunt.begin_next(100.0)
    assert hunt.deadline == 130.0
    hunt.begin_next(130.0)

    assert (hunt.deadline, hunt.time_left(140.0)) == (145.0, 5.0)
    assert (hunt.is_over(144.9), hunt.is_over(145.0)) == (False, True)
    assert (hunt.is_open, hunt.is_spent) == (False, True)


def test_a_leg_that_has_failed_wins_no_more() -> None:
    hunt = begun(target("a"), target("b"))
    hunt.started(1, "a")
    hunt.started(2, "b")
    hunt.failed(1, FAILED)

    assert (hunt.answered(1), hunt.is_open) == (False, True)


def test_a_transfer_rings_as_long_as_its_stages_say() -> None:
    hunt = Hunt((stage(target("a")),), RingPolicy(longest=45.0), 100.0)
    hunt.begin_next(100.0)
    hunt.close()
    hunt.follow_up((stage(target("b"), timeout=90.0),), RingPolicy(declined=VISIT, longest=9.0))
    hunt.begin_next(500.0)

    assert (names(hunt.due(500.0)), hunt.stage, hunt.deadline) == ("b", 1, 590.0)
    hunt.started(7, "b")
    assert hunt.failed(7, DECLINED) == VISIT


def test_a_transfer_does_not_ring_the_stages_that_the_call_had_left() -> None:
    hunt = Hunt((stage(target("a")), stage(target("old"))), RingPolicy(), 100.0)
    hunt.begin_next(100.0)
    hunt.started(1, "a")
    hunt.answered(1)
    hunt.follow_up((stage(target("b")),), RingPolicy())
    hunt.begin_next(500.0)

    assert (names(hunt.due(500.0)), hunt.begin_next(530.0)) == ("b", None)


def test_when_nobody_may_win_any_more_no_stage_begins() -> None:
    hunt = Hunt((stage(target("a")), stage(target("b"))), RingPolicy(), 100.0)
    hunt.begin_next(100.0)
    hunt.close()

    assert hunt.begin_next(110.0) is None


def test_a_stage_that_is_left_has_no_legs_no_members_and_no_deadline() -> None:
    hunt = begun(target("a"), target("b", 5.0), target("c", wakes=True))
    hunt.due(100.0)
    hunt.started(1, "a")
    hunt.woken("c")
    assert (hunt.is_running, hunt.is_ringing, hunt.coming) == (True, True, 2)

    hunt.leave()

    assert (hunt.is_running, hunt.is_ringing, hunt.coming, hunt.deadline) == (False, False, 0, inf)
    assert (names(hunt.due(110.0)), hunt.wanted("c")) == ("", None)


def test_a_member_is_wanted_from_its_turn_on() -> None:
    hunt = begun(target("a"), target("b", 5.0))
    hunt.due(100.0)
    hunt.started(1, "a")

    assert (hunt.wanted("a"), hunt.wanted("x")) == (target("a"), None)
    assert hunt.wanted("b") is None
    hunt.due(105.0)
    assert hunt.wanted("b") == target("b", 5.0)


def test_a_telephone_cannot_register() -> None:
    number = Target(Party("landline", "+4930"), trunk="provider")
    hunt = begun(number)

    assert (hunt.users(), hunt.wanted("+4930")) == ((), None)


def ringing_telephone(policy: RingPolicy | None = None) -> Hunt:
    """A telephone that has to confirm rings as leg 1, and a monitor as leg 2."""
    number = Target(Party("landline", "+44"), "provider", confirms=True)
    hunt = begun(number, target("a"), policy=policy)
    hunt.due(100.0)
    hunt.started(1, "+44")
    hunt.started(2, "a")
    return hunt


def test_a_telephone_that_has_to_confirm_lives_on_when_it_is_answered() -> None:
    hunt = ringing_telephone()

    assert hunt.awaits_key(1, 105.0)
    assert (list(hunt.living), hunt.deadline) == ([1, 2], 105.0 + KEY_TIME)
    assert hunt.answered(1)


def test_the_key_has_its_time_and_no_more_than_the_stage_has() -> None:
    hunt = ringing_telephone()
    hunt.awaits_key(1, 105.0)

    assert (hunt.overdue(124.9), hunt.overdue(125.0)) == ((), (1,))
    assert hunt.failed(1, FAILED) == LEG
    assert (hunt.overdue(125.0), hunt.deadline) == ((), 130.0)

    late = ringing_telephone()
    late.awaits_key(1, 120.0)
    assert late.deadline == 130.0
    late.leave()
    assert (late.overdue(500.0), late.deadline) == ((), inf)


def test_nobody_confirms_what_is_decided() -> None:
    hunt = ringing_telephone(RingPolicy(key="5"))
    hunt.answered(2)

    assert (hunt.awaits_key(1, 105.0), hunt.key) == (False, "5")


def test_whoever_was_woken_in_vain_is_told_once() -> None:
    hunt = begun(*(target(user, wakes=True) for user in "abcd"))
    for number, user in enumerate("abcd"):
        hunt.woken(user)
        hunt.woken(user)
        hunt.started(number, user)
    hunt.not_woken("b")
    hunt.came("c")
    hunt.answered(3)

    assert [hunt.spare("d"), hunt.spare("d"), hunt.spare("b")] == [True, False, False]
    assert hunt.called_off() == ("a", "c")
    assert hunt.called_off() == ()


def test_an_app_that_did_not_come_in_time_is_called_off_all_the_same() -> None:
    hunt = begun(target("a", wakes=True), target("b", wakes=True))
    hunt.woken("a")
    hunt.woken("b")

    assert hunt.not_woken("a", is_pushed=True)
    assert hunt.not_woken("b")
    assert (hunt.is_ringing, hunt.called_off()) == (False, ("a",))


def test_a_push_that_fails_after_its_app_has_come_changes_nothing() -> None:
    hunt = begun(target("a", wakes=True))
    hunt.woken("a")
    hunt.came("a")

    assert hunt.not_woken("a") is False
    assert hunt.called_off() == ("a",)
