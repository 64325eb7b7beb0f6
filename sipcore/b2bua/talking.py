"""Talking: requests inside the dialogs of a call, carried from one leg to the other.

re-INVITE, UPDATE, INFO and MESSAGE cross the call with their bodies untouched; BYE ends both legs.
Digits are shown to the DigitSink before they reach the other leg. What only concerns one leg
(OPTIONS) is answered here; methods that nobody implements get 405 with Allow (RFC 3261 §8.2.1).
"""

import math
from typing import TYPE_CHECKING, Final

from sipcore.b2bua import header_policy
from sipcore.b2bua.actions import Answer, Expire, OpenClient
from sipcore.b2bua.leg import Leg, LegState, cancel_of, in_dialog
from sipcore.b2bua.ports import DigitVerdict
from sipcore.b2bua.release import ReleaseReason
from sipcore.b2bua.use import Purpose, Use
from sipcore.dialog.accepted import AcceptedInvite, AckMissing
from sipcore.dialog.dialog import Dialog
from sipcore.message import build
from sipcore.message.message import Request, Response
from sipcore.transaction.actions import Send
from sipcore.transaction.events import AckReceived
from sipcore.transaction.invite_server import InviteServer
from sipcore.transaction.non_invite_server import NonInviteServer

if TYPE_CHECKING:
    from sipcore.b2bua.call import Call

ServerTransaction = InviteServer | NonInviteServer

_FORWARDED: Final = frozenset((b"UPDATE", b"INFO", b"MESSAGE"))
_DIALOG_GONE: Final = frozenset((408, 481))
"""Answers after which the dialog counts as terminated (RFC 3261 §12.2.1.2)."""
_MAX_PENDING: Final = 16
"""Requests of one call that may be on their way across at the same time."""


class Answered:
    """A 2xx of ours that waits for its ACK."""

    __slots__ = ("cseq", "leg", "machine", "use")

    def __init__(self, leg: Leg, cseq: int, machine: AcceptedInvite, use: Use | None) -> None:
        self.leg = leg
        self.cseq = cseq
        self.machine = machine
        self.use = use
        """INVITE on the other leg whose ACK waits for the answer in this ACK (RFC 3264 §4)."""


