"""The record of calls: the rows of the engine and of the API say the same."""

from dataclasses import asdict, fields
from pathlib import Path

from admin_api.rows import CallDetail, CallQuery, CallRow, EventRow, LegRow
from directory.database import open_database
from doorline.adapters.records import StoredCalls, detail_of
from doorline.migrations import upgrade
from sipcore.b2bua.facts import CallEnded, CallStarted, LegAnswered, LegStarted, StageStarted
from sipcore.b2bua.plan import Party, RingPlan
from sipcore.storage.call_queries import (
    CallFilter,
    CallRecord,
    CallSummary,
    EventRecord,
    LegRecord,
)
from sipcore.storage.call_records import SqlCallJournal

DOOR = Party("door", "d1", "Main entrance", site_id=1, device_id=3)
APP = Party("app", "a1", "Ann", site_id=1, apartment_id=5)


def names(kind: type) -> list[str]:
    return [field.name for field in fields(kind)]


def test_both_sides_have_the_same_names() -> None:
    assert names(CallSummary) == names(CallRow)
    assert names(LegRecord) == names(LegRow)
    assert names(EventRecord) == names(EventRow)
    assert names(CallRecord) == names(CallDetail)
    assert {*names(CallFilter), "site_ids"} == {*names(CallQuery)}


async def test_a_call_is_listed_and_shown_in_its_scope(tmp_path: Path) -> None:
    path = tmp_path / "d.db"
    upgrade(f"sqlite+aiosqlite:///{path}")
    journal = SqlCallJournal(path, interval=0.0)
    plan = RingPlan("app_and_indoor", DOOR, "1001", (), True, "Flat 1001", 5)
    for fact in (
        CallStarted("c1", 10.0, "sip-1", plan),
        StageStarted("c1", 10.0, 0, "app", 1),
        LegStarted("c1", 10.0, 0, 0, APP, "sip:a1@h"),
        LegAnswered("c1", 14.0, 0),
        CallEnded("c1", 20.0, "answered", "callee", "hung_up", 0),
    ):
        journal.record(fact)
    assert journal.flush_and_close()
    database = open_database(f"sqlite+aiosqlite:///{path}")
    records = StoredCalls(database)

    mine = CallQuery(site_ids=frozenset({1}), limit=10, visits_only=True)
    (call,) = await records.list_calls(mine)
    foreign = await records.list_calls(CallQuery(site_ids=frozenset({2}), limit=10))
    detail = await records.get_call("c1", frozenset({1}))
    hidden = await records.get_call("c1", frozenset({2}))
    await database.close()

    assert (call.id, call.outcome, call.duration) == ("c1", "answered", 6.0)
    assert (foreign, hidden) == ((), None)
    assert detail is not None
    assert asdict(detail.call) == asdict(call)
    assert [(leg.user, leg.outcome) for leg in detail.legs] == [("a1", "answered")]
    assert [event.kind for event in detail.events] == [
        "started",
        "planned",
        "stage_started",
        "leg_started",
        "leg_answered",
        "ended",
    ]


def test_the_push_token_of_a_contact_is_not_shown() -> None:
    contact = "sip:a1@h;pn-provider=fcm;pn-prid=APA91b"
    leg = LegRecord(0, 0, "app", "a1", "Ann", contact, 1.0, None, None, None, None, None, None)
    event = EventRecord(1, 1.0, "leg_started", {"leg": 0, "contact": contact})
    call = CallSummary(**dict.fromkeys(names(CallSummary)))  # type: ignore[arg-type]

    shown = detail_of(CallRecord(call, None, (leg,), (event,)))

    assert "APA91b" not in str(shown)
    assert shown.events[0].detail["leg"] == 0
