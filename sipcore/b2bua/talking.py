"""Talking: requests inside the dialogs of an answered call, carried from one leg to the other.

re-INVITE, UPDATE, INFO and MESSAGE cross the call with their bodies untouched. Digits are shown to
the DigitSink before they reach the other leg. What only concerns one leg (OPTIONS) is answered
here; methods that nobody implements get 405 with Allow (RFC 3261 §8.2.1).
"""

import math
from typing import Final

from sipcore.b2bua import header_policy, requests
from sipcore.b2bua.actions import Expire
from sipcore.b2bua.best_response import passed_on
from sipcore.b2bua.frame import CallFrame
from sipcore.b2bua.leg import Leg, Purpose, ServerTransaction, Use
from sipcore.b2bua.ports import DigitVerdict
from sipcore.b2bua.release import ReleaseReason
from sipcore.dialog.accepted import AcceptedInvite, AckMissing
from sipcore.kernel.errors import BadMessage
from sipcore.message.message import Request, Response
from sipcore.transaction.actions import Send
from sipcore.transaction.events import AckReceived
from sipcore.transaction.invite_server import InviteServer

_FORWARDED: Final = frozenset((b"INVITE", b"UPDATE", b"INFO", b"MESSAGE"))
_DIGITS: Final = frozenset((b"INFO", b"MESSAGE"))
"""Methods in which a phone may look for digits."""
_DIALOG_GONE: Final = frozenset((408, 481))
"""Answers after which the dialog counts as terminated (RFC 3261 §12.2.1.2)."""
_MAX_PENDING: Final = 16
"""Requests of one call that may be on their way across at the same time."""
_SOON: Final = b"Retry-After: 1"


class Answered:
    """A 2xx of ours that waits for its ACK."""

    __slots__ = ("cseq", "flow", "leg", "machine", "use")

    def __init__(
        self, leg: Leg, transaction: ServerTransaction, machine: AcceptedInvite, use: Use | None
    ) -> None:
        self.leg = leg
        self.cseq = transaction.request.cseq.number
        self.flow = transaction.flow
        """Where the 2xx went first (RFC 3261 §18.2.2)."""
        self.machine = machine
        self.use = use
        """INVITE on the other leg whose ACK waits for the answer in this ACK (RFC 3264 §4)."""


