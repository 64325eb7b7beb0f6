"""Visits in the door log: the facts of a call, followed from the button to the end (F265)."""

from collections.abc import Iterable
from typing import NamedTuple

from directory.queries.dial import DialDirectory
from relay.door_log import CALL, IP_CALL
from relay.in_call import DoorLogSink
from relay.visit import visit_entry
from sipcore.b2bua.facts import CallEnded, CallRefused, CallStarted
from sipcore.endpoint.fact_listeners import ByKind
from sipcore.storage.call_queries import DIRECT
from sipcore.storage.interrupted import OUTCOME, InterruptedCall


class _Visit(NamedTuple):
    """What an ended visit's row needs from its beginning."""

    at: float
    door_user: str
    apartment_id: int | None
    method: str = CALL


class VisitLog:
    """Listens to the facts of calls and writes a row for each ended visit.

    It holds one small tuple for each open visit, and nothing for other calls.
    """

    def __init__(self, directory: DialDirectory, log: DoorLogSink) -> None:
        self._directory = directory
        self._log = log
        self._open: dict[str, _Visit] = {}

    def __len__(self) -> int:
        """Visits that are not over yet."""
        return len(self._open)

    @property
    def by_kind(self) -> ByKind:
        """Who hears of which facts; the others are nothing to the door log."""
        return {CallStarted: self._started, CallRefused: self._refused, CallEnded: self._ended}

    def interrupted(self, calls: Iterable[InterruptedCall]) -> None:
        """Write the rows of visits that an earlier run of the server could not end."""
        for call in calls:
            if call.is_visit:
                method = _method(call.call_type)
                visit = _Visit(call.started_at, call.caller_user, call.apartment_id, method)
                self._write(call.id, visit, OUTCOME, OUTCOME, 0)

    def _started(self, fact: CallStarted) -> None:
        plan = fact.plan
        if plan.is_visit:
            method = _method(plan.call_type)
            self._open[fact.call_id] = _Visit(fact.at, plan.caller.user, plan.apartment_id, method)

    def _refused(self, fact: CallRefused) -> None:
        if fact.is_visit:
            visit = _Visit(fact.at, fact.caller.user, None)
            self._write(fact.call_id, visit, "refused", fact.reason, fact.status)

    def _ended(self, fact: CallEnded) -> None:
        visit = self._open.pop(fact.call_id, None)
        if visit is not None:
            self._write(fact.call_id, visit, fact.outcome, fact.reason, fact.status)

    def _write(self, call_id: str, visit: _Visit, outcome: str, reason: str, status: int) -> None:
        entry = visit_entry(
            self._directory,
            call_id=call_id,
            at=visit.at,
            door_user=visit.door_user,
            apartment_id=visit.apartment_id,
            outcome=outcome,
            reason=reason,
            status=status or None,
            method=visit.method,
        )
        if entry is not None:
            self._log.write(entry)


def _method(call_type: str) -> str:
    return IP_CALL if call_type == DIRECT else CALL
