"""What each fact of a call writes: statements and their parameters, without touching a database.

Every statement stands alone: it needs nothing remembered from earlier facts, so that a retried or
late fact finds its call in the database and not in the memory of a thread.
"""

import json
from collections.abc import Callable, Collection, Mapping
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
    LegRerouted,
    LegStarted,
    StageEnded,
    StageSkipped,
    StageStarted,
    TargetSkipped,
    TransferEnded,
    TransferStarted,
)
from sipcore.b2bua.plan import Party
from sipcore.storage.call_json import Detail, detail_json, plan_json

Statement = tuple[str, tuple[object, ...]]
Recorded = CallFact | tuple[Statement, ...]
"""A fact, or what an event of others comes down to."""

_INSERT_CALL: Final = """
INSERT INTO calls (id, sip_call_id, site_id, is_visit, call_type, caller_kind, caller_user,
    caller_display, caller_device_id, dialled, callee, apartment_id, started_at, plan)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING"""
_END_CALL: Final = """
UPDATE calls SET ended_at = ?1, outcome = ?2, end_by = ?3, end_reason = ?4, status = ?5,
    duration = ?1 - answered_at
WHERE id = ?6"""
_ANSWER_CALL: Final = """
UPDATE calls SET answered_at = ?1, (answered_by_kind, answered_by_user, answered_by_display) =
    (SELECT kind, user, display FROM call_legs WHERE call_id = ?2 AND leg = ?3)
WHERE id = ?2 AND answered_at IS NULL"""
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
INSERT INTO call_events (call_id, seq, at, kind, detail) VALUES (?1,
    (SELECT coalesce(max(seq), 0) + 1 FROM call_events WHERE call_id = ?1), ?2, ?3, ?4)"""

IN_ORDER: Final = (
    _INSERT_CALL,
    _INSERT_LEG,
    _LEG_RANG,
    _LEG_ANSWERED,
    _ANSWER_CALL,
    _LEG_FAILED,
    _LEG_RELEASED,
    _END_CALL,
    _END_LEGS,
    _OPEN_DOOR,
    _INSERT_EVENT,
)
"""Every statement that facts lead to. Those of many facts may be executed sorted by this order,
each kind in one go: no call and no leg goes through it backwards."""

INTERRUPT_CALLS: Final = """
UPDATE calls SET ended_at = ?, outcome = 'interrupted', end_by = 'server',
    end_reason = 'interrupted', duration = NULL
WHERE ended_at IS NULL"""
"""Closes calls that an earlier run of the server did not see the end of."""
INTERRUPT_LEGS: Final = """
UPDATE call_legs SET ended_at = ?, outcome = coalesce(outcome, 'interrupted')
WHERE ended_at IS NULL"""
"""Closes their legs."""


def statements(fact: CallFact) -> tuple[Statement, ...]:
    """What one fact changes, in the order in which it has to be executed."""
    return _WRITES[type(fact)](fact)


def rows(entries: Collection[Recorded]) -> dict[str, list[tuple[object, ...]]]:
    """What many facts change: of each kind of statement all rows, in the order of the facts.

    The statements are in the order in which they have to be executed; some have no rows.
    """
    found: dict[str, list[tuple[object, ...]]] = {sql: [] for sql in IN_ORDER}
    for entry in entries:
        for sql, parameters in entry if isinstance(entry, tuple) else statements(entry):
            found[sql].append(parameters)
    return found


def event(call_id: str, at: float, kind: str, detail: Mapping[str, object]) -> Statement:
    """One entry of the timeline that somebody else makes; the detail is anything JSON takes."""
    return _INSERT_EVENT, (call_id, at, kind, _encode(detail))


def door_opened(call_id: str, by: str) -> Statement:
    """Who opened a door during the call, by display name."""
    return _OPEN_DOOR, (clean(by), call_id)


def clean(text: str) -> str:
    """Text that a database takes: what a phone sent need not be UTF-8."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


_encode: Final = json.JSONEncoder(default=str).encode


def _event(call_id: str, at: float, kind: str, detail: Detail) -> Statement:
    return _INSERT_EVENT, (call_id, at, kind, detail_json(detail))


