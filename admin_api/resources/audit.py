"""`/audit`: who changed what, with the values before and after; append-only (F262, F277)."""

from typing import Annotated, Any

from pydantic import Field

from admin_api.operation import ApiRequest, Reply, reads
from admin_api.schemas.base import FilterText, Id, Instant, NoBody, Out, Page, TimeRange
from directory.service import audit
from directory.service.audit import AuditFilter


class AuditEntry(Out):
    """One change."""

    id: int
    at: Instant
    actor: str
    operator_id: int | None
    site_id: int | None
    action: str
    kind: Annotated[str, Field(description="What was changed: `site`, `device`, …")]
    row_id: int
    before: Annotated[dict[str, Any], Field(description="Former values; secrets masked.")]
    after: Annotated[dict[str, Any], Field(description="New values; secrets masked.")]


class AuditPage(Page[AuditEntry]):
    """Changes, newest first."""


class AuditQuery(TimeRange):
    """Which changes are wanted; filters add up."""

    site_id: Id | None = None
    kind: FilterText | None = None
    row_id: Id | None = None
    actor: FilterText | None = None
    action: FilterText | None = None


async def list_audit(request: ApiRequest[AuditQuery, NoBody]) -> Reply:
    """Changes in the sites of the scope."""
    query = request.query
    wanted = AuditFilter(
        site_id=query.site_id,
        kind=query.kind,
        row_id=query.row_id,
        actor=query.actor,
        action=query.action,
        since=query.since_at,
        until=query.until_at,
    )
    async with request.services.directory.reading(request.scope) as unit:
        page = await audit.list(unit, wanted, limit=query.limit, cursor=query.cursor)
        items = tuple(AuditEntry.model_validate(row) for row in page.items)
    return Reply(AuditPage(items=items, next_cursor=page.next_cursor))


OPERATIONS = (
    reads("list_audit", "/audit", "Audit rows", list_audit, query=AuditQuery, out=AuditPage),
)
