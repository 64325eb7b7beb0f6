from dataclasses import replace

import pytest

from directory.queries.dial import DialSite
from directory.ringing import Ringing
from sipcore.b2bua.plan import RingPlan
from sipcore.calls.direct import direct
from tests.support.dial_site import apartment, residence, site_with
from tests.support.planning import inquiry, left_out, refusal, ringing, rung

SITE = residence()


@pytest.mark.parametrize(
    ("caller", "dialled", "stage"),
    [
        ("d-1", "i1001", "indoor"),
        ("d-1", "a1001", "app"),
        ("d-1", "g-1", "guard"),
        ("i2001", "i1001", "indoor"),
        ("a1001", "g-2", "guard"),
        ("g-1", "a7", "app"),
        ("g-1", "g-2", "guard"),
    ],
)
def test_an_account_is_called_by_its_own_number(caller: str, dialled: str, stage: str) -> None:
    assert ringing(rung(direct, inquiry(SITE, caller, dialled))) == [(stage, [dialled])]


def test_the_plan_names_the_callee_and_its_apartment() -> None:
    answer = rung(direct, inquiry(SITE, "g-1", "i1001"))

    assert isinstance(answer, RingPlan)
    assert (answer.call_type, answer.callee, answer.apartment_id, answer.is_visit) == (
        "direct",
        "I1001",
        101,
        False,
    )


@pytest.mark.parametrize("dialled", ["d-2", "1001", "nobody", "9999999999", "I1001"])
def test_doors_and_other_numbers_are_none_of_its_business(dialled: str) -> None:
    assert rung(direct, inquiry(SITE, "g-1", dialled)) is None


def test_nobody_rings_itself() -> None:
    assert left_out(rung(direct, inquiry(SITE, "i1001", "i1001"))) == [
        ("indoor", "i1001", "is_caller")
    ]


def test_an_app_whose_feature_is_off_is_not_rung() -> None:
    site = site_with((apartment(101, 10, "1001", ("a1001",), app_enabled=False),))

    assert left_out(rung(direct, inquiry(site, "d-1", "a1001"))) == [("app", "a1001", "app_off")]


def test_a_neighbour_is_refused_where_the_site_says_so() -> None:
    closed = replace(SITE, allow_apartment_to_apartment=False)

    assert refusal(rung(direct, inquiry(closed, "i2001", "i1001"))) == (
        403,
        "apartments_may_not_call_each_other",
    )


def test_the_owners_timeout_goes_before_the_sites() -> None:
    hasty = apartment(101, 10, "1001", ("i1001",), stage_timeout=12.0)
    site: DialSite = site_with((hasty,), stage_timeout=20.0)
    answers = [rung(direct, inquiry(site, "d-1", dialled)) for dialled in ("i1001", "g-1")]

    assert [answer.stages[0].timeout for answer in answers if isinstance(answer, RingPlan)] == [
        12.0,
        20.0,
    ]


def test_the_ring_times_of_the_owner_and_the_site_count_by_kind() -> None:
    flat = apartment(101, 10, "1001", ("i1001", "a1001"), ringing=Ringing(times={"app": 9.0}))
    site = site_with((flat,), ringing=Ringing(times={"indoor": 15.0, "guard": 20.0}))
    answers = [rung(direct, inquiry(site, "d-1", user)) for user in ("a1001", "i1001", "g-1")]

    assert [answer.stages[0].timeout for answer in answers if isinstance(answer, RingPlan)] == [
        9.0,
        15.0,
        20.0,
    ]
