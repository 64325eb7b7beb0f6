"""Fills the dial directory from the database with a few set-based queries.

The engine serves every site, so these reads take no Scope; nothing an operator sends reaches them.
"""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, String, func, select, true, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection

from directory.chain import OwnChain
from directory.database import Database
from directory.errors import NotFound
from directory.kinds import AccountKind, PersonKind
from directory.model import Account, Apartment, Building, Department, Device, Person, Relay, Site
from directory.queries.batches import batches
from directory.queries.dial import (
    DialAccount,
    DialDepartment,
    DialDirectory,
    DialOwner,
    DialRelay,
    DialSite,
)
from directory.queries.dial_quiet import DialQuiet, quiet_of
from directory.queries.enabled import accounts_with_owner, usable
from directory.queries.landline_ends import Carried, landline_ends
from directory.queries.stored_chains import chain_of, of_chains, stored_chains
from directory.queries.stored_ringing import ringing_of, stored_ringing


async def load_all(database: Database) -> DialDirectory:
    """Every site, from one snapshot of the database."""
    directory = DialDirectory()
    for site in await _load(database, None):
        directory.put_site(site)
    return directory


async def load_site(database: Database, site_id: int) -> DialSite:
    """One site as it is now; NotFound when it has been deleted."""
    sites = await _load(database, site_id)
    if not sites:
        raise NotFound(Site.word, site_id)
    return sites[0]


_DOOR, _INDOOR, _GUARD = AccountKind.DOOR.value, AccountKind.INDOOR.value, AccountKind.GUARD.value
_APP = AccountKind.APP.value

_Key = tuple[str, int]
"""`apartment` or `person`, and the id."""


@dataclass(slots=True)
class _Parts:
    """What one site's snapshot is put together from."""

    site: DialSite
    buildings: dict[str, int] = field(default_factory=dict)
    accounts: dict[str, DialAccount] = field(default_factory=dict)
    guards: list[DialAccount] = field(default_factory=list)
    indoor: dict[_Key, list[DialAccount]] = field(default_factory=lambda: defaultdict(list))
    apps: dict[_Key, list[DialAccount]] = field(default_factory=lambda: defaultdict(list))
    landlines: dict[_Key, list[Carried]] = field(default_factory=lambda: defaultdict(list))
    relays: dict[int, tuple[DialRelay, ...]] = field(default_factory=dict)
    apartments: dict[tuple[int, str], DialOwner] = field(default_factory=dict)
    people: dict[str, DialOwner] = field(default_factory=dict)
    owners: dict[str, DialOwner] = field(default_factory=dict)
    quiet: dict[str, DialQuiet] = field(default_factory=dict)
    chains: dict[str, OwnChain] = field(default_factory=dict)
    departments: dict[str, DialDepartment] = field(default_factory=dict)

    def finish(self) -> DialSite:
        """The site with everything in it."""
        return replace(
            self.site,
            buildings=self.buildings,
            accounts=self.accounts,
            guards=tuple(self.guards),
            relays=self.relays,
            apartments=self.apartments,
            people=self.people,
            owners=self.owners,
            quiet=self.quiet,
            chains=self.chains,
            departments=self.departments,
        )


_SITE_COLUMNS: dict[str, ColumnElement[Any]] = {
    "site_id": Site.id.expression,
    "name": Site.name.expression,
    "kind": type_coerce(Site.kind, String),
    "timezone": Site.timezone.expression,
    "country": Site.country.expression,
    "landline_enabled": Site.landline_enabled.expression,
    "guard_stage": type_coerce(Site.guard_stage, String),
    "stage_timeout": Site.stage_timeout.expression,
    "landline_timeout": Site.landline_timeout.expression,
    "emergency_number": Site.emergency_number.expression,
    "allow_apartment_to_apartment": Site.allow_apartment_to_apartment.expression,
    "call_type": type_coerce(Site.call_type, String),
    "guard_order": type_coerce(Site.guard_order, String),
    "emergency_landline": Site.emergency_landline.expression,
}
_SITE_RINGING: tuple[ColumnElement[Any], ...] = stored_ringing(Site, None)

_Sites = dict[int, _Parts]
_Query = Select[*tuple[Any, ...]]


async def _load(database: Database, site_id: int | None) -> list[DialSite]:
    """All sites or one; everything is read in one transaction."""
    async with database.connect() as connection:
        sites = await _sites(connection, site_id)
        await _buildings(connection, sites, site_id)
        await _accounts(connection, sites, site_id)
        await _relays(connection, sites, site_id)
        residents = await _people(connection, sites, site_id)
        await _apartments(connection, sites, site_id, residents)
        for site, key, quiet in await quiet_of(connection, site_id):
            sites[site].quiet[key] = quiet
        for site, name, stages, guards in await connection.execute(
            _of(stored_chains, of_chains, site_id)
        ):
            parts = sites[site]
            parts.chains[name] = chain_of(name, stages, guards, parts.accounts.values())
        await _departments(connection, sites, site_id)
    return [parts.finish() for parts in sites.values()]


