"""Two owners with estates alike in everything but ids, so that a leak has something to show."""

from dataclasses import dataclass

from directory.kinds import DeviceType, Role, SiteKind
from directory.scope import Scope
from directory.service import (
    accounts,
    apartments,
    buildings,
    chains,
    departments,
    devices,
    macs,
    operators,
    people,
    relays,
    sites,
    tokens,
)
from directory.unit import Directory, Unit


@dataclass(frozen=True)
class Estate:
    """Ids of one owner's community and office."""

    site: int
    building: int
    apartment: int
    person: int
    gate: int
    gate_user: str
    monitor: int
    monitor_user: str
    relay: int
    lab_account: int
    app_account: int
    bound_mac: int
    free_mac: int
    office: int
    department: int
    employee: int
    chain: int


@dataclass(frozen=True)
class Operators:
    """Tokens by the name of the operator, and the operators' ids."""

    tokens: dict[str, str]
    ids: dict[str, int]


async def build_estate(directory: Directory, macs_of: tuple[str, str, str]) -> Estate:
    """A community with one flat and an office with one department; MACs: gate, monitor, free."""
    async with directory.unit(Scope.system()) as unit:
        site = await sites.create(unit, name="Linden Court", timezone="Europe/London")
        gate_mac, monitor_mac, free_mac = [
            await macs.create(unit, site_id=site.id, mac=mac) for mac in macs_of
        ]
        stages = [{"members": [{"kind": "indoor"}]}]
        chain = await chains.create(unit, site_id=site.id, name="night", stages=stages)
        building = await buildings.create(unit, site_id=site.id, name="1")
        apartment = await apartments.create(unit, building_id=building.id, number="1001")
        person = await people.create(
            unit,
            site_id=site.id,
            apartment_id=apartment.id,
            first_name="Ann",
            last_name="Lee",
            app_enabled=True,
            landlines=["020 7946 0001"],
        )
        gate = await devices.create(
            unit,
            site_id=site.id,
            name="Main gate",
            type=DeviceType.MULTI_TENANT_DOOR,
            model="R29",
            mac=gate_mac.mac,
        )
        monitor = await devices.create(
            unit,
            site_id=site.id,
            name="Hall",
            type=DeviceType.INDOOR_MONITOR,
            model="C315",
            apartment_id=apartment.id,
            mac=monitor_mac.mac,
        )
        relay = await relays.create(unit, device_id=gate.id, name="Door", dtmf_code="1234")
        lab = await accounts.create(unit, site_id=site.id, kind="guard", display="Desk")  # type: ignore[arg-type]
        apps = await accounts.of_people(unit, [person.id])
        office, department, employee = await _office(unit)
        return Estate(
            site=site.id,
            building=building.id,
            apartment=apartment.id,
            person=person.id,
            gate=gate.id,
            gate_user=await _user_of(unit, gate.id),
            monitor=monitor.id,
            monitor_user=await _user_of(unit, monitor.id),
            relay=relay.id,
            lab_account=lab.id,
            app_account=apps[person.id].id,
            bound_mac=gate_mac.id,
            free_mac=free_mac.id,
            office=office,
            department=department,
            employee=employee,
            chain=chain.id,
        )


async def _office(unit: Unit) -> tuple[int, int, int]:
    office = await sites.create(unit, name="Linden House", kind=SiteKind.OFFICE)
    department = await departments.create(unit, site_id=office.id, name="Sales", floors=["1"])
    employee = await people.create(
        unit, site_id=office.id, department_id=department.id, first_name="Bob", last_name="Ray"
    )
    return office.id, department.id, employee.id


async def _user_of(unit: Unit, device_id: int) -> str:
    account = await accounts.of_device(unit, device_id)
    assert account is not None
    return account.user


async def build_operators(directory: Directory, home: Estate, foreign: Estate) -> Operators:
    """Root; an installer and managers of the home estate; a manager of the foreign one; a manager
    without any site."""
    own, other = (home.site, home.office), (foreign.site, foreign.office)
    wanted: dict[str, tuple[Role, tuple[int, ...]]] = {
        "root": (Role.ROOT, ()),
        "installer": (Role.INSTALLER, own),
        "property_manager": (Role.PROPERTY_MANAGER, own),
        "foreign_manager": (Role.PROPERTY_MANAGER, other),
        "idle_manager": (Role.PROPERTY_MANAGER, ()),
    }
    found, ids = {}, {}
    async with directory.unit(Scope.system()) as unit:
        for name, (role, site_ids) in wanted.items():
            operator = await operators.create(unit, name=name, role=role, site_ids=site_ids)
            issued = await tokens.create(unit, operator_id=operator.id)
            found[name], ids[name] = issued.secret.reveal(), operator.id
    return Operators(found, ids)
