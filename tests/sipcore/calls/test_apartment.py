from dataclasses import replace

import pytest

from sipcore.b2bua.plan import RingPlan
from sipcore.calls.apartment import apartment, by_number, home_building
from sipcore.calls.inquiry import Dialling
from tests.support.dial_site import account, residence
from tests.support.dial_site import apartment as flat
from tests.support.planning import inquiry, refusal, rung

SITE = residence()


def apartment_called(caller: str, dialled: str) -> int | None:
    answer = rung(apartment, inquiry(SITE, caller, dialled))
    assert answer is None or isinstance(answer, RingPlan)
    return None if answer is None else answer.apartment_id


@pytest.mark.parametrize(
    ("caller", "dialled", "apartment_id"),
    [
        ("d-1", "1001", 101),
        ("d-2", "1001", 201),
        ("d-1001", "1001", 101),
        ("i2002", "1001", 201),
        ("d-1", "2002", 202),
        ("d-gate", "2002", 202),
        ("d-gate", "1*1001", 101),
        ("d-gate", "1#1001", 101),
        ("d-gate", "Tower B*1001", 201),
        ("d-gate", "tower b#1001", 201),
        ("d-gate", " 1 * 1001 ", 101),
        ("d-2", "1*1001", 101),
    ],
)
def test_a_number_finds_its_apartment(caller: str, dialled: str, apartment_id: int) -> None:
    assert apartment_called(caller, dialled) == apartment_id


@pytest.mark.parametrize(
    "dialled",
    [
        "",
        "*",
        "#",
        "1*",
        "*1001",
        "3*1001",
        "1*2002",
        "10011",
        "01001",
        "1**1001",
        "1*1001#",
        "EMP-7",
    ],
)
def test_other_numbers_are_none_of_its_business(dialled: str) -> None:
    assert apartment_called("d-1", dialled) is None


def test_a_number_that_two_buildings_have_is_ambiguous_at_the_gate() -> None:
    assert refusal(rung(apartment, inquiry(SITE, "d-gate", "1001"))) == (484, "ambiguous_number")


def test_a_number_of_two_other_buildings_is_ambiguous_from_a_third() -> None:
    site = replace(SITE, buildings={**SITE.buildings, "3": 30})
    third = Dialling(account("d-3", building_id=30), site, "1001")

    assert [owner.key for owner in by_number(third)] == ["apartment:101", "apartment:201"]


def test_a_private_door_stands_in_the_building_of_its_apartment() -> None:
    asked = inquiry(SITE, "d-gate", "1001")
    private = Dialling(account("d-flat", apartment_id=201), SITE, "1001")

    assert (home_building(private), home_building(asked)) == (20, None)


def test_names_that_differ_only_in_case_are_told_apart_exactly_or_not_at_all() -> None:
    owners = (flat(101, 10, "1"), flat(201, 20, "1"))
    site = replace(
        SITE,
        buildings={"a": 10, "A": 20},
        apartments={(owner.building_id or 0, owner.number): owner for owner in owners},
    )
    aliens = replace(site, buildings={"ab": 10, "AB": 20})
    found = [rung(apartment, inquiry(site, "d-gate", dialled)) for dialled in ("a*1", "A*1")]
    found.append(rung(apartment, inquiry(aliens, "d-gate", "aB*1")))

    assert [
        answer.apartment_id if isinstance(answer, RingPlan) else answer for answer in found
    ] == [101, 201, None]


def test_a_building_name_may_hold_a_separator() -> None:
    site = replace(SITE, buildings={"North#2*": 10})
    answer = rung(apartment, inquiry(site, "d-gate", "North#2**1001"))

    assert isinstance(answer, RingPlan)
    assert answer.apartment_id == 101
