"""From the database into the dial directory."""

import pytest

from directory.errors import NotFound
from directory.kinds import CallType, DeviceType, GuardStage
from directory.queries.dial import DialAccount, DialOwner, DialRelay
from directory.queries.load import load_all, load_site
from directory.service import accounts, apartments, buildings, devices, people, relays, sites
from directory.unit import Directory
from tests.support.directories import ROOT, Estate


async def user_of_device(directory: Directory, device_id: int) -> tuple[int, str]:
    async with directory.reading(ROOT) as unit:
        account = await accounts.of_device(unit, device_id)
    assert account is not None
    return account.id, account.user


async def user_of_person(directory: Directory, person_id: int) -> tuple[int, str]:
    async with directory.reading(ROOT) as unit:
        account = await accounts.of_person(unit, person_id)
    assert account is not None
    return account.id, account.user


async def test_an_apartment_knows_who_rings_for_it(directory: Directory, estate: Estate) -> None:
    monitor_id, monitor = await user_of_device(directory, estate.monitor)
    app_id, app = await user_of_person(directory, estate.master)

    site = await load_site(directory.database, estate.site)

    owner = site.apartments[estate.building, "1001"]
    assert owner == DialOwner(
        site_id=estate.site,
        building_id=estate.building,
        number="1001",
        name="1001",
        call_type="",
        app_enabled=True,
        indoor=(
            DialAccount(
                account_id=monitor_id,
                user=monitor,
                kind="indoor",
                display="Monitor",
                site_id=estate.site,
                building_id=estate.building,
                apartment_id=estate.apartment,
                device_id=estate.monitor,
            ),
        ),
        apps=(
            DialAccount(
                account_id=app_id,
                user=app,
                kind="app",
                display="Ann Lee",
                site_id=estate.site,
                building_id=estate.building,
                apartment_id=estate.apartment,
                person_id=estate.master,
            ),
        ),
        landlines=("+442079460001",),
        apartment_id=estate.apartment,
    )
    assert site.owners[owner.key] is owner
    assert site.accounts[monitor] is owner.indoor[0]


async def test_a_site_knows_its_settings_guards_buildings_and_relays(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        await sites.update(
            unit,
            estate.site,
            {
                "landline_enabled": True,
                "guard_stage": "after_indoor",
                "stage_timeout": 20,
                "landline_timeout": 50,
                "emergency_number": "112",
                "allow_apartment_to_apartment": False,
                "declined": "visit",
            },
        )
        garage = await relays.create(unit, device_id=estate.gate, name="Garage", in_call=False)
    _, guard = await user_of_device(directory, estate.guard)

    site = await load_site(directory.database, estate.site)

    assert (site.name, site.kind, site.timezone, site.country) == (
        "Linden Court",
        "community",
        "Europe/London",
        "GB",
    )
    assert (site.landline_enabled, site.guard_stage, site.emergency_number) == (
        True,
        GuardStage.AFTER_INDOOR,
        "112",
    )
    assert (site.stage_timeout, site.landline_timeout) == (20.0, 50.0)
    assert site.allow_apartment_to_apartment is False
    assert (site.ringing.declined, site.ringing.global_failure) == ("visit", "leg")
    assert site.buildings == {"1": estate.building}
    assert [account.user for account in site.guards] == [guard]
    assert site.relays == {
        estate.gate: (
            DialRelay(estate.relay, estate.gate, 1, "Door", "#"),
            DialRelay(garage.id, estate.gate, 2, "Garage", "", in_call=False),
        )
    }


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


async def test_a_door_that_may_not_be_watched_says_so(directory: Directory, estate: Estate) -> None:
    async with directory.unit(ROOT) as unit:
        await devices.update(unit, estate.gate, {"monitor_allowed": False})
    _, gate = await user_of_device(directory, estate.gate)

    site = await load_site(directory.database, estate.site)

    assert {user for user, account in site.accounts.items() if not account.monitor_allowed} == {
        gate
    }


async def test_all_sites_load_the_way_each_of_them_does(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    dial = await load_all(directory.database)

    assert dial.sites == {
        site_id: await load_site(directory.database, site_id)
        for site_id in (estate.site, estate.office, foreign.site, foreign.office)
    }
    assert {account.site_id for account in dial.sites[estate.site].accounts.values()} == {
        estate.site
    }
    for site in dial.sites.values():
        assert {user: dial.site_of(user) for user in site.accounts} == dict.fromkeys(
            site.accounts, site
        )


async def test_a_deleted_site_is_not_found(directory: Directory) -> None:
    with pytest.raises(NotFound, match="no site 42"):
        await load_site(directory.database, 42)
