"""Units of work: rule, change, audit row and event belong together or do not happen.

    async with directory.unit(scope) as unit:
        site = await sites.create(unit, name="Linden Court", kind=SiteKind.COMMUNITY)

A clean exit commits and then tells the listeners what changed; an exception rolls everything back
and tells nobody.
"""

import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Select, inspect, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.orm.exc import StaleDataError

from directory.database import Database
from directory.entropy import Entropy, SystemEntropy
from directory.errors import Conflict, Forbidden, NotFound
from directory.model import AuditEntry, Base, Row, Site, SiteBound
from directory.scope import Scope
from directory.secrets import Vault

MASK = "***"
"""What audit rows show instead of a secret."""

AnyRow = TypeVar("AnyRow", bound=Row)


@dataclass(frozen=True, slots=True)
class Changed:
    """A committed change, told after the commit."""

    site_id: int | None
    """None for what belongs to no site: operators, tokens."""
    kind: str
    """`site`, `building`, `department`, `apartment`, `person`, `device`, `account`, `relay`, …"""
    id: int
    action: str = "update"
    """`create`, `update` or `delete`; `import` for a site that received many rows at once."""
    key: str = ""
    """User of an account, which names it in the registrar; empty for other kinds."""


Listener = Callable[[Changed], None]


class Unit:
    """One transaction in one scope. Services take it first and do their changes through it."""

    def __init__(
        self,
        session: AsyncSession,
        scope: Scope,
        vault: Vault,
        entropy: Entropy,
        now: float,
        *,
        reads_only: bool = False,
        named_sites: frozenset[str] = frozenset(),
    ) -> None:
        self.session = session
        self.scope = scope
        self.vault = vault
        self.entropy = entropy
        self.now = now
        """Seconds since the epoch at which the unit began."""
        self.named_sites = named_sites
        """Names of sites that the server's settings give."""
        self.changes: dict[Changed, None] = {}
        """What to tell after the commit, in order, each fact once."""
        self._reads_only = reads_only
        self.notes: list[str] = []
        """Sentences about what a change brought along, for the operator who made it (F071)."""

    # Reading -----------------------------------------------------------------------------------

    async def find(self, model: type[AnyRow], row_id: int) -> AnyRow:
        """The row with that id; NotFound when it does not exist or lies in a foreign site."""
        row = await self.session.scalar(select(model).where(model.id == row_id))
        if row is None:
            raise NotFound(model.word, row_id)
        return row

    async def find_in_site(self, model: type[AnyRow], row_id: int, site_id: int) -> AnyRow:
        """Like `find`, for a row that must belong to this very site."""
        row = await self.find(model, row_id)
        if getattr(row, "site_id", None) != site_id:
            raise NotFound(model.word, row_id)
        return row

    async def first(self, query: Select[AnyRow]) -> AnyRow | None:
        """The first row of a query, or None."""
        return (await self.session.scalars(query.limit(1))).first()

    async def rows(self, query: Select[AnyRow]) -> tuple[AnyRow, ...]:
        """All rows of a query."""
        return tuple((await self.session.scalars(query)).all())

    async def taken(self, column: InstrumentedAttribute[str], value: str) -> bool:
        """Whether a row of any site, visible or not, has this value in a server-wide column."""
        # A query of the bare table is not a query of the class: the tenant filter leaves it alone.
        bare = column.property.columns[0]
        return await self.session.scalar(select(bare).where(bare == value).limit(1)) is not None

    def sees(self, site_id: int) -> bool:
        """Whether that site lies within the scope."""
        return self.scope.site_ids is None or site_id in self.session.info["visible"]

    def require(self, granted: bool, right: str) -> None:
        """Forbidden unless the rule granted the right."""
        if not granted:
            raise Forbidden(right)

    def admit(self, site_id: int) -> None:
        """Widen the scope of this unit by a site it has just created."""
        self.session.info["visible"].add(site_id)

    # Changing ----------------------------------------------------------------------------------

    async def create(self, row: AnyRow) -> AnyRow:
        """Insert a row, write its audit row, remember the change."""
        self._check_site(row)
        row.created_at = self.now
        self.session.add(row)
        await self._flush()
        self.audit("create", row, {}, _snapshot(row))
        self.changed(row, "create")
        return row

    async def update(
        self, row: AnyRow, values: Mapping[str, object], action: str = "update"
    ) -> tuple[str, ...]:
        """Set the columns that differ; returns their names, empty when nothing changed."""
        names = tuple(name for name, value in values.items() if getattr(row, name) != value)
        if not names:
            return ()
        before = _snapshot(row, names)
        for name in names:
            setattr(row, name, values[name])
        await self._flush()
        self.audit(action, row, before, _snapshot(row, names))
        self.changed(row, "update")
        return names

    async def delete(self, row: Row) -> None:
        """Delete a row; the database removes what hangs on it."""
        before = _snapshot(row)
        await self.session.delete(row)
        await self._flush()
        self.audit("delete", row, before, {})
        self.changed(row, "delete")

    def audit(
        self, action: str, row: Row, before: Mapping[str, Any], after: Mapping[str, Any]
    ) -> None:
        """Write who did what; values must be masked already."""
        self.session.add(
            AuditEntry(
                at=self.now,
                actor=self.scope.actor,
                operator_id=self.scope.operator_id,
                site_id=_site_id(row),
                action=action,
                kind=row.word,
                row_id=row.id,
                before=dict(before),
                after=dict(after),
            )
        )

    def note(
        self, action: str, kind: str, before: Mapping[str, Any], after: Mapping[str, Any]
    ) -> None:
        """Write who did what to something that is no row of the directory and of no site."""
        self.session.add(
            AuditEntry(
                at=self.now,
                actor=self.scope.actor,
                operator_id=self.scope.operator_id,
                site_id=None,
                action=action,
                kind=kind,
                row_id=0,
                before=dict(before),
                after=dict(after),
            )
        )

    def changed(self, row: Row, action: str = "update") -> None:
        """Remember a fact for the listeners."""
        fact = Changed(_site_id(row), row.word, row.id, action, getattr(row, "user", ""))
        self.changes[fact] = None

    async def commit(self) -> None:
        """Write everything; Conflict when another unit was faster."""
        await self._flush()
        await self.session.commit()

    def _check_site(self, row: Row) -> None:
        """A row cannot be created in a site that the scope does not see."""
        if not isinstance(row, SiteBound) or self.scope.site_ids is None:
            return
        if row.site_id not in self.session.info["visible"]:
            raise NotFound(Site.word, row.site_id)

    async def _flush(self) -> None:
        if self._reads_only:
            raise RuntimeError("this unit only reads: what it changed would be lost")
        try:
            await self.session.flush()
        except StaleDataError:
            raise Conflict("revision", "the row was changed or deleted meanwhile") from None
        except IntegrityError:
            # Services look before they write, so this is another unit that was faster.
            raise Conflict("row", "contradicts a row that was stored meanwhile") from None


