"""Everything a device may be told about itself."""

import pytest

from directory.kinds import (
    CallMode,
    ContactDisplay,
    DateFormat,
    DeviceType,
    PersonKind,
    TimeFormat,
    Transport,
)
from directory.queries.device_settings import DeviceSettingsReader
from directory.queries.provisioning import (
    AutopCommand,
    ContactEntry,
    DeviceAccount,
    DeviceSettings,
    RelaySettings,
    ServedDoor,
)
from directory.secrets import Secret
from directory.service import (
    accounts,
    apartments,
    autop_commands,
    buildings,
    departments,
    devices,
    people,
    relays,
)
from directory.unit import Directory
from tests.support.device_settings import settings_of
from tests.support.directories import NOW, ROOT, Estate


@pytest.fixture
def reader(directory: Directory) -> DeviceSettingsReader:
    return DeviceSettingsReader(directory.database, directory.vault)


async def account_of(directory: Directory, device_id: int) -> DeviceAccount:
    async with directory.reading(ROOT) as unit:
        account = await accounts.of_device(unit, device_id)
        assert account is not None
        secret = await accounts.password(unit, account.id)
    return DeviceAccount(account.user, secret, account.display)


async def token_of(directory: Directory, device_id: int) -> Secret:
    async with directory.reading(ROOT) as unit:
        return await devices.token(unit, device_id)


async def served(directory: Directory, device_id: int) -> list[str]:
    """Names of the doors the device serves."""
    return [door.name for door in (await settings_of(directory, device_id)).doors]


async def test_a_door_knows_its_account_relays_contacts_and_commands(
    directory: Directory, estate: Estate, foreign: Estate, reader: DeviceSettingsReader
) -> None:
    async with directory.unit(ROOT) as unit:
        await devices.arm(unit, estate.gate, 600)
    token = await token_of(directory, estate.gate)

    settings = await reader.by_token(token.reveal())

    assert settings == DeviceSettings(
        device_id=estate.gate,
        site_id=estate.site,
        site_name="Linden Court",
        name="Gate",
        type=DeviceType.MULTI_TENANT_DOOR,
        vendor="akuvox",
        model="R29",
        mac="0C1105000001",
        token=token,
        armed_until=NOW + 600,
        account=await account_of(directory, estate.gate),
        transport=Transport.UDP,
        call_mode=CallMode.SIP,
        timezone="Europe/London",
        time_format=TimeFormat.HOURS_24,
        date_format=DateFormat.YMD,
        contact_display=ContactDisplay.ONLY_PEOPLE,
        relays=(RelaySettings(1, "Door", "#"),),
        contacts=(ContactEntry("1001", "1001", "owner", "1001"),),
        call_numbers=("0",),
        commands=(AutopCommand(estate.command, "Config.A.B.C", "1", once=False),),
    )


