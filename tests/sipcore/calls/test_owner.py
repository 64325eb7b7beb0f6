from dataclasses import replace

import pytest

from sipcore.b2bua.plan import RingPlan
from sipcore.calls.owner import plan_owner, refuse_owner
from tests.support.dial_site import residence
from tests.support.planning import inquiry, refusal, ringing

SITE = residence("indoor_then_app_then_phone")
FLAT = SITE.owners["apartment:101"]
PHONES = ["+441632960001", "+441632960002"]


def test_the_call_type_decides_the_stages_and_the_site_places_its_guards() -> None:
    by_choice = {
        choice: ringing(plan_owner(inquiry(replace(SITE, guard_stage=choice), "d-1", "1001"), FLAT))
        for choice in (None, "with_indoor", "after_indoor", "never")
    }
    own_stage = [
        ("indoor", ["i1001"]),
        ("guard", ["g-1", "g-2"]),
        ("app", ["a1001"]),
        ("landline", PHONES),
    ]

    assert by_choice == {
        None: own_stage,
        "after_indoor": own_stage,
        "with_indoor": [
            ("indoor+guard", ["i1001", "g-1", "g-2"]),
            ("app", ["a1001"]),
            ("landline", PHONES),
        ],
        "never": [("indoor", ["i1001"]), ("app", ["a1001"]), ("landline", PHONES)],
    }


@pytest.mark.parametrize("caller", ["g-1", "i2001", "i1001"])
def test_guards_ring_for_visitors_only(caller: str) -> None:
    plan = plan_owner(inquiry(SITE, caller, "1001"), FLAT)

    assert isinstance(plan, RingPlan)
    assert [stage.name for stage in plan.stages] == ["indoor", "app", "landline"]
    assert plan.notes == ("guard phones ring for visitors only",)


def test_a_site_without_guard_phones_has_no_guard_stage() -> None:
    plan = plan_owner(inquiry(replace(SITE, guards=()), "d-1", "1001"), FLAT)

    assert isinstance(plan, RingPlan)
    assert [stage.name for stage in plan.stages] == ["indoor", "app", "landline"]
    assert plan.notes == ("the site has no guard phone",)


def test_the_note_tells_whose_choice_the_guard_stage_is() -> None:
    sites = (SITE, replace(SITE, guard_stage="with_indoor"))
    plans = [plan_owner(inquiry(site, "d-1", "1001"), FLAT) for site in sites]

    assert [plan.notes for plan in plans if isinstance(plan, RingPlan)] == [
        ("guard stage: after indoor (the type's default)",),
        ("guard stage: with indoor (the site's choice)",),
    ]


def test_a_call_type_of_another_version_is_planned_as_indoor_only_and_says_so() -> None:
    plan = plan_owner(inquiry(SITE, "i2001", "1001"), replace(FLAT, call_type="telepathy"))

    assert isinstance(plan, RingPlan)
    assert (plan.call_type, ringing(plan), plan.notes) == (
        "indoor_only",
        [("indoor", ["i1001"])],
        (
            "guard phones ring for visitors only",
            "the stored call type is unknown; planned as indoor_only",
        ),
    )


def test_an_owner_that_is_not_active_is_not_rung() -> None:
    asleep = replace(FLAT, active=False)

    assert refusal(plan_owner(inquiry(SITE, "d-1", "1001"), asleep)) == (480, "inactive")


def test_a_neighbour_is_refused_where_the_site_says_so() -> None:
    closed = replace(SITE, allow_apartment_to_apartment=False)
    asked = inquiry(closed, "i2001", "1*1001")

    assert refusal(refuse_owner(asked, FLAT)) == (403, "apartments_may_not_call_each_other")


def test_who_may_call_is_not_refused() -> None:
    assert refuse_owner(inquiry(SITE, "d-1", "1001"), FLAT) is None
