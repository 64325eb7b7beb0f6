"""Reading the autop ledger inside a Scope."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, select

from directory.database import Database
from directory.scope import Scope
from provisioning.ledger import AutopFetch, AutopLedger


@dataclass(frozen=True, slots=True)
class LedgerFilter:
    """Which rows are wanted; None leaves a filter out, and all of them must hold."""

    site_id: int | None = None
    device_id: int | None = None
    mac: str | None = None
    """Twelve upper-case hexadecimal digits."""
    status: int | None = None
    decision: str | None = None
    remote_address: str | None = None
    since: float | None = None
    """Earliest moment, inclusive, UTC seconds."""
    until: float | None = None
    """Latest moment, exclusive, UTC seconds."""


EVERYTHING = LedgerFilter()


async def list_fetches(
    database: Database,
    scope: Scope,
    wanted: LedgerFilter = EVERYTHING,
    *,
    limit: int = 50,
    after: int | None = None,
    descending: bool = True,
) -> tuple[AutopFetch, ...]:
    """At most `limit` rows that the scope may see, in the order of their ids.

    `after` is the id of the last row of the former page. Requests that named no known device
    belong to no site and are seen only by a scope of all sites.
    """
    statement = select(AutopLedger).where(*conditions(wanted)).limit(limit)
    if after is not None:
        statement = statement.where(
            AutopLedger.id < after if descending else AutopLedger.id > after
        )
    statement = statement.order_by(AutopLedger.id.desc() if descending else AutopLedger.id.asc())
    async with database.session(scope, write=False) as session:
        return tuple(row.fetch() for row in await session.scalars(statement))


def conditions(wanted: LedgerFilter) -> list[ColumnElement[bool]]:
    """The filter as conditions on the table."""
    found: list[ColumnElement[bool]] = []
    for name in ("site_id", "device_id", "mac", "status", "decision", "remote_address"):
        value = getattr(wanted, name)
        if value is not None:
            found.append(getattr(AutopLedger, name) == value)
    if wanted.since is not None:
        found.append(AutopLedger.at >= wanted.since)
    if wanted.until is not None:
        found.append(AutopLedger.at < wanted.until)
    return found
