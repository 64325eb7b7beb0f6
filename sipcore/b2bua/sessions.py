"""Sessions: the session timers of both legs of a call, each of its own (RFC 4028).

The legs do not share a timer: a phone that asks for refreshes every two minutes must not bother
one that knows nothing of them. A refresh that carries a session description crosses the call like
any other re-INVITE; one without is answered on its own leg.
"""

import math
from typing import Final

from sipcore.b2bua import header_policy, requests
from sipcore.b2bua.frame import CallFrame
from sipcore.b2bua.leg import Leg, LegState, Purpose, Use
from sipcore.dialog.dialog import DIALOG_GONE
from sipcore.dialog.session_timer import Due, SessionTimer, refusal
from sipcore.message.message import Request, Response

_NO_UPDATE: Final = frozenset((405, 501))
"""Answers of a phone that does not know UPDATE after all."""
_BUSY_RETRY: Final = 2.0
"""Seconds after which a refresh that met another offer is tried again."""


class Sessions:
    """Refreshes the legs that are ours to refresh, and tells which one is lost."""

    __slots__ = ("_frame", "_legs", "deadline")

    def __init__(self, frame: CallFrame) -> None:
        self._frame = frame
        self._legs: tuple[Leg, ...] = ()
        self.deadline = math.inf

    def watch(self, *legs: Leg) -> None:
        """Keep the sessions of these legs alive from now on."""
        self._legs = legs
        self._reckon()

    def refusal(self, request: Request) -> bytes | None:
        """The Min-SE line of a 422 that a refresh deserves; BadMessage when it is malformed."""
        return refusal(request, self._frame.ports.session)

    def request_lines(self, leg: Leg) -> tuple[bytes, ...]:
        """What an INVITE or UPDATE that we send on this leg says about its session."""
        return self._timer_of(leg).request_lines()

    def response_lines(self, leg: Leg, request: Request, now: float) -> tuple[bytes, ...]:
        """What a 2xx to an INVITE or UPDATE of this leg says about its session."""
        lines = self._timer_of(leg).response_lines(request, now)
        self._reckon()
        return lines

    def agreed(self, leg: Leg, response: Response, now: float) -> None:
        """A 2xx to an INVITE or UPDATE that we sent on this leg."""
        self._timer_of(leg).agreed(response, now)
        self._reckon()

    def on_deadline(self, now: float) -> Leg | None:
        """Send the refreshes that are due; returns a leg whose session is over."""
        lost = None
        for leg in self._legs:
            due = None if leg.timer is None else leg.timer.on_deadline(now)
            if due is Due.EXPIRED:
                lost = leg
            elif due is Due.REFRESH:
                self._refresh(leg, now)
        self._reckon()
        return lost

    def refreshed(self, use: Use, response: Response, now: float) -> bool:
        """A response to a refresh of ours; True when the dialog is gone (RFC 3261 §12.2.1.2)."""
        leg, status, dialog = use.leg, response.status, use.dialog
        if status < 200 or leg.timer is None or dialog is None:
            return False
        if use.method == b"INVITE" and status < 300:
            if requests.acknowledge_again(self._frame, use, response.to_tag):
                return False
            requests.acknowledge(self._frame, use, dialog)
        if requests.try_again(self._frame, use, response):
            return False
        if leg.state is LegState.TALKING and requests.try_longer(self._frame, use, response):
            return False
        if leg.offering is use:
            leg.offering = None
        if status < 300:
            dialog.accept_response(response)
            leg.follow(leg.flow)
            leg.timer.agreed(response, now)
        elif status in _NO_UPDATE and use.method == b"UPDATE":
            leg.takes_update = False
            self._refresh(leg, now)
        elif status not in DIALOG_GONE:
            leg.timer.refused(status, now)
        self._reckon()
        return status in DIALOG_GONE

    def not_refreshed(self, use: Use, now: float) -> None:
        """A refresh of ours got no answer: if the call goes on, it is tried again in time."""
        leg = use.leg
        if leg.offering is use:
            leg.offering = None
        if leg.timer is not None and leg.state is LegState.TALKING:
            leg.timer.unreached(now)
        self._reckon()

    def stop(self) -> None:
        """The call is over."""
        for leg in self._legs:
            if leg.timer is not None:
                leg.timer.stop()
        self._legs = ()
        self.deadline = math.inf

    def _refresh(self, leg: Leg, now: float) -> None:
        dialog, timer = leg.dialog, leg.timer
        if dialog is None or timer is None or leg.state is not LegState.TALKING:
            return
        across = None if leg.peer is None else leg.peer.offering
        if leg.offering is not None or (across is not None and across.sender is leg):
            timer.deadline = now + _BUSY_RETRY  # an offer is on its way: it refreshes as well
            return
        lines = (header_policy.SUPPORTED, header_policy.ALLOW, *timer.request_lines())
        if leg.takes_update:
            requests.send_in_dialog(
                self._frame, leg, dialog, Purpose.REFRESH, b"UPDATE", extra=lines
            )
            return
        body, kind = leg.description
        if not body:
            return  # a re-INVITE without an offer would ask for one that nobody could answer
        use = requests.send_in_dialog(
            self._frame,
            leg,
            dialog,
            Purpose.REFRESH,
            b"INVITE",
            extra=lines,
            body=body,
            content_type=kind,
        )
        leg.offering = use

    def _timer_of(self, leg: Leg) -> SessionTimer:
        return leg.timer_of(self._frame.ports.session)

    def _reckon(self) -> None:
        deadline = math.inf
        for leg in self._legs:
            timer = leg.timer
            if timer is not None and timer.deadline < deadline:
                deadline = timer.deadline
        self.deadline = deadline
