"""Calls that an earlier run of the server left open."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

from sipcore.b2bua.facts import (
    CallEnded,
    CallFact,
    CallStarted,
    LegAnswered,
    LegRang,
    LegReleased,
    LegStarted,
    StageStarted,
)
from sipcore.storage.call_records import SqlCallJournal
from sipcore.storage.interrupted import InterruptedCall, close_open_calls
from sipcore.storage.writer import connect
from tests.support.calls_on_record import APP, MONITOR, PLAN
from tests.support.storage import create_tables, rows, timeline

NOTICED = 500.0
RINGING: tuple[CallFact, ...] = (
    CallStarted("v1", 100.0, "abc", PLAN),
    StageStarted("v1", 100.1, 0, "indoor", 1),
    LegStarted("v1", 100.2, 0, 1, MONITOR, "sip:m@h"),
    LegRang("v1", 100.7, 1, 180),
)
TALKING: tuple[CallFact, ...] = (
    *RINGING,
    LegStarted("v1", 100.2, 0, 2, APP, "sip:a@h"),
    LegAnswered("v1", 104.0, 2),
    LegReleased("v1", 104.1, 1, "answered_elsewhere"),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return create_tables(tmp_path)


def cut(path: Path, facts: Sequence[CallFact]) -> tuple[InterruptedCall, ...]:
    """What a next run closes of these."""
    journal = SqlCallJournal(path, interval=0.0)
    for fact in facts:
        journal.record(fact)
    journal.flush_and_close()
    connection = connect(path)
    closed = close_open_calls(connection, NOTICED)
    connection.close()
    return closed


def test_a_call_that_rang_ends_with_the_last_that_is_known_of_it(path: Path) -> None:
    (closed,) = cut(path, RINGING)

    assert closed == InterruptedCall("v1", True, "1000000001", 11, 100.0, 100.7, "indoor_then_app")
    assert rows(path, "SELECT ended_at, outcome, end_by, end_reason, duration FROM calls") == [
        (100.7, "interrupted", "server", "interrupted", None)
    ]
    assert rows(path, "SELECT outcome, rang_at, ended_at FROM call_legs") == [
        ("interrupted", 100.7, 100.7)
    ]


def test_of_a_talk_is_counted_what_is_known(path: Path) -> None:
    cut(path, TALKING)

    assert rows(path, "SELECT ended_at, round(duration, 3), outcome FROM calls") == [
        (104.1, 0.1, "interrupted")
    ]
    assert rows(path, "SELECT leg, outcome, ended_at FROM call_legs ORDER BY leg") == [
        (1, "released", 104.1),
        (2, "answered", 104.1),
    ]


def test_an_event_of_others_is_known_too(path: Path) -> None:
    journal = SqlCallJournal(path, interval=0.0)
    journal.record(CallStarted("v1", 100.0, "abc", PLAN))
    journal.record_event("v1", 160.0, "door_digits", {"allowed": False})
    journal.flush_and_close()
    connection = connect(path)

    (closed,) = close_open_calls(connection, NOTICED)

    assert closed.ended_at == 160.0
    connection.close()


def test_the_timeline_tells_the_end_and_when_it_was_noticed(path: Path) -> None:
    cut(path, RINGING)

    assert timeline(path)[-1] == (
        100.7,
        "ended",
        {
            "outcome": "interrupted",
            "by": "server",
            "reason": "interrupted",
            "status": 0,
            "noticed_at": NOTICED,
        },
    )


def test_what_is_over_stays_as_it_ended_and_nothing_is_closed_twice(path: Path) -> None:
    over = CallEnded("v1", 120.0, "answered", "caller", "bye", 0)
    assert cut(path, (*TALKING, over)) == ()
    assert rows(path, "SELECT ended_at, outcome FROM calls") == [(120.0, "answered")]


def test_a_leg_without_a_call_is_closed_where_it_began(path: Path) -> None:
    assert cut(path, RINGING[2:3]) == ()
    assert rows(path, "SELECT outcome, ended_at FROM call_legs") == [("interrupted", 100.2)]


def test_a_database_that_refuses_is_left_as_it_was(path: Path) -> None:
    journal = SqlCallJournal(path, interval=0.0)
    journal.record(RINGING[0])
    journal.flush_and_close()
    connection = connect(path)
    connection.execute("DROP TABLE call_events")
    connection.execute("CREATE TABLE call_events (call_id TEXT, seq INTEGER, events TEXT)")
    connection.execute(
        "CREATE TRIGGER full BEFORE INSERT ON call_events BEGIN SELECT RAISE(ABORT, 'full'); END"
    )

    with pytest.raises(sqlite3.IntegrityError, match="full"):
        close_open_calls(connection, NOTICED)

    assert connection.in_transaction is False
    assert rows(path, "SELECT ended_at FROM calls") == [(None,)]
    connection.close()