async def _sites(connection: AsyncConnection, site_id: int | None) -> _Sites:
    query: _Query = select(*_SITE_COLUMNS.values(), *_SITE_RINGING)
    if site_id is not None:
        query = query.where(Site.id == site_id)
    found: _Sites = {}
    for row in await connection.execute(query.order_by(Site.id)):
        values = dict(zip(_SITE_COLUMNS, row, strict=False))
        ringing = ringing_of(row[len(_SITE_COLUMNS) :])
        found[row[0]] = _Parts(DialSite(**values, ringing=ringing))
    return found


def _of(query: _Query, column: ColumnElement[int], site_id: int | None) -> _Query:
    """The query for one site, or for all."""
    return query if site_id is None else query.where(column == site_id)


async def _buildings(connection: AsyncConnection, sites: _Sites, site_id: int | None) -> None:
    query = _of(
        select(Building.site_id, Building.name, Building.id),
        Building.site_id.expression,
        site_id,
    )
    for site, name, building_id in await connection.execute(query):
        sites[site].buildings[name] = building_id


async def _accounts(connection: AsyncConnection, sites: _Sites, site_id: int | None) -> None:
    """Accounts, and which of them ring for an apartment, a person, the guard."""
    query: _Query = (
        select(
            Account.id,
            Account.user,
            type_coerce(Account.kind, String),
            Account.display,
            Account.site_id,
            Account.building_id,
            Account.apartment_id,
            Account.department_id,
            Account.person_id,
            Account.device_id,
            usable,
            func.coalesce(Device.monitor_allowed, true()),
            Account.expires_at,
            Person.expires_at,
        )
        .select_from(
            accounts_with_owner.outerjoin(Device.__table__, Account.device_id == Device.id)
        )
        .order_by(Account.id)
    )
    async for rows in batches(connection, _of(query, Account.site_id.expression, site_id)):
        for *row, own_end, persons_end in rows:
            end = _earlier(own_end, persons_end if row[2] == _APP else None)
            account = DialAccount(*(*row, end))
            parts = sites[account.site_id]
            parts.accounts[account.user] = account
            _sort_in(parts, account)


def _sort_in(parts: _Parts, account: DialAccount) -> None:
    """Note for whom the account rings."""
    kind = account.kind
    if kind == _GUARD:
        parts.guards.append(account)
    elif kind != _DOOR:
        targets = parts.indoor if kind == _INDOOR else parts.apps
        if account.apartment_id is not None:
            targets["apartment", account.apartment_id].append(account)
        if account.person_id is not None:
            targets["person", account.person_id].append(account)


async def _relays(connection: AsyncConnection, sites: _Sites, site_id: int | None) -> None:
    query: _Query = select(
        Relay.site_id,
        Relay.id,
        Relay.device_id,
        Relay.position,
        Relay.name,
        Relay.dtmf_code,
        Relay.in_call,
    ).order_by(Relay.device_id, Relay.position)
    async for rows in batches(connection, _of(query, Relay.site_id.expression, site_id)):
        for site, *row in rows:
            relay = DialRelay(*row)
            relays = sites[site].relays
            relays[relay.device_id] = (*relays.get(relay.device_id, ()), relay)


_Status = tuple[bool, bool, float | None]
"""Active, blocked, moment from which it is expired."""
_Resident = tuple[int, int, str, str, bool, float | None, _Status]
"""Site, person id, external id, name, app switch, stage timeout, status."""


async def _people(
    connection: AsyncConnection, sites: _Sites, site_id: int | None
) -> dict[int, list[_Resident]]:
    """Owners for office users, landlines for both kinds; residents who have a number of their own.

    Those are returned by apartment: they are called the way their apartment is.
    """
    query: _Query = select(
        Person.site_id,
        Person.id,
        Person.external_id,
        Person.first_name,
        Person.last_name,
        Person.apartment_id,
        Person.department_id,
        Person.landlines,
        Person.app_enabled,
        type_coerce(Person.call_type, String),
        Person.stage_timeout,
        Person.active,
        Person.blocked,
        Person.expires_at,
    ).order_by(Person.kind != PersonKind.MASTER, Person.id)
    residents: dict[int, list[_Resident]] = defaultdict(list)
    async for rows in batches(connection, _of(query, Person.site_id.expression, site_id)):
        for row in rows:
            site, person_id, external_id, first, last, apartment_id, department_id, *rest = row
            landlines, app_enabled, call_type, stage_timeout, active, blocked, end = rest
            parts = sites[site]
            name = f"{first} {last}".strip()
            carried = [(number, end) for number in landlines] if active and not blocked else []
            numbers, ends = landline_ends(carried)
            if apartment_id is None:
                owner = DialOwner(
                    site_id=site,
                    building_id=None,
                    number=external_id or "",
                    name=name,
                    call_type=call_type,
                    app_enabled=app_enabled,
                    indoor=tuple(parts.indoor.get(("person", person_id), ())),
                    apps=tuple(parts.apps.get(("person", person_id), ())),
                    landlines=numbers,
                    landline_ends=ends,
                    stage_timeout=stage_timeout,
                    active=active,
                    person_id=person_id,
                    department_id=department_id,
                    blocked=blocked,
                    expires_at=end,
                )
                _add_person(parts, owner)
                continue
            status = (active, blocked, end)
            parts.landlines["apartment", apartment_id] += carried
            if external_id:
                parts.landlines["person", person_id] += carried
                resident = (site, person_id, external_id, name, app_enabled, stage_timeout, status)
                residents[apartment_id].append(resident)
    return residents


