"""Visits in the door log: the facts of a call, followed from the button to the end (F265)."""

from typing import NamedTuple

from directory.queries.dial import DialDirectory
from relay.in_call import DoorLogSink
from relay.visit import visit_entry
from sipcore.b2bua.facts import CallEnded, CallFact, CallRefused, CallStarted


class _Visit(NamedTuple):
    """What an ended visit's row needs from its beginning."""

    at: float
    door_user: str
    apartment_id: int | None


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

    def heard(self, fact: CallFact) -> None:
        """Something happened to a call."""
        match fact:
            case CallStarted(call_id, at, _, plan) if plan.is_visit:
                self._open[call_id] = _Visit(at, plan.caller.user, plan.apartment_id)
            case CallRefused(call_id, at, _, caller, _, status, reason, True):
                visit = _Visit(at, caller.user, None)
                self._write(call_id, visit, "refused", reason, status)
            case CallEnded(call_id, _, outcome, _, reason, status) if call_id in self._open:
                self._write(call_id, self._open.pop(call_id), outcome, reason, status)

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
        )
        if entry is not None:
            self._log.write(entry)
