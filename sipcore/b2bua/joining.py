"""Joining: two parties who have talked to others are brought together (RFC 3725 §4, third-party
call control with re-INVITEs).

One is asked for an offer by a re-INVITE without a body; its offer goes to the other in a second
re-INVITE; the answer goes back in the ACK of the first. Both sides negotiate afresh, so that
nothing of the former conversation's session descriptions is left over. A phone that cannot make
an offer in an answer gets the other one's last description as an offer instead.
"""

from sipcore.b2bua import header_policy, requests
from sipcore.b2bua.frame import CallFrame
from sipcore.b2bua.leg import Leg, Purpose, Use
from sipcore.b2bua.talking import Talking
from sipcore.message.message import Response
from sipcore.message.sdp import resumed


class Joining:
    """One attempt to bring two legs together."""

    __slots__ = (
        "_asked",
        "_described",
        "_frame",
        "_is_tried_again",
        "_other",
        "_talking",
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
        self.is_over = False

    def start(self) -> None:
        """Ask for the offer."""
        self._send(self._asked, b"", b"")

    def response(self, use: Use, response: Response, now: float) -> bool:
        """A response to one of the re-INVITEs; True when the two cannot be joined."""
        status, leg = response.status, use.leg
        if status < 200 or use.dialog is None:
            return False
        if status < 300:
            if not requests.acknowledge_again(self._frame, use, response.to_tag, use.flow):
                self._answered(use, response, now)
            return False
        if requests.try_again(self._frame, use, response):
            return False
        if requests.try_longer(self._frame, use, response):
            return False
        self._release(use)
        if leg is self._asked and not self._is_tried_again and self._described[0]:
            self._is_tried_again = True
            body, kind = self._described
            self._send(leg, resumed(body, kind), kind)
            return False
        return self.fail()

    def fail(self) -> bool:
        """Give up; an offer that waits for its answer is refused."""
        waiting = self._asked.offering
        if waiting is not None and waiting.delayed_offer is not None and waiting.dialog is not None:
            requests.decline(self._frame, waiting, waiting.dialog, waiting.delayed_offer)
        for leg in (self._asked, self._other):
            if leg.offering is not None and leg.offering.purpose is Purpose.JOIN:
                leg.offering = None
        was_over, self.is_over = self.is_over, True
        return not was_over

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
