"""Departments."""

import pytest

from directory.errors import Conflict, Forbidden, Invalid, NotFound
from directory.kinds import DeviceType, Role
from directory.service import departments, devices, people
from directory.unit import Directory
from tests.support.directories import ROOT, Estate, ids


async def test_a_name_has_1_to_128_characters(directory: Directory, estate: Estate) -> None:
    async with directory.unit(ROOT) as unit:
        longest = await departments.create(unit, site_id=estate.office, name="x" * 128)
        for name in ("x" * 129, ""):
            with pytest.raises(Invalid):
                await departments.create(unit, site_id=estate.office, name=name)

    assert (longest.name, longest.floors) == ("x" * 128, [])


async def test_ten_floors_are_the_most(directory: Directory, estate: Estate) -> None:
    ten = [str(floor) for floor in range(10)]
    async with directory.unit(ROOT) as unit:
        made = await departments.create(unit, site_id=estate.office, name="Lab", floors=ten)
        with pytest.raises(Invalid):
            await departments.update(unit, made.id, {"floors": [*ten, "10"]})
        changed = await departments.update(unit, made.id, {"floors": ["G0"]})

    assert changed.floors == ["G0"]


async def test_people_keep_their_floors_when_the_department_changes(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        await departments.update(unit, estate.department, {"floors": ["9"]})
        employee = await people.get(unit, estate.employee)

    assert employee.floors == ["1", "2"]


async def test_a_name_exists_once_in_an_office(directory: Directory, estate: Estate) -> None:
    async with directory.unit(ROOT) as unit:
        with pytest.raises(Conflict):
            await departments.create(unit, site_id=estate.office, name="Sales")
        other = await departments.create(unit, site_id=estate.office, name="Lab")
        with pytest.raises(Conflict):
            await departments.update(unit, other.id, {"name": "Sales"})


async def test_a_community_has_no_departments(directory: Directory, estate: Estate) -> None:
    async with directory.unit(ROOT) as unit:
        with pytest.raises(Conflict, match="a community has buildings"):
            await departments.create(unit, site_id=estate.site, name="Lab")


async def test_a_department_with_people_or_devices_stays(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        with pytest.raises(Conflict, match="people"):
            await departments.delete(unit, estate.department)
        lab = await departments.create(unit, site_id=estate.office, name="Lab")
        door = await devices.create(
            unit,
            site_id=estate.office,
            name="Door",
            type=DeviceType.MULTI_TENANT_DOOR,
            department_id=lab.id,
        )
        with pytest.raises(Conflict, match="devices"):
            await departments.delete(unit, lab.id)
        await devices.delete(unit, door.id)
        await departments.delete(unit, lab.id)

        assert ids((await departments.list(unit)).items) == [estate.department]


async def test_a_property_manager_makes_no_departments(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(estate.scope()) as unit:
        for attempt in (
            departments.create(unit, site_id=estate.office, name="Lab"),
            departments.update(unit, estate.department, {"name": "Lab"}),
            departments.delete(unit, estate.department),
        ):
            with pytest.raises(Forbidden):
                await attempt


async def test_foreign_departments_are_not_found(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    async with directory.unit(estate.scope(Role.INSTALLER)) as unit:
        for attempt in (
            departments.get(unit, foreign.department),
            departments.create(unit, site_id=foreign.office, name="Lab"),
            departments.update(unit, foreign.department, {"name": "Lab"}),
            departments.delete(unit, foreign.department),
            departments.list(unit, site_id=foreign.office),
        ):
            with pytest.raises(NotFound):
                await attempt
        page = await departments.list(unit, site_id=estate.office, name="SAL")

    assert ids(page.items) == [estate.department]


async def test_a_number_rings_one_department_and_nobody_else(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        made = await departments.create(unit, site_id=estate.office, name="Lab", number="300")
        lab = await people.create(
            unit,
            site_id=estate.office,
            department_id=estate.department,
            first_name="Eve",
            external_id="301",
        )
        told = []
        for number in ("300", "301", "guard"):
            with pytest.raises(Conflict) as raised:
                await departments.update(unit, estate.department, {"number": number})
            told.append(raised.value.message)
        with pytest.raises(Conflict) as raised:
            await people.update(unit, lab.id, {"external_id": "300"})
        told.append(raised.value.message)
        kept = await departments.update(unit, made.id, {"number": "300", "name": "Labs"})

    assert (kept.number, kept.name) == ("300", "Labs")
    assert told == [
        "another department of this site has it",
        "a person of this site has it",
        "reaches the guard phones",
        "a department of this site has it as its number",
    ]
