"""`doorline trace`."""

import json

from sipcore.b2bua.facts import CallEnded, CallFact, CallStarted
from sipcore.b2bua.plan import Party, RingPlan
from sipcore.storage.call_records import SqlCallJournal
from tests.support.command_line import CommandLine

DOOR = Party("door", "d1", "Gate", site_id=1)


def record(doorline: CommandLine, *facts: CallFact) -> None:
    doorline("migrate")
    journal = SqlCallJournal(doorline.folder / "var" / "doorline.db", interval=0.0)
    for fact in facts:
        journal.record(fact)
    assert journal.flush_and_close()


def call(call_id: str, at: float, *, is_visit: bool = True) -> tuple[CallFact, CallFact]:
    plan = RingPlan("indoor_only", DOOR, "12", (), is_visit)
    return (
        CallStarted(call_id, at, "sip", plan),
        CallEnded(call_id, at + 2, "abandoned", "caller", "caller_hung_up", 487),
    )


def test_the_last_visit_is_the_newest_one_and_no_other_call(doorline: CommandLine) -> None:
    record(doorline, *call("v1", 10.0), *call("v2", 20.0), *call("c3", 30.0, is_visit=False))
    done = doorline("trace", "last")

    assert (done.status, done.lines) == (
        0,
        [
            "visit v2",
            "1970-01-01 00:00:20 UTC  Gate (door) dials 12 (indoor_only)",
            "",
            "   +0.000 s  Gate (door) presses 12 (indoor_only)",
            "   +0.000 s  the plan: 0 stages",
            "   +2.000 s  over: the caller gave up (the caller hung up, 487)",
            "",
            "the caller gave up",
        ],
    )


def test_any_call_is_found_by_its_id(doorline: CommandLine) -> None:
    record(doorline, *call("v1", 10.0), *call("c3", 30.0, is_visit=False))
    done = doorline("trace", "c3", "--json")

    document = json.loads(done.out)
    assert (document["id"], document["is_visit"], document["ended_by"]) == ("c3", False, "caller")
    assert (document["started_at"], document["duration"]) == ("1970-01-01T00:00:30.000Z", None)
    assert [entry["kind"] for entry in document["timeline"]] == ["started", "planned", "ended"]


def test_what_is_not_there_is_told(doorline: CommandLine) -> None:
    nothing = doorline("trace", "last")
    record(doorline, *call("v1", 10.0))
    unknown = doorline("trace", "v2")

    assert (nothing.status, nothing.err) == (1, "doorline: there has been no visit yet\n")
    assert (unknown.status, unknown.err) == (1, "doorline: no visit or call has the id v2\n")