class Talking:
    """In-dialog traffic of a call."""

    __slots__ = ("_call", "_pending", "answered")

    def __init__(self, call: "Call") -> None:
        self._call = call
        self.answered: list[Answered] = []
        self._pending: list[Use] = []

    @property
    def deadline(self) -> float:
        """When a 2xx is due again, monotonic seconds."""
        return min((item.machine.deadline for item in self.answered), default=math.inf)

    def on_deadline(self, now: float) -> None:
        """Repeat unacknowledged 2xx; end the call when an ACK never came (§13.3.1.4)."""
        for item in tuple(self.answered):
            if item.machine.deadline > now:
                continue
            for action in item.machine.on_deadline(now):
                if isinstance(action, Send):
                    self._call.transmit(action.data, item.leg.flow)
                elif isinstance(action, AckMissing):
                    self.answered.remove(item)
                    self._call.ack_missing(item.leg, now)

    def wait_for_ack(self, leg: Leg, cseq: int, data: bytes, use: Use | None, now: float) -> None:
        """Repeat this 2xx until the leg acknowledges it."""
        self.answered.append(Answered(leg, cseq, AcceptedInvite(data, now), use))

    def awaits_ack(self, leg: Leg) -> bool:
        """Whether a 2xx to this leg is not acknowledged yet."""
        return any(item.leg is leg for item in self.answered)

    def acknowledged(self, leg: Leg, request: Request, now: float) -> None:
        """An ACK arrived: stop repeating, pass a delayed answer on."""
        for item in tuple(self.answered):
            if item.leg is not leg or item.cseq != request.cseq.number:
                continue
            item.machine.handle(AckReceived(request), now)
            self.answered.remove(item)
            if item.use is not None and item.use.leg.dialog is not None:
                content_type = header_policy.raw_content_type(request)
                tag = item.use.leg.dialog.remote_tag
                self._call.ringing.acknowledge(item.use, tag, request.body, content_type)

    def receive(
        self, leg: Leg, transaction: ServerTransaction, request: Request, now: float
    ) -> None:
        """A new request inside a dialog of `leg`."""
        method = request.method
        refused = leg.dialog.accept_request(request) if leg.dialog is not None else None
        if refused is not None:
            self._reply(leg, transaction, refused)
            return
        if method == b"BYE":
            self._reply(leg, transaction, 200)
            by_caller = ReleaseReason.CALLER_HUNG_UP
            reason = by_caller if leg.is_caller else ReleaseReason.CALLEE_HUNG_UP
            self._call.hang_up(leg, reason, now)
            return
        missing = header_policy.unsupported_extensions(request)
        if missing:
            self._reply(leg, transaction, 420, (b"Unsupported: " + missing,))
        elif method == b"OPTIONS":
            self._reply(leg, transaction, 200, (header_policy.ALLOW,))
        elif method == b"INVITE" or method in _FORWARDED:
            self._cross(leg, transaction, request)
        else:
            self._reply(leg, transaction, 405, (header_policy.ALLOW,))

    def response(self, use: Use, response: Response, now: float) -> None:
        """A response to a request that was carried across."""
        if response.status < 200:
            return
        if use.purpose is Purpose.FORWARD_INVITE and response.status < 300:
            self._reinvite_answered(use, response, now)
            return
        self._settle(use)
        if use.source is not None:
            self._pass_back(use.source, response)
        if response.status in _DIALOG_GONE:
            self._call.hang_up(use.leg, ReleaseReason.LEG_LOST, now)

    def no_response(self, use: Use, status: int, now: float) -> None:
        """A carried request was never answered: the other party is gone."""
        self._settle(use)
        if isinstance(use.source, InviteServer):
            self._reply_from(use, status)
        # RFC 4320 §4.1: a non-INVITE request that timed out is not answered 408; its own
        # transaction at the sender ends at the same time.
        self._call.hang_up(use.leg, ReleaseReason.LEG_LOST, now)

    def cancelled(self, transaction: InviteServer, now: float) -> None:
        """The sender of a re-INVITE withdraws it."""
        for use in self._pending:
            if use.source is transaction and not use.cancelled:
                use.cancelled = True
                reason = ReleaseReason.CALLER_HUNG_UP.header
                cancel = Use(self._call, use.leg, Purpose.CANCEL)
                data = cancel_of(use, reason)
                self._call.put(OpenClient(b"CANCEL", use.branch, data, use.leg.flow, cancel))
                self._call.put(Expire(use))

    def close(self) -> None:
        """The call is over: answer what still waits, stop repeating 2xx."""
        for use in self._pending:
            if isinstance(use.source, InviteServer):
                self._reply_from(use, 487)
                use.source = None
                self._call.put(Expire(use))
        self._pending.clear()
        self.answered = [item for item in self.answered if item.leg.state is not LegState.ENDED]

    # -- crossing ---------------------------------------------------------------------------

    def _cross(self, leg: Leg, transaction: ServerTransaction, request: Request) -> None:
        peer = self._call.peer_of(leg)
        if leg.dialog is None or peer is None or peer.dialog is None:
            # Before the answer no dialog exists on both sides; the sender may try again (§14.2).
            self._reply(leg, transaction, 491)
            return
        if request.method == b"INVITE" and self._invite_in_progress(leg, peer):
            self._reply(leg, transaction, 491)
            return
        if len(self._pending) >= _MAX_PENDING:
            self._reply(leg, transaction, 503, (b"Retry-After: 2",))
            return
        if request.method == b"INFO" and self._withheld(leg, peer, request):
            self._reply(leg, transaction, 403)
            return
        self._forward(peer, peer.dialog, transaction, request)

    def _forward(
        self, peer: Leg, dialog: Dialog, transaction: ServerTransaction, request: Request
    ) -> None:
        ports = self._call.ports
        invite = request.method == b"INVITE"
        use = Use(self._call, peer, Purpose.FORWARD_INVITE if invite else Purpose.FORWARD)
        use.source = transaction
        use.branch = ports.entropy.branch()
        use.has_offer = bool(request.body)
        use.data = in_dialog(
            peer,
            dialog,
            request.method,
            use.branch,
            ports.addressing,
            extra=header_policy.crossing(request),
            body=request.body,
            content_type=header_policy.raw_content_type(request),
        )
        use.cseq = dialog.local_seq
        if invite:
            peer.pending_invite = use
            source = (transaction.flow.host, transaction.flow.port)
            data = build.response(request, 100, source=source)
            self._call.put(Answer(transaction, 100, data))
        self._pending.append(use)
        self._call.put(OpenClient(request.method, use.branch, use.data, peer.flow, use))

    def _invite_in_progress(self, leg: Leg, peer: Leg) -> bool:
        """RFC 3261 §14.2: one INVITE at a time in a session, from either side."""
        return (
            leg.pending_invite is not None
            or peer.pending_invite is not None
            or self.awaits_ack(leg)
            or self.awaits_ack(peer)
        )

    def _withheld(self, leg: Leg, peer: Leg, request: Request) -> bool:
        verdict = self._call.ports.digits.digits(
            self._call.call_id, leg.party, peer.party, request.content_type, request.body
        )
        return verdict is DigitVerdict.WITHHOLD

    def _reinvite_answered(self, use: Use, response: Response, now: float) -> None:
        tag = response.to_tag
        if tag in use.acks:
            self._call.transmit(use.acks[tag], use.leg.flow)
            return
        if use not in self._pending:
            return
        self._settle(use)
        if use.leg.dialog is not None:
            use.leg.dialog.accept_response(response)
        source = self._call.peer_of(use.leg)
        if use.has_offer or source is None:
            self._call.ringing.acknowledge(use, tag)
        if source is None or use.source is None:
            return
        data = self._pass_back(use.source, response)
        waiting = None if use.has_offer else use
        self.wait_for_ack(source, use.source.request.cseq.number, data, waiting, now)

    def _pass_back(self, transaction: ServerTransaction, response: Response) -> bytes:
        ports = self._call.ports
        status = 500 if response.status in (401, 407) else response.status
        extra = header_policy.crossing(response)
        if status < 300:
            extra = [ports.addressing.contact(transaction.flow), header_policy.ALLOW, *extra]
        data = build.response(
            transaction.request,
            status,
            extra=extra,
            body=response.body,
            content_type=header_policy.raw_content_type(response),
            source=(transaction.flow.host, transaction.flow.port),
        )
        self._call.put(Answer(transaction, status, data))
        return data

    def _settle(self, use: Use) -> None:
        if use in self._pending:
            self._pending.remove(use)
        if use.leg.pending_invite is use:
            use.leg.pending_invite = None

    def _reply_from(self, use: Use, status: int) -> None:
        if use.source is not None:
            self._reply(use.leg, use.source, status)

    def _reply(
        self,
        leg: Leg,
        transaction: ServerTransaction,
        status: int,
        extra: tuple[bytes, ...] = (),
    ) -> None:
        if status == 491 and transaction.request.method != b"INVITE":
            extra = (*extra, b"Retry-After: 1")
        data = build.response(
            transaction.request,
            status,
            extra=extra,
            source=(transaction.flow.host, transaction.flow.port),
        )
        self._call.put(Answer(transaction, status, data))
