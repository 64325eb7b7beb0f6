"""The statements that write the record of calls.

Each stands alone: it needs nothing remembered from earlier facts, so that a retried or late fact
finds its call in the database and not in the memory of a thread.
"""

from typing import Final

from sipcore.storage.missed import MISSED_SQL

INSERT_CALL: Final = """
INSERT INTO calls (id, sip_call_id, site_id, is_visit, call_type, caller_kind, caller_user,
    caller_display, caller_device_id, dialled, callee, apartment_id, started_at, plan,
    answered_at, ended_at, duration, outcome, end_by, end_reason, status,
    answered_by_kind, answered_by_user, answered_by_display, opened_by, opened_by_user,
    opened_relay_id, missed)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO NOTHING"""
END_CALL: Final = f"""
UPDATE calls SET ended_at = ?1, outcome = ?2, end_by = ?3, end_reason = ?4, status = ?5,
    duration = ?1 - answered_at, missed = {MISSED_SQL}
WHERE id = ?6"""  # noqa: S608 - constants
ANSWER_CALL: Final = """
UPDATE calls SET answered_at = ?1, (answered_by_kind, answered_by_user, answered_by_display) =
    (SELECT kind, user, display FROM call_legs WHERE call_id = ?2 AND leg = ?3)
WHERE id = ?2 AND answered_at IS NULL"""
OPEN_DOOR: Final = """
UPDATE calls SET opened_by = ?, opened_by_user = ?, opened_relay_id = ? WHERE id = ?"""
INSERT_LEG: Final = """
INSERT INTO call_legs (call_id, leg, stage, kind, user, display, contact, started_at,
    device_id, person_id, sip_call_id, rang_at, answered_at, ended_at, status, outcome, reason)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (call_id, leg) DO NOTHING"""
LEG_RANG: Final = """
UPDATE call_legs SET rang_at = coalesce(rang_at, ?) WHERE call_id = ? AND leg = ?"""
LEG_ANSWERED: Final = """
UPDATE call_legs SET answered_at = ?, outcome = 'answered', status = 200
WHERE call_id = ? AND leg = ?"""
LEG_FAILED: Final = """
UPDATE call_legs SET ended_at = ?, outcome = ?, status = ?, reason = ?
WHERE call_id = ? AND leg = ?"""
LEG_RELEASED: Final = """
UPDATE call_legs SET ended_at = ?, outcome = coalesce(outcome, 'released'), reason = ?
WHERE call_id = ? AND leg = ?"""
END_LEGS: Final = """
UPDATE call_legs SET ended_at = ?, outcome = coalesce(outcome, 'released'),
    reason = coalesce(reason, ?)
WHERE call_id = ? AND ended_at IS NULL"""
INSERT_EVENTS: Final = """
INSERT INTO call_events (call_id, seq, events) VALUES (?1,
    (SELECT coalesce(max(seq), 0) + 1 FROM call_events WHERE call_id = ?1), ?2)"""

IN_ORDER: Final = (
    INSERT_CALL,
    INSERT_LEG,
    LEG_RANG,
    LEG_ANSWERED,
    ANSWER_CALL,
    LEG_FAILED,
    LEG_RELEASED,
    END_CALL,
    END_LEGS,
    OPEN_DOOR,
    INSERT_EVENTS,
)
"""Every statement that facts lead to. Those of many facts may be executed sorted by this order,
each kind in one go: no call and no leg goes through it backwards."""

OPEN_CALLS: Final = """
SELECT id, is_visit, caller_user, apartment_id, started_at,
    max(started_at, coalesce(answered_at, 0), coalesce((SELECT max(max(started_at,
        coalesce(rang_at, 0), coalesce(answered_at, 0), coalesce(ended_at, 0)))
        FROM call_legs WHERE call_id = calls.id), 0)),
    (SELECT events FROM call_events WHERE call_id = calls.id ORDER BY seq DESC LIMIT 1), call_type
FROM calls WHERE ended_at IS NULL"""
"""Calls whose end an earlier run of the server did not see, with the last that is known of them."""
INTERRUPT_CALL: Final = f"""
UPDATE calls SET ended_at = ?1, outcome = 'interrupted', end_by = 'server',
    end_reason = 'interrupted', duration = ?1 - answered_at, missed = {MISSED_SQL}
WHERE id = ?2"""  # noqa: S608 - constants
"""Closes such a call."""
INTERRUPT_LEGS: Final = """
UPDATE call_legs SET outcome = coalesce(outcome, 'interrupted'), ended_at = coalesce(
    (SELECT ended_at FROM calls WHERE id = call_id), answered_at, rang_at, started_at)
WHERE ended_at IS NULL"""
"""Closes their legs, when all calls are closed."""
