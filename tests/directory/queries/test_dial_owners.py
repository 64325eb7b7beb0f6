"""Whom a number means: apartments, office users, residents with a number of their own."""

import pytest

from directory.kinds import CallType, DeviceType
from directory.queries.load import load_site
from directory.service import accounts, apartments, buildings, devices, people
from directory.unit import Directory
from tests.support.directories import ROOT, Estate, user_of_device, user_of_person


async def test_an_office_user_is_an_owner_with_an_own_call_type(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        await people.update(
            unit,
            estate.employee,
            {
                "call_type": "indoor_then_app_then_phone",
                "landlines": ["020 7946 0002", "020 7946 0003", "020 7946 0004"],
                "stage_timeout": 10,
            },
        )
        monitor = await devices.create(
            unit,
            site_id=estate.office,
            name="Desk",
            type=DeviceType.INDOOR_MONITOR,
            person_id=estate.employee,
        )
    _, desk = await user_of_device(directory, monitor.id)
    _, app = await user_of_person(directory, estate.employee)

    site = await load_site(directory.database, estate.office)

    owner = site.people["77"]
    assert site.owners[f"person:{estate.employee}"] is owner
    assert (owner.call_type, owner.stage_timeout, owner.building_id, owner.department_id) == (
        CallType.INDOOR_THEN_APP_THEN_PHONE,
        10.0,
        None,
        estate.department,
    )
    assert [[account.user for account in group] for group in (owner.indoor, owner.apps)] == [
        [desk],
        [app],
    ]
    assert owner.landlines == ("+442079460002", "+442079460003", "+442079460004")


async def test_a_resident_with_a_number_is_called_the_way_the_apartment_is(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        await apartments.update(unit, estate.apartment, {"call_type": "indoor_then_app"})
        await people.update(unit, estate.member, {"external_id": "200", "app_enabled": True})
    _, app = await user_of_person(directory, estate.member)

    site = await load_site(directory.database, estate.site)

    apartment, resident = site.apartments[estate.building, "1001"], site.people["200"]
    assert (resident.key, resident.call_type, resident.indoor, resident.landlines) == (
        f"person:{estate.member}",
        "indoor_then_app",
        apartment.indoor,
        (),
    )
    assert [account.user for account in resident.apps] == [app]
    assert len(apartment.apps) == 2


async def test_numbers_of_the_master_come_first_and_only_once(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        await people.update(unit, estate.member, {"landlines": ["020 7946 0009", "020 7946 0001"]})

    site = await load_site(directory.database, estate.site)

    assert site.apartments[estate.building, "1001"].landlines == (
        "+442079460001",
        "+442079460009",
    )


async def test_numbers_of_somebody_who_is_not_active_do_not_ring(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        await people.update(unit, estate.master, {"active": False})

    owner = (await load_site(directory.database, estate.site)).apartments[estate.building, "1001"]

    assert (owner.landlines, [account.enabled for account in owner.apps]) == ((), [False])


async def test_numbers_and_app_of_somebody_who_is_blocked_do_not_ring(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        await people.update(unit, estate.master, {"status": "blocked"})

    owner = (await load_site(directory.database, estate.site)).apartments[estate.building, "1001"]

    assert (owner.landlines, [account.enabled for account in owner.apps]) == ((), [False])


async def test_a_number_counts_until_the_last_who_has_it_expires(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        numbers = ["020 7946 0001", "020 7946 0002"]
        await people.update(
            unit, estate.master, {"landlines": numbers, "expires_at": 50.0, "external_id": "7"}
        )
        await people.update(unit, estate.member, {"landlines": numbers[1:]})

    site = await load_site(directory.database, estate.site)

    flat, resident = site.apartments[estate.building, "1001"], site.people["7"]
    assert flat.landlines == resident.landlines == ("+442079460001", "+442079460002")
    assert flat.landline_ends == {"+442079460001": 50.0}
    assert resident.landline_ends == {"+442079460001": 50.0, "+442079460002": 50.0}


@pytest.mark.parametrize("change", [{"status": "blocked"}, {"active": False}])
async def test_people_who_are_blocked_or_not_active_have_no_numbers_of_their_own_either(
    directory: Directory, estate: Estate, change: dict[str, object]
) -> None:
    async with directory.unit(ROOT) as unit:
        await people.update(unit, estate.master, {"external_id": "7", **change})
        await people.update(unit, estate.employee, {"landlines": ["020 7946 0002"], **change})

    home = await load_site(directory.database, estate.site)
    office = await load_site(directory.database, estate.office)

    assert (home.people["7"].landlines, office.people["77"].landlines) == ((), ())


async def test_what_expires_ends_with_the_first_that_does(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        app = await accounts.of_person(unit, estate.master)
        monitor = await accounts.of_device(unit, estate.monitor)
        assert app is not None
        assert monitor is not None
        await people.update(unit, estate.master, {"expires_at": 50.0, "external_id": "7"})
        await accounts.update(unit, app.id, {"expires_at": 60.0})
        await accounts.update(unit, monitor.id, {"expires_at": 70.0})
        await apartments.update(unit, estate.apartment, {"expires_at": 40.0, "status": "blocked"})

    site = await load_site(directory.database, estate.site)

    flat, resident = site.apartments[estate.building, "1001"], site.people["7"]
    assert [one.expires_at for one in (*flat.apps, *flat.indoor)] == [50.0, 70.0]
    assert [(one.blocked, one.expires_at) for one in (flat, resident)] == [(True, 40.0)] * 2


async def test_a_switched_off_app_stays_in_sight_as_disabled(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        await apartments.update(unit, estate.apartment, {"app_enabled": False})

    owner = (await load_site(directory.database, estate.site)).apartments[estate.building, "1001"]

    assert (owner.app_enabled, owner.call_type) == (False, "indoor_only")
    assert [account.enabled for account in (*owner.apps, *owner.indoor)] == [False, True]


async def test_the_same_number_in_two_buildings_is_two_owners(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        second = await buildings.create(unit, site_id=estate.site, name="2")
        twin = await apartments.create(unit, building_id=second.id, number="1001", name="Loft")

    found = (await load_site(directory.database, estate.site)).apartments

    assert {place: owner.name for place, owner in found.items()} == {
        (estate.building, "1001"): "1001",
        (second.id, "1001"): "Loft",
    }
    assert found[second.id, "1001"].apartment_id == twin.id
