"""`/calls` and `/visits`: who called whom, what happened, who answered, who opened the door.

A visit is a call that a door phone's button made; both lists show the same rows.
"""

from typing import Annotated, Literal

from pydantic import Field

from admin_api.errors import Clash, Unknown
from admin_api.operation import ApiRequest, Reply, reads, streams, whole
from admin_api.pagination import moment_key, page_of
from admin_api.rows import CallDetail, CallQuery, CallRow
from admin_api.schemas.base import FilterText, Id, NoBody, NoQuery, Page, Query, TimeRange
from admin_api.schemas.records import CallDetails, CallSummary, Party
from admin_api.stages import stages_of, timeline_of


class CallFilter(TimeRange):
    """Which calls are wanted; filters add up (F273)."""

    site_id: Id | None = None
    caller: Annotated[FilterText | None, Field(description="Part of the caller's name.")] = None
    receiver: Annotated[
        FilterText | None, Field(description="Part of the name of who was called or answered.")
    ] = None
    outcome: (
        Literal["answered", "missed", "refused", "busy", "abandoned", "failed", "interrupted"]
        | None
    ) = None
    missed: Annotated[
        bool | None,
        Field(
            description="Only calls that rang and that nobody answered or declined; or the rest."
        ),
    ] = None
    kind: Annotated[
        Literal["sip", "ip"] | None,
        Field(description="Calls through this server, or those from device to device."),
    ] = None
    apartment_id: Id | None = None
    device_id: Annotated[Id | None, Field(description="The calling device.")] = None
    sort: Literal["started_at", "-started_at"] = "-started_at"


class PictureQuery(Query):
    """Which size is wanted (F270)."""

    size: Annotated[
        Literal["full", "thumbnail"],
        Field(description="At most 1280 or 320 pixels along the longer side."),
    ] = "full"


class CallPage(Page[CallSummary]):
    """Calls, newest first unless sorted otherwise."""


async def list_calls(request: ApiRequest[CallFilter, NoBody]) -> Reply:
    """Every call of the scope, visits among them."""
    return await _page(request, visits_only=False)


async def list_visits(request: ApiRequest[CallFilter, NoBody]) -> Reply:
    """Calls that door phones made."""
    return await _page(request, visits_only=True)


async def get_call(request: ApiRequest[NoQuery, NoBody]) -> Reply:
    """One call with stages, legs and timeline."""
    return await _details(request, await _find(request))


async def get_visit(request: ApiRequest[NoQuery, NoBody]) -> Reply:
    """One visit with stages, legs and timeline; a call that is no visit is unknown here."""
    detail = await _find(request)
    if not detail.call.is_visit:
        raise Unknown
    return await _details(request, detail)


async def _details(request: ApiRequest[NoQuery, NoBody], detail: CallDetail) -> Reply:
    pictured = await request.services.records.with_picture([detail.call.id])
    return Reply(details_of(detail, has_picture=bool(pictured)))


async def get_visit_picture(request: ApiRequest[PictureQuery, NoBody]) -> Reply:
    """The first picture that the door took during a visit, as JPEG."""
    call_id = request.name("call_id")
    found = await request.services.records.picture(
        call_id, request.scope.site_ids, thumbnail=request.query.size == "thumbnail"
    )
    if found is None:
        raise Unknown
    return Reply(stream=whole(found))


async def get_call_ladder(request: ApiRequest[NoQuery, NoBody]) -> Reply:
    """The SIP messages of a call in order, a column for each party, as plain text.

    Under the ladder stands each message, with its secrets masked. It says so when messages are no
    longer kept. 409 when the settings keep none (`sip.capture.keep`).
    """
    return await _ladder(request, await _find(request))


async def get_visit_ladder(request: ApiRequest[NoQuery, NoBody]) -> Reply:
    """The same of a visit; a call that is no visit is unknown here."""
    detail = await _find(request)
    if not detail.call.is_visit:
        raise Unknown
    return await _ladder(request, detail)


async def _ladder(request: ApiRequest[NoQuery, NoBody], detail: CallDetail) -> Reply:
    source = request.services.ladders
    if source is None:
        raise Clash("sip.capture.keep", "This server keeps no messages; its settings say so.")
    return Reply(stream=whole((await source.text(detail)).encode("utf-8", "replace")))