class Talking:
    """In-dialog traffic of a call."""

    __slots__ = ("_answered", "_frame", "_legs", "_pending", "deadline")

    def __init__(self, frame: CallFrame) -> None:
        self._frame = frame
        self._legs: tuple[Leg, Leg] | None = None
        self._answered: list[Answered] = []
        self._pending: list[Use] = []
        self.deadline = math.inf
        """When a 2xx is due again, monotonic seconds."""

    def begin(self, caller: Leg, callee: Leg) -> None:
        """These two talk."""
        self._legs = (caller, callee)

    def on_deadline(self, now: float) -> tuple[Leg, ...]:
        """Repeat unacknowledged 2xx; returns the legs whose ACK never came (§13.3.1.4)."""
        silent: list[Leg] = []
        for item in tuple(self._answered):
            for action in item.machine.on_deadline(now):
                if isinstance(action, Send):
                    self._frame.transmit(action.data, item.flow)
                elif isinstance(action, AckMissing):
                    self._decline(item)
                    self._answered.remove(item)
                    silent.append(item.leg)
        self._reckon()
        return tuple(silent)

    def wait_for_ack(
        self, leg: Leg, transaction: ServerTransaction, data: bytes, use: Use | None, now: float
    ) -> None:
        """Repeat this 2xx until the leg acknowledges it."""
        self._answered.append(Answered(leg, transaction, AcceptedInvite(data, now), use))
        self._reckon()

    def awaits_ack(self, leg: Leg) -> bool:
        """Whether a 2xx to this leg is not acknowledged yet."""
        return any(item.leg is leg for item in self._answered)

    def acknowledged(self, leg: Leg, request: Request, now: float) -> None:
        """An ACK arrived: stop repeating, pass a delayed answer on."""
        for item in tuple(self._answered):
            if item.leg is not leg or item.cseq != request.cseq.number:
                continue
            item.machine.handle(AckReceived(request), now)
            self._answered.remove(item)
            use = item.use
            if use is not None and use.leg.dialog is not None:
                content_type = header_policy.raw_content_type(request)
                requests.acknowledge(self._frame, use, use.leg.dialog, request.body, content_type)
        self._reckon()

    def receive(self, leg: Leg, transaction: ServerTransaction, request: Request) -> None:
        """A new request other than BYE inside a dialog of `leg`."""
        method = request.method
        missing = header_policy.unsupported_extensions(request)
        if missing:
            self._frame.answer(transaction, 420, extra=(b"Unsupported: " + missing,))
        elif method == b"OPTIONS":
            self._frame.answer(transaction, 200, extra=(header_policy.ALLOW,))
        elif method not in _FORWARDED:
            self._frame.answer(transaction, 405, extra=(header_policy.ALLOW,))
        elif self._legs is None:
            self._before_answer(transaction)
        else:
            self._cross(leg, self._peer_of(leg, self._legs), transaction, request)

    def response(self, use: Use, response: Response, now: float) -> bool:
        """A response to a request that was carried across; True when its dialog is gone."""
        if response.status < 200:
            requests.take_provisional(self._frame, use)
            return False
        if use.method == b"INVITE" and response.status < 300:
            self._reinvite_answered(use, response, now)
            return False
        if use.source is not None:
            if requests.try_again(self._frame, use, response):
                return False
            self._pass_back(use, use.source, response)
        self._forget(use)
        return response.status in _DIALOG_GONE

    def no_response(self, use: Use, status: int) -> None:
        """A carried request was never answered: the other party is gone."""
        # RFC 4320 §4.1: a non-INVITE request that timed out is not answered 408; its own
        # transaction at the sender ends at the same time, and swallows this answer.
        if use.source is not None:
            self._frame.answer(use.source, passed_on(status))
        self._forget(use)

    def cancelled(self, transaction: InviteServer) -> None:
        """The sender of a re-INVITE withdraws it."""
        for use in self._pending:
            if use.source is transaction and not use.cancel_line:
                requests.withdraw(self._frame, use, ReleaseReason.CALLER_HUNG_UP.header)

    def close(self) -> None:
        """The call is over: whatever waits is answered, so that nobody waits any longer."""
        for use in tuple(self._pending):
            if use.source is not None:
                self._frame.answer(use.source, 487)  # RFC 3261 §15.1.2
                use.source = None
            if use.method == b"INVITE":
                self._frame.put(Expire(use))
            self._forget(use)
        for item in self._answered:
            self._decline(item)

    def drop(self, leg: Leg) -> None:
        """Nothing is repeated to this leg any more."""
        self._answered = [item for item in self._answered if item.leg is not leg]
        self._reckon()

    def _decline(self, item: Answered) -> None:
        """The answer that this ACK should have brought will not come: refuse the offer."""
        use, item.use = item.use, None
        if use is not None and use.leg.dialog is not None:
            requests.decline(self._frame, use, use.leg.dialog, use.delayed_offer)

    # -- crossing ---------------------------------------------------------------------------

    def _before_answer(self, transaction: ServerTransaction) -> None:
        """Nobody is at the other end yet; the sender may try again."""
        if transaction.request.method in (b"INVITE", b"UPDATE"):
            # §14.2 and RFC 3311 §5.2: the first INVITE of this dialog has no answer yet.
            self._frame.answer(transaction, 500, extra=(self._later(),))
        else:
            self._frame.answer(transaction, 480, extra=(_SOON,))

    def _cross(self, leg: Leg, peer: Leg, transaction: ServerTransaction, request: Request) -> None:
        frame = self._frame
        offers = request.method == b"INVITE" or (request.method == b"UPDATE" and request.body)
        busy = self._busy(leg, peer) if offers else 0
        if busy:
            extra = (self._later(),) if busy == 500 else ()
            frame.answer(transaction, busy, extra=extra)
        elif len(self._pending) >= _MAX_PENDING:
            frame.answer(transaction, 500, extra=(_SOON,))
        elif request.method in _DIGITS and (refused := self._withheld(leg, peer, request)):
            frame.answer(transaction, refused)
        else:
            self._forward(peer, transaction, request, bool(offers))

    def _forward(
        self, peer: Leg, transaction: ServerTransaction, request: Request, offers: bool
    ) -> None:
        frame, dialog = self._frame, peer.dialog
        if dialog is None:
            frame.answer(transaction, 481)
            return
        if request.method == b"INVITE":
            frame.answer(transaction, 100)
        use = requests.send_in_dialog(
            frame,
            peer,
            dialog,
            Purpose.FORWARD,
            request.method,
            extra=header_policy.crossing(request),
            body=request.body,
            content_type=header_policy.raw_content_type(request),
        )
        use.source = transaction
        self._pending.append(use)
        if offers:
            peer.offering = use

    def _busy(self, leg: Leg, peer: Leg) -> int:
        """Status for an offer that has to wait for another one (RFC 3261 §14.2), 0 when none."""
        if peer.offering is not None:
            return 500  # this leg's own former offer is still being carried across
        if leg.offering is not None or self.awaits_ack(peer):
            return 491
        # RFC 5407 §3.1.4 and §3.1.5: a lost ACK is no hindrance unless it carries an answer.
        waits = any(item.leg is leg and item.use is not None for item in self._answered)
        return 491 if waits else 0

    def _withheld(self, leg: Leg, peer: Leg, request: Request) -> int:
        """Status that refuses digits which the other leg must not get, 0 when it may."""
        try:
            content_type = request.content_type
        except BadMessage as error:
            return error.status
        if request.method == b"MESSAGE" and content_type.startswith(b"text/"):
            return 0  # something for people to read
        verdict = self._frame.ports.digits.digits(
            self._frame.call_id, leg.party, peer.party, content_type, request.body
        )
        return 403 if verdict is DigitVerdict.WITHHOLD else 0

    def _reinvite_answered(self, use: Use, response: Response, now: float) -> None:
        frame, dialog, source = self._frame, use.leg.dialog, use.source
        if dialog is None or requests.acknowledge_again(frame, use, response.to_tag, use.flow):
            return
        if source is None:
            # The call ended meanwhile (RFC 5407 §3.2.3): a 2xx is acknowledged all the same.
            requests.decline(frame, use, dialog, response)
            return
        if use not in self._pending or self._legs is None:
            return  # a repeated offer: its ACK waits for the other leg's answer
        self._forget(use)
        data = self._pass_back(use, source, response)
        sender = self._peer_of(use.leg, self._legs)
        if use.has_offer:
            requests.acknowledge(frame, use, dialog)
            self.wait_for_ack(sender, source, data, None, now)
        else:
            use.delayed_offer = response
            self.wait_for_ack(sender, source, data, use, now)

    def _pass_back(self, use: Use, transaction: ServerTransaction, response: Response) -> bytes:
        """Answer the request that `use` carried across; returns what is sent."""
        frame, request = self._frame, transaction.request
        if use.dialog is not None:
            use.dialog.accept_response(response)  # target refresh
            use.leg.follow(use.leg.flow)
        extra = header_policy.crossing(response)
        if response.status < 300 and request.method in (b"INVITE", b"UPDATE"):
            contact = frame.ports.addressing.contact(transaction.flow)
            extra = [contact, header_policy.allowed_across(response), *extra]
        return frame.answer(
            transaction,
            passed_on(response.status),
            extra=extra,
            body=response.body,
            content_type=header_policy.raw_content_type(response),
        )

    def _peer_of(self, leg: Leg, legs: tuple[Leg, Leg]) -> Leg:
        return legs[1] if leg is legs[0] else legs[0]

    def _forget(self, use: Use) -> None:
        """The request is on its way no longer."""
        if use in self._pending:
            self._pending.remove(use)
        if use.leg.offering is use:
            use.leg.offering = None

    def _later(self) -> bytes:
        """Retry-After of 0 to 10 seconds, randomly chosen (RFC 3261 §14.2)."""
        return b"Retry-After: %d" % (int(self._frame.ports.entropy.unique(), 16) % 11)

    def _reckon(self) -> None:
        deadline = math.inf
        for item in self._answered:
            deadline = min(deadline, item.machine.deadline)
        self.deadline = deadline
