"""Without a sender of pushes nobody is woken."""

from sipcore.b2bua.plan import Party
from sipcore.b2bua.waking import NoWaker, Waker


def test_nobody_can_be_woken_where_no_pushes_are_sent() -> None:
    waker: Waker = NoWaker()
    waker.wake("c1", Party("app", "1"), Party("door", "2"), 20.0)
    waker.call_off("c1", "1", "caller_hung_up")
    waker.answered("c1", "1", b"sip:1@192.0.2.1")

    assert waker.can_wake("1") is False
