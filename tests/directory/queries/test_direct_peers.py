"""Whom devices call by address."""

from directory.kinds import DeviceType
from directory.queries.direct_peers import monitors_by_address, network_group
from directory.queries.provisioning import DirectPeer
from directory.service import accounts, devices
from directory.unit import Directory
from tests.support.directories import ROOT, Estate


async def peers(
    directory: Directory, estate: Estate, building_id: int | None
) -> dict[int, tuple[DirectPeer, ...]]:
    async with directory.database.connect() as connection:
        found, people = await monitors_by_address(
            connection, estate.site, building_id, {estate.apartment}, set()
        )
    assert people == {}
    return found


async def test_monitors_of_a_flat_are_found_in_the_network_group_of_their_building(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        await devices.update(unit, estate.monitor, {"address": "192.168.1.20"})
        monitor = await devices.get(unit, estate.monitor)
        account = await accounts.of_device(unit, estate.monitor)
        assert account is not None

    assert await peers(directory, estate, estate.building) == {
        estate.apartment: (DirectPeer(monitor.name, account.user, "192.168.1.20"),)
    }
    assert await peers(directory, estate, None) == {}
    assert await peers(directory, estate, foreign.building) == {}


async def test_a_monitor_whose_account_is_off_is_called_by_nobody(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        account = await accounts.of_device(unit, estate.monitor)
        assert account is not None
        await accounts.update(unit, account.id, {"enabled": False})

    assert await peers(directory, estate, estate.building) == {}


async def test_every_monitor_of_a_flat_is_found_and_no_door(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        for kind in (DeviceType.INDOOR_MONITOR, DeviceType.SINGLE_TENANT_DOOR):
            await devices.create(
                unit,
                site_id=estate.site,
                name="Second",
                type=kind,
                apartment_id=estate.apartment,
                address="10.0.0.9",
            )

    found = await peers(directory, estate, estate.building)

    assert [peer.address for peer in found[estate.apartment]] == ["", "10.0.0.9"]


async def test_for_nobody_nobody_is_asked(directory: Directory, estate: Estate) -> None:
    async with directory.database.connect() as connection:
        found = await monitors_by_address(connection, estate.site, estate.building, set(), set())

    assert found == ({}, {})


def test_a_network_group_is_a_building_or_what_is_outside_buildings() -> None:
    assert (network_group(1, 3), network_group(1, None)) == ("building:3", "site:1")
