"""How a B-leg gets its dialog, and how it ends when it does not win."""

from sipcore.b2bua import settling
from sipcore.b2bua.actions import Action, JoinDialog, LeaveDialog, OpenClient, Transmit
from sipcore.b2bua.facts import LegReleased
from sipcore.b2bua.frame import CallFrame
from sipcore.b2bua.leg import Leg, LegState, Use
from sipcore.b2bua.release import ReleaseReason
from sipcore.message.message import Request, Response, parse
from tests.support.peers import ANSWER_SDP, invite, reply
from tests.support.wire import DOOR, MONITOR, Wire, requests, stage

EARLY_TAG = "early"


class Ringer:
    """A monitor that rings, with an early dialog, and the frame of its call."""

    def __init__(self, *, heard: bool = True) -> None:
        wire = Wire(stage("indoor", "monitor"), contacts={"monitor": [MONITOR]})
        (self.asked,) = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
        if heard:
            wire.receive(reply(self.asked, 180, tag=EARLY_TAG, flow=MONITOR), MONITOR)
        (call,) = wire.endpoint.switchboard.calls.values()
        self.frame: CallFrame = call._frame
        self.leg: Leg = call.ringing.legs[0]
        assert self.leg.invite is not None
        self.use: Use = self.leg.invite

    def answer(self, tag: str = "callee-tag") -> Response:
        extra = ("Allow: INVITE, UPDATE",)
        data = reply(self.asked, 200, tag=tag, body=ANSWER_SDP, flow=MONITOR, extra=extra)
        response = parse(data)
        assert isinstance(response, Response)
        return response


def sent(actions: list[Action]) -> list[Request]:
    """Requests among what is to be done."""
    data = [one.data for one in actions if isinstance(one, OpenClient | Transmit)]
    return [message for message in map(parse, data) if isinstance(message, Request)]


def test_the_dialog_of_an_answer_takes_the_place_of_the_early_ones() -> None:
    ringer = Ringer()

    dialog = settling.establish(ringer.frame, ringer.use, ringer.answer())

    assert ringer.leg.dialog is dialog
    assert (dialog.remote_tag, ringer.leg.early, ringer.leg.takes_update) == (
        b"callee-tag",
        None,
        True,
    )
    (joined,) = ringer.frame.flush()
    assert isinstance(joined, JoinDialog)
    assert (joined.key, joined.leg) == (dialog.key, ringer.leg)


def test_an_answer_that_nobody_wants_is_acknowledged_and_hung_up() -> None:
    ringer = Ringer()

    settling.reject(ringer.frame, ringer.use, ringer.answer())

    ack, bye = sent(ringer.frame.flush())
    assert (ack.method, bye.method) == (b"ACK", b"BYE")
    assert bye.first(b"reason") == b'SIP;cause=200;text="Call completed elsewhere"'
    assert ringer.leg.dialog is None


def test_a_phone_that_was_heard_is_cancelled_and_the_record_says_why() -> None:
    ringer = Ringer()
    reason = ReleaseReason.UNREGISTERED

    settling.withdraw(ringer.frame, ringer.leg, reason, (reason.header,), 100.0)

    actions = ringer.frame.flush()
    (cancel,) = sent(actions)
    assert (cancel.method, ringer.leg.state) == (b"CANCEL", LegState.RELEASING)
    assert [one.reason for one in actions if isinstance(one, LegReleased)] == ["unregistered"]


def test_a_phone_that_was_not_heard_yet_is_cancelled_when_it_is() -> None:
    ringer = Ringer(heard=False)
    reason = ReleaseReason.STAGE_TIMEOUT

    settling.withdraw(ringer.frame, ringer.leg, reason, (reason.header,), 100.0)

    assert sent(ringer.frame.flush()) == []
    assert ringer.use.cancel_lines == (reason.header,)


def test_a_leg_without_an_invite_cannot_be_withdrawn() -> None:
    ringer = Ringer()
    ringer.leg.invite = None

    settling.withdraw(ringer.frame, ringer.leg, ReleaseReason.DECLINED, (), 100.0)

    assert (ringer.frame.flush(), ringer.leg.state) == ([], LegState.CALLING)


def test_with_its_invite_the_early_dialogs_of_a_leg_are_over() -> None:
    ringer = Ringer()

    settling.end(ringer.frame, ringer.leg)

    (left,) = ringer.frame.flush()
    assert isinstance(left, LeaveDialog)
    assert left.key[0] == ringer.asked.call_id
    assert (ringer.leg.state, ringer.leg.early, ringer.leg.invite) == (LegState.ENDED, None, None)
