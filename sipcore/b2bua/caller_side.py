"""CallerSide: what the caller hears; provisional responses, early dialogs and the final answer.

The caller sees one server that may fork. Its early dialog is bound to the first B-leg that sends
SDP in a provisional response; if another leg answers, the 200 opens a dialog with a tag of its
own, as a forking proxy's would (RFC 3261 §12.1, §13.2.2.4): two different answers are never given
in one dialog (RFC 3264 §4).
"""

import math
from typing import Final

from sipcore.b2bua import header_policy
from sipcore.b2bua.actions import Answer, JoinDialog, LeaveDialog
from sipcore.b2bua.frame import CallFrame
from sipcore.b2bua.leg import Leg, LegState
from sipcore.dialog.dialog import Dialog
from sipcore.message.message import Response
from sipcore.transaction.invite_server import InviteServer

RING_REFRESH: Final = 60.0
"""Seconds between repeated provisional responses (RFC 3261 §13.3.1.1: at least every minute)."""


class CallerSide:
    """The A-leg's INVITE and the responses to it.

    Raises BadMessage when the INVITE lacks what a dialog needs (Contact, tags, usable routes).
    """

    __slots__ = (
        "_bound",
        "_dialog",
        "_early",
        "_frame",
        "_last",
        "_primary",
        "_sent",
        "final",
        "leg",
        "ring_again_at",
        "transaction",
    )

    def __init__(
        self, frame: CallFrame, leg: Leg, transaction: InviteServer, primary: bytes
    ) -> None:
        self._frame = frame
        self.leg = leg
        self.transaction = transaction
        self._primary = primary
        self._bound: dict[int, bytes] = {}
        """B-leg number → tag of the early dialog that carries its SDP."""
        # Raises BadMessage when the INVITE cannot form a dialog: better now than when it rings.
        # Its early dialogs differ in our tag alone, so one object stands for all of them.
        leg.dialog = self._dialog = Dialog.from_request(transaction.request, primary, leg.flow)
        leg.follow(transaction.flow)
        self._early: list[bytes] = []
        """Our tags of the early dialogs."""
        self._sent: set[int] = set()
        """Provisional statuses already sent without SDP."""
        self._last: tuple[int, bytes] | None = None
        self.final = 0
        """Status of the final response once it is sent."""
        self.ring_again_at = math.inf

    @property
    def tag(self) -> bytes:
        """To tag of responses that belong to no particular B-leg."""
        return self._primary

    def trying(self) -> None:
        """Send 100 at once, so that the caller stops repeating (RFC 3261 §8.2.6.1)."""
        self._frame.answer(self.transaction, 100)

    def ring(self, leg: Leg, response: Response, now: float) -> None:
        """Pass a provisional response: once per status, or each time when it carries SDP."""
        status = response.status
        if response.body and response.to_tag:
            data = self._answer(status, self._tag_for(leg), response)
        elif status in self._sent:
            return
        else:
            self._sent.add(status)
            data = self._answer(status, self._primary, None)
        self._last = (status, data)
        self.ring_again_at = now + RING_REFRESH

    def ring_again(self, now: float) -> None:
        """Repeat the last provisional response."""
        if self._last is not None:
            self.ring_again_at = now + RING_REFRESH
            self._frame.put(Answer(self.transaction, *self._last))

    def answer(self, leg: Leg, response: Response) -> bytes:
        """Send the 2xx of the winning leg; returns it for repetition until the ACK."""
        tag = self._tag_for(leg)
        data = self._answer(response.status, tag, response)
        self._dialog.local_tag = tag
        self.leg.state = LegState.TALKING
        self._finish(response.status, but=tag)
        return data

    def refuse(self, status: int) -> None:
        """Send a final failure; nothing happens when a final response was sent before."""
        if self.final:
            return
        self._frame.answer(self.transaction, status, to_tag=self._primary)
        self.leg.state = LegState.ENDED
        self._finish(status)

    def _finish(self, status: int, *, but: bytes = b"") -> None:
        """A final response ends the early dialogs and the repetition of provisional ones."""
        self.final = status
        self.ring_again_at = math.inf
        for tag in self._early:
            if tag != but:
                self._frame.put(LeaveDialog((self._dialog.call_id, tag)))

    def _tag_for(self, leg: Leg) -> bytes:
        tag = self._bound.get(leg.number)
        if tag is None:
            taken = self._primary in self._bound.values()
            tag = self._frame.ports.entropy.tag() if taken else self._primary
            self._bound[leg.number] = tag
        return tag

    def _answer(self, status: int, tag: bytes, response: Response | None) -> bytes:
        """A response that belongs to a dialog; with the body of `response` when there is one."""
        frame = self._frame
        if tag not in self._early:
            self._early.append(tag)
            frame.put(JoinDialog((self._dialog.call_id, tag), self.leg))
        contact = frame.ports.addressing.contact(self.leg.flow)
        if response is None:
            return frame.answer(self.transaction, status, to_tag=tag, extra=(contact,))
        extra = [contact, header_policy.allowed_across(response)]
        return frame.answer(
            self.transaction,
            status,
            to_tag=tag,
            extra=extra + header_policy.crossing(response),
            body=response.body,
            content_type=header_policy.raw_content_type(response),
        )
