"""Fills the dial directory from the database with a few set-based queries.

The engine serves every site, so these reads take no Scope; nothing an operator sends reaches them.
"""

from typing import Any

from sqlalchemy import ColumnElement, String, func, select, true, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection

from directory.database import Database
from directory.errors import NotFound
from directory.kinds import AccountKind
from directory.model import Account, Building, Device, Person, Relay, Site
from directory.queries.batches import batches
from directory.queries.dial import DialAccount, DialDirectory, DialRelay, DialSite
from directory.queries.dial_owners import add_apartments, add_departments, add_people
from directory.queries.dial_quiet import quiet_of
from directory.queries.enabled import accounts_with_owner, usable
from directory.queries.site_parts import Query, SiteParts, SitesParts, earlier, of_site
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


_APP = AccountKind.APP.value

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


async def _load(database: Database, site_id: int | None) -> list[DialSite]:
    """All sites or one; everything is read in one transaction."""
    async with database.connect() as connection:
        sites = await _sites(connection, site_id)
        await _buildings(connection, sites, site_id)
        await _accounts(connection, sites, site_id)
        await _relays(connection, sites, site_id)
        residents = await add_people(connection, sites, site_id)
        await add_apartments(connection, sites, site_id, residents)
        for site, key, quiet in await quiet_of(connection, site_id):
            sites[site].quiet[key] = quiet
        for site, name, stages, guards in await connection.execute(
            of_site(stored_chains, of_chains, site_id)
        ):
            parts = sites[site]
            parts.chains[name] = chain_of(name, stages, guards, parts.accounts.values())
        await add_departments(connection, sites, site_id)
    return [parts.finish() for parts in sites.values()]


async def _sites(connection: AsyncConnection, site_id: int | None) -> SitesParts:
    query: Query = select(*_SITE_COLUMNS.values(), *_SITE_RINGING)
    if site_id is not None:
        query = query.where(Site.id == site_id)
    found: SitesParts = {}
    for row in await connection.execute(query.order_by(Site.id)):
        values = dict(zip(_SITE_COLUMNS, row, strict=False))
        ringing = ringing_of(row[len(_SITE_COLUMNS) :])
        found[row[0]] = SiteParts(DialSite(**values, ringing=ringing))
    return found


async def _buildings(connection: AsyncConnection, sites: SitesParts, site_id: int | None) -> None:
    query = of_site(
        select(Building.site_id, Building.name, Building.id),
        Building.site_id.expression,
        site_id,
    )
    for site, name, building_id in await connection.execute(query):
        sites[site].buildings[name] = building_id


async def _accounts(connection: AsyncConnection, sites: SitesParts, site_id: int | None) -> None:
    """Accounts, and which of them ring for an apartment, a person, the guard."""
    query: Query = (
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
    async for rows in batches(connection, of_site(query, Account.site_id.expression, site_id)):
        for *row, own_end, persons_end in rows:
            end = earlier(own_end, persons_end if row[2] == _APP else None)
            account = DialAccount(*(*row, end))
            sites[account.site_id].add_account(account)


async def _relays(connection: AsyncConnection, sites: SitesParts, site_id: int | None) -> None:
    query: Query = select(
        Relay.site_id,
        Relay.id,
        Relay.device_id,
        Relay.position,
        Relay.name,
        Relay.dtmf_code,
        Relay.in_call,
    ).order_by(Relay.device_id, Relay.position)
    async for rows in batches(connection, of_site(query, Relay.site_id.expression, site_id)):
        for site, *row in rows:
            relay = DialRelay(*row)
            relays = sites[site].relays
            relays[relay.device_id] = (*relays.get(relay.device_id, ()), relay)
