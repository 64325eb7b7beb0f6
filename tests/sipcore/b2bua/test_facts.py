"""Facts of calls."""

from typing import get_args

from sipcore.b2bua.facts import CallFact
from tests.support.peers import invite, reply
from tests.support.wire import DOOR, MONITOR, Wire, requests, stage, talk


def test_every_fact_carries_the_call_and_the_time() -> None:
    assert all({"call_id", "at"} <= set(kind.__slots__) for kind in get_args(CallFact))


def test_an_answered_call_is_told_in_the_order_in_which_it_happened() -> None:
    on = talk()
    on.wire.receive(on.door("BYE"), DOOR)

    assert on.wire.journal.names == [
        "CallStarted",
        "StageStarted",
        "LegStarted",
        "LegRang",
        "LegAnswered",
        "CallEnded",
    ]


def test_times_are_utc_and_never_run_backwards() -> None:
    wire = Wire(stage("a", "monitor", timeout=5.0), contacts={"monitor": [MONITOR]})
    start = wire.clock.utc()
    (leg,) = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    wire.advance(1.0)
    wire.receive(reply(leg, 180, flow=MONITOR), MONITOR)
    wire.advance(5.0)

    times = [round(fact.at - start, 1) for fact in wire.journal.facts]
    assert times == sorted(times)
    assert (times[0], times[-1]) == (0.0, 5.0)
