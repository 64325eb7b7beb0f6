"""What each fact of a call writes: statements and their parameters, without touching a database.

Every statement stands alone: it needs nothing remembered from earlier facts, so that a retried or
late fact finds its call in the database and not in the memory of a thread.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any, Final

from sipcore.b2bua.facts import (
    CallEnded,
    CallFact,
    CallRefused,
    CallStarted,
    LegAnswered,
    LegFailed,
    LegRang,
    LegReleased,
    LegStarted,
    StageEnded,
    StageSkipped,
    StageStarted,
    TargetSkipped,
)
from sipcore.b2bua.plan import Party

Statement = tuple[str, tuple[object, ...]]

_INSERT_CALL: Final = """
INSERT INTO calls (id, sip_call_id, site_id, is_visit, call_type, caller_kind, caller_user,
    caller_display, caller_device_id, dialled, callee, apartment_id, started_at, plan)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING"""
_END_CALL: Final = """
UPDATE calls SET ended_at = ?, outcome = ?, end_by = ?, end_reason = ?, status = ?,
    duration = ? - answered_at
WHERE id = ?"""
_ANSWER_CALL: Final = """
UPDATE calls SET answered_at = ?, (answered_by_kind, answered_by_user, answered_by_display) =
    (SELECT kind, user, display FROM call_legs WHERE call_id = ? AND leg = ?)
WHERE id = ?"""
_OPEN_DOOR: Final = "UPDATE calls SET opened_by = ? WHERE id = ?"
_INSERT_LEG: Final = """
INSERT INTO call_legs (call_id, leg, stage, kind, user, display, contact, started_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (call_id, leg) DO NOTHING"""
_LEG_RANG: Final = "UPDATE call_legs SET rang_at = ? WHERE call_id = ? AND leg = ?"
_LEG_ANSWERED: Final = """
UPDATE call_legs SET answered_at = ?, outcome = 'answered', status = 200
WHERE call_id = ? AND leg = ?"""
_LEG_FAILED: Final = """
UPDATE call_legs SET ended_at = ?, outcome = 'failed', status = ?, reason = ?
WHERE call_id = ? AND leg = ?"""
_LEG_RELEASED: Final = """
UPDATE call_legs SET ended_at = ?, outcome = coalesce(outcome, 'released'), reason = ?
WHERE call_id = ? AND leg = ?"""
_END_LEGS: Final = """
UPDATE call_legs SET ended_at = ?, outcome = coalesce(outcome, ?), reason = coalesce(reason, ?)
WHERE call_id = ? AND ended_at IS NULL"""
_INSERT_EVENT: Final = """
INSERT INTO call_events (call_id, seq, at, kind, detail)
SELECT ?, coalesce(max(seq), 0) + 1, ?, ?, ? FROM call_events WHERE call_id = ?"""

INTERRUPT_CALLS: Final = """
UPDATE calls SET ended_at = ?, outcome = 'interrupted', end_by = 'server',
    end_reason = 'interrupted', duration = NULL
WHERE ended_at IS NULL"""
"""Closes calls that an earlier run of the server did not see the end of."""
INTERRUPT_LEGS: Final = """
UPDATE call_legs SET ended_at = ?, outcome = coalesce(outcome, 'interrupted')
WHERE ended_at IS NULL"""
"""Closes their legs."""


def statements(fact: CallFact) -> Iterator[Statement]:
    """What one fact changes, in the order in which it has to be executed."""
    match fact:
        case CallStarted():
            yield from _started(fact)
        case CallRefused():
            yield from _refused(fact)
        case LegStarted() | LegRang() | LegAnswered() | LegFailed() | LegReleased():
            yield from _leg(fact)
        case CallEnded(call_id, at, outcome, by, reason, status):
            yield _END_CALL, (at, outcome, by, reason, status or None, at, call_id)
            yield _END_LEGS, (at, "released", reason, call_id)
            detail = {"outcome": outcome, "by": by, "reason": reason, "status": status}
            yield event(call_id, at, "ended", detail)
        case StageStarted(call_id, at, stage, name, legs):
            detail = {"stage": stage, "name": name, "legs": legs}
            yield event(call_id, at, "stage_started", detail)
        case StageSkipped(call_id, at, stage, name, reason):
            detail = {"stage": stage, "name": name, "reason": reason}
            yield event(call_id, at, "stage_skipped", detail)
        case StageEnded(call_id, at, stage, reason):
            yield event(call_id, at, "stage_ended", {"stage": stage, "reason": reason})
        case TargetSkipped(call_id, at, stage, party, reason):
            detail = {"stage": stage, "party": _shown(party), "reason": reason}
            yield event(call_id, at, "target_skipped", detail)


def event(call_id: str, at: float, kind: str, detail: Mapping[str, object]) -> Statement:
    """One entry of the timeline."""
    return _INSERT_EVENT, (call_id, at, kind, json.dumps(detail, default=str), call_id)


def door_opened(call_id: str, by: str) -> Statement:
    """Who opened a door during the call, by display name."""
    return _OPEN_DOOR, (clean(by), call_id)


def clean(text: str) -> str:
    """Text that a database takes: what a phone sent need not be UTF-8."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _started(fact: CallStarted) -> Iterator[Statement]:
    plan = fact.plan
    caller = plan.caller
    yield (
        _INSERT_CALL,
        (
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
            json.dumps(asdict(plan)),
        ),
    )
    yield event(
        fact.call_id,
        fact.at,
        "started",
        {"caller": _shown(caller), "dialled": plan.dialled, "call_type": plan.call_type},
    )


def _refused(fact: CallRefused) -> Iterator[Statement]:
    caller = fact.caller
    yield (
        _INSERT_CALL,
        (
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
        ),
    )
    ended = (fact.at, "refused", "server", fact.reason, fact.status, fact.at, fact.call_id)
    yield _END_CALL, ended
    detail = {"dialled": fact.dialled, "status": fact.status, "reason": fact.reason}
    yield event(fact.call_id, fact.at, "refused", detail)


def _leg(
    fact: LegStarted | LegRang | LegAnswered | LegFailed | LegReleased,
) -> Iterator[Statement]:
    call_id, at, leg = fact.call_id, fact.at, fact.leg
    detail: dict[str, Any] = {"leg": leg}
    match fact:
        case LegStarted():
            party = fact.party
            contact = clean(fact.contact)
            yield _INSERT_LEG, (call_id, leg, fact.stage, *_named(party), contact, at)
            detail |= {"stage": fact.stage, "party": _shown(party), "contact": fact.contact}
            kind = "leg_started"
        case LegRang():
            yield _LEG_RANG, (at, call_id, leg)
            detail |= {"status": fact.status}
            kind = "leg_rang"
        case LegAnswered():
            yield _LEG_ANSWERED, (at, call_id, leg)
            yield _ANSWER_CALL, (at, call_id, leg, call_id)
            kind = "leg_answered"
        case LegFailed():
            yield _LEG_FAILED, (at, fact.status, fact.reason, call_id, leg)
            detail |= {"status": fact.status, "reason": fact.reason}
            kind = "leg_failed"
        case LegReleased():
            yield _LEG_RELEASED, (at, fact.reason, call_id, leg)
            detail |= {"reason": fact.reason}
            kind = "leg_released"
    yield event(call_id, at, kind, detail)


def _named(party: Party) -> tuple[str, str, str]:
    return party.kind, clean(party.user), clean(party.display)


def _shown(party: Party) -> dict[str, str]:
    return {"kind": party.kind, "user": party.user, "display": party.display}
