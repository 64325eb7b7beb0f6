"""`/door-log`: who did what at which door, when, with which kind of key, with what result."""

from typing import Annotated, Literal

from pydantic import Field

from admin_api.operation import ApiRequest, Reply, reads
from admin_api.pagination import id_key, page_of
from admin_api.resources.calls import picture_path
from admin_api.schemas.base import FilterText, Id, NoBody, Page, TimeRange
from admin_api.schemas.records import DoorLogRow
from relay.door_log import DoorLogEntry, Response
from relay.door_log_list import DoorLogFilter, list_door_log


class DoorLogQuery(TimeRange):
    """Which rows are wanted; filters add up (F265, F266)."""

    site_id: Id | None = None
    building_id: Id | None = None
    apartment_id: Id | None = None
    device_id: Id | None = None
    device_name: Annotated[FilterText | None, Field(description="Part of the door's name.")] = None
    initiated_by: Annotated[FilterText | None, Field(description="Part of a name.")] = None
    action: FilterText | None = None
    log_type: Literal["all", "call", "door_release", "door_close"] = "all"
    response: Response | None = None
    method: Annotated[
        FilterText | None,
        Field(description="`call`, `ip_call` for a call from device to device, `in_call_dtmf`."),
    ] = None
    call_id: Annotated[FilterText | None, Field(description="The visit.")] = None
    sort: Literal["id", "-id"] = "-id"


class DoorLogPage(Page[DoorLogRow]):
    """Rows of the door log, newest first unless sorted otherwise."""


async def list_entries(request: ApiRequest[DoorLogQuery, NoBody]) -> Reply:
    """The door log of the scope."""
    query = request.query
    rows = await list_door_log(
        request.services.directory.database,
        request.scope,
        DoorLogFilter(
            site_id=query.site_id,
            since=query.since_at,
            until=query.until_at,
            building_id=query.building_id,
            apartment_id=query.apartment_id,
            device_id=query.device_id,
            device_name=query.device_name,
            initiated_by=query.initiated_by,
            action=query.action,
            log_type=query.log_type,
            response=query.response,
            method=query.method,
            call_id=query.call_id,
        ),
        limit=query.limit + 1,
        after=id_key(query.cursor, query.sort),
        descending=query.sort.startswith("-"),
    )
    shown, cursor = page_of(rows, query.limit, query.sort, lambda row: (row.id,))
    pictured = await request.services.records.with_picture(
        [entry.call_id for entry in shown if entry.call_id]
    )
    items = tuple(_row(entry, entry.call_id in pictured) for entry in shown)
    return Reply(DoorLogPage(items=items, next_cursor=cursor))


def _row(entry: DoorLogEntry, has_picture: bool) -> DoorLogRow:
    """Empty texts of the store are null in the answer."""
    return DoorLogRow(
        id=entry.id,
        happened_at=entry.at,
        site_id=entry.site_id,
        building_id=entry.building_id,
        building=entry.building or None,
        device_id=entry.device_id,
        device_name=entry.device_name,
        relay_id=entry.relay_id,
        relay_name=entry.relay_name or None,
        initiated_by=entry.initiated_by,
        actor_kind=entry.actor_kind,
        account_user=entry.account_user or None,
        person_id=entry.person_id,
        apartment_id=entry.apartment_id,
        apartment=entry.apartment or None,
        log_type=entry.log_type,
        action=entry.action,
        method=entry.method,
        key=entry.key_kind or None,
        key_id=entry.key_id or None,
        response=entry.response,
        outcome=entry.outcome,
        reason=entry.reason or None,
        status=entry.status,
        capture=picture_path(entry.call_id) if has_picture else entry.capture or None,
        call_id=entry.call_id or None,
    )


OPERATIONS = (
    reads(
        "list_door_log",
        "/door-log",
        "Door log",
        list_entries,
        query=DoorLogQuery,
        out=DoorLogPage,
    ),
)
