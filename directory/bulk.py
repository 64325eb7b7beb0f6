"""Bulk import of SIP accounts: 100,000 rows in well under a minute.

Rows go into the tables directly, within one unit of work, with one audit row for all of them. A bad
row is reported with all that is wrong with it, and leaves the others alone.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sqlalchemy import insert, select

from directory import fields, rules
from directory.errors import FieldError, Invalid
from directory.exchange.account_sheet import AccountRow, BadRow
from directory.kinds import AccountKind, SiteKind
from directory.model import Account, Apartment, Building, Site, password_context, table_of
from directory.service import apartments, buildings, sites
from directory.service.accounts import CREATION_CHECKS
from directory.unit import Unit

CHUNK = 1000
"""Rows checked, sealed and inserted before other tasks may run."""


@dataclass(frozen=True, slots=True)
class AccountImport:
    """What an import did."""

    site_id: int
    added: int
    bad_rows: tuple[BadRow, ...]
    """Every problem of every row that was not taken."""
    without_flat: int = 0
    """Of those added, the ones that would ring with an apartment and are in none."""


@dataclass(slots=True)
class _Importer:
    """One import while it runs."""

    unit: Unit
    site: Site
    default_kind: AccountKind
    buildings: dict[str, int]
    apartments: dict[tuple[int, str], int]
    users: set[str]
    """Users of the whole server: a user names one account only."""
    bad_rows: list[BadRow] = field(default_factory=list)
    without_flat: int = 0

    async def take(self, chunk: Iterable[AccountRow]) -> int:
        """Insert the good rows of a chunk; returns how many."""
        values = [found for row in chunk if (found := await self._checked(row)) is not None]
        if values:
            await self.unit.session.execute(insert(table_of(Account)), values)
        return len(values)

    async def _checked(self, row: AccountRow) -> dict[str, Any] | None:
        """Column values of a row, or None when it was reported as bad."""
        given = {
            "user": row.user,
            "password": row.password,
            "display": row.display or row.user,
            "kind": row.kind or self.default_kind,
            "enabled": True,
        }
        errors: list[FieldError] = []
        values: dict[str, Any] = {}
        home: tuple[str, str] | None = None
        try:
            values = fields.clean(CREATION_CHECKS, given)
        except Invalid as error:
            errors += error.errors
        if values.get("user", row.user) in self.users:
            errors.append(FieldError("user", "this server has an account of that name"))
        try:
            home = self._home(row.apartment)
        except Invalid as error:
            errors += error.errors
        if errors:
            self.bad_rows += [BadRow(row.line, error.field, error.message) for error in errors]
            return None
        building_id, apartment_id = (None, None) if home is None else await self._place(*home)
        if apartment_id is None and values["kind"].rings_with_flat:
            self.without_flat += 1
        self.users.add(values["user"])
        context = password_context(values["user"])
        values["password"] = self.unit.vault.seal(values["password"], context)
        return values | {
            "site_id": self.site.id,
            "building_id": building_id,
            "apartment_id": apartment_id,
            "created_at": self.unit.now,
            "revision": 1,
        }

    def _home(self, text: str) -> tuple[str, str] | None:
        """Building and apartment that `1001` or `B*1001` names; Invalid when it names none."""
        if not text:
            return None
        if self.site.kind is not SiteKind.COMMUNITY:
            raise Invalid.one("apartment", "an office has departments, not buildings")
        written, separator, number = text.rpartition("*")
        building = written if separator else buildings.default_name(self.buildings)
        if building is None:
            raise Invalid.one("apartment", "the site has several: write building*apartment")
        try:
            name = buildings.CHECKS["name"](building)
            return name, apartments.CHECKS["number"](number)
        except ValueError as error:
            raise Invalid.one("apartment", str(error)) from None

    async def _place(self, building: str, number: str) -> tuple[int, int]:
        """Ids of a building and an apartment in it; they are made when missing."""
        building_id = self.buildings.get(building)
        if building_id is None:
            house = await buildings.create(self.unit, site_id=self.site.id, name=building)
            building_id = self.buildings[building] = house.id
        apartment_id = self.apartments.get((building_id, number))
        if apartment_id is None:
            made = await apartments.create(self.unit, building_id=building_id, number=number)
            apartment_id = self.apartments[building_id, number] = made.id
        return building_id, apartment_id


async def import_accounts(
    unit: Unit,
    site_id: int,
    rows: Iterable[AccountRow],
    default_kind: AccountKind = AccountKind.INDOOR,
) -> AccountImport:
    """Add many accounts to a site; apartments that are missing are made.

    `default_kind` is for rows without a kind. NotFound for a foreign site, Forbidden for a role
    that may not make accounts.
    """
    site = await sites.get(unit, site_id)
    unit.require(rules.may_keep_accounts(unit.scope), "import_accounts")
    importer = _Importer(
        unit,
        site,
        default_kind,
        buildings={row.name: row.id for row in await _all(unit, Building, site_id)},
        apartments={
            (row.building_id, row.number): row.id for row in await _all(unit, Apartment, site_id)
        },
        users=await all_users(unit),
    )
    remaining = iter(rows)
    added = 0
    while chunk := tuple(islice(remaining, CHUNK)):
        added += await importer.take(chunk)
        await asyncio.sleep(0)
    if added:
        unit.audit("import", site, {}, {"accounts": added})
        unit.changed(site, "import")
    return AccountImport(site_id, added, tuple(importer.bad_rows), importer.without_flat)


async def all_users(unit: Unit) -> set[str]:
    """Users of every site: bare columns, which the tenant filter leaves alone."""
    return set((await unit.session.scalars(select(table_of(Account).c.user))).all())


async def _all(unit: Unit, model: type[Any], site_id: int) -> tuple[Any, ...]:
    """Every row of a site."""
    return await unit.rows(select(model).where(model.site_id == site_id))
