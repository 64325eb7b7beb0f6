"""The synthetic estate."""

from collections import Counter

import pytest

from directory.errors import Forbidden, Invalid
from directory.estate import MAXIMUM, SIX_CALL_TYPES, generate_site
from directory.kinds import AccountKind, Role
from directory.queries.credentials import load_credentials
from directory.queries.device_settings import DeviceSettingsReader
from directory.queries.load import load_site
from directory.service import accounts, devices
from directory.unit import Changed, Directory
from tests.support.directories import ROOT, Estate, Heard


async def test_every_flat_has_a_monitor_an_app_and_a_number(
    directory: Directory, heard: Heard
) -> None:
    async with directory.unit(ROOT) as unit:
        made = await generate_site(unit, name="Estate", apartments=201)

    site = await load_site(directory.database, made.site_id)

    assert len(site.apartments) == 201
    assert {
        (len(owner.indoor), len(owner.apps), len(owner.landlines))
        for owner in site.apartments.values()
    } == {(1, 1, 1)}
    assert len({owner.landlines for owner in site.apartments.values()}) == 201
    assert Counter(owner.call_type for owner in site.apartments.values()) == {
        kind.value: 34 if position < 3 else 33 for position, kind in enumerate(SIX_CALL_TYPES)
    }
    assert heard.take()[-1] == Changed(made.site_id, "site", made.site_id, "import")


async def test_there_is_one_door_phone_for_a_hundred_flats(directory: Directory) -> None:
    async with directory.unit(ROOT) as unit:
        made = await generate_site(unit, name="Estate", apartments=201)

    site = await load_site(directory.database, made.site_id)

    assert len(site.buildings) == len(site.relays) == 3
    assert Counter(building for building, _ in site.apartments) == {
        site.buildings["1"]: 100,
        site.buildings["2"]: 100,
        site.buildings["3"]: 1,
    }
    assert [number for building, number in site.apartments if building == site.buildings["1"]][
        ::33
    ] == ["101", "404", "707", "1010"]
    doors = [account for account in site.accounts.values() if account.kind == "door"]
    assert {door.building_id for door in doors} == set(site.buildings.values())


async def test_the_accounts_shown_are_those_that_can_register(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        made = await generate_site(unit, name="Estate", apartments=3)

    table = await load_credentials(directory.database, directory.vault, "doorline.local")
    site = await load_site(directory.database, made.site_id)

    assert Counter(account.kind for account in made.accounts) == {
        AccountKind.INDOOR: 3,
        AccountKind.APP: 3,
        AccountKind.DOOR: 1,
    }
    assert {account.user for account in made.accounts} == set(site.accounts)
    async with directory.reading(ROOT) as unit:
        for account in made.accounts:
            row = await accounts.find(unit, account.user)
            assert await accounts.password(unit, row.id) == account.password
            assert table.find(account.user) is not None


async def test_generated_devices_can_be_provisioned(directory: Directory) -> None:
    async with directory.unit(ROOT) as unit:
        made = await generate_site(unit, name="Estate", apartments=2)
        door = (await devices.list(unit, site_id=made.site_id, name="Entrance")).items[0]
        token = await devices.token(unit, door.id)

    settings = await DeviceSettingsReader(directory.database, directory.vault).by_token(
        token.reveal()
    )

    assert settings is not None
    assert [contact.number for contact in settings.contacts] == ["101", "102"]
    assert [relay.dtmf_code for relay in settings.relays] == ["#"]


async def test_two_estates_do_not_share_an_account(directory: Directory) -> None:
    async with directory.unit(ROOT) as unit:
        first = await generate_site(unit, name="One", apartments=2)
        second = await generate_site(unit, name="Two", apartments=2)

    users = [account.user for account in (*first.accounts, *second.accounts)]
    assert len(set(users)) == len(users) == 10


@pytest.mark.parametrize("apartments", [0, MAXIMUM + 1])
async def test_the_number_of_flats_has_limits(directory: Directory, apartments: int) -> None:
    with pytest.raises(Invalid, match="apartments: must be 1 to 200000"):
        async with directory.unit(ROOT) as unit:
            await generate_site(unit, name="Estate", apartments=apartments)


async def test_a_property_manager_generates_nothing(directory: Directory, estate: Estate) -> None:
    async with directory.unit(estate.scope(Role.PROPERTY_MANAGER)) as unit:
        with pytest.raises(Forbidden):
            await generate_site(unit, name="Estate", apartments=1)
