"""Doubles for the admin API's live ports; they honour scope, filters and order as the ports say."""

from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass, field

from admin_api.rows import (
    CallDetail,
    CallQuery,
    CallRow,
    Check,
    Presence,
    RegistrationQuery,
    RegistrationRow,
    SiteIds,
)


def visible(site_id: int | None, site_ids: SiteIds) -> bool:
    """Whether a row of that site may be shown; a row without a site only to an open scope."""
    return site_ids is None or site_id in site_ids


@dataclass
class LiveDouble:
    """Registrations in a list; `fault` is raised instead of an answer about presence."""

    rows: list[RegistrationRow] = field(default_factory=list)
    fault: Exception | None = None

    def registrations(self, query: RegistrationQuery) -> tuple[RegistrationRow, ...]:
        """Rows in the order of (user, contact)."""
        found = [
            row
            for row in sorted(self.rows, key=lambda row: (row.user, row.contact))
            if visible(row.site_id, query.site_ids)
            and (query.after is None or (row.user, row.contact) > query.after)
            and query.site_id in (None, row.site_id)
            and query.user in (None, row.user)
            and query.kind in (None, row.kind)
        ]
        return tuple(found[: query.limit])

    def presence(self, users: Collection[str]) -> Mapping[str, Presence]:
        """Whoever has a row is online."""
        if self.fault is not None:
            raise self.fault
        present: dict[str, Presence] = {}
        for row in self.rows:
            if row.user in users:
                former = present.get(row.user)
                contacts = former.contacts + 1 if former else 1
                present[row.user] = Presence(True, contacts, row.updated_at)
        return present


@dataclass
class RecordsDouble:
    """Calls in a list; remembers the last query."""

    calls: list[CallDetail] = field(default_factory=list)
    asked: CallQuery | None = None
    pictures: dict[str, tuple[bytes, bytes]] = field(default_factory=dict)
    """Full picture and thumbnail by call."""

    async def list_calls(self, query: CallQuery) -> tuple[CallRow, ...]:
        """Rows in the order of (started_at, id)."""
        self.asked = query
        rows = sorted((detail.call for detail in self.calls), key=_key, reverse=query.descending)
        return tuple(row for row in rows if _wanted(row, query))[: query.limit]

    async def get_call(self, call_id: str, site_ids: SiteIds) -> CallDetail | None:
        """One call of the scope."""
        for detail in self.calls:
            if detail.call.id == call_id and visible(detail.call.site_id, site_ids):
                return detail
        return None

    async def with_picture(self, call_ids: Collection[str]) -> frozenset[str]:
        """Those that have one."""
        return frozenset(self.pictures.keys() & set(call_ids))

    async def picture(self, call_id: str, site_ids: SiteIds, *, thumbnail: bool) -> bytes | None:
        """The picture of a call of the scope."""
        found = self.pictures.get(call_id)
        if found is None or await self.get_call(call_id, site_ids) is None:
            return None
        return found[thumbnail]


class LadderDouble:
    """One line of every call."""

    async def text(self, detail: CallDetail) -> str:
        """A line that is no UTF-8."""
        return f"ladder of {detail.call.id} \udcff\n"


@dataclass
class CaptureDouble:
    """A pcap file in pieces; `fault` is raised instead."""

    pieces: tuple[bytes, ...] = (b"pcap",)
    fault: Exception | None = None
    asked: list[tuple[str, float]] = field(default_factory=list)

    def pcap(self, user: str, seconds: float) -> AsyncIterator[bytes]:
        """The pieces; remembers whose were asked for."""
        if self.fault is not None:
            raise self.fault
        self.asked.append((user, seconds))
        return self._given()

    async def _given(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            yield piece


@dataclass
class HealthDouble:
    """Checks that are what the test says."""

    checks: tuple[Check, ...] = (Check("database", True, "answers"),)

    async def readiness(self) -> tuple[Check, ...]:
        """The checks."""
        return self.checks


def _key(row: CallRow) -> tuple[float, str]:
    return row.started_at, row.id


def _wanted(row: CallRow, query: CallQuery) -> bool:
    """Scope, position and the filters of F273."""
    if not visible(row.site_id, query.site_ids) or (query.visits_only and not row.is_visit):
        return False
    if query.after is not None:
        further = _key(row) < query.after if query.descending else _key(row) > query.after
        if not further:
            return False
    in_time = (query.since is None or row.started_at >= query.since) and (
        query.until is None or row.started_at < query.until
    )
    equal = (
        query.site_id in (None, row.site_id)
        and query.outcome in (None, row.outcome)
        and query.apartment_id in (None, row.apartment_id)
        and query.device_id in (None, row.caller_device_id)
        and query.missed in (None, row.missed)
    )
    caller = f"{row.caller_display} {row.caller_user}"
    receiver = f"{row.callee} {row.answered_by_display} {row.answered_by_user}"
    named = _part(query.caller, caller) and _part(query.receiver, receiver)
    return in_time and equal and named


def _part(wanted: str | None, text: str) -> bool:
    return wanted is None or wanted.casefold() in text.casefold()
