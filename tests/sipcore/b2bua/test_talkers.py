"""The legs that talk with each other, and how one leaves."""

from sipcore.b2bua.actions import LeaveDialog, OpenClient
from sipcore.b2bua.call import Call
from sipcore.b2bua.leg import LegState
from sipcore.b2bua.release import ReleaseReason
from tests.support.wire import talk


def of_a_call() -> Call:
    return next(iter(talk().wire.endpoint.switchboard.calls.values()))


def test_each_has_the_other_at_its_other_end() -> None:
    talkers = of_a_call().talkers
    one, other = talkers.legs

    assert (talkers.other(one), talkers.other(other)) == (other, one)
    assert (one.peer, other.peer) == (other, one)


def test_a_bye_is_sent_once_with_its_reason() -> None:
    call = of_a_call()
    leg = call.talkers.legs[1]

    call.talkers.bye(leg, ReleaseReason.TRANSFERRED)
    call.talkers.bye(leg, ReleaseReason.TRANSFERRED)

    (sent,) = call._frame.flush()
    assert isinstance(sent, OpenClient)
    assert b'Reason: SIP;cause=200;text="Call transferred"' in sent.data
    assert leg.state is LegState.CLOSING


def test_a_closed_leg_leaves_its_dialog() -> None:
    call = of_a_call()
    leg = call.talkers.legs[1]

    call.talkers.close(leg)

    assert leg.dialog is not None
    assert call._frame.flush() == [LeaveDialog(leg.dialog.key)]


def test_whoever_is_not_of_the_company_talks_to_nobody() -> None:
    call = of_a_call()
    left = call.talkers.legs.pop()

    assert call.talkers.other(left) is None
    assert call.talkers.other(call.talkers.legs[0]) is None


def test_who_hung_up_leaves_and_the_other_is_told() -> None:
    call = of_a_call()
    door, monitor = call.talkers.legs

    call.talkers.hang_up(monitor, ReleaseReason.CALLEE_HUNG_UP)

    assert (door.state, monitor.state) == (LegState.CLOSING, LegState.ENDED)


def test_who_is_lost_is_told_all_the_same() -> None:
    call = of_a_call()

    call.talkers.hang_up(call.talkers.legs[1], ReleaseReason.LEG_LOST)

    assert [leg.state for leg in call.talkers.legs] == [LegState.CLOSING] * 2
