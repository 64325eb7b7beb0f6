"""Talkers: the legs of a call that talk with each other, and how one of them leaves."""

from sipcore.b2bua import requests
from sipcore.b2bua.actions import LeaveDialog
from sipcore.b2bua.frame import CallFrame
from sipcore.b2bua.leg import Leg, LegState
from sipcore.b2bua.release import ReleaseReason
from sipcore.b2bua.talking import Talking


class Talkers:
    """None before the call is answered, two while it is; one while a transfer is ringing."""

    __slots__ = ("_frame", "_talking", "legs")

    def __init__(self, frame: CallFrame, talking: Talking) -> None:
        self._frame = frame
        self._talking = talking
        self.legs: list[Leg] = []

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

    def close(self, leg: Leg) -> None:
        """The leg's dialog is over."""
        self._talking.drop(leg)
        leg.state = LegState.ENDED
        if leg.dialog is not None:
            self._frame.put(LeaveDialog(leg.dialog.key))
