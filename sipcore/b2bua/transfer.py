"""Transfer: one REFER of a party, and what it is told of it (RFC 3515, RFC 5589).

    REFER -> 202, NOTIFY 100 -- rings somebody (blind), or takes a party over from another call
    of the one who refers (attended) --> NOTIFY with the outcome --> the one who referred leaves

Rights are those of the party who refers: what it could not call, it cannot transfer to. The one
who is transferred stays in the call whatever becomes of it, also when the one who referred hangs
up at once, as many phones do.
"""

from typing import Final

from sipcore.b2bua import requests
from sipcore.b2bua.frame import CallFrame
from sipcore.b2bua.leg import Leg, LegState, Purpose, ServerTransaction
from sipcore.message.status import reason_phrase

_SIPFRAG: Final = b"message/sipfrag;version=2.0"
_EXPIRES: Final = 180
"""Seconds the subscription that a REFER makes is said to last (RFC 3515 §2.4.4)."""


class Transfer:
    """What one REFER asked for."""

    __slots__ = ("_event", "_frame", "_is_told", "_last", "by", "dialled", "kind", "stays")

    def __init__(
        self,
        frame: CallFrame,
        by: Leg,
        stays: Leg,
        transaction: ServerTransaction,
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
        number = request.cseq.number
        self._event = b"Event: refer" if is_first else b"Event: refer;id=%d" % number
        # RFC 4488 §4: the sender may want no implicit subscription.
        self._is_told = (request.index.get(b"refer-sub") or b"").strip().lower() != b"false"
        self._last = 0

    def accept(self, transaction: ServerTransaction) -> None:
        """Answer 202 and say that it is being tried (§2.4.2, §2.4.4)."""
        contact = self._frame.contact(self.by.dialog, transaction.flow)
        extra = (contact,) if self._is_told else (contact, b"Refer-Sub: false")
        self._frame.answer(transaction, 202, extra=extra)
        self.tell(100)

    def tell(self, status: int) -> None:
        """Report the present status of the call that was asked for; a final one ends the reports.

        Nothing is told twice, and nothing to a party that has left.
        """
        dialog = self.by.dialog
        if not self._is_told or self._last >= 200 or status == self._last:
            return
        self._last = status
        if dialog is None or self.by.state is not LegState.TALKING:
            return
        state = b"active;expires=%d" % _EXPIRES
        if status >= 200:
            state = b"terminated;reason=noresource"
        requests.send_in_dialog(
            self._frame,
            self.by,
            dialog,
            Purpose.NOTIFY,
            b"NOTIFY",
            extra=(self._event, b"Subscription-State: " + state),
            body=b"SIP/2.0 %d %b\r\n" % (status, reason_phrase(status)),
            content_type=_SIPFRAG,
        )
