"""The record of calls as operators read it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from sipcore.b2bua.facts import (
    CallEnded,
    CallRefused,
    CallStarted,
    LegAnswered,
    LegRang,
    LegStarted,
    StageStarted,
)
from sipcore.b2bua.plan import Party
from sipcore.storage.call_queries import (
    CallFilter,
    CallSummary,
    EventRecord,
    LegRecord,
    get_call,
    list_calls,
)
from sipcore.storage.call_records import SqlCallJournal
from tests.support.calls_on_record import APP, DOOR, PLAN
from tests.support.storage import create_tables
from tests.support.values import changed

ALL = CallFilter(limit=100)
FOREIGN_DOOR = Party("door", "1000000099", "Other 50% Door", site_id=2, device_id=99)


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    path = create_tables(tmp_path)
    journal = SqlCallJournal(path, interval=0.0)
    journal.record(CallStarted("answered", 100.0, "s1", PLAN))
    journal.record(StageStarted("answered", 100.5, 0, "app", 1))
    journal.record(LegStarted("answered", 101.0, 0, 1, APP, "sip:a@h", "leg-1@us"))
    journal.record(LegAnswered("answered", 105.0, 1))
    journal.record(CallEnded("answered", 115.0, "answered", "caller", "bye", 0))
    foreign = changed(PLAN, caller=FOREIGN_DOOR, callee="2002", apartment_id=22)
    journal.record(CallStarted("foreign", 200.0, "s2", foreign))
    journal.record(LegStarted("foreign", 201.0, 0, 1, APP, "sip:a@h"))
    journal.record(LegRang("foreign", 202.0, 1, 180))
    journal.record(CallEnded("foreign", 210.0, "abandoned", "caller", "caller_hung_up", 487))
    journal.record(CallRefused("refused", 300.0, "s3", DOOR, "9999", 404, "unknown_number", False))
    stranger = Party("unknown", "x")
    journal.record(CallRefused("nowhere", 300.0, "s4", stranger, "1", 403, "unknown", False))
    journal.flush_and_close()
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}", poolclass=NullPool)
    yield engine
    await engine.dispose()


async def ids(
    engine: AsyncEngine, wanted: CallFilter = ALL, site_ids: frozenset[int] | None = None
) -> list[str]:
    return [call.id for call in await list_calls(engine, wanted, site_ids)]


async def test_calls_are_listed_latest_first(engine: AsyncEngine) -> None:
    assert await ids(engine) == ["refused", "nowhere", "foreign", "answered"]


async def test_calls_are_listed_earliest_first_on_demand(engine: AsyncEngine) -> None:
    wanted = CallFilter(limit=3, descending=False)

    assert await ids(engine, wanted) == ["answered", "foreign", "nowhere"]


async def test_only_calls_of_the_scope_are_seen(engine: AsyncEngine) -> None:
    seen = [await ids(engine, site_ids=scope) for scope in (frozenset({1}), frozenset({2}))]

    assert seen == [["refused", "answered"], ["foreign"]]
    assert await ids(engine, site_ids=frozenset()) == []
    assert await ids(engine, replace(ALL, site_id=2), frozenset({1})) == []


@pytest.mark.parametrize("descending", [True, False])
async def test_pages_meet_without_gap_or_overlap(engine: AsyncEngine, descending: bool) -> None:
    wanted = CallFilter(limit=1, descending=descending)
    found: list[str] = []
    while True:
        page = await list_calls(engine, wanted, None)
        if not page:
            break
        found.append(page[0].id)
        wanted = replace(wanted, after=(page[0].started_at, page[0].id))

    assert found == await ids(engine, replace(ALL, descending=descending))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"visits_only": True}, ["foreign", "answered"]),
        ({"direct": True}, []),
        ({"direct": False}, ["refused", "nowhere", "foreign", "answered"]),
        ({"site_id": 2}, ["foreign"]),
        ({"since": 200.0, "until": 300.0}, ["foreign"]),
        ({"caller": "mAIN d"}, ["refused", "answered"]),
        ({"caller": "50%"}, ["foreign"]),
        ({"caller": "%"}, ["foreign"]),
        ({"receiver": "ann"}, ["answered"]),
        ({"receiver": "2002"}, ["foreign"]),
        ({"outcome": "refused"}, ["refused", "nowhere"]),
        ({"apartment_id": 22}, ["foreign"]),
        ({"device_id": 7}, ["refused", "answered"]),
        ({"missed": True}, ["foreign"]),
        ({"missed": False}, ["refused", "nowhere", "answered"]),
    ],
)
async def test_calls_are_filtered(
    engine: AsyncEngine, changes: dict[str, object], expected: list[str]
) -> None:
    assert await ids(engine, replace(ALL, **changes)) == expected  # type: ignore[arg-type]


async def test_a_call_is_read_with_plan_legs_and_timeline(engine: AsyncEngine) -> None:
    record = await get_call(engine, "answered", frozenset({1}))

    assert record is not None
    assert record.call == CallSummary(
        id="answered",
        sip_call_id="s1",
        site_id=1,
        is_visit=True,
        call_type="indoor_then_app",
        caller_kind="door",
        caller_user="1000000001",
        caller_display="Main Door",
        caller_device_id=7,
        dialled="1001",
        callee="1001",
        apartment_id=11,
        started_at=100.0,
        answered_at=105.0,
        ended_at=115.0,
        duration=10.0,
        outcome="answered",
        end_by="caller",
        end_reason="bye",
        status=None,
        answered_by_kind="app",
        answered_by_user="2000000002",
        answered_by_display="Ann",
        opened_by=None,
    )
    assert record.plan is not None
    assert record.plan["stages"][1]["name"] == "app"
    assert record.legs == (
        LegRecord(
            leg=1,
            stage=0,
            kind="app",
            user="2000000002",
            display="Ann",
            contact="sip:a@h",
            started_at=101.0,
            rang_at=None,
            answered_at=105.0,
            ended_at=115.0,
            status=200,
            outcome="answered",
            reason="bye",
            device_id=None,
            person_id=5,
            sip_call_id="leg-1@us",
        ),
    )
    assert record.events[2] == EventRecord(
        3, 100.5, "stage_started", {"stage": 0, "name": "app", "legs": 1}
    )
    assert [event.kind for event in record.events] == [
        "started",
        "planned",
        "stage_started",
        "leg_started",
        "leg_answered",
        "ended",
    ]
    assert [stage["name"] for stage in record.events[1].detail["stages"]] == ["indoor", "app"]


async def test_what_is_told_late_stands_where_it_happened(tmp_path: Path) -> None:
    path = create_tables(tmp_path)
    journal = SqlCallJournal(path, interval=0.0)
    journal.record(CallStarted("v1", 100.0, "s1", PLAN))
    journal.record(StageStarted("v1", 109.0, 0, "app", 1))
    journal.record_event("v1", 105.0, "digits", {"reason": "no_code"})
    journal.record(CallEnded("v1", 109.0, "missed", "server", "no_answer", 480))
    journal.flush_and_close()
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}", poolclass=NullPool)

    record = await get_call(engine, "v1", None)

    await engine.dispose()
    assert record is not None
    assert [(event.seq, event.kind) for event in record.events] == [
        (1, "started"),
        (2, "planned"),
        (3, "digits"),
        (4, "stage_started"),
        (5, "ended"),
    ]


async def test_a_refused_call_has_no_plan(engine: AsyncEngine) -> None:
    record = await get_call(engine, "refused", None)

    assert record is not None
    assert (record.plan, record.legs, record.call.status) == (None, (), 404)


async def test_a_call_of_another_site_does_not_exist(engine: AsyncEngine) -> None:
    answers = [await get_call(engine, name, frozenset({1})) for name in ("foreign", "nowhere", "x")]

    assert answers == [None, None, None]
