"""The journal of calls."""

from pathlib import Path

import pytest

from sipcore.b2bua.facts import (
    CallEnded,
    CallStarted,
    LegAnswered,
    LegStarted,
    TransferEnded,
    TransferStarted,
)
from sipcore.b2bua.plan import Party
from sipcore.b2bua.ports import CallJournal
from sipcore.storage.call_records import SqlCallJournal
from tests.support.calls_on_record import APP, PLAN
from tests.support.storage import create_tables, rows, timeline


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return create_tables(tmp_path)


def test_facts_are_on_record_when_the_journal_is_closed(path: Path) -> None:
    journal = SqlCallJournal(f"sqlite+aiosqlite:///{path}", interval=0.0)
    port: CallJournal = journal
    port.record(CallStarted("v1", 100.0, "abc", PLAN))
    port.record(LegStarted("v1", 101.0, 0, 1, APP, "sip:a@h"))
    port.record(LegAnswered("v1", 105.0, 1))
    port.record(CallEnded("v1", 115.0, "answered", "caller", "bye", 0))

    assert journal.flush_and_close()
    assert rows(path, "SELECT id, outcome, duration, answered_by_user FROM calls") == [
        ("v1", "answered", 10.0, "2000000002")
    ]
    assert journal.counters["written"] == 4


def test_a_call_that_was_passed_on_was_answered_by_whoever_answered_first(path: Path) -> None:
    journal = SqlCallJournal(path, interval=0.0)
    guard = Party("guard", "3000000001", "Guard")
    journal.record(CallStarted("v1", 100.0, "abc", PLAN))
    journal.record(LegStarted("v1", 101.0, 0, 1, APP, "sip:a@h"))
    journal.record(LegAnswered("v1", 105.0, 1))
    journal.record(TransferStarted("v1", 110.0, "blind", APP, "0"))
    journal.record(LegStarted("v1", 110.0, 1, 2, guard, "sip:g@h"))
    journal.record(LegAnswered("v1", 112.0, 2))
    journal.record(TransferEnded("v1", 112.0, "blind", 200))
    journal.record(CallEnded("v1", 125.0, "answered", "caller", "bye", 0))
    journal.flush_and_close()

    assert rows(path, "SELECT duration, answered_by_user FROM calls") == [(20.0, "2000000002")]
    assert [kind for _, kind, _ in timeline(path)][3:8] == [
        "transfer_started",
        "leg_started",
        "leg_answered",
        "transfer_ended",
        "ended",
    ]


def test_a_door_opened_during_the_call_is_on_record(path: Path) -> None:
    journal = SqlCallJournal(path, interval=0.0)
    journal.record(CallStarted("v1", 100.0, "abc", PLAN))
    detail = {"relay": "Gate", "relay_id": 3, "allowed": True, "by": "Ann", "by_user": "a1"}
    journal.record_event("v1", 103.0, "door_digits", detail)
    journal.flush_and_close()

    assert rows(path, "SELECT opened_by, opened_by_user, opened_relay_id FROM calls") == [
        ("Ann", "a1", 3)
    ]
    assert timeline(path)[1:] == [(103.0, "door_digits", detail)]


def test_of_more_facts_than_are_taken_at_a_time_none_is_lost(path: Path) -> None:
    journal = SqlCallJournal(path, interval=0.05)
    for number in range(300):
        journal.record(CallStarted(f"v{number}", 100.0, "abc", PLAN))
        journal.record(LegStarted(f"v{number}", 101.0, 0, 1, APP, "sip:a@h"))
    journal.flush_and_close()

    assert rows(path, "SELECT count(*) FROM calls") == [(300,)]
    assert rows(path, "SELECT count(*) FROM call_legs") == [(300,)]
    assert journal.counters["written"] == 600


@pytest.mark.parametrize(
    ("kind", "detail"),
    [
        ("door_digits", {"allowed": False, "by": "Ann"}),
        ("door_digits", {"allowed": True}),
        ("note", {"allowed": True, "by": "Ann"}),
    ],
)
def test_what_opened_no_door_names_nobody(path: Path, kind: str, detail: dict[str, object]) -> None:
    journal = SqlCallJournal(path, interval=0.0)
    journal.record(CallStarted("v1", 100.0, "abc", PLAN))
    journal.record_event("v1", 103.0, kind, detail)
    journal.flush_and_close()

    assert rows(path, "SELECT opened_by FROM calls") == [(None,)]


def test_calls_that_a_restart_interrupted_are_closed(path: Path) -> None:
    journal = SqlCallJournal(path, interval=0.0)
    for call_id in ("v1", "v2"):
        journal.record(CallStarted(call_id, 100.0, "abc", PLAN))
        journal.record(LegStarted(call_id, 101.0, 0, 1, APP, "sip:a@h"))
    journal.record(CallEnded("v1", 120.0, "missed", "server", "no_answer", 480))
    journal.flush_and_close()

    after_restart = SqlCallJournal(path)

    assert [call.id for call in after_restart.close_interrupted(500.0)] == ["v2"]
    assert after_restart.close_interrupted(600.0) == ()
    assert rows(path, "SELECT id, outcome, ended_at, end_by, end_reason FROM calls") == [
        ("v1", "missed", 120.0, "server", "no_answer"),
        ("v2", "interrupted", 101.0, "server", "interrupted"),
    ]
