"""`/autop-ledger`: who fetched which autop file, when, and how it was decided."""

from typing import Annotated, Literal

from pydantic import Field

from admin_api.operation import ApiRequest, Reply, reads
from admin_api.pagination import id_key, page_of
from admin_api.rows import LedgerQuery
from admin_api.schemas.base import FilterText, Id, NoBody, Page, TimeRange
from admin_api.schemas.records import AutopFetch


class AutopLedgerQuery(TimeRange):
    """Which fetches are wanted; filters add up."""

    site_id: Id | None = None
    device_id: Id | None = None
    mac: Annotated[FilterText | None, Field(description="The whole MAC.")] = None
    decision: FilterText | None = None
    sort: Literal["id", "-id"] = "-id"


class AutopLedgerPage(Page[AutopFetch]):
    """Fetches, newest first unless sorted otherwise."""


async def list_fetches(request: ApiRequest[AutopLedgerQuery, NoBody]) -> Reply:
    """Fetches of the scope's devices."""
    query = request.query
    rows = await request.services.ledger.list_fetches(
        LedgerQuery(
            site_ids=request.scope.site_ids,
            limit=query.limit + 1,
            after=id_key(query.cursor, query.sort),
            descending=query.sort.startswith("-"),
            site_id=query.site_id,
            since=query.since_at,
            until=query.until_at,
            device_id=query.device_id,
            mac=query.mac,
            decision=query.decision,
        )
    )
    shown, cursor = page_of(rows, query.limit, query.sort, lambda row: (row.id,))
    items = tuple(
        AutopFetch(
            id=row.id,
            happened_at=row.at,
            site_id=row.site_id,
            device_id=row.device_id,
            mac=row.mac,
            file=row.file,
            status=row.status,
            etag=row.etag,
            size=row.size,
            decision=row.decision,
            remote_address=row.remote_address,
            user_agent=row.user_agent,
        )
        for row in shown
    )
    return Reply(AutopLedgerPage(items=items, next_cursor=cursor))


OPERATIONS = (
    reads(
        "list_autop_ledger",
        "/autop-ledger",
        "Autop fetches",
        list_fetches,
        query=AutopLedgerQuery,
        out=AutopLedgerPage,
    ),
)
