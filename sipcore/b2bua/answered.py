"""AnsweredInvites: the 2xx of a call that wait for their ACK (RFC 3261 §13.3.1.4)."""

import math

from sipcore.b2bua import header_policy, requests
from sipcore.b2bua.frame import CallFrame
from sipcore.b2bua.leg import Leg, ServerTransaction, Use
from sipcore.dialog.repetition import Due, Repetition
from sipcore.kernel.timers import T2
from sipcore.message.message import Request


class _Answered:
    """A 2xx of ours that waits for its ACK."""

    __slots__ = ("cseq", "flow", "leg", "repetition", "use")

    def __init__(
        self, leg: Leg, transaction: ServerTransaction, repetition: Repetition, use: Use | None
    ) -> None:
        self.leg = leg
        self.cseq = transaction.request.cseq.number
        self.flow = transaction.flow
        """Where the 2xx went first (RFC 3261 §18.2.2)."""
        self.repetition = repetition
        self.use = use
        """INVITE on the other leg whose ACK waits for the answer in this ACK (RFC 3264 §4)."""


class AnsweredInvites:
    """Repeats each 2xx until its ACK, and carries the answer in an ACK across."""

    __slots__ = ("_frame", "_waiting", "deadline")

    def __init__(self, frame: CallFrame) -> None:
        self._frame = frame
        self._waiting: tuple[_Answered, ...] = ()
        self.deadline = math.inf
        """When a 2xx is due again, monotonic seconds."""

    def add(
        self, leg: Leg, transaction: ServerTransaction, data: bytes, use: Use | None, now: float
    ) -> None:
        """Repeat this 2xx until the leg acknowledges it."""
        self._waiting += (_Answered(leg, transaction, Repetition(data, now, T2), use),)
        self._reckon()

    def awaits(self, leg: Leg) -> bool:
        """Whether a 2xx to this leg is not acknowledged yet."""
        return any(item.leg is leg for item in self._waiting)

    def involves(self, leg: Leg) -> bool:
        """Whether an ACK is missing that this leg owes, or that brings it an answer."""
        return self.awaits(leg) or self.answers(leg)

    def answers(self, leg: Leg) -> bool:
        """Whether an ACK is missing that carries an answer, of this leg's or to its offer."""
        return any(
            item.use is not None and (item.leg is leg or item.use.leg is leg)
            for item in self._waiting
        )

    def acknowledged(self, leg: Leg, request: Request) -> None:
        """An ACK arrived: stop repeating, pass a delayed answer on."""
        for item in self._waiting:
            if item.leg is not leg or item.cseq != request.cseq.number:
                continue
            self._remove(item)
            use = item.use
            if use is not None and use.leg.dialog is not None:
                content_type = header_policy.raw_content_type(request)
                requests.acknowledge(self._frame, use, use.leg.dialog, request.body, content_type)
                if request.body:
                    use.leg.description = (request.body, content_type)
        self._reckon()

    def on_deadline(self, now: float) -> tuple[Leg, ...]:
        """Repeat what is due; returns the legs whose ACK never came."""
        silent: list[Leg] = []
        for item in self._waiting:
            due = item.repetition.on_deadline(now)
            if due is Due.REPEAT:
                self._frame.transmit(item.repetition.data, item.flow)
            elif due is Due.GIVE_UP:
                self._decline(item)
                self._remove(item)
                silent.append(item.leg)
        self._reckon()
        return tuple(silent)

    def drop(self, leg: Leg) -> None:
        """Nothing is repeated to this leg any more, and its ACKs bring no answers."""
        if self._waiting:
            for item in self._waiting:
                if item.leg is leg:
                    self._decline(item)
            self._waiting = tuple([item for item in self._waiting if item.leg is not leg])
            self._reckon()

    def decline_offers(self) -> None:
        """The call is over: the answers that these ACKs should have brought will not come."""
        for item in self._waiting:
            self._decline(item)

    def _remove(self, gone: _Answered) -> None:
        self._waiting = tuple([item for item in self._waiting if item is not gone])

    def _decline(self, item: _Answered) -> None:
        """Refuse the offer whose answer will not come."""
        use, item.use = item.use, None
        if use is not None and use.leg.dialog is not None:
            requests.decline(self._frame, use, use.leg.dialog, use.delayed_offer)

    def _reckon(self) -> None:
        deadline = math.inf
        for item in self._waiting:
            due = item.repetition.deadline
            if due < deadline:
                deadline = due
        self.deadline = deadline
