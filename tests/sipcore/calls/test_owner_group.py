from dataclasses import replace

import pytest

from directory.queries.dial import DialSite
from sipcore.b2bua.plan import RingPlan
from sipcore.calls.inquiry import Inquiry
from sipcore.calls.owner_group import owner_group
from tests.support.dial_site import residence
from tests.support.planning import inquiry, reach, refusal, ringing, rung

SITE = residence("indoor_then_app_then_phone")


@pytest.mark.parametrize("dialled", ["**1001", "**1*1001", "**1#1001"])
def test_the_group_number_of_an_apartment_rings_everybody_at_once(dialled: str) -> None:
    answer = rung(owner_group, inquiry(SITE, "d-1", dialled))

    assert ringing(answer) == [("app+indoor+guard", ["a1001", "i1001", "g-1", "g-2"])]
    assert isinstance(answer, RingPlan)
    assert (answer.call_type, answer.dialled, answer.callee, answer.apartment_id) == (
        "owner_group",
        dialled,
        "Flat 1001",
        101,
    )


def test_the_group_number_of_a_person_rings_everybody_at_once() -> None:
    assert ringing(rung(owner_group, inquiry(SITE, "d-1", "**EMP-7"))) == [
        ("app+indoor+guard", ["a7", "i7", "g-1", "g-2"])
    ]


@pytest.mark.parametrize(
    ("caller", "site"),
    [
        ("i2001", SITE),
        ("d-1", replace(SITE, guards=())),
        ("d-1", replace(SITE, guard_stage="never")),
    ],
)
def test_guards_stay_out_where_they_take_no_part(caller: str, site: DialSite) -> None:
    asked = Inquiry(SITE.accounts[caller], site, "**1*1001", reach())

    assert ringing(rung(owner_group, asked)) == [("app+indoor", ["a1001", "i1001"])]


@pytest.mark.parametrize("dialled", ["1001", "*1001", "**", "**77", "**3*1001", "**0"])
def test_other_numbers_are_none_of_its_business(dialled: str) -> None:
    assert rung(owner_group, inquiry(SITE, "d-1", dialled)) is None


def test_a_group_number_may_be_ambiguous() -> None:
    assert refusal(rung(owner_group, inquiry(SITE, "d-gate", "**1001"))) == (
        484,
        "ambiguous_number",
    )


def test_what_may_not_be_called_may_not_be_called_as_a_group() -> None:
    closed = replace(SITE, allow_apartment_to_apartment=False)

    assert refusal(rung(owner_group, inquiry(closed, "i2001", "**1*1001"))) == (
        403,
        "apartments_may_not_call_each_other",
    )
