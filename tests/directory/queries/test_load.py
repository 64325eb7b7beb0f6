"""From the database into the dial directory."""

import pytest

from directory.errors import NotFound
from directory.kinds import GuardStage
from directory.queries.dial import DialAccount, DialOwner, DialRelay
from directory.queries.load import load_all, load_site
from directory.service import devices, relays, sites
from directory.unit import Directory
from tests.support.directories import ROOT, Estate, user_of_device, user_of_person


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
