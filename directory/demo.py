"""The demo community: one building, four flats, a door, a guard; what `make run` starts with."""

from collections.abc import Mapping
from dataclasses import dataclass

from directory.kinds import CallType, DeviceType, Plan
from directory.model import Device, Person
from directory.scope import Scope
from directory.secrets import Secret
from directory.service import (
    accounts,
    apartments,
    buildings,
    devices,
    macs,
    people,
    relays,
    sites,
)
from directory.unit import Directory, Unit

SITE = "Demo Residence"
BUILDING = "1"
LANDLINE = "+442079460018"
"""From the range that the British regulator keeps for fiction."""
DOOR_MAC = "0C1105000001"
DOOR_CODE = "#"
GARAGE_CODE = "0"


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """A SIP account to try."""

    user: str
    password: Secret
    display: str


@dataclass(frozen=True, slots=True)
class DemoDevice:
    """A device of the demo."""

    device_id: int
    name: str
    mac: str
    """Empty for a device without one."""
    token: Secret
    account: DemoAccount


@dataclass(frozen=True, slots=True)
class DemoEstate:
    """Everything the demo made."""

    site_id: int
    building_id: int
    door: DemoDevice
    guard: DemoDevice
    monitors: Mapping[str, DemoDevice]
    """By apartment number."""
    apps: Mapping[str, DemoAccount]
    """By apartment number."""
    landline: str = LANDLINE
    """Of apartment 1002, E.164."""


@dataclass(frozen=True, slots=True)
class _Flat:
    number: str
    call_type: CallType
    first_name: str
    last_name: str
    monitor_mac: str
    landlines: tuple[str, ...] = ()


FLATS = (
    _Flat("1001", CallType.INDOOR_THEN_APP, "Ann", "Archer", "0C1105001001"),
    _Flat(
        "1002",
        CallType.INDOOR_THEN_APP_THEN_PHONE,
        "Ben",
        "Baker",
        "0C1105001002",
        (LANDLINE,),
    ),
    _Flat("1003", CallType.APP_AND_INDOOR, "Cleo", "Carter", "0C1105001003"),
    _Flat("1004", CallType.INDOOR_ONLY, "Dan", "Dyer", "0C1105001004"),
)


async def create_demo(directory: Directory) -> DemoEstate:
    """Make the demo community in one unit of work; names are fixed, passwords are drawn."""
    async with directory.unit(Scope.system("demo")) as unit:
        site = await sites.create(
            unit,
            name=SITE,
            plan=Plan.PREMIUM,
            timezone="Europe/London",
            country="GB",
            landline_enabled=True,
        )
        building = await buildings.create(unit, site_id=site.id, name=BUILDING)
        for mac in (DOOR_MAC, *(flat.monitor_mac for flat in FLATS)):
            await macs.create(unit, site_id=site.id, mac=mac)
        door = await _door(unit, site.id, building.id)
        guard = await devices.create(
            unit, site_id=site.id, name="Guard", type=DeviceType.GUARD_PHONE, vendor="generic"
        )
        monitors: dict[str, DemoDevice] = {}
        apps: dict[str, DemoAccount] = {}
        for flat in FLATS:
            monitor, resident = await _flat(unit, building.id, flat)
            monitors[flat.number] = await _shown(unit, monitor)
            apps[flat.number] = await _app(unit, resident)
        return DemoEstate(
            site_id=site.id,
            building_id=building.id,
            door=await _shown(unit, door),
            guard=await _shown(unit, guard),
            monitors=monitors,
            apps=apps,
        )


async def _door(unit: Unit, site_id: int, building_id: int) -> Device:
    """The door phone at the entrance and its two relays."""
    door = await devices.create(
        unit,
        site_id=site_id,
        name="Main entrance",
        type=DeviceType.MULTI_TENANT_DOOR,
        building_id=building_id,
        mac=DOOR_MAC,
        model="R29",
    )
    await relays.create(unit, device_id=door.id, name="Main door", dtmf_code=DOOR_CODE)
    await relays.create(unit, device_id=door.id, name="Garage", dtmf_code=GARAGE_CODE)
    return door


async def _flat(unit: Unit, building_id: int, flat: _Flat) -> tuple[Device, Person]:
    """An apartment with its monitor and the resident who uses the app."""
    apartment = await apartments.create(
        unit, building_id=building_id, number=flat.number, call_type=flat.call_type
    )
    monitor = await devices.create(
        unit,
        site_id=apartment.site_id,
        name=f"Monitor {flat.number}",
        type=DeviceType.INDOOR_MONITOR,
        apartment_id=apartment.id,
        mac=flat.monitor_mac,
        model="C315",
    )
    resident = await people.create(
        unit,
        site_id=apartment.site_id,
        apartment_id=apartment.id,
        first_name=flat.first_name,
        last_name=flat.last_name,
        landlines=flat.landlines,
        app_enabled=True,
    )
    return monitor, resident


async def _shown(unit: Unit, device: Device) -> DemoDevice:
    account = await accounts.of_device(unit, device.id)
    assert account is not None  # noqa: S101 - every device of the demo places calls
    return DemoDevice(
        device_id=device.id,
        name=device.name,
        mac=device.mac or "",
        token=await devices.token(unit, device.id),
        account=DemoAccount(
            account.user, await accounts.password(unit, account.id), account.display
        ),
    )


async def _app(unit: Unit, resident: Person) -> DemoAccount:
    account = await accounts.of_person(unit, resident.id)
    assert account is not None  # noqa: S101 - the app feature is on
    return DemoAccount(account.user, await accounts.password(unit, account.id), account.display)
