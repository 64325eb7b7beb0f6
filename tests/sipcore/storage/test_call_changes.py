"""What facts of calls write, seen in a database: in one batch, and each in one of its own."""

import json
import random
import sqlite3
import tempfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipcore.b2bua.facts import (
    CallEnded,
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
from sipcore.storage.call_changes import CallChanges, Opened, OtherEvent, Recorded
from sipcore.storage.writer import connect
from tests.support.calls_on_record import APP, DOOR, MONITOR, PLAN
from tests.support.storage import create_tables, rows, timeline


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return create_tables(tmp_path)


Execute = Callable[..., sqlite3.Connection]


@pytest.fixture(params=["together", "one by one", "three at a time"])
def execute(path: Path, request: pytest.FixtureRequest) -> Execute:
    size = {"together": 1000, "one by one": 1}.get(request.param, 3)

    def written(*facts: Recorded) -> sqlite3.Connection:
        connection = connect(path)
        for start in range(0, len(facts), size):
            changes = CallChanges()
            changes.add(facts[start : start + size])
            for sql, many in changes.rows().items():
                connection.executemany(sql, many)
        return connection

    return written


def one(connection: sqlite3.Connection, sql: str) -> dict[str, object]:
    connection.row_factory = sqlite3.Row
    (row,) = connection.execute(sql).fetchall()
    return dict(row)


STARTED = CallStarted("v1", 100.0, "abc@door", PLAN)
LEGS_IN_ORDER = "SELECT * FROM call_legs ORDER BY leg"


def test_a_started_call_is_on_record_with_its_plan(execute: Execute) -> None:
    row = one(execute(STARTED), "SELECT * FROM calls")

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
        "missed": 0,
    }


def test_a_refused_call_is_on_record_at_once(execute: Execute) -> None:
    refused = CallRefused("v1", 100.0, "abc", DOOR, "9999", 404, "unknown_number", True)

    row = one(execute(refused), "SELECT * FROM calls")

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