async def test_a_monitor_knows_the_doors_that_ring_it_and_their_codes(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        await apartments.update(unit, estate.apartment, {"call_mode": "ip"})
    gate = await account_of(directory, estate.gate)
    guard = await account_of(directory, estate.guard)

    settings = await settings_of(directory, estate.monitor)
    assert settings.doors == (
        ServedDoor(estate.gate, "Gate", gate.user, (RelaySettings(1, "Door", "#"),)),
    )
    assert (settings.call_mode, settings.mac, settings.relays) == (CallMode.IP, "", ())
    assert settings.contacts == (ContactEntry("Guard", guard.user, "guard"),)


async def test_a_token_or_mac_that_nobody_has_finds_nothing(
    estate: Estate, reader: DeviceSettingsReader
) -> None:
    found = [
        await reader.by_token(""),
        await reader.by_token("token-999999"),
        await reader.by_token("\udcff"),
        await reader.by_mac(""),
        await reader.by_mac("0C1105000002"),  # in the library, but free
    ]

    assert found == [None] * 5


async def test_a_mac_finds_its_device_in_either_case(
    estate: Estate, reader: DeviceSettingsReader
) -> None:
    found = await reader.by_mac("0c1105000001")

    assert found is not None
    assert found.device_id == estate.gate


async def test_a_rotated_token_finds_nothing(
    directory: Directory, estate: Estate, reader: DeviceSettingsReader
) -> None:
    old = await token_of(directory, estate.gate)
    async with directory.unit(ROOT) as unit:
        new = await devices.rotate_token(unit, estate.gate)

    assert await reader.by_token(old.reveal()) is None
    assert await reader.by_token(new.reveal()) is not None


async def test_a_one_time_command_is_gone_once_it_was_delivered(
    directory: Directory, estate: Estate, reader: DeviceSettingsReader
) -> None:
    async with directory.unit(ROOT) as unit:
        await autop_commands.submit(unit, estate.gate, ["Config.Once = 2"], once=True)
    before = await settings_of(directory, estate.gate)
    assert [(command.key, command.once) for command in before.commands] == [
        ("Config.A.B.C", False),
        ("Config.Once", True),
    ]

    await reader.mark_delivered([command.command_id for command in before.commands], NOW)

    after = await settings_of(directory, estate.gate)
    assert [command.key for command in after.commands] == ["Config.A.B.C"]


async def test_a_monitor_is_rung_by_the_doors_of_its_site_building_and_flat(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        other = await buildings.create(unit, site_id=estate.site, name="B")
        flat = await apartments.create(unit, building_id=estate.building, number="7")
        for name, building_id, apartment_id in (
            ("Site gate", None, None),
            ("Door of B", other.id, None),
            ("Own door", None, estate.apartment),
            ("Neighbour's door", None, flat.id),
        ):
            await devices.create(
                unit,
                site_id=estate.site,
                name=name,
                type=DeviceType.SINGLE_TENANT_DOOR,
                building_id=building_id,
                apartment_id=apartment_id,
            )
        await devices.create(
            unit, site_id=estate.site, name="Reader", type=DeviceType.ACCESS_CONTROL
        )

    assert await served(directory, estate.monitor) == ["Gate", "Own door", "Site gate"]
    assert await served(directory, estate.guard) == ["Door of B", "Gate", "Site gate"]


async def test_an_advanced_user_is_rung_by_the_doors_of_every_department(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        lab = await departments.create(unit, site_id=estate.office, name="Lab")
        for name, department_id in (("Sales door", estate.department), ("Lab door", lab.id)):
            await devices.create(
                unit,
                site_id=estate.office,
                name=name,
                type=DeviceType.MULTI_TENANT_DOOR,
                department_id=department_id,
            )
        desk = await devices.create(
            unit,
            site_id=estate.office,
            name="Desk",
            type=DeviceType.INDOOR_MONITOR,
            person_id=estate.employee,
        )
    basic = await served(directory, desk.id)
    async with directory.unit(ROOT) as unit:
        await people.update(unit, estate.employee, {"kind": PersonKind.ADVANCED})

    assert (basic, await served(directory, desk.id)) == (
        ["Sales door"],
        ["Lab door", "Sales door"],
    )


async def test_the_call_button_rings_what_was_set_else_the_household_else_the_guard(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        villa = await devices.create(
            unit,
            site_id=estate.site,
            name="Flat door",
            type=DeviceType.SINGLE_TENANT_DOOR,
            apartment_id=estate.apartment,
        )
        set_by_hand = await devices.create(
            unit,
            site_id=estate.site,
            name="Lift",
            type=DeviceType.SINGLE_TENANT_DOOR,
            call_number="112",
        )
        lonely = await devices.create(
            unit,
            site_id=estate.office,
            name="Reception",
            type=DeviceType.MULTI_TENANT_DOOR,
            department_id=estate.department,
        )
        private = await devices.create(
            unit,
            site_id=estate.office,
            name="Office door",
            type=DeviceType.SINGLE_TENANT_DOOR,
            person_id=estate.employee,
        )

    found = {}
    for device in (villa, set_by_hand, lonely, private):
        settings = await settings_of(directory, device.id)
        found[device.name] = settings.call_numbers

    assert found == {
        "Flat door": ("1001",),
        "Lift": ("112",),
        "Reception": (),
        "Office door": ("77",),
    }


async def test_a_disabled_account_says_so(directory: Directory, estate: Estate) -> None:
    async with directory.unit(ROOT) as unit:
        account = await accounts.of_device(unit, estate.gate)
        assert account is not None
        await accounts.update(unit, account.id, {"enabled": False})

    settings = await settings_of(directory, estate.gate)
    assert settings.account is not None
    assert settings.account.enabled is False


async def test_a_terminal_without_calls_has_no_account_and_no_contacts(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        terminal = await devices.create(
            unit, site_id=estate.site, name="Reader", type=DeviceType.ACCESS_CONTROL, model="A05"
        )
        await relays.create(unit, device_id=terminal.id, name="Garage")

    settings = await settings_of(directory, terminal.id)
    assert (settings.account, settings.contacts, settings.doors, settings.call_numbers) == (
        None,
        (),
        (),
        (),
    )
    assert settings.relays == (RelaySettings(1, "Garage", ""),)


async def test_settings_are_the_same_whenever_they_are_read(
    directory: Directory, estate: Estate
) -> None:
    assert await settings_of(directory, estate.gate) == await settings_of(directory, estate.gate)
