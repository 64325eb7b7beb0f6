"""Places of devices agree with each other."""

import pytest

from directory.errors import Invalid, NotFound
from directory.kinds import DeviceScope
from directory.service import buildings, places
from directory.unit import Directory
from tests.support.directories import ROOT, Estate


@pytest.mark.parametrize(
    ("place", "scope"),
    [
        ({}, DeviceScope.SITE),
        ({"building_id": None}, DeviceScope.SITE),
        ({"building_id": 1}, DeviceScope.BUILDING),
        ({"department_id": 1}, DeviceScope.DEPARTMENT),
        ({"building_id": 1, "apartment_id": 1}, DeviceScope.APARTMENT),
        ({"apartment_id": 1, "person_id": 1}, DeviceScope.PERSON),
    ],
)
def test_the_narrowest_place_decides(place: dict[str, object], scope: DeviceScope) -> None:
    assert places.narrowest(place) is scope


async def test_wider_places_are_filled_in(directory: Directory, estate: Estate) -> None:
    values = {"scope": DeviceScope.APARTMENT, "apartment_id": estate.apartment}
    async with directory.reading(ROOT) as unit:
        await places.settle(unit, estate.site, values)

    assert values == {
        "scope": DeviceScope.APARTMENT,
        "apartment_id": estate.apartment,
        "building_id": estate.building,
        "department_id": None,
        "person_id": None,
    }


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"scope": DeviceScope.BUILDING}, "building_id"),
        ({"scope": DeviceScope.SITE, "building_id": 1}, "building_id"),
        ({"scope": DeviceScope.BUILDING, "building_id": 1, "apartment_id": 1}, "apartment_id"),
    ],
)
async def test_a_place_that_contradicts_the_scope_is_refused(
    directory: Directory, estate: Estate, values: dict[str, object], field: str
) -> None:
    async with directory.reading(ROOT) as unit:
        with pytest.raises(Invalid) as raised:
            await places.settle(unit, estate.site, values)

    assert [error.field for error in raised.value.errors] == [field]


async def test_a_flat_is_in_one_building(directory: Directory, estate: Estate) -> None:
    async with directory.unit(ROOT) as unit:
        other = await buildings.create(unit, site_id=estate.site, name="2")
        with pytest.raises(Invalid, match="building_id: contradicts apartment_id"):
            await places.settle(
                unit,
                estate.site,
                {
                    "scope": DeviceScope.APARTMENT,
                    "apartment_id": estate.apartment,
                    "building_id": other.id,
                },
            )


async def test_a_department_lies_in_no_building(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    """A second place that is never looked up could be one of a foreign site."""
    async with directory.reading(estate.scope()) as unit:
        with pytest.raises(Invalid, match="building_id: contradicts department_id"):
            await places.settle(
                unit,
                estate.office,
                {
                    "scope": DeviceScope.DEPARTMENT,
                    "department_id": estate.department,
                    "building_id": foreign.building,
                },
            )


async def test_a_place_of_another_site_is_not_found(directory: Directory, estate: Estate) -> None:
    async with directory.reading(ROOT) as unit:
        with pytest.raises(NotFound):
            await places.settle(
                unit,
                estate.office,
                {"scope": DeviceScope.BUILDING, "building_id": estate.building},
            )
