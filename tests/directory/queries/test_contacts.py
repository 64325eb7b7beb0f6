"""Contact lists."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.kinds import AccountKind, ContactDisplay, DeviceScope, DeviceType
from directory.queries.contacts import (
    Place,
    contacts_of_door,
    contacts_of_guard,
    contacts_of_monitor,
    in_natural_order,
    natural_key,
)
from directory.queries.provisioning import ContactEntry
from directory.service import accounts, apartments, buildings, departments, devices, people
from directory.unit import Directory
from tests.support.directories import ROOT, Estate


def gate(estate: Estate) -> Place:
    """A gate of the whole site."""
    return Place(estate.site, DeviceScope.SITE, None, None, None, None)


def entrance(estate: Estate) -> Place:
    """The door of the building."""
    return Place(estate.site, DeviceScope.BUILDING, estate.building, None, None, None)


def at_home(estate: Estate) -> Place:
    """Something in the flat."""
    return Place(estate.site, DeviceScope.APARTMENT, estate.building, None, estate.apartment, None)


def names(entries: tuple[ContactEntry, ...]) -> list[tuple[str, str, str]]:
    return [(entry.name, entry.number, entry.kind) for entry in entries]


@pytest.fixture
async def more_flats(directory: Directory, estate: Estate) -> None:
    """Flats 2 and 10 here, one in another building, one that is not in use."""
    async with directory.unit(ROOT) as unit:
        for number in ("2", "10"):
            await apartments.create(
                unit, building_id=estate.building, number=number, name=f"Flat {number}"
            )
        await apartments.create(unit, building_id=estate.building, number="3", active=False)
        other = await buildings.create(unit, site_id=estate.site, name="B")
        await apartments.create(unit, building_id=other.id, number="2")


async def test_a_door_of_a_building_offers_its_apartments(
    directory: Directory, estate: Estate, more_flats: None
) -> None:
    async with directory.database.connect() as connection:
        found = await contacts_of_door(connection, entrance(estate), ContactDisplay.ONLY_PEOPLE)

    assert names(found) == [
        ("1001", "1001", "owner"),
        ("Flat 2", "2", "owner"),
        ("Flat 10", "10", "owner"),
    ]


async def test_a_gate_names_the_building_in_what_it_dials(
    directory: Directory, estate: Estate, more_flats: None
) -> None:
    async with directory.database.connect() as connection:
        found = await contacts_of_door(connection, gate(estate), ContactDisplay.ONLY_PEOPLE)

    assert names(found) == [
        ("1 1001", "1*1001", "owner"),
        ("1 Flat 2", "1*2", "owner"),
        ("1 Flat 10", "1*10", "owner"),
        ("B 2", "B*2", "owner"),
    ]


async def test_a_door_of_a_flat_offers_that_flat_only(
    directory: Directory, estate: Estate, more_flats: None
) -> None:
    async with directory.database.connect() as connection:
        found = await contacts_of_door(connection, at_home(estate), ContactDisplay.ONLY_PEOPLE)

    assert names(found) == [("1001", "1001", "owner")]


@pytest.mark.parametrize("display", [ContactDisplay.ENDPOINTS, ContactDisplay.PEOPLE_AND_ENDPOINTS])
async def test_the_other_modes_add_devices_and_guards(
    directory: Directory, estate: Estate, foreign: Estate, display: ContactDisplay
) -> None:
    async with directory.reading(ROOT) as unit:
        monitor = await accounts.of_device(unit, estate.monitor)
        guard = await accounts.of_device(unit, estate.guard)
        app = await accounts.of_person(unit, estate.master)
    assert monitor is not None
    assert guard is not None
    assert app is not None

    async with directory.database.connect() as connection:
        found = await contacts_of_door(connection, entrance(estate), display)

    assert found == (
        ContactEntry("1001", "1001", "owner", "1001"),
        ContactEntry("Ann Lee", app.user, "app", "1001"),
        ContactEntry("Guard", guard.user, "guard", ""),
        ContactEntry("Monitor", monitor.user, "indoor", "1001"),
    )


async def test_an_app_that_is_off_is_no_contact(directory: Directory, estate: Estate) -> None:
    async with directory.unit(ROOT) as unit:
        await people.update(unit, estate.master, {"app_enabled": False})

    async with directory.database.connect() as connection:
        found = await contacts_of_door(connection, entrance(estate), ContactDisplay.ENDPOINTS)

    assert [entry.kind for entry in found] == ["owner", "guard", "indoor"]


async def test_an_office_door_offers_people_with_a_number(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        await people.create(
            unit, site_id=estate.office, department_id=estate.department, first_name="Nobody"
        )
        other = await departments.create(unit, site_id=estate.office, name="Lab")
        await people.create(
            unit,
            site_id=estate.office,
            department_id=other.id,
            first_name="Dan",
            last_name="Dyer",
            external_id="78",
        )
    of_site = Place(estate.office, DeviceScope.SITE, None, None, None, None)
    of_department = Place(
        estate.office, DeviceScope.DEPARTMENT, None, estate.department, None, None
    )

    async with directory.database.connect() as connection:
        everybody = await contacts_of_door(connection, of_site, ContactDisplay.ONLY_PEOPLE)
        sales = await contacts_of_door(connection, of_department, ContactDisplay.ONLY_PEOPLE)

    assert names(everybody) == [("Cleo", "77", "owner"), ("Dan Dyer", "78", "owner")]
    assert names(sales) == [("Cleo", "77", "owner")]


async def test_a_monitor_offers_the_guards_within_reach(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        await accounts.create(
            unit, site_id=estate.site, kind=AccountKind.GUARD, user="off", enabled=False
        )
        other = await buildings.create(unit, site_id=estate.site, name="B")
        for name, building_id in (("Guard B", other.id), ("Guard 1", estate.building)):
            await devices.create(
                unit,
                site_id=estate.site,
                name=name,
                type=DeviceType.GUARD_PHONE,
                building_id=building_id,
            )

    async with directory.database.connect() as connection:
        found = await contacts_of_monitor(connection, at_home(estate))

    assert [(entry.name, entry.kind) for entry in found] == [
        ("Guard", "guard"),
        ("Guard 1", "guard"),
    ]


async def test_a_guard_may_call_everybody(
    directory: Directory, estate: Estate, more_flats: None
) -> None:
    async with directory.database.connect() as connection:
        found = await contacts_of_guard(connection, gate(estate))

    assert [entry.number for entry in found] == ["1*1001", "1*2", "1*10", "B*2"]


def test_flat_2_comes_before_flat_10() -> None:
    shuffled = [
        ContactEntry(name, str(number), "owner")
        for number, name in enumerate(["Flat 10", "flat 2", "10", "9", "Übung", "Flat 2a", ""])
    ]

    assert [entry.name for entry in in_natural_order(shuffled)] == [
        "",
        "9",
        "10",
        "flat 2",
        "Flat 2a",
        "Flat 10",
        "Übung",
    ]


@given(st.lists(st.text()))
def test_any_names_can_be_sorted_from_any_order(texts: list[str]) -> None:
    forward = sorted(texts, key=natural_key)
    texts.reverse()
    backward = sorted(texts, key=natural_key)

    assert [natural_key(text) for text in forward] == [natural_key(text) for text in backward]
