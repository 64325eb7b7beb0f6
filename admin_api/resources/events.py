"""`/events`: what happens, told while it happens, as server-sent events."""

from collections.abc import AsyncIterator
from math import inf
from typing import Annotated, Literal

from pydantic import Field

from admin_api.errors import Clash, Unknown
from admin_api.operation import ApiRequest, Reply, streams
from admin_api.rows import EventWish
from admin_api.schemas.base import Id, NoBody, Query
from admin_api.server_sent import ALIVE, BEGIN, HEARTBEAT, MEDIA_TYPE, frame
from admin_api.services import Following, TooManyFollowers

MAX_SECONDS = 86_400


class EventQuery(Query):
    """Which events are wanted; filters add up."""

    site_id: Id | None = None
    kind: Annotated[
        Literal["visit", "call", "door", "registration"] | None,
        Field(description="What the event's name begins with."),
    ] = None
    seconds: Annotated[
        float | None,
        Field(
            ge=0,
            le=MAX_SECONDS,
            description="How long to listen; left out: until the client leaves. 0: only what "
            "has come since `Last-Event-ID`.",
        ),
    ] = None


async def stream_events(request: ApiRequest[EventQuery, NoBody]) -> Reply:
    """Visits, calls, doors and registrations of the scope while they happen.

    Names: `visit.started`, `visit.refused`, `visit.stage`, `visit.stage_skipped`, `visit.woken`,
    `visit.wake_failed`, `visit.rang`, `visit.answered`, `visit.ended`; the same of every other
    call with `call`; `door.opened`, `door.denied`, `door.answered`, `door.digits`;
    `registration.changed` and
    `registration.removed`. Each has one line of JSON with at least `at` and `site_id`. An event
    named `dropped` says that some are missing, and why: `too_slow`, or `resume` when
    `Last-Event-ID` is too long ago. A comment comes at least every 15 s. The stream ends when the
    token is taken away or its sites change. 409 when too many listen already.
    """
    source, query, scope = request.services.events, request.query, request.scope
    if source is None:
        raise Clash("events", "This server tells of nothing while it happens.")
    if query.site_id is not None and not scope.sees(query.site_id):
        raise Unknown
    wish = EventWish(
        scope.site_ids,
        f"{scope.operator_id}:{scope.actor}",
        query.site_id,
        query.kind,
        request.last_event_id,
    )
    try:
        following = source.follow(wish)
    except TooManyFollowers:
        raise Clash("events", "Too many listen already; close another stream first.") from None
    return Reply(stream=_frames(request, following))


async def _frames(
    request: ApiRequest[EventQuery, NoBody], following: Following
) -> AsyncIterator[bytes]:
    now = request.services.monotonic
    ends = inf if request.query.seconds is None else now() + request.query.seconds
    asked_at = now()
    try:
        yield BEGIN
        while True:
            told = await following.told(max(0.0, min(HEARTBEAT, ends - now())))
            if told is None:
                return
            if now() - asked_at >= HEARTBEAT and request.still is not None:
                if not await request.still():
                    return
                asked_at = now()
            if told:
                yield b"".join(map(frame, told))
            elif now() >= ends:
                return
            else:
                yield ALIVE
    finally:
        following.leave()


OPERATIONS = (
    streams(
        "stream_events",
        "/events",
        "What happens, while it happens",
        stream_events,
        query=EventQuery,
        media_type=MEDIA_TYPE,
    ),
)