def _started(fact: CallStarted) -> tuple[Statement, ...]:
    plan = fact.plan
    caller = plan.caller
    row = (
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
    detail: Detail = {"caller": caller, "dialled": plan.dialled, "call_type": plan.call_type}
    return (_INSERT_CALL, row), _event(fact.call_id, fact.at, "started", detail)


def _refused(fact: CallRefused) -> tuple[Statement, ...]:
    caller = fact.caller
    row = (
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
    ended = (fact.at, "refused", "server", fact.reason, fact.status, fact.call_id)
    detail: Detail = {"dialled": fact.dialled, "status": fact.status, "reason": fact.reason}
    return (_INSERT_CALL, row), (_END_CALL, ended), _event(fact.call_id, fact.at, "refused", detail)


def _ended(fact: CallEnded) -> tuple[Statement, ...]:
    call_id, at, reason, status = fact.call_id, fact.at, fact.reason, fact.status
    detail: Detail = {"outcome": fact.outcome, "by": fact.by, "reason": reason, "status": status}
    return (
        (_END_CALL, (at, fact.outcome, fact.by, reason, status or None, call_id)),
        (_END_LEGS, (at, "released", reason, call_id)),
        _event(call_id, at, "ended", detail),
    )


def _stage_started(fact: StageStarted) -> tuple[Statement, ...]:
    detail: Detail = {"stage": fact.stage, "name": fact.name, "legs": fact.legs}
    return (_event(fact.call_id, fact.at, "stage_started", detail),)


def _stage_skipped(fact: StageSkipped) -> tuple[Statement, ...]:
    detail: Detail = {"stage": fact.stage, "name": fact.name, "reason": fact.reason}
    return (_event(fact.call_id, fact.at, "stage_skipped", detail),)


def _stage_ended(fact: StageEnded) -> tuple[Statement, ...]:
    detail: Detail = {"stage": fact.stage, "reason": fact.reason}
    return (_event(fact.call_id, fact.at, "stage_ended", detail),)


def _target_skipped(fact: TargetSkipped) -> tuple[Statement, ...]:
    detail: Detail = {"stage": fact.stage, "party": fact.party, "reason": fact.reason}
    return (_event(fact.call_id, fact.at, "target_skipped", detail),)


def _leg_started(fact: LegStarted) -> tuple[Statement, ...]:
    call_id, at, leg, stage, party = fact.call_id, fact.at, fact.leg, fact.stage, fact.party
    row = (call_id, leg, stage, *_named(party), clean(fact.contact), at)
    detail: Detail = {"leg": leg, "stage": stage, "party": party, "contact": fact.contact}
    return (_INSERT_LEG, row), _event(call_id, at, "leg_started", detail)


def _leg_rang(fact: LegRang) -> tuple[Statement, ...]:
    call_id, at, leg = fact.call_id, fact.at, fact.leg
    detail: Detail = {"leg": leg, "status": fact.status}
    return (_LEG_RANG, (at, call_id, leg)), _event(call_id, at, "leg_rang", detail)


def _leg_answered(fact: LegAnswered) -> tuple[Statement, ...]:
    call_id, at, leg = fact.call_id, fact.at, fact.leg
    return (
        (_LEG_ANSWERED, (at, call_id, leg)),
        (_ANSWER_CALL, (at, call_id, leg)),
        _event(call_id, at, "leg_answered", {"leg": leg}),
    )


def _leg_failed(fact: LegFailed) -> tuple[Statement, ...]:
    call_id, at, leg = fact.call_id, fact.at, fact.leg
    detail: Detail = {"leg": leg, "status": fact.status, "reason": fact.reason}
    return (
        (_LEG_FAILED, (at, fact.status, fact.reason, call_id, leg)),
        _event(call_id, at, "leg_failed", detail),
    )


def _leg_rerouted(fact: LegRerouted) -> tuple[Statement, ...]:
    detail: Detail = {"leg": fact.leg, "status": fact.status, "reason": fact.reason, "to": fact.to}
    return (_event(fact.call_id, fact.at, "leg_rerouted", detail),)


def _leg_released(fact: LegReleased) -> tuple[Statement, ...]:
    call_id, at, leg = fact.call_id, fact.at, fact.leg
    detail: Detail = {"leg": leg, "reason": fact.reason}
    return (
        (_LEG_RELEASED, (at, fact.reason, call_id, leg)),
        _event(call_id, at, "leg_released", detail),
    )


def _transfer_started(fact: TransferStarted) -> tuple[Statement, ...]:
    detail: Detail = {"kind": fact.kind, "by": fact.by, "target": fact.target}
    return (_event(fact.call_id, fact.at, "transfer_started", detail),)


def _transfer_ended(fact: TransferEnded) -> tuple[Statement, ...]:
    detail: Detail = {"kind": fact.kind, "status": fact.status}
    return (_event(fact.call_id, fact.at, "transfer_ended", detail),)


def _named(party: Party) -> tuple[str, str, str]:
    return party.kind, clean(party.user), clean(party.display)


_WRITES: Final[dict[type[CallFact], Callable[[Any], tuple[Statement, ...]]]] = {
    CallStarted: _started,
    CallRefused: _refused,
    CallEnded: _ended,
    StageStarted: _stage_started,
    StageSkipped: _stage_skipped,
    StageEnded: _stage_ended,
    TargetSkipped: _target_skipped,
    LegStarted: _leg_started,
    LegRang: _leg_rang,
    LegAnswered: _leg_answered,
    LegFailed: _leg_failed,
    LegReleased: _leg_released,
    TransferStarted: _transfer_started,
    TransferEnded: _transfer_ended,
    LegRerouted: _leg_rerouted,
}
