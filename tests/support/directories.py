"""A directory on a fresh SQLite file, and two sites that are alike in everything but their ids."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copyfile

from directory.database import open_database
from directory.kinds import AccountKind, DeviceType, PushProvider, Role, SiteKind
from directory.model import Account, Row
from directory.scope import Scope
from directory.secrets import Vault
from directory.service import (
    accounts,
    apartments,
    autop_commands,
    buildings,
    chains,
    departments,
    devices,
    macs,
    people,
    push_targets,
    quiet_hours,
    relays,
    sites,
)
from directory.unit import Changed, Directory
from tests.support.directory_entropy import CountingDraws
from tests.support.repeated_names import names_given_away

NOW = 1_800_000_000.0
ROOT = Scope.system("root")
KEY = {b"key1": bytes(range(32))}


@dataclass
class Heard:
    """A listener that keeps what it is told."""

    facts: list[Changed] = field(default_factory=list)

    def __call__(self, fact: Changed) -> None:
        self.facts.append(fact)

    def take(self) -> list[Changed]:
        """What was heard since the last call."""
        facts, self.facts = self.facts, []
        return facts


@asynccontextmanager
async def open_directory(
    path: Path, *listeners: Heard, template: Path | None = None, drawn: int = 0
) -> AsyncIterator[Directory]:
    """A directory on a new file, or on a copy of `template`; time stands still, draws count up."""
    if template is not None:
        copyfile(template, path)
    database = open_database(f"sqlite+aiosqlite:///{path}")
    if template is None:
        await database.create_schema()
    try:
        yield Directory(
            database,
            Vault(KEY, b"key1"),
            listeners=listeners,
            clock=lambda: NOW,
            entropy=CountingDraws(drawn),
        )
    finally:
        await database.close()


STAGES = [{"members": [{"kind": "indoor"}]}, {"members": [{"kind": "landline"}], "ring_time": 50}]
"""The chain `night` of each site."""


@dataclass(frozen=True)
class Estate:
    """Ids of one community and one office with one row of every kind."""

    site: int
    building: int
    apartment: int
    master: int
    member: int
    gate: int
    monitor: int
    guard: int
    relay: int
    bound_mac: int
    free_mac: int
    lab_account: int
    command: int
    office: int
    department: int
    employee: int

    def scope(self, role: Role = Role.PROPERTY_MANAGER) -> Scope:
        """Somebody who sees these two sites only."""
        return Scope(f"{role} of {self.site}", role, frozenset({self.site, self.office}))


async def build_estate(directory: Directory, mac_prefix: str) -> Estate:
    """A community with one flat and an office with one department."""
    async with directory.unit(ROOT) as unit:
        site = await sites.create(unit, name="Linden Court", timezone="Europe/London")
        await chains.create(unit, site_id=site.id, name="night", stages=STAGES)
        building = await buildings.create(unit, site_id=site.id, name="1")
        apartment = await apartments.create(unit, building_id=building.id, number="1001")
        master = await people.create(
            unit,
            site_id=site.id,
            apartment_id=apartment.id,
            first_name="Ann",
            last_name="Lee",
            landlines=["020 7946 0001"],
            app_enabled=True,
        )
        member = await people.create(
            unit, site_id=site.id, apartment_id=apartment.id, first_name="Ben", last_name="Lee"
        )
        bound = await macs.create(unit, site_id=site.id, mac=f"{mac_prefix}0001")
        free = await macs.create(unit, site_id=site.id, mac=f"{mac_prefix}0002")
        gate = await devices.create(
            unit,
            site_id=site.id,
            name="Gate",
            type=DeviceType.MULTI_TENANT_DOOR,
            building_id=building.id,
            mac=bound.mac,
            model="R29",
        )
        relay = await relays.create(unit, device_id=gate.id, name="Door", dtmf_code="#")
        commands = await autop_commands.submit(unit, gate.id, ["Config.A.B.C = 1"])
        monitor = await devices.create(
            unit,
            site_id=site.id,
            name="Monitor",
            type=DeviceType.INDOOR_MONITOR,
            apartment_id=apartment.id,
            model="C315",
        )
        guard = await devices.create(
            unit, site_id=site.id, name="Guard", type=DeviceType.GUARD_PHONE
        )
        lab = await accounts.create(unit, site_id=site.id, kind=AccountKind.APP, display="Lab")
        night = [{"days": ["mon"], "start": "22:00", "end": "06:00"}]
        await quiet_hours.update(unit, Account, lab.id, {"windows": night})
        await push_targets.put(
            unit, lab.id, provider=PushProvider.FCM, token="fcm-token-of-the-lab-1aBc"
        )
        office = await sites.create(unit, name="Acme", kind=SiteKind.OFFICE)
        await chains.create(unit, site_id=office.id, name="night", stages=STAGES)
        department = await departments.create(
            unit, site_id=office.id, name="Sales", floors=["1", "2"]
        )
        employee = await people.create(
            unit,
            site_id=office.id,
            department_id=department.id,
            first_name="Cleo",
            external_id="77",
            app_enabled=True,
        )
    return Estate(
        site=site.id,
        building=building.id,
        apartment=apartment.id,
        master=master.id,
        member=member.id,
        gate=gate.id,
        monitor=monitor.id,
        guard=guard.id,
        relay=relay.id,
        bound_mac=bound.id,
        free_mac=free.id,
        lab_account=lab.id,
        command=commands[0].id,
        office=office.id,
        department=department.id,
        employee=employee.id,
    )


@dataclass(frozen=True)
class Templates:
    """Databases that are made once and copied for each test."""

    empty: Path
    one: Path
    """With one estate."""
    two: Path
    """With two."""
    estates: tuple[Estate, Estate]

    def wanted(self, fixtures: Collection[str]) -> Path:
        """The template that holds what the test asks for."""
        if "foreign" in fixtures:
            return self.two
        return self.one if "estate" in fixtures else self.empty


AFTER_TEMPLATES = 1000
"""Draws of a test count on from here, so that they differ from those of the templates."""


async def make_templates(folder: Path) -> Templates:
    """The databases that tests start from."""
    empty, one, two = (folder / f"{name}.db" for name in ("empty", "one", "two"))
    async with open_directory(empty):
        pass
    async with open_directory(one, template=empty) as directory:
        first = await build_estate(directory, "0C110500")
    async with (
        open_directory(two, template=one, drawn=AFTER_TEMPLATES // 2) as directory,
        names_given_away(directory),
    ):
        second = await build_estate(directory, "0C110599")
    return Templates(empty, one, two, (first, second))


def ids(rows: tuple[Row, ...]) -> list[int]:
    """Ids in the order of the rows."""
    return [row.id for row in rows]


async def user_of_device(directory: Directory, device_id: int) -> tuple[int, str]:
    """Id and user of the account that a device registers with."""
    async with directory.reading(ROOT) as unit:
        account = await accounts.of_device(unit, device_id)
    assert account is not None
    return account.id, account.user


async def user_of_person(directory: Directory, person_id: int) -> tuple[int, str]:
    """Id and user of a person's app."""
    async with directory.reading(ROOT) as unit:
        account = await accounts.of_person(unit, person_id)
    assert account is not None
    return account.id, account.user
