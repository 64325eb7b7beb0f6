"""Calls past the server on record like all others: from devices' reports to facts (F092)."""

import asyncio
from collections import Counter
from collections.abc import Callable
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
        self._sites: dict[str, int] = {}
        """Site of each open call."""
        self._timer: asyncio.TimerHandle | None = None
        self.counters: Counter[str] = Counter()
        """Reports by what they were about."""

    def __len__(self) -> int:
        """Calls that are not over."""
        return len(self._calls)

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
        self._told(changes, report.device.site_id)

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

    def _told(self, changes: list[Change], site_id: int) -> None:
        for change in changes:
            if isinstance(change, Began):
                self._sites[change.call_id] = site_id
            for fact in self._facts(change):
                self._tell(fact)
            if isinstance(change, Over):
                del self._sites[change.call_id]
        self._wait()

    def _facts(self, change: Change) -> list[CallFact]:
        call_id, at = change.call_id, change.at
        match change:
            case Began():
                plan = self._plan(change)
                return [
                    CallStarted(call_id, at, "", plan),
                    StageStarted(call_id, at, 0, DIRECT, 1),
                    self._leg(call_id, at, 1, change.callee),
                ]
            case Forked():
                return [self._leg(call_id, at, change.number, change.callee)]
            case Rang():
                return [LegRang(call_id, at, change.number, 180)]
            case Answered():
                return [LegAnswered(call_id, at, change.number)]
            case Over():
                return [CallEnded(call_id, at, change.outcome, change.by, change.reason, 0)]

    def _plan(self, began: Began) -> RingPlan:
        site_id = self._sites[began.call_id]
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

    def _leg(self, call_id: str, at: float, number: int, callee: End) -> LegStarted:
        party = self._party(callee, self._sites[call_id])
        return LegStarted(call_id, at, 0, number, party, callee.address)

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
        self._told(self._calls.expire(self._clock.utc()), 0)
