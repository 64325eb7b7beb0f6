"""The stored record of calls as the admin API lists it."""

from collections.abc import Collection
from dataclasses import asdict

from admin_api.rows import CallDetail, CallQuery, CallRow, EventRow, LegRow, SiteIds
from directory.database import Database
from doorline.adapters.contacts import without_token
from sipcore.storage.call_queries import (
    CallFilter,
    CallRecord,
    CallSummary,
    EventRecord,
    LegRecord,
    get_call,
    list_calls,
)
from sipcore.storage.pictures import picture_of, with_picture


class StoredCalls:
    """CallRecords port of the admin API; the rows of both sides have the same names."""

    def __init__(self, database: Database) -> None:
        self._engine = database.engine

    async def list_calls(self, query: CallQuery) -> tuple[CallRow, ...]:
        """Calls of the scope that match, at most `query.limit`."""
        wanted = asdict(query)
        site_ids = wanted.pop("site_ids")
        found = await list_calls(self._engine, CallFilter(**wanted), site_ids)
        return tuple(_call(call) for call in found)

    async def get_call(self, call_id: str, site_ids: SiteIds) -> CallDetail | None:
        """One call with legs and timeline; None when unknown or outside the scope."""
        record = await get_call(self._engine, call_id, site_ids)
        return None if record is None else detail_of(record)

    async def with_picture(self, call_ids: Collection[str]) -> frozenset[str]:
        """Those of the calls during which the door took a picture."""
        return await with_picture(self._engine, call_ids)

    async def picture(self, call_id: str, site_ids: SiteIds, *, thumbnail: bool) -> bytes | None:
        """The picture of a call as JPEG; None when there is none, or outside the scope."""
        return await picture_of(self._engine, call_id, site_ids, thumbnail=thumbnail)


def detail_of(record: CallRecord) -> CallDetail:
    """A stored call as the admin API takes it."""
    return CallDetail(
        call=_call(record.call),
        plan=record.plan,
        legs=tuple(_leg(leg) for leg in record.legs),
        events=tuple(_event(event) for event in record.events),
    )


def _call(call: CallSummary) -> CallRow:
    return CallRow(**asdict(call))


def _leg(leg: LegRecord) -> LegRow:
    return LegRow(**(asdict(leg) | {"contact": without_token(leg.contact)}))


def _event(event: EventRecord) -> EventRow:
    detail, contact = event.detail, event.detail.get("contact")
    if isinstance(contact, str):
        detail = {**detail, "contact": without_token(contact)}
    return EventRow(event.seq, event.at, event.kind, detail)