_APARTMENT_RINGING: tuple[ColumnElement[Any], ...] = stored_ringing(
    Apartment, Apartment.guard_stage.expression
)


async def _apartments(
    connection: AsyncConnection,
    sites: _Sites,
    site_id: int | None,
    residents: dict[int, list[_Resident]],
) -> None:
    """Owners for apartments, and for residents with a number of their own (F089)."""
    query: _Query = select(
        Apartment.id,
        Apartment.site_id,
        Apartment.building_id,
        Apartment.number,
        Apartment.name,
        type_coerce(Apartment.call_type, String),
        Apartment.app_enabled,
        Apartment.stage_timeout,
        Apartment.active,
        Apartment.blocked,
        Apartment.expires_at,
        *_APARTMENT_RINGING,
    ).order_by(Apartment.id)
    async for rows in batches(connection, _of(query, Apartment.site_id.expression, site_id)):
        for row in rows:
            apartment_id, site, building_id, number, name, call_type, app, timeout = row[:8]
            active, blocked, end = row[8:11]
            parts = sites[site]
            key = ("apartment", apartment_id)
            numbers, ends = landline_ends(parts.landlines.get(key, ()))
            owner = DialOwner(
                site_id=site,
                building_id=building_id,
                number=number,
                name=name or number,
                call_type=call_type,
                app_enabled=app,
                indoor=tuple(parts.indoor.get(key, ())),
                apps=tuple(parts.apps.get(key, ())),
                landlines=numbers,
                landline_ends=ends,
                stage_timeout=timeout,
                active=active,
                apartment_id=apartment_id,
                blocked=blocked,
                expires_at=end,
                ringing=ringing_of(row[11:]),
            )
            parts.owners[owner.key] = owner
            parts.apartments[building_id, number] = owner
            for resident in residents.get(apartment_id, ()):
                _add_person(parts, _resident(parts, owner, resident))


def _resident(parts: _Parts, apartment: DialOwner, resident: _Resident) -> DialOwner:
    """A resident as an owner: the apartment's monitors and call type, the own app and numbers."""
    site_id, person_id, external_id, name, app_enabled, stage_timeout, status = resident
    active, blocked, end = status
    key = ("person", person_id)
    numbers, ends = landline_ends(parts.landlines.get(key, ()))
    return DialOwner(
        site_id=site_id,
        building_id=apartment.building_id,
        number=external_id,
        name=name,
        call_type=apartment.call_type,
        app_enabled=app_enabled and apartment.app_enabled,
        indoor=apartment.indoor,
        apps=tuple(parts.apps.get(key, ())),
        landlines=numbers,
        landline_ends=ends,
        stage_timeout=apartment.stage_timeout if stage_timeout is None else stage_timeout,
        active=active and apartment.active,
        apartment_id=apartment.apartment_id,
        person_id=person_id,
        blocked=blocked or apartment.blocked,
        expires_at=_earlier(end, apartment.expires_at),
        ringing=apartment.ringing,
    )


def _earlier(*ends: float | None) -> float | None:
    """The first of these moments; None when there is none."""
    return min((end for end in ends if end is not None), default=None)


async def _departments(connection: AsyncConnection, sites: _Sites, site_id: int | None) -> None:
    """Departments with a number, and the people whose phones it rings."""
    query: _Query = select(
        Department.site_id, Department.id, Department.name, Department.number
    ).where(Department.number.is_not(None))
    query = _of(query, Department.site_id.expression, site_id)
    for site, department_id, name, number in await connection.execute(query):
        parts = sites[site]
        members = tuple(
            [owner for owner in parts.owners.values() if owner.department_id == department_id]
        )
        parts.departments[number] = DialDepartment(department_id, name, number, members)


def _add_person(parts: _Parts, owner: DialOwner) -> None:
    parts.owners[owner.key] = owner
    if owner.number:
        parts.people[owner.number] = owner
