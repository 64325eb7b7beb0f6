"""Transfer: one REFER of a party, and what it is told of it (RFC 3515, RFC 5589).

    REFER -> 202, NOTIFY 100 -- rings somebody (blind), or takes a party over from another call
    of the one who refers (attended) --> NOTIFY with the outcome --> the one who referred leaves

Rights are those of the party who refers: what it could not call, it cannot transfer to. The one
who is transferred stays in the call whatever becomes of it, also when the one who referred hangs
up at once, as many phones do.
"""

from math import inf
from typing import Final

from sipcore.b2bua import requests
from sipcore.b2bua.frame import CallFrame
from sipcore.b2bua.leg import Leg, LegState, Purpose, ServerTransaction, Use
from sipcore.dialog.dialog import Dialog
from sipcore.message.grammar import find_param, parse_params, text, wire
from sipcore.message.message import Request
from sipcore.message.status import REMOVING, reason_phrase

_SIPFRAG: Final = b"message/sipfrag;version=2.0"
_EXPIRES: Final = 180
"""Seconds the subscription that a REFER makes lasts (RFC 3515 §2.4.4)."""
_TIMED_OUT: Final = b"terminated;reason=timeout"
_NOT_TOLD: Final = -1


class Transfer:
    """What one REFER asked for."""

    __slots__ = (
        "_frame",
        "_id",
        "_is_first",
        "_is_told",
        "_last",
        "_since",
        "by",
        "dialled",
        "ends_at",
        "kind",
        "stays",
    )

    def __init__(
        self,
        frame: CallFrame,
        by: Leg,
        stays: Leg,
        transaction: ServerTransaction,
        now: float,
        *,
        kind: str,
        dialled: str,
        is_first: bool,
    ) -> None:
        """`is_first` says that no other REFER came in this dialog: its events need no id."""
        request = transaction.request
        self._frame = frame
        self.by = by
        """The leg that refers."""
        self.stays = stays
        """The leg that is transferred."""
        self.kind = kind
        """`blind` or `attended`, as the record names it."""
        self.dialled = dialled
        self._id = request.cseq.number
        self._is_first = is_first
        self._since = _NOT_TOLD
        """CSeq number of the first NOTIFY."""
        # RFC 4488 §4: the sender may want no implicit subscription.
        self._is_told = (request.index.get(b"refer-sub") or b"").strip().lower() != b"false"
        self._last = 0
        self.ends_at = now + _EXPIRES if self._is_told else inf
        """When the subscription is over, monotonic seconds; infinity when there is none."""

    def accept(self, transaction: ServerTransaction, now: float) -> None:
        """Answer 202 and say that it is being tried (§2.4.2, §2.4.4)."""
        contact = self._frame.contact(self.by.dialog, transaction.flow)
        extra = (contact,) if self._is_told else (contact, b"Refer-Sub: false")
        self._frame.answer(transaction, 202, extra=extra)
        self.tell(100, now)

    def tell(self, status: int, now: float) -> None:
        """Report the present status of the call that was asked for; a final one ends the reports.

        Nothing is told twice, and nothing to a party that has left.
        """
        dialog = self.by.dialog
        if not self._is_told or self._last >= 200 or status == self._last:
            return
        self._last = status
        if status >= 200:
            self.ends_at = inf
        if dialog is None or self.by.state is not LegState.TALKING:
            return
        self._notify(
            dialog, b"terminated;reason=noresource" if status >= 200 else self._active(now)
        )

    def expire(self, now: float) -> None:
        """Nobody has refreshed the subscription (RFC 6665 §4.2.2); the transfer goes on."""
        self.ends_at = inf
        dialog = self.by.dialog
        if self._is_told and dialog is not None and self.by.state is LegState.TALKING:
            self._notify(dialog, _TIMED_OUT)
        self._is_told = False

    def subscribe(self, transaction: ServerTransaction, event_id: bytes, now: float) -> bool:
        """A SUBSCRIBE of the one who refers: it confirms the subscription or, with Expires 0, ends
        it (§2.4.4, RFC 6665 §4.2.1); False when it is about no subscription that there is."""
        request, dialog, frame = transaction.request, self.by.dialog, self._frame
        if dialog is None or not self._is_told or self._last >= 200:
            return False
        if event_id != b"%d" % self._id and (event_id or not self._is_first):
            return False
        wished = request.expires
        if wished is not None and 0 < wished < _EXPIRES:
            frame.answer(transaction, 423, extra=(b"Min-Expires: %d" % _EXPIRES,))
            return True
        self.by.refresh_target(dialog, request, transaction.flow)
        contact = frame.contact(dialog, transaction.flow)
        granted = 0 if wished == 0 else _EXPIRES
        frame.answer(transaction, 200, extra=(contact, b"Expires: %d" % granted))
        self.ends_at = now + granted if granted else inf
        self._notify(dialog, self._active(now) if granted else _TIMED_OUT)
        self._is_told = granted > 0
        return True

    def notified(self, use: Use, status: int) -> None:
        """A NOTIFY was answered so, or not at all (408); some answers end the subscription."""
        if use.leg is self.by and use.cseq >= self._since >= 0 and status in REMOVING:
            self._is_told = False
            self.ends_at = inf

    def _active(self, now: float) -> bytes:
        return b"active;expires=%d" % max(0, round(self.ends_at - now))

    def _notify(self, dialog: Dialog, state: bytes) -> None:
        event = b"Event: refer" if self._is_first else b"Event: refer;id=%d" % self._id
        use = requests.send_in_dialog(
            self._frame,
            self.by,
            dialog,
            Purpose.NOTIFY,
            b"NOTIFY",
            extra=(event, b"Subscription-State: " + state),
            body=b"SIP/2.0 %d %b\r\n" % (self._last, reason_phrase(self._last)),
            content_type=_SIPFRAG,
        )
        if self._since == _NOT_TOLD:
            self._since = use.cseq


def refer_id(request: Request) -> bytes | None:
    """The id of the REFER that a SUBSCRIBE is about, empty without one; None when it is about
    another event package. Raises BadMessage when Event is malformed."""
    package, semicolon, params = (request.index.get(b"event") or b"").partition(b";")
    if package.strip() != b"refer":
        return None
    named = find_param(parse_params(text(params), "Event"), "id") if semicolon else None
    return wire(named or "")
