"""Devices that report."""

import pytest

from directory.hook_token import hook_token
from directory.queries.reporting_devices import ReportingDevice, ReportingDevices
from directory.service import accounts, devices
from directory.unit import Directory
from tests.support.directories import ROOT, Estate


@pytest.fixture
def reporting(directory: Directory) -> ReportingDevices:
    return ReportingDevices(directory.database, directory.vault)


async def token_of(directory: Directory, device_id: int) -> str:
    async with directory.reading(ROOT) as unit:
        return hook_token(device_id, (await devices.token(unit, device_id)).reveal())


async def user_of(directory: Directory, device_id: int) -> str:
    async with directory.reading(ROOT) as unit:
        account = await accounts.of_device(unit, device_id)
        assert account is not None
        return account.user


async def test_a_device_is_found_by_the_token_of_its_action_urls(
    directory: Directory, estate: Estate, reporting: ReportingDevices
) -> None:
    async with directory.unit(ROOT) as unit:
        await devices.update(unit, estate.monitor, {"address": "10.0.0.2"})

    found = await reporting.by_hook_token(await token_of(directory, estate.monitor))

    user = await user_of(directory, estate.monitor)
    assert found == ReportingDevice(estate.monitor, estate.site, estate.building, user, "10.0.0.2")


async def test_no_other_token_finds_it(
    directory: Directory, estate: Estate, reporting: ReportingDevices
) -> None:
    mine = await token_of(directory, estate.monitor)
    async with directory.unit(ROOT) as unit:
        autop = (await devices.token(unit, estate.monitor)).reveal()
        await devices.rotate_token(unit, estate.monitor)

    wrong = (mine, autop, "", hook_token(estate.monitor, "x"), hook_token(10**6, "x"))
    assert [await reporting.by_hook_token(token) for token in wrong] == [None] * 5


async def test_neighbours_are_the_other_devices_of_the_network_group(
    directory: Directory, estate: Estate, foreign: Estate, reporting: ReportingDevices
) -> None:
    monitor = ReportingDevice(estate.monitor, estate.site, estate.building, "")
    outside = ReportingDevice(0, estate.site, None, "")
    async with directory.unit(ROOT) as unit:
        door = await devices.create(
            unit,
            site_id=estate.site,
            name="Entrance",
            type=(await devices.get(unit, estate.gate)).type,
            building_id=estate.building,
        )

    near = await reporting.neighbours(monitor)
    assert [one.device_id for one in near] == [estate.gate, door.id]
    assert [one.user for one in await reporting.neighbours(outside)] == [
        await user_of(directory, estate.guard)
    ]
