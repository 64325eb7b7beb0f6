"""CallerSide: what the caller hears; provisional responses, early dialogs and the final answer.

The caller sees one server that may fork. Its early dialog is bound to the first B-leg that sends
SDP in a provisional response; if another leg answers, the 200 opens a dialog with a tag of its
own, as a forking proxy's would (RFC 3261 §12.1, §13.2.2.4): two different answers are never given
in one dialog (RFC 3264 §4).
"""

import math
from copy import copy
from typing import TYPE_CHECKING, Final

from sipcore.b2bua import header_policy
from sipcore.b2bua.actions import Answer, JoinDialog, LeaveDialog
from sipcore.b2bua.leg import Leg, LegState, reach_of
from sipcore.dialog.dialog import Dialog
from sipcore.message import build
from sipcore.message.message import Response
from sipcore.transaction.invite_server import InviteServer

if TYPE_CHECKING:
    from sipcore.b2bua.call import Call

RING_REFRESH: Final = 60.0
"""Seconds between repeated provisional responses (RFC 3261 §13.3.1.1: at least every minute)."""


class CallerSide:
    """The A-leg's INVITE and the responses to it.

    Raises BadMessage when the INVITE lacks what a dialog needs (Contact, tags, usable routes).
    """

    __slots__ = (
        "_bound",
        "_call",
        "_dialogs",
        "_last",
        "_primary",
        "_sent",
        "_template",
        "final",
        "leg",
        "ring_again_at",
        "transaction",
    )

    def __init__(self, call: "Call", leg: Leg, transaction: InviteServer, primary: bytes) -> None:
        self._call = call
        self.leg = leg
        self.transaction = transaction
        self._primary = primary
        self._bound: dict[int, bytes] = {}
        """B-leg number → tag of the early dialog that carries its SDP."""
        # Raises BadMessage when the INVITE cannot form a dialog: better now than when it rings.
        self._template = Dialog.from_request(transaction.request, primary, leg.flow)
        leg.flow = reach_of(self._template, transaction.flow)
        self._dialogs: dict[bytes, Dialog] = {}
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
        data = build.response(self.transaction.request, 100, source=self._source)
        self._call.put(Answer(self.transaction, 100, data))

    def ring(self, leg: Leg, response: Response, now: float) -> None:
        """Pass a provisional response: once per status, or each time when it carries SDP."""
        status = response.status
        if response.body and response.to_tag:
            data = self._compose(status, self._tag_for(leg), response)
        elif status in self._sent:
            return
        else:
            self._sent.add(status)
            data = self._compose(status, self._primary, None)
        self._last = (status, data)
        self.ring_again_at = now + RING_REFRESH
        self._call.put(Answer(self.transaction, status, data))

    def ring_again(self, now: float) -> None:
        """Repeat the last provisional response."""
        if self._last is None or self.final:
            self.ring_again_at = math.inf
            return
        self.ring_again_at = now + RING_REFRESH
        self._call.put(Answer(self.transaction, *self._last))

    def answer(self, leg: Leg, response: Response) -> bytes:
        """Send the 2xx of the winning leg; returns it for repetition until the ACK."""
        tag = self._tag_for(leg)
        data = self._compose(response.status, tag, response)
        self.leg.dialog = self._dialogs[tag]
        self.leg.state = LegState.TALKING
        self._finish(response.status, data)
        for other, dialog in self._dialogs.items():
            if other != tag:
                self._call.put(LeaveDialog(dialog.key))
        return data

    def refuse(self, status: int, extra: tuple[bytes, ...] = ()) -> None:
        """Send a final failure; nothing happens when a final response was sent before."""
        if self.final:
            return
        data = build.response(
            self.transaction.request,
            status,
            to_tag=self._primary,
            extra=extra,
            source=self._source,
        )
        self.leg.state = LegState.ENDED
        self._finish(status, data)
        for dialog in self._dialogs.values():
            self._call.put(LeaveDialog(dialog.key))

    @property
    def _source(self) -> tuple[str, int]:
        flow = self.transaction.flow
        return flow.host, flow.port

    def _finish(self, status: int, data: bytes) -> None:
        self.final = status
        self.ring_again_at = math.inf
        self._call.put(Answer(self.transaction, status, data))

    def _tag_for(self, leg: Leg) -> bytes:
        tag = self._bound.get(leg.number)
        if tag is None:
            taken = self._primary in self._bound.values()
            tag = self._call.ports.entropy.tag() if taken else self._primary
            self._bound[leg.number] = tag
        return tag

    def _compose(self, status: int, tag: bytes, response: Response | None) -> bytes:
        if tag not in self._dialogs:
            dialog = copy(self._template)
            dialog.local_tag = tag
            self._dialogs[tag] = dialog
            self._call.put(JoinDialog(dialog.key, self.leg))
        extra = [self._call.ports.addressing.contact(self.leg.flow), header_policy.ALLOW]
        if response is None:
            return build.response(
                self.transaction.request, status, to_tag=tag, extra=extra, source=self._source
            )
        return build.response(
            self.transaction.request,
            status,
            to_tag=tag,
            extra=extra + header_policy.crossing(response),
            body=response.body,
            content_type=header_policy.raw_content_type(response),
            source=self._source,
        )
