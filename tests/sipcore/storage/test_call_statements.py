"""What facts of calls write, seen in a database."""

import json
import sqlite3
from pathlib import Path

import pytest

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
)
from sipcore.storage.call_statements import clean, statements
from sipcore.storage.writer import connect
from tests.support.calls_on_record import APP, DOOR, MONITOR, PLAN
from tests.support.storage import create_tables


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return create_tables(tmp_path)


def execute(path: Path, *facts: CallFact) -> sqlite3.Connection:
    connection = connect(path)
    for fact in facts:
        for sql, parameters in statements(fact):
            connection.execute(sql, parameters)
    return connection


def one(connection: sqlite3.Connection, sql: str) -> dict[str, object]:
    connection.row_factory = sqlite3.Row
    (row,) = connection.execute(sql).fetchall()
    return dict(row)


STARTED = CallStarted("v1", 100.0, "abc@door", PLAN)


def test_a_started_call_is_on_record_with_its_plan(path: Path) -> None:
    row = one(execute(path, STARTED), "SELECT * FROM calls")

    plan = json.loads(str(row.pop("plan")))
    assert (plan["call_type"], [stage["name"] for stage in plan["stages"]]) == (
        "indoor_then_app",
        ["indoor", "app"],
    )
    assert {name: value for name, value in row.items() if value is not None} == {
        "id": "v1",
        "sip_call_id": "abc@door",
        "site_id": 1,
        "is_visit": 1,
        "call_type": "indoor_then_app",
        "caller_kind": "door",
        "caller_user": "1000000001",
        "caller_display": "Main Door",
        "caller_device_id": 7,
        "dialled": "1001",
        "callee": "1001",
        "apartment_id": 11,
        "started_at": 100.0,
    }


def test_a_refused_call_is_on_record_at_once(path: Path) -> None:
    refused = CallRefused("v1", 100.0, "abc", DOOR, "9999", 404, "unknown_number", True)

    row = one(execute(path, refused), "SELECT * FROM calls")

    wanted = ("outcome", "end_by", "end_reason", "status", "ended_at", "duration", "plan")
    assert [row[name] for name in wanted] == [
        "refused",
        "server",
        "unknown_number",
        404,
        100.0,
        None,
        None,
    ]


def test_an_answered_call_names_who_answered_and_how_long(path: Path) -> None:
    connection = execute(
        path,
        STARTED,
        LegStarted("v1", 101.0, 0, 1, MONITOR, "sip:m@h"),
        LegStarted("v1", 101.0, 0, 2, APP, "sip:a@h"),
        LegRang("v1", 102.0, 2, 180),
        LegAnswered("v1", 110.0, 2),
        LegReleased("v1", 110.0, 1, "answered_elsewhere"),
        CallEnded("v1", 140.0, "answered", "caller", "bye", 0),
    )

    call = one(
        connection,
        "SELECT answered_at, ended_at, duration, outcome, end_by, status, answered_by_kind,"
        " answered_by_user, answered_by_display FROM calls",
    )
    assert list(call.values()) == [
        110.0,
        140.0,
        30.0,
        "answered",
        "caller",
        None,
        "app",
        "2000000002",
        "Ann",
    ]


def test_legs_keep_what_happened_to_each(path: Path) -> None:
    connection = execute(
        path,
        STARTED,
        LegStarted("v1", 101.0, 0, 1, MONITOR, "sip:m@h"),
        LegStarted("v1", 101.0, 0, 2, APP, "sip:a@h"),
        LegStarted("v1", 101.0, 1, 3, APP, "sip:b@h"),
        LegRang("v1", 102.0, 1, 180),
        LegRerouted("v1", 102.5, 1, 503, "down", "udp:192.0.2.2:5060"),
        LegFailed("v1", 103.0, 1, 486, "busy"),
        LegAnswered("v1", 104.0, 2),
        LegReleased("v1", 104.5, 3, "answered_elsewhere"),
        CallEnded("v1", 120.0, "answered", "callee", "bye", 0),
    )
    columns = "leg, stage, kind, user, display, contact, started_at, rang_at, answered_at, "
    columns += "ended_at, status, outcome, reason"

    legs = connection.execute(f"SELECT {columns} FROM call_legs ORDER BY leg").fetchall()  # noqa: S608

    monitor = ("indoor", "2000000001", "Kitchen")
    app = ("app", "2000000002", "Ann")
    assert legs == [
        (1, 0, *monitor, "sip:m@h", 101.0, 102.0, None, 103.0, 486, "failed", "busy"),
        (2, 0, *app, "sip:a@h", 101.0, None, 104.0, 120.0, 200, "answered", "bye"),
        (3, 1, *app, "sip:b@h", 101.0, None, None, 104.5, None, "released", "answered_elsewhere"),
    ]


