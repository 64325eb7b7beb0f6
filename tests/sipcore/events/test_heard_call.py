"""What is kept of a call that nobody watches."""

from sipcore.b2bua.facts import (
    CallStarted,
    LegAnswered,
    LegRang,
    LegReleased,
    LegStarted,
    StageStarted,
)
from sipcore.b2bua.plan import Party, RingPlan
from sipcore.events.heard_call import MOST, HeardCall

DOOR, ONE = Party("door", "door"), Party("indoor", "one")


def test_a_call_knows_who_takes_part() -> None:
    call = HeardCall(CallStarted("c", 1.0, "sip", RingPlan("direct", DOOR, "1", ())))
    call.keep(LegStarted("c", 2.0, 0, 1, ONE, "sip:one@h"))
    call.keep(LegRang("c", 3.0, 1, 180, "t"))

    assert call.users == ["door", "one"]
    assert [type(what).__name__ for what in call.heard] == ["CallStarted", "LegStarted", "LegRang"]


def test_a_call_is_full_one_day() -> None:
    call = HeardCall(CallStarted("c", 1.0, "sip", RingPlan("direct", DOOR, "1", ())))
    for number in range(2, MOST):
        call.keep(LegRang("c", float(number), 1, 180))
        assert not call.is_full
    call.keep(LegRang("c", 200.0, 1, 180))

    assert call.is_full


def test_nothing_is_kept_of_stages_and_of_legs_that_rang_in_vain() -> None:
    call = HeardCall(CallStarted("c", 1.0, "sip", RingPlan("direct", DOOR, "1", ())))
    call.keep(StageStarted("c", 1.0, 0, "indoor", 2))
    for leg in (1, 2):
        call.keep(LegStarted("c", 2.0, 0, leg, ONE, "sip:one@h"))
        call.keep(LegRang("c", 3.0, leg, 180, "t"))
    call.keep(LegAnswered("c", 4.0, 2, "t"))
    call.keep(LegReleased("c", 4.0, 1, "answered_elsewhere"))

    kept = [(type(what).__name__, getattr(what, "leg", 0)) for what in call.heard]
    assert kept == [("CallStarted", 0), ("LegStarted", 2), ("LegRang", 2), ("LegAnswered", 2)]
