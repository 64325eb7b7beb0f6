"""Talkers: the legs of a call that talk with each other, and how one of them leaves."""

from sipcore.b2bua import requests
from sipcore.b2bua.actions import LeaveDialog
from sipcore.b2bua.frame import CallFrame
from sipcore.b2bua.leg import Leg, LegState, Use
from sipcore.b2bua.release import ReleaseReason
from sipcore.b2bua.talking import Talking
from sipcore.message.message import Response


class Talkers:
    """None before the call is answered, two while it is; one while a transfer is ringing."""

    __slots__ = ("_frame", "_later", "_talking", "legs")

    def __init__(self, frame: CallFrame, talking: Talking) -> None:
        self._frame = frame
        self._talking = talking
        self.legs: list[Leg] = []
        self._later: dict[Leg, tuple[ReleaseReason, tuple[bytes, ...]]] | None = None
        """Legs whose BYE has to wait for the ACK of our 2xx."""

    def join(self, one: Leg, other: Leg) -> None:
        """These two talk with each other from now on."""
        self.legs = [one, other]
        one.peer, other.peer = other, one
        self._talking.begin(one, other)

    def forget(self) -> None:
        """The call is over; no circle stays."""
        for leg in self.legs:
            leg.peer = None

    def other(self, leg: Leg) -> Leg | None:
        """Whom this leg talks to; None when nobody is there or the leg is not of the company."""
        if leg not in self.legs:
            return None
        return next((one for one in self.legs if one is not leg), None)

    def bye(self, leg: Leg, reason: ReleaseReason, lines: tuple[bytes, ...] = ()) -> None:
        """End the leg's dialog; `lines` are the Reason lines of whoever hung up."""
        self._talking.drop(leg)
        if leg.state is LegState.TALKING and leg.dialog is not None:
            leg.state = LegState.CLOSING
            requests.say_bye(self._frame, leg, leg.dialog, lines or (reason.bye_header,))

    def hang_up(self, by: Leg | None, reason: ReleaseReason, lines: tuple[bytes, ...] = ()) -> None:
        """The conversation is over: `by` has left or is lost, everybody else is told."""
        lost = reason.is_loss  # nobody may be at the end of the leg: it gets a BYE all the same
        for leg in self.legs:
            if leg is by and not lost:
                self.close(leg)
            elif (not lost or by not in (None, leg)) and self._is_first_ack_missing(leg):
                self._postpone(leg, reason, lines)
            else:
                self.bye(leg, reason, lines)

    def release(self, leg: Leg, reason: ReleaseReason) -> None:
        """The leg leaves a call that goes on without it."""
        if self._is_first_ack_missing(leg):
            leg.peer = None
            self._postpone(leg, reason, ())
        else:
            self.bye(leg, reason)

    def is_leaving(self, leg: Leg) -> bool:
        """Whether a BYE for the leg waits for its ACK."""
        return self._later is not None and leg in self._later

    def bye_later(self, leg: Leg) -> None:
        """Send the BYE that had to wait for the ACK of this leg, if there is one."""
        later = self._later
        if later is not None and leg in later and not self._talking.awaits_ack(leg):
            self.bye(leg, *later.pop(leg))

    def bye_answered(self, use: Use, response: Response) -> None:
        """A final response to a BYE of ours; it may have to be sent once more, with credentials."""
        if not requests.try_again(self._frame, use, response):
            self.bye_done(use)

    def bye_done(self, use: Use) -> None:
        """The BYE was answered, or never will be. One for an unwanted 2xx closes no leg."""
        if use.dialog is use.leg.dialog:
            self.close(use.leg)

    def _postpone(self, leg: Leg, reason: ReleaseReason, lines: tuple[bytes, ...]) -> None:
        """RFC 3261 §15: no BYE before the ACK for our 2xx has arrived."""
        if self._later is None:
            self._later = {}
        self._later[leg] = (reason, lines)

    def _is_first_ack_missing(self, leg: Leg) -> bool:
        """Whether the party that called in on this leg did not acknowledge our 2xx yet."""
        dialog = leg.dialog
        return dialog is not None and not dialog.is_caller and self._talking.awaits_ack(leg)

    def close(self, leg: Leg) -> None:
        """The leg's dialog is over."""
        if self._later is not None:
            self._later.pop(leg, None)
        self._talking.drop(leg)
        leg.state = LegState.ENDED
        if leg.dialog is not None:
            self._frame.put(LeaveDialog(leg.dialog.key))
