"""CallChanges: what many facts change, gathered so that every row is written once.

A call, and a leg, that begins among these facts becomes one row with all that is known of it by
their end; of those that began before, the database is brought up to date. What a call's timeline
gains is one row, however much it is.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Final, final

from sipcore.b2bua.facts import (
    CallEnded,
    CallFact,
    CallRefused,
    CallStarted,
    KeyAwaited,
    LegAnswered,
    LegFailed,
    LegRang,
    LegReleased,
    LegStarted,
)
from sipcore.b2bua.verdict import DECLINED, FAILED
from sipcore.storage import call_rows
from sipcore.storage.call_json import word
from sipcore.storage.call_rows import CallRow, LegRow, Row, clean
from sipcore.storage.call_statements import (
    ANSWER_CALL,
    END_CALL,
    END_LEGS,
    IN_ORDER,
    INSERT_CALL,
    INSERT_EVENTS,
    INSERT_LEG,
    LEG_ANSWERED,
    LEG_FAILED,
    LEG_RANG,
    LEG_RELEASED,
    OPEN_DOOR,
)
from sipcore.storage.fact_json import fact_json
from sipcore.storage.missed import is_missed
from sipcore.storage.timeline import MICROSECONDS

_encode: Final = json.JSONEncoder(default=str).encode


@final
class Opened:
    """A door was opened during a call."""

    def __init__(self, by: str, user: str | None = None, relay_id: int | None = None) -> None:
        self.by = by
        """Display name of who opened it."""
        self.user = user
        """Account or number of who opened it."""
        self.relay_id = relay_id


@final
class OtherEvent:
    """Something that others did during a call."""

    def __init__(
        self,
        call_id: str,
        at: float,
        kind: str,
        detail: Mapping[str, object],
        opened: "Opened | None" = None,
    ) -> None:
        """The detail is anything that JSON takes."""
        self.call_id = call_id
        self.at = at
        self.told = f"{word(kind)}, {_encode(detail)}"
        self.opened = opened
        """The door that was opened by it."""


Recorded = CallFact | OtherEvent


@final
class _Call:
    """What changes of one call."""

    def __init__(self) -> None:
        self.row: CallRow | None = None
        """When it begins among these facts."""
        self.legs: dict[int, LegRow] | None = None
        """Those that begin among these facts."""
        self.events: list[str] = []


@final
class CallChanges:
    """The changes of one batch."""

    def __init__(self) -> None:
        self._calls: dict[str, _Call] = {}
        self._rows: dict[str, list[Row]] = {sql: [] for sql in IN_ORDER}

    def add(self, entries: Sequence[Recorded]) -> None:
        """Take in some more, in the order in which they were recorded."""
        for entry in entries:
            call = self._calls.get(entry.call_id)
            if call is None:
                self._calls[entry.call_id] = call = _Call()
            if isinstance(entry, OtherEvent):
                told = entry.told
                if entry.opened is not None:
                    self._door_opened(call, entry.call_id, entry.opened)
            else:
                told = fact_json(entry)
                self._apply(call, entry)
            call.events.append(f"[{int(entry.at * MICROSECONDS + 0.5)}, {told}]")

    def rows(self) -> dict[str, list[Row]]:
        """Of each kind of statement all rows, in the order in which they are to be executed.

        To be asked for once. Some statements have no rows.
        """
        begun, legs = self._rows[INSERT_CALL], self._rows[INSERT_LEG]
        events = self._rows[INSERT_EVENTS]
        for call_id, call in self._calls.items():
            if call.row is not None:
                begun.append(call.row.values())
            if call.legs is not None:
                for leg in call.legs.values():
                    legs.append(leg.values())
            events.append((call_id, f"[{', '.join(call.events)}]"))
        return self._rows

    def _apply(self, call: _Call, fact: CallFact) -> None:
        if isinstance(fact, LegStarted):
            if call.legs is None:
                call.legs = {}
            if fact.leg not in call.legs:
                call.legs[fact.leg] = LegRow(fact)
        elif isinstance(fact, LegRang):
            leg = _leg(call, fact.leg)
            if leg is not None:
                leg.rang(fact.at)
            else:
                self._rows[LEG_RANG].append((fact.at, fact.call_id, fact.leg))
        elif isinstance(fact, LegReleased):
            leg = _leg(call, fact.leg)
            if leg is not None:
                leg.released(fact.at, fact.reason)
            else:
                row = (fact.at, fact.reason, fact.call_id, fact.leg)
                self._rows[LEG_RELEASED].append(row)
        elif isinstance(fact, CallStarted):
            if call.row is None:
                call.row = call_rows.started(fact)
        elif isinstance(fact, LegAnswered):
            self._answered(call, fact)
        elif isinstance(fact, CallEnded):
            self._ended(call, fact)
        elif isinstance(fact, LegFailed):
            leg, outcome = _leg(call, fact.leg), DECLINED if fact.declined else FAILED
            if leg is not None:
                leg.failed(fact.at, fact.status, outcome, fact.reason)
            else:
                failed = (fact.at, outcome, fact.status, fact.reason, fact.call_id, fact.leg)
                self._rows[LEG_FAILED].append(failed)
        elif isinstance(fact, CallRefused):
            if call.row is None:
                call.row = call_rows.refused(fact)
        elif isinstance(fact, KeyAwaited):  # what answers has rung
            leg = _leg(call, fact.leg)
            if leg is None:
                self._rows[LEG_RANG].append((fact.at, fact.call_id, fact.leg))
            elif not leg.has_rung:
                leg.rang(fact.at)

    def _answered(self, call: _Call, fact: LegAnswered) -> None:
        leg = _leg(call, fact.leg)
        if leg is not None:
            leg.answered(fact.at)
        else:
            self._rows[LEG_ANSWERED].append((fact.at, fact.call_id, fact.leg))
        if call.row is not None:
            call.row.answered(fact.at, leg)
        else:
            self._rows[ANSWER_CALL].append((fact.at, fact.call_id, fact.leg))

    def _ended(self, call: _Call, fact: CallEnded) -> None:
        at, reason = fact.at, fact.reason
        if call.row is not None:
            call_rows.ended(call.row, fact)
            legs = [] if call.legs is None else list(call.legs.values())
            if not call.row.is_answered and is_missed(
                [(leg.has_rung, leg.outcome) for leg in legs]
            ):
                call.row.missed()
        else:
            ended = (at, fact.outcome, fact.by, reason, fact.status or None, fact.call_id)
            self._rows[END_CALL].append(ended)
            self._rows[END_LEGS].append((at, reason, fact.call_id))
        if call.legs is not None:
            for leg in call.legs.values():
                leg.call_ended(at, reason)

    def _door_opened(self, call: _Call, call_id: str, opened: Opened) -> None:
        by = clean(opened.by)
        user = None if opened.user is None else clean(opened.user)
        if call.row is not None:
            call.row.opened(by, user, opened.relay_id)
        else:
            self._rows[OPEN_DOOR].append((by, user, opened.relay_id, call_id))


def _leg(call: _Call, number: int) -> LegRow | None:
    return None if call.legs is None else call.legs.get(number)
