"""Audit rows: read only; they are written by the unit of work (F262)."""

from dataclasses import dataclass

from sqlalchemy import select

from directory import rules
from directory.errors import Invalid
from directory.model import AuditEntry, Site
from directory.service.paging import MAX_LIMIT, Page
from directory.unit import Unit


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which rows to show; None leaves a field open."""

    site_id: int | None = None
    kind: str | None = None
    row_id: int | None = None
    actor: str | None = None
    action: str | None = None
    since: float | None = None
    """Earliest time, UTC seconds, inclusive."""
    until: float | None = None
    """Latest time, exclusive."""


async def list(  # noqa: A001 - services share one set of verbs
    unit: Unit, wanted: AuditFilter | None = None, *, limit: int = 100, cursor: str | None = None
) -> Page[AuditEntry]:
    """Rows of the sites in scope, newest first; rows without a site only for an open scope."""
    unit.require(rules.may_read_audit(unit.scope), "read_audit")
    if not 1 <= limit <= MAX_LIMIT:
        raise Invalid.one("limit", f"must be 1 to {MAX_LIMIT}")
    wanted = wanted or AuditFilter()
    query = select(AuditEntry)
    if unit.scope.site_ids is not None:
        query = query.where(AuditEntry.site_id.in_(sorted(unit.scope.site_ids)))
    if wanted.site_id is not None:
        await unit.find(Site, wanted.site_id)
    equal = {
        AuditEntry.site_id: wanted.site_id,
        AuditEntry.kind: wanted.kind,
        AuditEntry.row_id: wanted.row_id,
        AuditEntry.actor: wanted.actor,
        AuditEntry.action: wanted.action,
    }
    for column, value in equal.items():
        if value is not None:
            query = query.where(column == value)
    if wanted.since is not None:
        query = query.where(AuditEntry.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(AuditEntry.at < wanted.until)
    if cursor is not None:
        query = query.where(AuditEntry.id < _position(cursor))
    found = await unit.session.scalars(query.order_by(AuditEntry.id.desc()).limit(limit + 1))
    rows = tuple(found.all())
    if len(rows) <= limit:
        return Page(rows)
    return Page(rows[:limit], str(rows[limit - 1].id))


def _position(cursor: str) -> int:
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
        raise Invalid.one("cursor", "not a cursor of this list")
    return int(cursor)