class Directory:
    """The way into the directory: units of work on one database with one vault."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        *,
        listeners: Iterable[Listener] = (),
        clock: Callable[[], float] = time.time,
        entropy: Entropy | None = None,
        named_sites: Iterable[str] = (),
    ) -> None:
        """`named_sites` are the sites that the server's settings give by name."""
        self.database = database
        self.vault = vault
        self.clock = clock
        self.entropy = entropy or SystemEntropy()
        self.named_sites = frozenset(named_sites)
        self._listeners = list(listeners)

    def listen(self, listener: Listener) -> None:
        """Call this with every change after its commit, synchronously and in order."""
        self._listeners.append(listener)

    def publish(self, changes: Iterable[Changed]) -> None:
        """Tell the listeners what a bulk import committed."""
        for change in changes:
            for listener in self._listeners:
                listener(change)

    @asynccontextmanager
    async def unit(self, scope: Scope) -> AsyncIterator[Unit]:
        """A unit that may write; commits at a clean exit, then tells the listeners."""
        async with self.database.session(scope, write=True) as session:
            unit = Unit(
                session,
                scope,
                self.vault,
                self.entropy,
                self.clock(),
                named_sites=self.named_sites,
            )
            yield unit
            await unit.commit()
        self.publish(unit.changes)

    @asynccontextmanager
    async def reading(self, scope: Scope) -> AsyncIterator[Unit]:
        """A unit that only reads: it takes no write lock and commits nothing."""
        async with self.database.session(scope, write=False) as session:
            yield Unit(session, scope, self.vault, self.entropy, self.clock(), reads_only=True)


def _site_id(row: Row) -> int | None:
    if isinstance(row, Site):
        return row.id
    site_id: int | None = getattr(row, "site_id", None)
    return site_id


def _snapshot(row: Row, names: Iterable[str] | None = None) -> dict[str, Any]:
    """Column values as JSON, secrets masked; without key, revision and time of creation."""
    assert isinstance(row, Base)  # noqa: S101 - Row is a mixin of tables only
    columns = inspect(type(row)).columns
    wanted = [
        column.key for column in columns if column.key not in ("id", "revision", "created_at")
    ]
    return {
        name: MASK if columns[name].info.get("secret") else getattr(row, name)
        for name in (wanted if names is None else names)
    }
