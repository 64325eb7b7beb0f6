"""Calls past the server on record like all others: from devices' reports to facts (F092)."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from directory.queries.dial import DialDirectory
from directory.queries.direct_peers import network_group
from directory.queries.reporting_devices import ReportingDevice
from provisioning.reports import Report
from relay.direct_calls import (
    Answered,
    Began,
    Change,
    DirectCalls,
    End,
    Event,
    Forked,
    Heard,
    Over,
    Rang,
)
from sipcore.b2bua.facts import (
    CallEnded,
    CallFact,
    CallStarted,
    LegAnswered,
    LegRang,
    LegStarted,
    StageStarted,
)
from sipcore.b2bua.plan import Party, RingPlan, RingStage, Target
from sipcore.calls.inquiry import party_of
from sipcore.kernel.clock import Clock
from sipcore.storage.call_queries import DIRECT

_RING = 120.0
"""Seconds a device lets a call ring, as far as its file says."""


class Neighbours(Protocol):
    """What is asked of the directory."""

    async def neighbours(self, device: ReportingDevice) -> tuple[ReportingDevice, ...]:
        """The other devices of its network group."""


@dataclass(frozen=True, slots=True)
class DirectLeg:
    """A called side, by its number from 1."""

    number: int
    party: Party


@dataclass(slots=True)
class OpenDirectCall:
    """A call that goes on, for those who are told what happens to it."""

    site_id: int
    plan: RingPlan
    legs: list[DirectLeg] = field(default_factory=list)

    @property
    def ringing(self) -> "OpenDirectCall":
        """What knows its called sides: itself."""
        return self


class DirectCallRecord:
    """Takes reports; tells facts."""

    def __init__(
        self,
        calls: DirectCalls,
        directory: DialDirectory,
        neighbours: Neighbours,
        *,
        seen: Callable[[str], str],
        host: Callable[[], str],
        tell: Callable[[CallFact], None],
        clock: Clock,
    ) -> None:
        """`seen` is the address an account registers from, `host` the server as devices know it."""
        self._calls = calls
        self._directory = directory
        self._neighbours = neighbours
        self._seen = seen
        self._host = host
        self._tell = tell
        self._clock = clock
        self._open: dict[str, OpenDirectCall] = {}
        """By id."""
        self._timer: asyncio.TimerHandle | None = None
        self.counters: Counter[str] = Counter()
        """Reports by what they were about."""

    def __len__(self) -> int:
        """Calls that are not over."""
        return len(self._calls)

    def open(self, call_id: str) -> OpenDirectCall | None:
        """A call that goes on; None for every other."""
        return self._open.get(call_id)

    async def take(self, report: Report) -> None:
        """A device reports; calls through the server are on record already."""
        remote = await self._remote(report)
        if report.remote is not None and remote is None:
            self.counters["through_server"] += 1
            return
        self.counters["direct"] += 1
        event, name = Event(report.event), report.call_id
        reporter = self._end(report.device)
        changes = self._calls.heard(Heard(event, reporter, remote, report.at, name))
        self._tell_of(changes, report.device.site_id)

    def stop(self) -> None:
        """Look no more for what is due; open calls are closed at the next start."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # -- who ----------------------------------------------------------------------------------

    async def _remote(self, report: Report) -> End | None:
        """The other side of a call past the server; None for every other one."""
        party = report.remote
        if party is None or not party.address or party.address == self._host():
            return None
        for device in await self._neighbours.neighbours(report.device):
            if party.address == (device.address or self._seen(device.user)):
                return self._end(device)
        # A number at an address that is no device's leads to a server, ours by another name.
        if party.user:
            return None
        group = network_group(report.device.site_id, report.device.building_id)
        return End(f"{group}:{party.address}", "", party.address)

    def _end(self, device: ReportingDevice) -> End:
        account = self._directory.account(device.user)
        is_door = account is not None and account.kind == "door"
        address = device.address or self._seen(device.user)
        return End(f"device:{device.device_id}", device.user, address, is_door)

    def _party(self, end: End, site_id: int) -> Party:
        account = self._directory.account(end.user)
        if account is None:
            return Party("unknown", end.address, end.address, site_id, is_account=False)
        return party_of(account)

    # -- what ---------------------------------------------------------------------------------

    def _tell_of(self, changes: list[Change], site_id: int = 0) -> None:
        """Tell what became known; `site_id` is the site of calls that began by it."""
        for change in changes:
            if isinstance(change, Began):
                self._open[change.call_id] = OpenDirectCall(site_id, self._plan(change, site_id))
            for fact in self._facts(change, self._open[change.call_id]):
                self._tell(fact)
            if isinstance(change, Over):
                del self._open[change.call_id]
        self._wait()

    def _facts(self, change: Change, call: OpenDirectCall) -> list[CallFact]:
        call_id, at = change.call_id, change.at
        match change:
            case Began():
                return [
                    CallStarted(call_id, at, "", call.plan),
                    StageStarted(call_id, at, 0, DIRECT, 1),
                    self._leg(call_id, at, call, change.callee),
                ]
            case Forked():
                return [self._leg(call_id, at, call, change.callee)]
            case Rang():
                return [LegRang(call_id, at, change.number, 180)]
            case Answered():
                return [LegAnswered(call_id, at, change.number)]
            case Over():
                return [CallEnded(call_id, at, change.outcome, change.by, change.reason, 0)]

    def _plan(self, began: Began, site_id: int) -> RingPlan:
        caller, callee = self._party(began.caller, site_id), self._party(began.callee, site_id)
        site, account = self._directory.sites.get(site_id), self._directory.account(callee.user)
        owner = None if site is None or account is None else site.owner_of(account)
        return RingPlan(
            DIRECT,
            caller,
            began.callee.address,
            (RingStage(DIRECT, (Target(callee),), _RING),),
            began.caller.is_door,
            callee.display if owner is None else owner.display,
            callee.apartment_id,
            notes=("The devices call each other past the server, and report it.",),
        )

    def _leg(self, call_id: str, at: float, call: OpenDirectCall, callee: End) -> LegStarted:
        leg = DirectLeg(len(call.legs) + 1, self._party(callee, call.site_id))
        call.legs.append(leg)
        return LegStarted(call_id, at, 0, leg.number, leg.party, callee.address)

    # -- when ---------------------------------------------------------------------------------

    def _wait(self) -> None:
        """One timer for the call that is due first."""
        self.stop()
        due = self._calls.due
        if due is not None:
            left = max(0.0, due - self._clock.utc())
            self._timer = asyncio.get_running_loop().call_later(left, self._due)

    def _due(self) -> None:
        self._timer = None
        self._tell_of(self._calls.expire(self._clock.utc()))
