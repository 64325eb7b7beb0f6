"""Ring plans are plain values."""

from dataclasses import FrozenInstanceError

import pytest

from sipcore.b2bua.plan import Party, RingPlan, RingStage, Target


def test_a_plan_compares_by_its_content_and_can_be_kept_in_a_set() -> None:
    def plan() -> RingPlan:
        stage = RingStage("indoor", (Target(Party("indoor", "1")),), 30.0)
        return RingPlan("direct", Party("door", "2"), "1001", (stage,))

    assert {plan(), plan()} == {plan()}


def test_nobody_changes_a_plan_after_it_was_made() -> None:
    with pytest.raises(FrozenInstanceError):
        Party("door", "1").user = "2"  # type: ignore[misc]


def test_only_a_visit_says_so_and_only_a_landline_has_a_trunk() -> None:
    assert RingPlan("direct", Party("door", "2"), "1001", ()).is_visit is False
    assert Target(Party("indoor", "1")).trunk is None
