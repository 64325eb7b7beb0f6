"""Settling: how a B-leg gets its dialog, and how it ends when it does not win."""

from sipcore.b2bua import header_policy, requests
from sipcore.b2bua.actions import JoinDialog, LeaveDialog
from sipcore.b2bua.facts import LegReleased
from sipcore.b2bua.frame import CallFrame
from sipcore.b2bua.leg import Leg, LegState, Use
from sipcore.b2bua.release import ReleaseReason
from sipcore.dialog.dialog import Dialog
from sipcore.message.message import Response


def establish(frame: CallFrame, use: Use, response: Response) -> Dialog:
    """The dialog of a 2xx that is wanted becomes the leg's (RFC 3261 §13.2.2.4)."""
    leg = use.leg
    leg.dialog = dialog = requests.dialog_of(use, response)
    leg.keep_early(response.to_tag)
    if response.index.get(b"allow") is not None:
        leg.takes_update = header_policy.takes_update(response)
    leg.follow(use.flow)
    frame.put(JoinDialog(dialog.key, leg))
    return dialog


def reject(frame: CallFrame, use: Use, response: Response) -> None:
    """ACK and BYE for a 2xx that nobody wants (RFC 3261 §13.2.2.4)."""
    unwanted = requests.dialog_of(use, response)
    requests.decline(frame, use, unwanted, response)
    requests.say_bye(frame, use.leg, unwanted, (ReleaseReason.LATE_ANSWER.header,))


def withdraw(
    frame: CallFrame, leg: Leg, reason: ReleaseReason, lines: tuple[bytes, ...], now: float
) -> None:
    """Nobody wants the phone's answer any more; `lines` are the Reason lines of the CANCEL."""
    if leg.invite is not None:
        leg.state = LegState.RELEASING
        record_release(frame, leg, reason, now)
        requests.withdraw(frame, leg.invite, lines)


def end(frame: CallFrame, leg: Leg) -> None:
    """The leg's INVITE has come to its end; so have its early dialogs (RFC 3261 §12.3)."""
    leg.state = LegState.ENDED
    if leg.early is not None and leg.invite is not None and leg.invite.opening is not None:
        leg.keep_early()
        opening = leg.invite.opening
        frame.put(LeaveDialog((opening.call_id, opening.local_tag)))
    leg.invite = None


def record_release(frame: CallFrame, leg: Leg, reason: ReleaseReason, now: float) -> None:
    """We have ended the leg, or do so when its final response comes."""
    frame.record(LegReleased(frame.call_id, frame.utc(now), leg.number, reason.word))
