"""Rows of a call and of its legs, while what happens to them is still coming in.

What a fact does to a row that was written before is in `call_statements`: the same, in SQL.
"""

from typing import final

from sipcore.b2bua.facts import CallEnded, CallRefused, CallStarted, LegStarted
from sipcore.b2bua.plan import Party
from sipcore.storage.call_json import plan_json

Row = tuple[object, ...]


@final
class LegRow:
    """A leg that was not on record before."""

    def __init__(self, fact: LegStarted) -> None:
        self.named = _named(fact.party)
        self._begun: Row = (
            fact.call_id,
            fact.leg,
            fact.stage,
            *self.named,
            clean(fact.contact),
            fact.at,
            fact.party.device_id,
            fact.party.person_id,
            clean(fact.sip_call_id),
        )
        self._rang_at: float | None = None
        self._answered_at: float | None = None
        self._ended_at: float | None = None
        self._status: int | None = None
        self._outcome: str | None = None
        self._reason: str | None = None

    def rang(self, at: float) -> None:
        """The first provisional response other than 100 arrived."""
        self._rang_at = at

    def answered(self, at: float) -> None:
        """It won the call."""
        self._answered_at, self._outcome, self._status = at, "answered", 200

    def failed(self, at: float, status: int, outcome: str, reason: str) -> None:
        """It ended with a response other than 2xx, or with none."""
        self._ended_at, self._outcome, self._status, self._reason = at, outcome, status, reason

    def released(self, at: float, reason: str) -> None:
        """We ended it."""
        self._ended_at, self._reason = at, reason
        if self._outcome is None:
            self._outcome = "released"

    @property
    def has_rung(self) -> bool:
        """Whether its phone rang."""
        return self._rang_at is not None

    @property
    def outcome(self) -> str | None:
        """What became of it; None as long as nothing did."""
        return self._outcome

    def call_ended(self, at: float, reason: str) -> None:
        """Its call is over, and so is the leg if it was not before."""
        if self._ended_at is None:
            self.released(at, reason if self._reason is None else self._reason)

    def values(self) -> Row:
        """In the order of `INSERT_LEG`."""
        return (
            *self._begun,
            self._rang_at,
            self._answered_at,
            self._ended_at,
            self._status,
            self._outcome,
            self._reason,
        )


@final
class CallRow:
    """A call that was not on record before."""

    def __init__(self, begun: Row) -> None:
        self._begun = begun
        self._answered_at: float | None = None
        self._answered_by: Row = (None, None, None)
        self._ended: Row = (None, None, None, None, None, None)
        self._opened: Row = (None, None, None)
        self._missed = False

    @property
    def is_answered(self) -> bool:
        """Whether somebody answered."""
        return self._answered_at is not None

    def answered(self, at: float, leg: LegRow | None) -> None:
        """A leg won it; of a call that is passed on the first one."""
        if self._answered_at is None:
            self._answered_at = at
            if leg is not None:
                self._answered_by = leg.named

    def opened(self, display: str, user: str | None, relay_id: int | None) -> None:
        """Somebody opened a door during the call."""
        self._opened = (display, user, relay_id)

    def missed(self) -> None:
        """Nobody took it, nobody refused."""
        self._missed = True

    def ended(self, at: float, outcome: str, by: str, reason: str, status: int | None) -> None:
        """It is over."""
        answered_at = self._answered_at
        duration = None if answered_at is None else at - answered_at
        self._ended = (at, duration, outcome, by, reason, status)

    def values(self) -> Row:
        """In the order of `INSERT_CALL`."""
        return (
            *self._begun,
            self._answered_at,
            *self._ended,
            *self._answered_by,
            *self._opened,
            self._missed,
        )


def started(fact: CallStarted) -> CallRow:
    """The row of a call that was planned."""
    plan = fact.plan
    caller = plan.caller
    begun: Row = (
        fact.call_id,
        clean(fact.sip_call_id),
        caller.site_id,
        plan.is_visit,
        plan.call_type,
        *_named(caller),
        caller.device_id,
        clean(plan.dialled),
        clean(plan.callee),
        plan.apartment_id,
        fact.at,
        plan_json(plan),
    )
    return CallRow(begun)


def refused(fact: CallRefused) -> CallRow:
    """The row of a call that began and ended at once."""
    caller = fact.caller
    begun: Row = (
        fact.call_id,
        clean(fact.sip_call_id),
        caller.site_id,
        fact.is_visit,
        "",
        *_named(caller),
        caller.device_id,
        clean(fact.dialled),
        "",
        None,
        fact.at,
        None,
    )
    row = CallRow(begun)
    row.ended(fact.at, "refused", "server", fact.reason, fact.status)
    return row


def ended(row: CallRow, fact: CallEnded) -> None:
    """The end of a call that is not on record yet."""
    row.ended(fact.at, fact.outcome, fact.by, fact.reason, fact.status or None)


def clean(text: str) -> str:
    """Text that a database takes: what a phone sent need not be UTF-8."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _named(party: Party) -> Row:
    return party.kind, clean(party.user), clean(party.display)
