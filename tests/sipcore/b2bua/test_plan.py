"""Ring plans are plain values."""

from sipcore.b2bua.plan import Party, RingPlan, RingStage, SkippedTarget, Target


def plan(user: str = "1") -> RingPlan:
    """A plan that rings one monitor and leaves an app out."""
    app = SkippedTarget(Party("app", "3"), "not_registered")
    stage = RingStage("indoor", (Target(Party("indoor", user)),), 30.0, (app,))
    return RingPlan("direct", Party("door", "2"), "1001", (stage,))


def test_a_plan_compares_by_its_content() -> None:
    assert plan() == plan()
    assert plan() != plan("4")


def test_a_plan_shows_whom_it_rings() -> None:
    assert "user='4'" in repr(plan("4"))


def test_only_a_visit_says_so_and_only_a_landline_has_a_trunk() -> None:
    assert RingPlan("direct", Party("door", "2"), "1001", ()).is_visit is False
    assert Target(Party("indoor", "1")).trunk is None


def test_usually_a_target_is_rung_at_once_as_it_is_and_its_answer_counts() -> None:
    target = Target(Party("indoor", "1"))

    assert (target.delay, target.wakes, target.confirms) == (0.0, False, False)


def test_a_target_with_another_delay_is_the_same_in_everything_else() -> None:
    number = Target(Party("landline", "+4930"), "first", 0.0, True, True, ("second",))

    assert number.at(5.0) == Target(number.party, "first", 5.0, True, True, ("second",))
