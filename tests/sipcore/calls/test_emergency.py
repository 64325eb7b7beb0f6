from dataclasses import replace

import pytest

from directory.ringing import CAP_MOST, Ringing
from sipcore.b2bua.plan import RingPlan
from sipcore.b2bua.policy import LEG, RingPolicy
from sipcore.calls.emergency import emergency
from sipcore.calls.inquiry import Inquiry, Reach
from tests.support.dial_site import account, residence
from tests.support.planning import inquiry, left_out, refusal, ringing, rung

OUTSIDE = "+441632960112"
SITE = residence(emergency_number="112")


def test_the_emergency_number_rings_every_guard_phone() -> None:
    answer = rung(emergency, inquiry(SITE, "d-1", "112"))

    assert ringing(answer) == [("guard", ["g-1", "g-2"])]
    assert isinstance(answer, RingPlan)
    assert (answer.call_type, answer.callee, answer.notes) == (
        "emergency",
        "emergency",
        ("the guard phones answer the site's emergency number",),
    )


def test_an_apartment_of_the_same_number_is_pointed_out() -> None:
    answer = rung(emergency, inquiry(residence(emergency_number="1001"), "d-1", "1001"))

    assert isinstance(answer, RingPlan)
    assert answer.notes == (
        "the guard phones answer the site's emergency number",
        "an apartment has the same number: reach it as building*apartment",
    )


def test_without_guard_phones_nobody_can_be_rung() -> None:
    assert refusal(rung(emergency, inquiry(replace(SITE, guards=()), "d-1", "112"))) == (
        480,
        "no_stage",
    )


def test_other_numbers_are_none_of_its_business() -> None:
    none_set = replace(SITE, emergency_number="")

    assert [
        rung(emergency, inquiry(SITE, "d-1", "1001")),
        rung(emergency, inquiry(SITE, "d-1", "")),
        rung(emergency, inquiry(none_set, "d-1", "")),
        rung(emergency, inquiry(none_set, "d-1", "112")),
    ] == [None, None, None, None]


def test_guards_of_the_callers_building_ring_before_the_others_and_a_number_outside_last() -> None:
    near, far = account("g-1", building_id=10), account("g-2", building_id=20)
    site = replace(SITE, guards=(far, near), emergency_landline=OUTSIDE)
    answer = rung(emergency, inquiry(site, "i1001", "112"))

    assert ringing(answer) == [
        ("guard", ["g-1"]),
        ("guard", ["g-2"]),
        ("landline", [OUTSIDE]),
    ]
    assert isinstance(answer, RingPlan)
    assert answer.stages[2].targets[0].trunk == "pstn"
    assert answer.notes == (
        "the guard phones answer the site's emergency number",
        "those of the caller's building ring first",
        "a number outside is called when no guard answers",
    )


def test_the_number_outside_is_called_though_residents_telephones_are_not() -> None:
    site = replace(SITE, guards=(), emergency_landline=OUTSIDE, landline_enabled=False)

    assert ringing(rung(emergency, inquiry(site, "d-1", "112"))) == [("landline", [OUTSIDE])]
    assert left_out(rung(emergency, inquiry(site, "d-1", "112", trunk=None))) == [
        ("landline", OUTSIDE, "no_trunk")
    ]


def test_neither_a_decline_nor_the_sites_cap_ends_an_emergency_call() -> None:
    site = replace(SITE, ringing=Ringing("visit", "visit", 10.0))
    answer = rung(emergency, inquiry(site, "i1001", "112"))

    assert isinstance(answer, RingPlan)
    assert answer.policy == RingPolicy(LEG, LEG, CAP_MOST)


@pytest.mark.parametrize(
    ("reason", "left"),
    [
        ("landline_limit", []),
        ("landline_day_limit", []),
        ("landline_kind", [("landline", OUTSIDE, "landline_kind")]),
        ("landline_country", [("landline", OUTSIDE, "landline_country")]),
    ],
)
def test_the_number_outside_is_called_however_many_calls_there_were_if_its_kind_may_be(
    reason: str, left: list[tuple[str, str, str]]
) -> None:
    site = replace(SITE, guards=(), emergency_landline=OUTSIDE)
    reach = Reach(lambda _user: True, lambda _site: "pstn", toll=lambda *_asked: reason)
    answer = rung(emergency, Inquiry(site.accounts["d-1"], site, "112", reach))

    assert left_out(answer) == left
