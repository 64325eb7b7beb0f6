"""Joining: two parties who have talked to others are brought together (RFC 3725 §4, third-party
call control with re-INVITEs).

One is asked for an offer by a re-INVITE without a body; its offer goes to the other in a second
re-INVITE; the answer goes back in the ACK of the first. Both sides negotiate afresh, so that
nothing of the former conversation's session descriptions is left over. A phone that cannot make
an offer in an answer gets the other one's last description as an offer instead.

All of it is begun anew when an offer of one of the two is in the way (RFC 3261 §14.1), or when a
phone's stream broke: it may come back.
"""

from math import inf
from typing import Final

from sipcore.b2bua import header_policy, requests
from sipcore.b2bua.frame import CallFrame
from sipcore.b2bua.leg import Leg, Purpose, Use
from sipcore.b2bua.talking import Talking
from sipcore.dialog.dialog import Dialog
from sipcore.kernel.timers import TIMEOUT
from sipcore.message.message import Response
from sipcore.message.sdp import resumed

_PAUSE: Final = 2.0
"""Seconds until it is begun anew when a phone is not to be reached, or an offer is on its way."""


class Joining:
    """One attempt to bring two legs together."""

    __slots__ = (
        "_asked",
        "_described",
        "_ends_at",
        "_frame",
        "_is_tried_again",
        "_other",
        "_talking",
        "deadline",
        "is_over",
    )

    def __init__(
        self,
        frame: CallFrame,
        talking: Talking,
        asked: Leg,
        other: Leg,
        described: tuple[bytes, bytes],
    ) -> None:
        """`asked` makes the offer; `described` is the last session description of `other`."""
        self._frame = frame
        self._talking = talking
        self._asked = asked
        self._other = other
        self._described = described
        self._is_tried_again = False
        self._ends_at = inf
        """When it is begun anew no more."""
        self.is_over = False
        self.deadline = inf
        """When it is begun anew, monotonic seconds."""

    def start(self, now: float) -> None:
        """Ask for the offer, as soon as no other one is on its way (RFC 3261 §14.1)."""
        if self._ends_at == inf:
            self._ends_at = now + TIMEOUT
        self.deadline = inf
        if self._is_in_the_way(self._asked) or self._is_in_the_way(self._other):
            self.deadline = now + _PAUSE
        elif self._is_tried_again:
            self._offer_known()
        else:
            self._send(self._asked, b"", b"")

    def on_deadline(self, now: float) -> bool:
        """Begin anew; True when the two cannot be joined."""
        if now >= self._ends_at:
            return self.fail()
        self.start(now)
        return False

    def unreached(self, now: float) -> bool:
        """There was no way to a phone; False when it is too late to try again."""
        return self._pause(_PAUSE, now)

    def response(self, use: Use, response: Response, now: float) -> bool:
        """A response to one of the re-INVITEs; True when the two cannot be joined."""
        status, leg = response.status, use.leg
        if status < 200 or use.dialog is None:
            return False
        if status < 300:
            if not requests.acknowledge_again(self._frame, use, response.to_tag):
                self._answered(use, response, now)
            return False
        if requests.try_again(self._frame, use, response):
            return False
        if requests.try_longer(self._frame, use, response):
            return False
        self._release(use)
        if status == 491 and self._pause(self._glare_time(use.dialog), now):
            return False
        if leg is self._asked and not self._is_tried_again and self._described[0]:
            self._is_tried_again = True
            self._offer_known()
            return False
        return self.fail()

    def fail(self) -> bool:
        """Give up."""
        self._withdraw()
        was_over, self.is_over = self.is_over, True
        return not was_over

    def _is_in_the_way(self, leg: Leg) -> bool:
        return leg.offering is not None or self._talking.is_negotiating(leg)

    def _pause(self, seconds: float, now: float) -> bool:
        """Begin anew then; False when it is too late for that."""
        if self.is_over or now + seconds >= self._ends_at:
            return False
        self._withdraw()
        self.deadline = now + seconds
        return True

    def _glare_time(self, dialog: Dialog) -> float:
        """Seconds after a 491: longer for whoever made the Call-ID (RFC 3261 §14.1)."""
        drawn = int(self._frame.ports.entropy.unique(), 16)
        return 2.1 + drawn % 191 / 100 if dialog.is_caller else drawn % 201 / 100

    def _withdraw(self) -> None:
        """Nothing is asked of the two any more; an offer that waits for its answer is refused."""
        self.deadline = inf
        waiting = self._asked.offering
        if waiting is not None and waiting.delayed_offer is not None and waiting.dialog is not None:
            requests.decline(self._frame, waiting, waiting.dialog, waiting.delayed_offer)
        for leg in (self._asked, self._other):
            if leg.offering is not None and leg.offering.purpose is Purpose.JOIN:
                leg.offering = None

    def _offer_known(self) -> None:
        """Offer what the other one is known by."""
        body, kind = self._described
        self._send(self._asked, resumed(body, kind), kind)

    def _answered(self, use: Use, response: Response, now: float) -> None:
        frame, leg = self._frame, use.leg
        if use.dialog is None:
            return
        use.dialog.accept_response(response)
        leg.follow(leg.flow)
        self._talking.agreed(leg, response, now)
        kind = header_policy.raw_content_type(response)
        if leg is self._other:
            requests.acknowledge(frame, use, use.dialog)
            self._release(use)
            first = self._asked.offering
            if first is not None and first.dialog is not None and first.delayed_offer is not None:
                requests.acknowledge(frame, first, first.dialog, response.body, kind)
                self._asked.description = (response.body, kind)
                self._release(first)
            self.is_over = True
        elif use.has_offer or self.is_over:
            requests.decline(frame, use, use.dialog, response)
            self._release(use)
            self.is_over = True
        elif use.delayed_offer is None:
            use.delayed_offer = response  # its ACK carries the answer
            self._send(self._other, response.body, kind)

    def _send(self, leg: Leg, body: bytes, content_type: bytes) -> None:
        if leg.dialog is None:
            return
        use = requests.send_in_dialog(
            self._frame,
            leg,
            leg.dialog,
            Purpose.JOIN,
            b"INVITE",
            extra=(
                header_policy.ALLOW,
                header_policy.SUPPORTED,
                *self._talking.sessions.request_lines(leg),
            ),
            body=body,
            content_type=content_type,
        )
        leg.offering = use
        if body:
            leg.description = (body, content_type)

    def _release(self, use: Use) -> None:
        if use.leg.offering is use:
            use.leg.offering = None
