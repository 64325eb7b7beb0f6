from dataclasses import replace

import pytest

from directory.ringing import Ringing
from sipcore.b2bua.plan import Refusal, RingPlan
from sipcore.calls.inquiry import Meant
from sipcore.calls.owner import meant_owner, ring_owner
from tests.support.dial_site import residence
from tests.support.planning import inquiry, refusal, ringing

SITE = residence("indoor_then_app_then_phone")
FLAT = SITE.owners["apartment:101"]
PHONES = ["+441632960001", "+441632960002"]


def test_the_call_type_decides_the_stages_and_the_site_places_its_guards() -> None:
    by_choice = {
        choice: ringing(ring_owner(inquiry(replace(SITE, guard_stage=choice), "d-1", "1001"), FLAT))
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
    plan = ring_owner(inquiry(SITE, caller, "1001"), FLAT)

    assert isinstance(plan, RingPlan)
    assert [stage.name for stage in plan.stages] == ["indoor", "app", "landline"]
    assert plan.notes == ("guard phones ring for visitors only",)


def test_a_site_without_guard_phones_has_no_guard_stage() -> None:
    plan = ring_owner(inquiry(replace(SITE, guards=()), "d-1", "1001"), FLAT)

    assert isinstance(plan, RingPlan)
    assert [stage.name for stage in plan.stages] == ["indoor", "app", "landline"]
    assert plan.notes == ("the site has no guard phone",)


def test_the_note_tells_whose_choice_the_guard_stage_is() -> None:
    sites = (SITE, replace(SITE, guard_stage="with_indoor"))
    plans = [ring_owner(inquiry(site, "d-1", "1001"), FLAT) for site in sites]

    assert [plan.notes for plan in plans if isinstance(plan, RingPlan)] == [
        ("guard stage: after indoor (the type's default)",),
        ("guard stage: with indoor (the site's choice)",),
    ]


def test_a_call_type_of_another_version_is_planned_as_the_sites_and_says_so() -> None:
    plan = ring_owner(inquiry(SITE, "i2001", "1001"), replace(FLAT, call_type="telepathy"))

    assert isinstance(plan, RingPlan)
    assert (plan.call_type, ringing(plan), plan.notes) == (
        "app_and_indoor",
        [("app+indoor", ["a1001", "i1001"])],
        (
            "guard phones ring for visitors only",
            "the stored call type telepathy is unknown",
            "planned as the site's call type app_and_indoor",
        ),
    )


def test_an_owner_that_is_not_active_is_not_meant() -> None:
    asleep = replace(FLAT, active=False)

    found = meant_owner(inquiry(SITE, "d-1", "1001"), asleep, ring_owner)

    assert isinstance(found, Refusal)
    assert refusal(found) == (480, "inactive")


def test_a_neighbour_is_refused_where_the_site_says_so() -> None:
    closed = replace(SITE, allow_apartment_to_apartment=False)

    found = meant_owner(inquiry(closed, "i2001", "1*1001"), FLAT, ring_owner)

    assert isinstance(found, Refusal)
    assert refusal(found) == (403, "apartments_may_not_call_each_other")


@pytest.mark.parametrize(("app_enabled", "users"), [(True, ["i1001", "a1001"]), (False, ["i1001"])])
def test_a_household_is_its_monitors_and_the_apps_that_are_on(
    app_enabled: bool, users: list[str]
) -> None:
    asked = inquiry(SITE, "d-1", "1001")

    found = meant_owner(asked, replace(FLAT, app_enabled=app_enabled), ring_owner)

    assert isinstance(found, Meant)
    assert [account.user for account in found.accounts] == users
    assert found.ring(asked) == ring_owner(asked, replace(FLAT, app_enabled=app_enabled))


def test_rounds_repeat_the_stages_and_the_apartments_word_counts() -> None:
    flat = replace(FLAT, ringing=Ringing("visit", rounds=2, guard_stage="never"))
    plan = ring_owner(inquiry(SITE, "d-1", "1001"), flat)

    assert isinstance(plan, RingPlan)
    assert (plan.rounds, plan.stages[3:], plan.policy.declined) == (2, plan.stages[:3], "visit")
    assert plan.notes == ("guard stage: never (the apartment's choice)",)


def test_without_the_app_the_sites_call_type_is_not_followed() -> None:
    site = replace(SITE, call_type="indoor_then_app")
    plan = ring_owner(inquiry(site, "d-1", "1001"), replace(FLAT, call_type="", app_enabled=False))

    assert isinstance(plan, RingPlan)
    assert plan.call_type == "indoor_only"
