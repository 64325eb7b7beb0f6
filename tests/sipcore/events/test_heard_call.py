"""What is kept of a call that nobody watches."""

from sipcore.b2bua.facts import CallStarted, LegRang, LegStarted
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
