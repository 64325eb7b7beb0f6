"""`/autop-ledger`: who fetched which autop file, when, and how it was decided."""

from typing import Annotated, Literal

from pydantic import Field

from admin_api.operation import ApiRequest, Reply, reads
from admin_api.pagination import id_key, page_of
from admin_api.schemas.base import FilterText, Id, NoBody, Page, TimeRange
from admin_api.schemas.records import AutopFetch
from provisioning.ledger import AutopFetch as StoredFetch
from provisioning.ledger_list import LedgerFilter, list_fetches


class AutopLedgerQuery(TimeRange):
    """Which fetches are wanted; filters add up."""

    site_id: Id | None = None
    device_id: Id | None = None
    mac: Annotated[FilterText | None, Field(description="The whole MAC, in any spelling.")] = None
    status: Annotated[int | None, Field(ge=100, le=599)] = None
    decision: Annotated[
        FilterText | None, Field(description="`token`, `window`, `not_armed`, …")
    ] = None
    remote_address: FilterText | None = None
    sort: Literal["id", "-id"] = "-id"


class AutopLedgerPage(Page[AutopFetch]):
    """Fetches, newest first unless sorted otherwise."""


async def list_ledger(request: ApiRequest[AutopLedgerQuery, NoBody]) -> Reply:
    """Fetches by devices of the scope; those by unknown devices are for who sees every site."""
    query = request.query
    rows = await list_fetches(
        request.services.directory.database,
        request.scope,
        LedgerFilter(
            site_id=query.site_id,
            device_id=query.device_id,
            mac=_digits(query.mac),
            status=query.status,
            decision=query.decision,
            remote_address=query.remote_address,
            since=query.since_at,
            until=query.until_at,
        ),
        limit=query.limit + 1,
        after=id_key(query.cursor, query.sort),
        descending=query.sort.startswith("-"),
    )
    shown, cursor = page_of(rows, query.limit, query.sort, lambda row: (row.id,))
    return Reply(AutopLedgerPage(items=tuple(_row(row) for row in shown), next_cursor=cursor))


def _digits(mac: str | None) -> str | None:
    """Any spelling of a MAC as it is stored."""
    if mac is None:
        return None
    return mac.translate(str.maketrans("", "", ":-.")).upper()


def _row(fetch: StoredFetch) -> AutopFetch:
    """Empty texts of the store are null in the answer."""
    return AutopFetch(
        id=fetch.id,
        happened_at=fetch.at,
        site_id=fetch.site_id,
        device_id=fetch.device_id,
        mac=fetch.mac,
        method=fetch.method,
        file=fetch.file or None,
        kind=fetch.kind or None,
        status=fetch.status,
        decision=fetch.decision,
        etag=fetch.etag,
        size=fetch.size,
        once=fetch.once,
        remote_address=fetch.remote_address,
        user_agent=fetch.user_agent or None,
        evidence=fetch.evidence or None,
        notes=fetch.notes or None,
    )


OPERATIONS = (
    reads(
        "list_autop_ledger",
        "/autop-ledger",
        "Autop fetches",
        list_ledger,
        query=AutopLedgerQuery,
        out=AutopLedgerPage,
    ),
)
