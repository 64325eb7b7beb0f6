"""What outlives the program, opened."""

from pathlib import Path

from structlog.testing import capture_logs

from doorline.assembly import stores as module
from sipcore.b2bua.facts import CallStarted
from tests.support.calls_on_record import PLAN
from tests.support.clock import ManualClock
from tests.support.rooms import opened


async def test_calls_that_an_earlier_run_could_not_end_are_told_once(tmp_path: Path) -> None:
    clock = ManualClock()
    async with opened(tmp_path, clock) as (stores, _):
        first = stores.interrupted
        stores.journal.record(CallStarted("c1", clock.utc(), "sip-1", PLAN))
    async with opened(tmp_path, clock) as (stores, _):
        second = [(call.id, call.caller_user) for call in stores.interrupted]
    async with opened(tmp_path, clock) as (stores, _):
        third = stores.interrupted

    assert (first, second, third) == ((), [("c1", PLAN.caller.user)], ())


async def test_the_time_of_changes_comes_from_the_clock(tmp_path: Path) -> None:
    clock = ManualClock()
    async with opened(tmp_path, clock) as (stores, _):
        assert stores.directory.clock() == clock.utc()


def test_the_log_says_which_records_the_database_refuses() -> None:
    with capture_logs() as lines:
        module._not_written("calls")(OSError("disk full"))

    assert lines == [
        {
            "event": "database.not_written",
            "what": "calls",
            "error": "disk full",
            "log_level": "error",
        }
    ]
