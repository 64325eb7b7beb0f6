"""The demo community."""

import pytest

from directory.demo import DOOR_CODE, FLATS, GARAGE_CODE, LANDLINE, create_demo
from directory.errors import Conflict
from directory.kinds import DeviceType
from directory.queries.credentials import load_credentials
from directory.queries.device_settings import DeviceSettingsReader
from directory.queries.load import load_site
from directory.unit import Directory


async def test_four_flats_are_called_in_four_ways(directory: Directory) -> None:
    demo = await create_demo(directory)

    site = await load_site(directory.database, demo.site_id)

    assert {
        number: (
            owner.call_type,
            [account.user for account in owner.indoor],
            [account.user for account in owner.apps],
            owner.landlines,
        )
        for (_, number), owner in site.apartments.items()
    } == {
        number: (
            call_type,
            [demo.monitors[number].account.user],
            [demo.apps[number].user],
            (LANDLINE,) if number == "1002" else (),
        )
        for number, call_type in (
            ("1001", "indoor_then_app"),
            ("1002", "indoor_then_app_then_phone"),
            ("1003", "app_and_indoor"),
            ("1004", "indoor_only"),
        )
    }
    assert (site.name, site.landline_enabled, site.buildings) == (
        "Demo Residence",
        True,
        {"1": demo.building_id},
    )
    assert [guard.user for guard in site.guards] == [demo.guard.account.user]


async def test_the_door_and_the_monitors_agree_on_the_codes(directory: Directory) -> None:
    demo = await create_demo(directory)
    reader = DeviceSettingsReader(directory.database, directory.vault)

    door = await reader.by_token(demo.door.token.reveal())
    monitor = await reader.by_mac(demo.monitors["1001"].mac)

    assert door is not None
    assert monitor is not None
    assert (door.type, door.model, door.mac, monitor.model) == (
        DeviceType.MULTI_TENANT_DOOR,
        "R29",
        demo.door.mac,
        "C315",
    )
    assert [(relay.name, relay.dtmf_code) for relay in door.relays] == [
        ("Main door", DOOR_CODE),
        ("Garage", GARAGE_CODE),
    ]
    assert [served.relays for served in monitor.doors] == [door.relays]
    assert [contact.number for contact in door.contacts] == [flat.number for flat in FLATS]


async def test_every_account_can_register_with_the_password_shown(directory: Directory) -> None:
    demo = await create_demo(directory)
    shown = [
        demo.door.account,
        demo.guard.account,
        *(monitor.account for monitor in demo.monitors.values()),
        *demo.apps.values(),
    ]

    table = await load_credentials(directory.database, directory.vault, "doorline.local")

    assert {account.user for account in shown if table.find(account.user)} == {
        account.user for account in shown
    }
    assert len(table) == len({account.password for account in shown}) == 10


async def test_the_demo_is_made_once(directory: Directory) -> None:
    await create_demo(directory)

    with pytest.raises(Conflict):
        await create_demo(directory)


async def test_nothing_of_it_prints_a_secret(directory: Directory) -> None:
    demo = await create_demo(directory)

    printed = repr(demo)

    assert demo.door.token.reveal() not in printed
    assert demo.door.account.password.reveal() not in printed