def test_an_answered_call_names_who_answered_and_how_long(execute: Execute) -> None:
    connection = execute(
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


def test_legs_keep_what_happened_to_each(execute: Execute) -> None:
    connection = execute(
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


def test_a_leg_that_went_to_another_server_is_one_leg_and_the_timeline_says_so(
    execute: Execute, path: Path
) -> None:
    connection = execute(
        STARTED,
        LegStarted("v1", 101.0, 0, 1, MONITOR, "sip:m@h"),
        LegRerouted("v1", 102.5, 1, 503, "down", "udp:192.0.2.2:5060"),
    )

    legs = connection.execute("SELECT count(*), max(outcome) FROM call_legs").fetchone()
    assert legs == (1, None)
    assert timeline(path)[-1][1:] == (
        "leg_rerouted",
        {
            "leg": 1,
            "status": 503,
            "reason": "down",
            "to": "udp:192.0.2.2:5060",
        },
    )


def test_the_timeline_has_every_fact_in_order(execute: Execute, path: Path) -> None:
    execute(
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

    app = {"kind": "app", "user": "2000000002", "display": "Ann"}
    monitor = {"kind": "indoor", "user": "2000000001", "display": "Kitchen"}
    door = {"kind": "door", "user": "1000000001", "display": "Main Door"}
    assert timeline(path) == [
        (
            100.0,
            "started",
            {"caller": door, "dialled": "1001", "call_type": "indoor_then_app"},
        ),
        (100.0, "target_skipped", {"stage": 0, "party": app, "reason": "not_registered"}),
        (101.0, "stage_started", {"stage": 0, "name": "indoor", "legs": 1}),
        (101.0, "leg_started", {"leg": 1, "stage": 0, "party": monitor, "contact": "sip:m@h"}),
        (102.0, "leg_rang", {"leg": 1, "status": 180}),
        (131.0, "leg_released", {"leg": 1, "reason": "stage_timeout"}),
        (131.0, "stage_ended", {"stage": 0, "reason": "timeout"}),
        (131.0, "stage_skipped", {"stage": 1, "name": "app", "reason": "nobody_reachable"}),
        (
            131.5,
            "ended",
            {"outcome": "missed", "by": "server", "reason": "no_answer", "status": 480},
        ),
    ]


def test_a_fact_that_is_written_twice_does_not_double_the_call(execute: Execute) -> None:
    connection = execute(STARTED, STARTED)

    assert connection.execute("SELECT count(*) FROM calls").fetchone() == (1,)


def test_a_leg_that_joins_later_is_one_of_the_call(execute: Execute) -> None:
    connection = execute(
        STARTED,
        LegStarted("v1", 101.0, 0, 1, MONITOR, "sip:m@h"),
        LegAnswered("v1", 102.0, 1),
        LegStarted("v1", 103.0, 0, 2, APP, "sip:a@h"),
        LegAnswered("v1", 104.0, 2),
        CallEnded("v1", 110.0, "answered", "caller", "bye", 0),
    )

    legs = connection.execute("SELECT leg, answered_at, ended_at, reason FROM call_legs").fetchall()
    assert legs == [(1, 102.0, 110.0, "bye"), (2, 104.0, 110.0, "bye")]
    assert connection.execute("SELECT answered_by_user, duration FROM calls").fetchall() == [
        ("2000000001", 8.0)
    ]


def test_what_others_did_stands_among_the_facts(execute: Execute, path: Path) -> None:
    connection = execute(
        STARTED,
        OtherEvent(
            "v1", 101.0, "door_digits", {"relay": "Gate"}, Opened("Ann \udcff", "a\udcff", 3)
        ),
        CallEnded("v1", 110.0, "missed", "server", "no_answer", 480),
    )

    assert timeline(path)[1] == (101.0, "door_digits", {"relay": "Gate"})
    assert [kind for _, kind, _ in timeline(path)] == ["started", "door_digits", "ended"]
    assert connection.execute(
        "SELECT opened_by, opened_by_user, opened_relay_id FROM calls"
    ).fetchone() == ("Ann ?", "a?", 3)


def test_of_a_batch_every_call_leg_and_timeline_is_one_row() -> None:
    changes = CallChanges()
    for call_id in ("v1", "v2"):
        changes.add([CallStarted(call_id, 100.0, "abc", PLAN)])
    for call_id in ("v1", "v2"):
        changes.add(
            [
                LegStarted(call_id, 101.0, 0, 1, APP, "sip:a@h"),
                LegRang(call_id, 101.0, 1, 180),
                CallEnded(call_id, 110.0, "missed", "server", "no_answer", 480),
            ]
        )

    assert [len(many) for many in changes.rows().values() if many] == [2, 2, 2]


def a_leg(leg: int) -> list[list[Recorded]]:
    """What may become of a leg."""
    begun = LegStarted("v1", 101.0, 0, leg, (MONITOR, APP)[leg - 1], "sip:m@h")
    rang, answered = LegRang("v1", 102.0, leg, 180), LegAnswered("v1", 103.0 + leg, leg)
    failed = LegFailed("v1", 104.0, leg, 486, "busy")
    released = LegReleased("v1", 105.0, leg, "answered_elsewhere")
    return [
        [],
        [begun],
        [begun, rang],
        [begun, failed],
        [begun, released],
        [begun, rang, failed],
        [begun, rang, answered],
        [begun, rang, answered, released],
    ]


DOOR_OPENED: list[list[Recorded]] = [
    [],
    [OtherEvent("v1", 106.0, "door_digits", {"relay": "Gate"}, Opened("Ann", "a", 3))],
]
ENDED = CallEnded("v1", 110.0, "answered", "caller", "bye", 0)


@given(
    st.tuples(*(st.sampled_from(each) for each in (a_leg(1), a_leg(2), DOOR_OPENED))),
    st.randoms(use_true_random=False),
    st.sets(st.integers(1, 10)),
)
def test_wherever_batches_end_the_same_is_on_record(
    lives: tuple[list[Recorded], ...], chance: random.Random, ends: set[int]
) -> None:
    # Each life in its own order, one beside the other.
    turns = [index for index, life in enumerate(lives) for _ in life]
    chance.shuffle(turns)
    waiting = [iter(life) for life in lives]
    story: list[Recorded] = [STARTED, *(next(waiting[index]) for index in turns)]
    # Only what lets go of a leg, and an open door, may be late for the end.
    late = [at for at, what in enumerate(story) if not isinstance(what, (LegReleased, OtherEvent))]
    story.insert(chance.randint(late[-1] + 1, len(story)), ENDED)
    story = story[: chance.randint(late[-1] + 1, len(story))]
    with tempfile.TemporaryDirectory() as folder:
        records = []
        for name, cuts in (("one by one", set(range(len(story)))), ("in batches", ends)):
            path = create_tables(Path(folder), name)
            connection = connect(path)
            marks = [0, *sorted(cut for cut in cuts if 0 < cut < len(story)), len(story)]
            for begin, end in pairwise(marks):
                changes = CallChanges()
                changes.add(story[begin:end])
                for sql, many in changes.rows().items():
                    connection.executemany(sql, many)
            connection.close()
            calls, legs = rows(path, "SELECT * FROM calls"), rows(path, LEGS_IN_ORDER)
            records.append((calls, legs, timeline(path)))

    assert records[0] == records[1]
