"""Devices as the directory describes them, for tests of everything behind it."""

from dataclasses import replace
from typing import Any

from directory.kinds import (
    CallMode,
    ContactDisplay,
    DateFormat,
    DeviceType,
    TimeFormat,
    Transport,
)
from directory.queries.provisioning import (
    AutopCommand,
    ContactEntry,
    DeviceAccount,
    DeviceSettings,
    RelaySettings,
    ServedDoor,
)
from directory.secrets import Secret
from provisioning.profile import ServerAddress

TOKEN = "t0kenOfTheDoor-AAAAAAAAAAAAAAAAAAAAAAAAAAAA"
SERVER = ServerAddress(
    host="192.0.2.1",
    ports={"udp": 5060, "tcp": 5060},
    domain="doorline.example",
    public_url="http://192.0.2.1:8080",
    registration_expires=300,
)
NOW = 1_800_000_000.0
"""UTC of `ManualClock`."""


def door(**changes: Any) -> DeviceSettings:
    """A multi-tenant R29 at the entrance of building 1, not armed."""
    settings = DeviceSettings(
        device_id=7,
        site_id=1,
        site_name="Demo Residence",
        name="Main entrance",
        type=DeviceType.MULTI_TENANT_DOOR,
        vendor="akuvox",
        model="R29",
        mac="0C1105000001",
        token=Secret(TOKEN),
        armed_until=None,
        account=DeviceAccount("1000000001", Secret("DoorPassword1234"), "Main entrance"),
        transport=Transport.UDP,
        call_mode=CallMode.SIP,
        timezone="Europe/London",
        time_format=TimeFormat.HOURS_24,
        date_format=DateFormat.DMY,
        contact_display=ContactDisplay.ONLY_PEOPLE,
        relays=(
            RelaySettings(1, "Front door", "1234"),
            RelaySettings(2, "Garage", "5678", hold_seconds=10),
        ),
        contacts=(
            ContactEntry("Flat 2", "1002", "owner", "Flat 2"),
            ContactEntry("Flat 10", "1010", "owner", "Flat 10"),
        ),
        call_numbers=("0",),
    )
    return replace(settings, **changes)


def monitor(**changes: Any) -> DeviceSettings:
    """The C315 of flat 1001, with two doors it may open."""
    settings = replace(
        door(),
        device_id=8,
        name="Living room",
        type=DeviceType.INDOOR_MONITOR,
        model="C315",
        mac="0C1105000002",
        token=Secret("t0kenOfTheMonitor-BBBBBBBBBBBBBBBBBBBBBBBBB"),
        account=DeviceAccount("1000000002", Secret("MonitorPassword1"), "Flat 1001"),
        relays=(),
        doors=(
            ServedDoor(9, "Gate", "1000000009", (RelaySettings(1, "Gate", "1234"),)),
            ServedDoor(7, "Main entrance", "1000000001", door().relays),
        ),
        contacts=(ContactEntry("Guard", "1000000005", "guard"),),
    )
    return replace(settings, **changes)


def fanvil_door(**changes: Any) -> DeviceSettings:
    """A single-tenant i16SV at the door of flat 1001."""
    settings = replace(
        door(),
        device_id=10,
        name="Flat 1001 door",
        type=DeviceType.SINGLE_TENANT_DOOR,
        vendor="fanvil",
        model="i16SV",
        mac="0C383E000003",
        token=Secret("t0kenOfTheFanvil-CCCCCCCCCCCCCCCCCCCCCCCCCC"),
        account=DeviceAccount("1000000003", Secret("FanvilPassword12"), "Flat 1001 door"),
        relays=(RelaySettings(1, "Flat door", "42"),),
        contacts=(),
        call_numbers=("1001",),
    )
    return replace(settings, **changes)


def once(command_id: int, key: str, value: str) -> AutopCommand:
    """A one-time line."""
    return AutopCommand(command_id, key, value, once=True)


def lasting(command_id: int, key: str, value: str) -> AutopCommand:
    """A line that stays."""
    return AutopCommand(command_id, key, value, once=False)