async def _page(request: ApiRequest[CallFilter, NoBody], *, visits_only: bool) -> Reply:
    query = request.query
    rows = await request.services.records.list_calls(
        CallQuery(
            site_ids=request.scope.site_ids,
            limit=query.limit + 1,
            after=moment_key(query.cursor, query.sort),
            descending=query.sort.startswith("-"),
            visits_only=visits_only,
            site_id=query.site_id,
            since=query.since_at,
            until=query.until_at,
            caller=query.caller,
            receiver=query.receiver,
            outcome=query.outcome,
            missed=query.missed,
            direct=None if query.kind is None else query.kind == "ip",
            apartment_id=query.apartment_id,
            device_id=query.device_id,
        )
    )
    shown, cursor = page_of(rows, query.limit, query.sort, lambda row: (row.started_at, row.id))
    pictured = await request.services.records.with_picture([row.id for row in shown])
    items = tuple(_summary(row, row.id in pictured) for row in shown)
    return Reply(CallPage(items=items, next_cursor=cursor))


async def _find(request: ApiRequest[NoQuery, NoBody]) -> CallDetail:
    detail = await request.services.records.get_call(
        request.name("call_id"), request.scope.site_ids
    )
    if detail is None:
        raise Unknown
    return detail


def details_of(detail: CallDetail, *, has_picture: bool = False) -> CallDetails:
    """A call as the API shows it, and `doorline trace --json`."""
    summary = _summary(detail.call, has_picture)
    return CallDetails(**dict(summary), stages=stages_of(detail), timeline=timeline_of(detail))


def picture_path(call_id: str) -> str:
    """Where the picture of a visit is."""
    return f"/api/v1/visits/{call_id}/picture"


def _summary(row: CallRow, has_picture: bool = False) -> CallSummary:
    return CallSummary(
        id=row.id,
        site_id=row.site_id,
        is_visit=row.is_visit,
        kind="ip" if row.is_direct else "sip",
        call_type=row.call_type,
        caller=Party(kind=row.caller_kind, user=row.caller_user, display=row.caller_display),
        caller_device_id=row.caller_device_id,
        dialled=row.dialled,
        receiver=row.callee,
        apartment_id=row.apartment_id,
        started_at=row.started_at,
        answered_at=row.answered_at,
        ended_at=row.ended_at,
        duration=None if row.duration is None else round(row.duration, 3),
        outcome=row.outcome,
        status=row.status,
        ended_by=row.end_by,
        end_reason=row.end_reason,
        answered_by=_answered_by(row),
        missed=row.missed,
        opened_by=row.opened_by,
        opened_by_user=row.opened_by_user,
        opened_relay_id=row.opened_relay_id,
        capture=picture_path(row.id) if has_picture and row.is_visit else None,
    )


def _answered_by(row: CallRow) -> Party | None:
    """The party whose leg won; None when nobody answered."""
    if row.answered_by_kind is None:
        return None
    return Party(
        kind=row.answered_by_kind,
        user=row.answered_by_user or "",
        display=row.answered_by_display or "",
    )


OPERATIONS = (
    reads("list_calls", "/calls", "Call history", list_calls, query=CallFilter, out=CallPage),
    reads("get_call", "/calls/{call_id}", "One call", get_call, query=NoQuery, out=CallDetails),
    reads("list_visits", "/visits", "Visits", list_visits, query=CallFilter, out=CallPage),
    reads(
        "get_visit",
        "/visits/{call_id}",
        "One visit with its timeline",
        get_visit,
        query=NoQuery,
        out=CallDetails,
    ),
    streams(
        "get_visit_picture",
        "/visits/{call_id}/picture",
        "The picture that a door took during a visit",
        get_visit_picture,
        query=PictureQuery,
        media_type="image/jpeg",
    ),
    streams(
        "get_call_ladder",
        "/calls/{call_id}/ladder",
        "The messages of a call as a ladder of text",
        get_call_ladder,
        query=NoQuery,
        media_type="text/plain",
    ),
    streams(
        "get_visit_ladder",
        "/visits/{call_id}/ladder",
        "The messages of a visit as a ladder of text",
        get_visit_ladder,
        query=NoQuery,
        media_type="text/plain",
    ),
)
