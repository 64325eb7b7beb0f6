"""A synthetic estate for load tests: as many flats as asked for, each with all that can ring.

Per apartment one indoor monitor, one app, one landline number and one of the six call types in
turn; one door phone with a relay per hundred apartments, which are one building.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select

from directory.bulk import all_users
from directory.errors import Invalid
from directory.kinds import (
    AccountKind,
    CallMode,
    CallType,
    ContactDisplay,
    DeviceScope,
    DeviceType,
    PersonKind,
    Transport,
)
from directory.model import (
    Account,
    Apartment,
    Base,
    Building,
    Device,
    Person,
    Relay,
    password_context,
    table_of,
    token_context,
)
from directory.secrets import Secret
from directory.service import sites
from directory.service.accounts import PASSWORD_LENGTH, USER_DIGITS
from directory.service.devices import token_hash
from directory.unit import Unit

BUILDING_SIZE = 100
"""Apartments of a building: ten floors of ten."""
MAXIMUM = 200_000
"""Most apartments of one generated site."""
CHUNK = 1000
"""Rows inserted before other tasks may run."""

SIX_CALL_TYPES = tuple(kind for kind in CallType if kind is not CallType.INDOOR_ONLY)


@dataclass(frozen=True, slots=True)
class GeneratedAccount:
    """One account of the estate."""

    user: str
    password: Secret
    kind: AccountKind


@dataclass(frozen=True, slots=True)
class GeneratedSite:
    """One site of the estate and all its accounts."""

    site_id: int
    name: str
    accounts: tuple[GeneratedAccount, ...]


async def generate_site(unit: Unit, *, name: str, apartments: int) -> GeneratedSite:
    """Make one site with so many apartments."""
    if not 1 <= apartments <= MAXIMUM:
        raise Invalid.one("apartments", f"must be 1 to {MAXIMUM}")
    site = await sites.create(unit, name=name, landline_enabled=True)
    estate = _Estate(unit, site.id, _free_users(unit, await all_users(unit)))
    await estate.build(apartments)
    unit.audit("import", site, {}, {"apartments": apartments, "accounts": len(estate.accounts)})
    unit.changed(site, "import")
    return GeneratedSite(site.id, site.name, tuple(estate.accounts))


class _Estate:
    """One generated site while it is being built."""

    def __init__(self, unit: Unit, site_id: int, users: Iterator[str]) -> None:
        self._unit = unit
        self._site_id = site_id
        self._users = users
        self._rows: list[dict[str, Any]] = []
        self.accounts: list[GeneratedAccount] = []

    async def build(self, count: int) -> None:
        """Make everything, level by level: each level's ids are read before the next is made."""
        numbers = range(1, (count - 1) // BUILDING_SIZE + 2)
        buildings = await self._store(Building, [{"name": str(number)} for number in numbers])
        homes = [(buildings[index // BUILDING_SIZE], index) for index in range(count)]
        flats = await self._store(Apartment, [_apartment(*home) for home in homes])
        people = await self._store(Person, [_resident(flats[index], index) for _, index in homes])
        monitors = await self._store(
            Device, [self._monitor(building, flats[index], index) for building, index in homes]
        )
        doors = await self._store(Device, [self._door(building) for building in buildings])
        await self._store(Relay, [_relay(door) for door in doors])
        for building, index in homes:
            self._account(AccountKind.INDOOR, building, flats[index], device_id=monitors[index])
            self._account(AccountKind.APP, building, flats[index], person_id=people[index])
        for building, door in zip(buildings, doors, strict=True):
            self._account(AccountKind.DOOR, building, None, device_id=door)
        await self._store(Account, self._rows)

    async def _store(self, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> list[int]:
        """Insert rows in order; returns their ids in the same order."""
        table = table_of(model)
        session = self._unit.session
        stamp = {"site_id": self._site_id, "created_at": self._unit.now, "revision": 1}
        newest = select(table.c.id).order_by(table.c.id.desc()).limit(1)
        before = await session.scalar(newest) or 0
        for start in range(0, len(rows), CHUNK):
            chunk = [dict(row) | stamp for row in rows[start : start + CHUNK]]
            await session.execute(insert(table), chunk)
            await asyncio.sleep(0)
        # The unit holds the write lock and ids only grow, so these rows are ours, in our order.
        made = select(table.c.id).where(table.c.id > before, table.c.site_id == self._site_id)
        return list((await session.scalars(made.order_by(table.c.id))).all())

    def _monitor(self, building_id: int, apartment_id: int, index: int) -> dict[str, Any]:
        place = {"building_id": building_id, "apartment_id": apartment_id}
        name = f"Monitor {_number(index)}"
        return self._device(name, DeviceType.INDOOR_MONITOR, DeviceScope.APARTMENT, "C315", place)

    def _door(self, building_id: int) -> dict[str, Any]:
        place = {"building_id": building_id, "apartment_id": None}
        return self._device(
            "Entrance", DeviceType.MULTI_TENANT_DOOR, DeviceScope.BUILDING, "R29", place
        )

    def _device(
        self,
        name: str,
        device_type: DeviceType,
        scope: DeviceScope,
        model: str,
        place: Mapping[str, Any],
    ) -> dict[str, Any]:
        token = self._unit.entropy.token()
        digest = token_hash(token)
        return {
            "name": name,
            "type": device_type,
            "vendor": "akuvox",
            "model": model,
            "mac": None,
            "scope": scope,
            "transport": Transport.UDP,
            "monitor_allowed": True,
            "contact_display": ContactDisplay.ONLY_PEOPLE,
            "call_number": "",
            "autop_token": self._unit.vault.seal(token, token_context(digest)),
            "autop_token_hash": digest,
            **place,
        }

    def _account(
        self,
        kind: AccountKind,
        building_id: int,
        apartment_id: int | None,
        *,
        device_id: int | None = None,
        person_id: int | None = None,
    ) -> None:
        user = next(self._users)
        password = self._unit.entropy.password(PASSWORD_LENGTH)
        self.accounts.append(GeneratedAccount(user, Secret(password), kind))
        self._rows.append(
            {
                "user": user,
                "kind": kind,
                "display": user,
                "password": self._unit.vault.seal(password, password_context(user)),
                "enabled": True,
                "device_id": device_id,
                "person_id": person_id,
                "building_id": building_id,
                "apartment_id": apartment_id,
            }
        )


def _apartment(building_id: int, index: int) -> dict[str, Any]:
    return {
        "building_id": building_id,
        "number": _number(index),
        "name": "",
        "call_type": SIX_CALL_TYPES[index % len(SIX_CALL_TYPES)],
        "call_mode": CallMode.SIP,
        "app_enabled": True,
        "active": True,
    }


def _resident(apartment_id: int, index: int) -> dict[str, Any]:
    """The master of the flat, with a number that no exchange routes: London numbers never begin
    with 0 after the area code."""
    return {
        "kind": PersonKind.MASTER,
        "apartment_id": apartment_id,
        "first_name": "Resident",
        "last_name": str(index + 1),
        "landlines": [f"+44200{index:07d}"],
        "app_enabled": True,
        "call_mode": CallMode.SIP,
        "floors": [],
        "remark": "",
        "active": True,
    }


def _relay(device_id: int) -> dict[str, Any]:
    return {
        "device_id": device_id,
        "position": 1,
        "name": "Door",
        "dtmf_code": "#",
        "in_call": True,
        "hold_seconds": 5,
    }


def _number(index: int) -> str:
    """Floor and flat: 101-110 on the first floor, 1001-1010 on the tenth."""
    within = index % BUILDING_SIZE
    return f"{within // 10 + 1}{within % 10 + 1:02d}"


def _free_users(unit: Unit, taken: set[str]) -> Iterator[str]:
    """Users in sequence from a drawn start, those that exist left out."""
    first = int(unit.entropy.digits(USER_DIGITS))
    span = 9 * 10 ** (USER_DIGITS - 1)
    lowest = 10 ** (USER_DIGITS - 1)
    number = first
    while True:
        user = str(number)
        if user not in taken:
            yield user
        number = lowest + (number - lowest + 1) % span