def test_a_leg_that_went_to_another_server_is_one_leg_and_the_timeline_says_so(path: Path) -> None:
    connection = execute(
        path,
        STARTED,
        LegStarted("v1", 101.0, 0, 1, MONITOR, "sip:m@h"),
        LegRerouted("v1", 102.5, 1, 503, "down", "udp:192.0.2.2:5060"),
    )

    legs = connection.execute("SELECT count(*), max(outcome) FROM call_legs").fetchone()
    (entry,) = connection.execute("SELECT detail FROM call_events WHERE kind = 'leg_rerouted'")

    assert legs == (1, None)
    assert json.loads(entry[0]) == {
        "leg": 1,
        "status": 503,
        "reason": "down",
        "to": "udp:192.0.2.2:5060",
    }


def test_the_timeline_has_every_fact_in_order(path: Path) -> None:
    connection = execute(
        path,
        STARTED,
        TargetSkipped("v1", 100.0, 0, APP, "not_registered"),
        StageStarted("v1", 101.0, 0, "indoor", 1),
        LegStarted("v1", 101.0, 0, 1, MONITOR, "sip:m@h"),
        LegRang("v1", 102.0, 1, 180),
        LegReleased("v1", 131.0, 1, "stage_timeout"),
        StageEnded("v1", 131.0, 0, "timeout"),
        StageSkipped("v1", 131.0, 1, "app", "nobody_reachable"),
        CallEnded("v1", 131.5, "missed", "server", "no_answer", 480),
    )

    found = connection.execute("SELECT seq, at, kind, detail FROM call_events ORDER BY seq")

    app = {"kind": "app", "user": "2000000002", "display": "Ann"}
    monitor = {"kind": "indoor", "user": "2000000001", "display": "Kitchen"}
    door = {"kind": "door", "user": "1000000001", "display": "Main Door"}
    assert [(seq, at, kind, json.loads(detail)) for seq, at, kind, detail in found] == [
        (
            1,
            100.0,
            "started",
            {"caller": door, "dialled": "1001", "call_type": "indoor_then_app"},
        ),
        (2, 100.0, "target_skipped", {"stage": 0, "party": app, "reason": "not_registered"}),
        (3, 101.0, "stage_started", {"stage": 0, "name": "indoor", "legs": 1}),
        (4, 101.0, "leg_started", {"leg": 1, "stage": 0, "party": monitor, "contact": "sip:m@h"}),
        (5, 102.0, "leg_rang", {"leg": 1, "status": 180}),
        (6, 131.0, "leg_released", {"leg": 1, "reason": "stage_timeout"}),
        (7, 131.0, "stage_ended", {"stage": 0, "reason": "timeout"}),
        (8, 131.0, "stage_skipped", {"stage": 1, "name": "app", "reason": "nobody_reachable"}),
        (
            9,
            131.5,
            "ended",
            {"outcome": "missed", "by": "server", "reason": "no_answer", "status": 480},
        ),
    ]


def test_a_fact_that_is_written_twice_does_not_double_the_call(path: Path) -> None:
    connection = execute(path, STARTED, STARTED)

    assert connection.execute("SELECT count(*) FROM calls").fetchone() == (1,)


def test_text_that_is_not_utf_8_can_be_stored() -> None:
    assert (clean("Tür"), clean("a\udcffb")) == ("Tür", "a?b")
