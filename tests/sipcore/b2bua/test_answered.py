"""The 2xx of a call that wait for their ACK."""

from math import inf

from sipcore.b2bua.answered import AnsweredInvites
from sipcore.b2bua.frame import CallFrame
from sipcore.b2bua.leg import Leg
from sipcore.b2bua.plan import Party
from sipcore.message.message import Request, parse
from sipcore.transaction.invite_server import InviteServer
from tests.support.peers import invite
from tests.support.wire import DOOR, Wire


def waiting() -> tuple[AnsweredInvites, CallFrame, Leg]:
    frame = CallFrame("call", Wire().endpoint.ports, 0.0)
    leg = Leg(0, Party("door", "1"), DOOR)
    request = parse(invite(DOOR))
    assert isinstance(request, Request)
    answered = AnsweredInvites(frame)
    answered.add(leg, InviteServer(b"k", request, DOOR, 0.0), b"200", None, 0.0)
    return answered, frame, leg


def ack(number: int) -> Request:
    request = parse(
        invite(DOOR).replace(b"INVITE", b"ACK").replace(b"CSeq: 1", b"CSeq: %d" % number)
    )
    assert isinstance(request, Request)
    return request


def test_it_is_repeated_until_the_ack_with_its_number() -> None:
    answered, frame, leg = waiting()

    silent = answered.on_deadline(0.5)
    answered.acknowledged(leg, ack(2))
    still = answered.awaits(leg)
    answered.acknowledged(leg, ack(1))

    assert (silent, len(frame.flush()), still) == ((), 1, True)
    assert (answered.awaits(leg), answered.deadline) == (False, inf)


def test_a_leg_that_never_acknowledges_is_told() -> None:
    answered, _, leg = waiting()
    silent: tuple[Leg, ...] = ()
    while not silent:
        silent = answered.on_deadline(answered.deadline)

    assert (silent, answered.deadline) == ((leg,), inf)


def test_nothing_is_repeated_to_a_leg_that_was_dropped() -> None:
    answered, frame, leg = waiting()

    answered.drop(leg)

    assert (answered.on_deadline(10.0), frame.flush(), answered.deadline) == ((), [], inf)


def test_an_ack_without_a_waiting_offer_carries_no_answer() -> None:
    answered, _, leg = waiting()

    assert (answered.involves(leg), answered.answers(leg)) == (True, False)
