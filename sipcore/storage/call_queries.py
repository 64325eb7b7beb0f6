"""The record of calls as operators read it: lists and single calls, within a scope.

Every question takes `site_ids`: None means every site, an empty set none at all. Calls without a
site (an unknown caller) are seen by those who see every site.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncEngine

from sipcore.storage import plan_event
from sipcore.storage.tables import call_events, call_legs, calls
from sipcore.storage.timeline import MICROSECONDS

SiteIds = frozenset[int] | None
DIRECT = "ip"
"""Call type of calls that devices made past this server, and report (F092)."""


@dataclass(frozen=True, slots=True)
class CallFilter:
    """Which calls are wanted, in the order of (started_at, id) (F273)."""

    limit: int
    after: tuple[float, str] | None = None
    """`started_at` and `id` of the last row of the former page."""
    descending: bool = True
    visits_only: bool = False
    site_id: int | None = None
    since: float | None = None
    """Earliest start, inclusive; seconds since the epoch, UTC."""
    until: float | None = None
    """Latest start, exclusive."""
    caller: str | None = None
    """Part of the caller's display name or user, any case."""
    receiver: str | None = None
    """Part of the callee's or the answering party's name or user, any case."""
    outcome: str | None = None
    apartment_id: int | None = None
    device_id: int | None = None
    """The calling device."""
    missed: bool | None = None
    """Only those that were missed, or only the others (`sipcore.storage.missed`)."""
    direct: bool | None = None
    """Only those that devices made past this server, or only the others."""


@dataclass(frozen=True, slots=True)
class CallSummary:
    """One call in one line; the columns of `calls` without the plan, and whether it was direct."""

    id: str
    sip_call_id: str
    site_id: int | None
    is_visit: bool
    call_type: str
    caller_kind: str
    caller_user: str
    caller_display: str
    caller_device_id: int | None
    dialled: str
    callee: str
    apartment_id: int | None
    started_at: float
    answered_at: float | None
    ended_at: float | None
    duration: float | None
    outcome: str | None
    end_by: str | None
    end_reason: str | None
    status: int | None
    answered_by_kind: str | None
    answered_by_user: str | None
    answered_by_display: str | None
    opened_by: str | None
    is_direct: bool = False
    missed: bool = False
    opened_by_user: str | None = None
    opened_relay_id: int | None = None


@dataclass(frozen=True, slots=True)
class LegRecord:
    """One B-leg with its own outcome."""

    leg: int
    stage: int
    kind: str
    user: str
    display: str
    contact: str
    started_at: float
    rang_at: float | None
    answered_at: float | None
    ended_at: float | None
    status: int | None
    outcome: str | None
    reason: str | None
    device_id: int | None = None
    person_id: int | None = None
    sip_call_id: str | None = None


@dataclass(frozen=True, slots=True)
class EventRecord:
    """One entry of the timeline."""

    seq: int
    at: float
    kind: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CallRecord:
    """A call with its plan, its legs and its timeline."""

    call: CallSummary
    plan: Mapping[str, Any] | None
    legs: tuple[LegRecord, ...]
    events: tuple[EventRecord, ...]


_IS_DIRECT = calls.c.call_type == DIRECT
_SUMMARY = (
    *(column for column in calls.c if column.name != "plan"),
    _IS_DIRECT.label("is_direct"),
)
_LEG = tuple(column for column in call_legs.c if column.name != "call_id")


async def list_calls(
    engine: AsyncEngine, wanted: CallFilter, site_ids: SiteIds
) -> tuple[CallSummary, ...]:
    """Calls of the scope that match, at most `wanted.limit`."""
    statement = select(*_SUMMARY).where(*_conditions(wanted, site_ids))
    statement = _in_order(statement, wanted).limit(wanted.limit)
    async with engine.connect() as connection:
        rows = await connection.execute(statement)
        return tuple(CallSummary(**row) for row in rows.mappings())


async def get_call(engine: AsyncEngine, call_id: str, site_ids: SiteIds) -> CallRecord | None:
    """One call with legs and timeline; None when unknown or outside the scope."""
    async with engine.connect() as connection:
        found = await connection.execute(
            select(*_SUMMARY, calls.c.plan).where(calls.c.id == call_id, *_scope(site_ids))
        )
        row = found.mappings().one_or_none()
        if row is None:
            return None
        legs = await connection.execute(
            select(*_LEG).where(call_legs.c.call_id == call_id).order_by(call_legs.c.leg)
        )
        parts = await connection.scalars(
            select(call_events.c.events)
            .where(call_events.c.call_id == call_id)
            .order_by(call_events.c.seq)
        )
        summary = dict(row)
        plan = summary.pop("plan")
        return CallRecord(
            CallSummary(**summary),
            plan,
            tuple(LegRecord(**leg) for leg in legs.mappings()),
            _timeline(chain(*parts), plan),
        )


def _timeline(
    events: Iterable[tuple[int, str, Mapping[str, Any]]], plan: Mapping[str, Any] | None
) -> tuple[EventRecord, ...]:
    """The events in the order of their moments, with the plan behind the beginning."""
    told = []
    # Stable: what happened at the same moment stays in the order in which it was recorded. Only
    # digits are told later than they were pressed.
    for at, kind, detail in sorted(events, key=itemgetter(0)):
        told.append((at, kind, detail))
        if kind == "started" and plan is not None:
            told.append((at, plan_event.KIND, plan_event.planned(plan)))
    return tuple(
        EventRecord(seq, at / MICROSECONDS, kind, detail)
        for seq, (at, kind, detail) in enumerate(told, start=1)
    )


def _scope(site_ids: SiteIds) -> tuple[ColumnElement[bool], ...]:
    return () if site_ids is None else (calls.c.site_id.in_(site_ids),)


def _conditions(wanted: CallFilter, site_ids: SiteIds) -> list[ColumnElement[bool]]:
    c = calls.c
    conditions = list(_scope(site_ids))
    for column, value in (
        (c.site_id, wanted.site_id),
        (c.outcome, wanted.outcome),
        (c.apartment_id, wanted.apartment_id),
        (c.caller_device_id, wanted.device_id),
    ):
        if value is not None:
            conditions.append(column == value)
    if wanted.visits_only:
        conditions.append(c.is_visit.is_(True))
    if wanted.missed is not None:
        conditions.append(c.missed.is_(wanted.missed))
    if wanted.direct is not None:
        conditions.append(_IS_DIRECT if wanted.direct else ~_IS_DIRECT)
    if wanted.since is not None:
        conditions.append(c.started_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(c.started_at < wanted.until)
    if wanted.caller is not None:
        conditions.append(_contain(wanted.caller, c.caller_display, c.caller_user))
    if wanted.receiver is not None:
        named = (c.callee, c.dialled, c.answered_by_display, c.answered_by_user)
        conditions.append(_contain(wanted.receiver, *named))
    return conditions


def _contain(part: str, *columns: ColumnElement[Any]) -> ColumnElement[bool]:
    return or_(*(column.icontains(part, autoescape=True) for column in columns))


def _in_order(statement: Select[Any], wanted: CallFilter) -> Select[Any]:
    place = tuple_(calls.c.started_at, calls.c.id)
    if wanted.after is not None:
        after = tuple_(*wanted.after)
        statement = statement.where(place < after if wanted.descending else place > after)
    if wanted.descending:
        return statement.order_by(calls.c.started_at.desc(), calls.c.id.desc())
    return statement.order_by(calls.c.started_at, calls.c.id)
