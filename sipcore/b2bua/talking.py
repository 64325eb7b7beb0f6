"""Talking: requests inside the dialogs of a call, carried from one leg to the other.

re-INVITE, UPDATE, PRACK, INFO and MESSAGE cross the call with their bodies untouched, in early
dialogs as well as in answered ones. Digits are shown to the DigitSink before they reach the other
leg. What only concerns one leg (OPTIONS, an UPDATE without a session description) is answered
here; methods that nobody implements get 405 with Allow (RFC 3261 §8.2.1).
"""

import math
from typing import Final

from sipcore.b2bua import header_policy, requests
from sipcore.b2bua.actions import Expire
from sipcore.b2bua.answered import AnsweredInvites
from sipcore.b2bua.best_response import passed_on
from sipcore.b2bua.facts import CodeAnswered
from sipcore.b2bua.frame import CallFrame
from sipcore.b2bua.leg import End, Leg, LegState, Purpose, ServerTransaction, Use
from sipcore.b2bua.ports import DigitVerdict
from sipcore.b2bua.release import ReleaseReason
from sipcore.b2bua.sessions import Sessions
from sipcore.dialog.dialog import DIALOG_GONE
from sipcore.kernel.errors import BadMessage
from sipcore.message.message import Request, Response
from sipcore.transaction.invite_server import InviteServer

_FORWARDED: Final = frozenset((b"INVITE", b"UPDATE", b"INFO", b"MESSAGE"))
_SESSION: Final = frozenset((b"INVITE", b"UPDATE"))
"""Methods that refresh the target and the session (RFC 3261 §12.2, RFC 4028 §3)."""
_DESCRIBING: Final = frozenset((b"INVITE", b"UPDATE", b"PRACK"))
"""Methods whose bodies are offers and answers (RFC 3264, RFC 3262 §5, RFC 3311)."""
_BEFORE_ANSWER: Final = frozenset((b"UPDATE",))
"""Methods that cross in an early dialog too. INFO and MESSAGE do not: a phone that only rings
shall not open the door."""
_DIGITS: Final = frozenset((b"INFO", b"MESSAGE"))
"""Methods in which a phone may look for digits."""
_MAX_PENDING: Final = 16
"""Requests of one call that may be on their way across at the same time."""
_OPENS: Final = 1
"""No status: what was examined may cross, and completes a door code."""
_SOON: Final = b"Retry-After: 1"
TIMER_C: Final = 181.0
"""Seconds that a re-INVITE may stay without a final response (RFC 3261 §16.6 step 11)."""


class Talking:
    """In-dialog traffic of a call."""

    __slots__ = ("_answered", "_frame", "_pending", "deadline", "sessions")

    def __init__(self, frame: CallFrame) -> None:
        self._frame = frame
        self._answered = AnsweredInvites(frame)
        self._pending: tuple[Use, ...] = ()
        self.sessions = Sessions(frame)
        self.deadline = math.inf
        """When something is due again, monotonic seconds."""

    def begin(self, caller: Leg, callee: Leg) -> None:
        """These two talk."""
        self.sessions.watch(caller, callee)
        self._reckon()

    def on_deadline(self, now: float) -> tuple[Leg, ...]:
        """Repeat unacknowledged 2xx; returns the legs whose ACK never came (§13.3.1.4)."""
        silent = self._answered.on_deadline(now)
        for use in self._pending:
            if use.gives_up_at <= now:
                use.gives_up_at = math.inf
                requests.withdraw(self._frame, use, (ReleaseReason.STAGE_TIMEOUT.header,))
        self._reckon()
        return silent

    def on_session_deadline(self, now: float) -> Leg | None:
        """Refresh the sessions that are due; the leg whose session is over (RFC 4028 §10)."""
        lost = self.sessions.on_deadline(now)
        self._reckon()
        return lost

    def wait_for_ack(
        self, leg: Leg, transaction: ServerTransaction, data: bytes, use: Use | None, now: float
    ) -> None:
        """Repeat this 2xx until the leg acknowledges it."""
        self._answered.add(leg, transaction, data, use, now)
        self._reckon()

    @property
    def is_busy(self) -> bool:
        """Whether a request is on its way across, or an ACK missing."""
        return bool(self._pending) or self._answered.deadline != math.inf

    def is_negotiating(self, leg: Leg) -> bool:
        """Whether an offer of this leg or for it is on its way, or an ACK missing that ends one."""
        return self._answered.involves(leg) or any(
            use.leg.offering is use and (use.leg is leg or use.sender is leg)
            for use in self._pending
        )

    def awaits_ack(self, leg: Leg) -> bool:
        """Whether a 2xx to this leg is not acknowledged yet."""
        return self._answered.awaits(leg)

    def acknowledged(self, leg: Leg, request: Request) -> None:
        """An ACK arrived: stop repeating, pass a delayed answer on."""
        self._answered.acknowledged(leg, request)
        self._reckon()

    def receive(
        self, here: End, there: End | None, transaction: ServerTransaction, now: float
    ) -> None:
        """A new request other than BYE and PRACK inside a dialog of `here`.

        `there` is the other end, None as long as nobody is there.
        """
        request = transaction.request
        method = request.method
        if method == b"OPTIONS":
            self._frame.answer(transaction, 200, extra=self._frame.ports.capabilities)
        elif method not in _FORWARDED:
            self._frame.answer(transaction, 405, extra=(header_policy.ALLOW,))
        elif method in _SESSION and self._is_refused(transaction):
            pass
        elif method == b"UPDATE" and not request.body:
            self._refresh_here(here, transaction, now)
        elif there is None or (
            method not in _BEFORE_ANSWER and not (here.dialog.confirmed and there.dialog.confirmed)
        ):
            self._before_answer(here.leg, transaction)
        elif method == b"UPDATE" and there.leg.takes_update is False:
            # RFC 3311 §4: it is not sent to a phone that denies it; a re-INVITE does the same.
            self._frame.answer(transaction, 405, extra=(header_policy.ALLOW_WITHOUT_UPDATE,))
        else:
            self._cross(here, there, transaction)

    def offer(self, here: End, there: End, transaction: ServerTransaction) -> bool:
        """Carry the INVITE of a newcomer to the one who stays; False when it was refused."""
        return self._cross(here, there, transaction)

    def pass_prack(
        self, here: End, there: End, transaction: ServerTransaction, rack: bytes, *, offers: bool
    ) -> None:
        """Carry the caller's PRACK on to the phone whose response it acknowledges."""
        self._forward(here, there, transaction, offers=offers, extra=(rack,))

    def postpone(self, transaction: ServerTransaction, status: int) -> None:
        """Refuse an offer while another one is open: 491, or 500 with Retry-After (RFC 3311 §5.2,
        RFC 3261 §14.2)."""
        extra = (self._later(),) if status == 500 else ()
        self._frame.answer(transaction, status, extra=extra)

    def response(self, use: Use, response: Response, now: float) -> bool:
        """A response to a request that was carried across; True when its dialog is gone."""
        if response.status < 200:
            requests.take_provisional(self._frame, use)
            if use.method == b"INVITE":
                use.gives_up_at = now + TIMER_C
                self._reckon()
            return False
        if use.method == b"INVITE" and response.status < 300:
            self._reinvite_answered(use, response, now)
            return False
        status = response.status
        is_unmatched = use.method == b"PRACK" and status == 481
        is_gone = status in DIALOG_GONE and not is_unmatched
        is_theirs = use.dialog is not None and not use.dialog.is_caller
        if is_gone and is_theirs and self.awaits_ack(use.leg):
            # It has overtaken our 2xx, which is repeated: the caller will know the dialog soon.
            is_gone = False
            if use.source is not None:
                self._frame.answer(use.source, 480, extra=(_SOON,))
        elif use.source is not None:
            if requests.try_again(self._frame, use, response):
                return False
            if requests.try_longer(self._frame, use, response):
                return False
            if is_unmatched and not use.source.request.body:
                self._frame.answer(use.source, 200)  # it matched ours (RFC 3262 §3)
            else:
                self._pass_back(use, use.source, response, now)
        if use.opens:
            self._code_answered(use, status, now)
        self._forget(use)
        self._reckon()
        return is_gone

    def no_response(self, use: Use, status: int, now: float) -> None:
        """A carried request was never answered: the other party is gone."""
        # RFC 4320 §4.1: a non-INVITE request that timed out is not answered 408; its own
        # transaction at the sender ends at the same time, and swallows this answer.
        if use.source is not None:
            self._frame.answer(use.source, passed_on(status))
        if use.opens:
            self._code_answered(use, status, now)
        self._forget(use)

    def agreed(self, leg: Leg, response: Response, now: float) -> None:
        """A 2xx to a re-INVITE that brings this leg together with another one."""
        self.sessions.agreed(leg, response, now)
        self._reckon()

    def refreshed(self, use: Use, response: Response, now: float) -> bool:
        """A response to a refresh of ours; True when the dialog is gone."""
        is_gone = self.sessions.refreshed(use, response, now)
        self._reckon()
        return is_gone

    def not_refreshed(self, use: Use, now: float) -> None:
        """A refresh of ours was never answered, or found no way."""
        self.sessions.not_refreshed(use, now)
        self._reckon()

    def cancelled(self, transaction: InviteServer) -> None:
        """The sender of a re-INVITE withdraws it."""
        for use in self._pending:
            if use.source is transaction and not use.cancel_lines:
                reason = (ReleaseReason.CALLER_HUNG_UP.header,)
                requests.withdraw(self._frame, use, reason)

    def close(self) -> None:
        """The call is over: whatever waits is answered, so that nobody waits any longer."""
        for use in self._pending:
            if use.source is not None:
                self._frame.answer(use.source, 487)  # RFC 3261 §15.1.2
                use.source = None
            if use.method == b"INVITE":
                self._frame.put(Expire(use))
            self._forget(use)
        self._answered.decline_offers()
        self.sessions.stop()
        self._reckon()

    def drop(self, leg: Leg) -> None:
        """This leg leaves: nothing is repeated to it any more, and none of its requests is wanted;
        offers on their way to it may be made again (RFC 3261 §15.1.2, §14.1)."""
        self._answered.drop(leg)
        for use in self._pending:
            is_to = use.leg is leg and use.method in _DESCRIBING
            if use.source is None or not (is_to or use.sender is leg):
                continue
            self._frame.answer(use.source, _in_vain(use.source.request) if is_to else 487)
            use.source = None
            if use.method == b"INVITE":
                requests.withdraw(self._frame, use, (ReleaseReason.CALLER_HUNG_UP.header,))
            if is_to:
                self._forget(use)
        self._reckon()

    # -- answered here ----------------------------------------------------------------------

    def _is_refused(self, transaction: ServerTransaction) -> bool:
        """Whether a session interval was refused, which is told at once (RFC 4028 §9)."""
        try:
            line = self.sessions.refusal(transaction.request)
        except BadMessage as error:
            self._frame.answer(transaction, error.status)
            return True
        if line is not None:
            self._frame.answer(transaction, 422, extra=(line,))
        return line is not None

    def _refresh_here(self, here: End, transaction: ServerTransaction, now: float) -> None:
        """An UPDATE without a session description concerns this leg alone (RFC 4028 §7.4)."""
        leg = here.leg
        leg.refresh_target(here.dialog, transaction.request, transaction.flow)
        self._frame.answer(
            transaction,
            200,
            extra=(
                self._frame.contact(here.dialog, transaction.flow),
                header_policy.ALLOW,
                header_policy.SUPPORTED,
                *self.sessions.response_lines(leg, transaction.request, now),
            ),
        )
        self._reckon()

    def _before_answer(self, leg: Leg, transaction: ServerTransaction) -> None:
        """Nobody is at the other end yet; the sender may try again."""
        method = transaction.request.method
        if method == b"INVITE" and not leg.is_caller:
            # §14.2: our own INVITE is in progress on this dialog.
            self._frame.answer(transaction, 491)
        elif method in _SESSION:
            # §14.2 and RFC 3311 §5.2: the first INVITE of this dialog has no answer yet.
            self.postpone(transaction, 500)
        else:
            self._frame.answer(transaction, 480, extra=(_SOON,))

    # -- crossing ---------------------------------------------------------------------------

    def _cross(self, here: End, there: End, transaction: ServerTransaction) -> bool:
        """Carry a request to the other leg; False when it was refused."""
        frame, request = self._frame, transaction.request
        leg, peer = here.leg, there.leg
        offers = request.method == b"INVITE" or (request.method == b"UPDATE" and bool(request.body))
        busy = self._busy(leg, peer) if offers else 0
        if busy:
            self.postpone(transaction, busy)
        elif len(self._pending) >= _MAX_PENDING:
            frame.answer(transaction, 500, extra=(_SOON,))
        else:
            examined = self._examined(leg, peer, request) if request.method in _DIGITS else 0
            if examined <= _OPENS:
                use = self._forward(here, there, transaction, offers=offers)
                use.opens = examined == _OPENS
                return True
            frame.answer(transaction, examined)
        return False

    def _forward(
        self,
        here: End,
        there: End,
        transaction: ServerTransaction,
        *,
        offers: bool,
        extra: tuple[bytes, ...] = (),
    ) -> Use:
        frame, request, peer = self._frame, transaction.request, there.leg
        if request.method == b"INVITE":
            frame.answer(transaction, 100)
        if request.method in _SESSION:
            extra += (header_policy.SUPPORTED, *self.sessions.request_lines(peer))
        content_type = header_policy.raw_content_type(request)
        use = requests.send_in_dialog(
            frame,
            peer,
            there.dialog,
            Purpose.FORWARD,
            request.method,
            extra=(*extra, *header_policy.crossing(request)),
            body=request.body,
            content_type=content_type,
        )
        use.source, use.sender = transaction, here.leg
        self._pending += (use,)
        if offers:
            peer.offering = use
        return use

    def _busy(self, leg: Leg, peer: Leg) -> int:
        """Status for an offer that has to wait for another one (RFC 3261 §14.2), 0 when none."""
        for use in self._pending:
            if use.leg.offering is use and use.sender is leg:
                return 500  # its own former offer is still being carried across
            if use.leg.offering is use and use.sender is peer:
                return 491
        # RFC 5407 §3.1.4 and §3.1.5: a lost ACK of this leg is no hindrance unless it carries the
        # answer that the other one waits for.
        is_open = peer.offering is not None or leg.offering is not None
        answered = self._answered
        return 491 if is_open or answered.involves(peer) or answered.answers(leg) else 0

    def _examined(self, leg: Leg, peer: Leg, request: Request) -> int:
        """Status that refuses digits or words which the other leg must not get.

        When it may get them 0, or `_OPENS` if they complete a door code.
        """
        try:
            content_type = request.content_type
        except BadMessage as error:
            return error.status
        if request.method == b"MESSAGE" and content_type.startswith(b"text/"):
            return 0 if peer.party.takes_text else 403
        verdict = self._frame.ports.digits.digits(
            self._frame.call_id, leg.party, peer.party, content_type, request.body
        )
        if verdict is DigitVerdict.WITHHOLD:
            return 403
        return _OPENS if verdict is DigitVerdict.OPEN else 0

    def _code_answered(self, use: Use, status: int, now: float) -> None:
        frame = self._frame
        frame.record(CodeAnswered(frame.call_id, frame.utc(now), use.leg.party, status))

    def _reinvite_answered(self, use: Use, response: Response, now: float) -> None:
        frame, dialog, source = self._frame, use.dialog, use.source
        if dialog is None or requests.acknowledge_again(frame, use, response.to_tag):
            return
        if source is None or use.sender is None:
            # Its sender left meanwhile (RFC 5407 §3.2.3): a 2xx is acknowledged all the same.
            dialog.accept_response(response)
            requests.decline(frame, use, dialog, response)
            self._forget(use)
            return
        if use not in self._pending:
            return  # a repeated offer: its ACK waits for the other leg's answer
        self._forget(use)
        data = self._pass_back(use, source, response, now)
        if use.has_offer:
            requests.acknowledge(frame, use, dialog)
            self.wait_for_ack(use.sender, source, data, None, now)
        else:
            use.delayed_offer = response
            self.wait_for_ack(use.sender, source, data, use, now)

    def _pass_back(
        self, use: Use, transaction: ServerTransaction, response: Response, now: float
    ) -> bytes:
        """Answer the request that `use` carried across; returns what is sent."""
        frame, request, sender = self._frame, transaction.request, use.sender
        if use.dialog is not None:
            use.dialog.accept_response(response)  # target refresh
            if use.leg.state is LegState.TALKING:
                use.leg.follow(use.leg.flow)
        extra, status = header_policy.crossing(response), passed_on(response.status)
        if status >= 300:
            needed = header_policy.needed(response)
            extra += needed
            if not header_policy.is_legal(status, needed):
                status = 500
        content_type = header_policy.raw_content_type(response)
        if response.status < 300 and request.method in _SESSION and sender is not None:
            self.sessions.agreed(use.leg, response, now)
            dialog = sender.dialog_with(request.from_tag)
            if dialog is not None:
                sender.refresh_target(dialog, request, transaction.flow)
            extra = [
                frame.contact(sender.dialog, transaction.flow),
                header_policy.allowed_across(response),
                header_policy.SUPPORTED,
                *self.sessions.response_lines(sender, request, now),
                *extra,
            ]
        if response.status < 300 and request.method in _DESCRIBING and sender is not None:
            if request.body:  # accepted: from now on a refresh repeats it
                use.leg.description = (request.body, header_policy.raw_content_type(request))
            if response.body:
                sender.description = (response.body, content_type)
        return frame.answer(
            transaction,
            status,
            to_tag=b"" if sender is None or sender.dialog is None else sender.dialog.local_tag,
            extra=extra,
            body=response.body,
            content_type=content_type,
        )

    def _forget(self, use: Use) -> None:
        """The request is on its way no longer."""
        use.gives_up_at = math.inf
        if use in self._pending:
            self._pending = tuple([one for one in self._pending if one is not use])
        if use.leg.offering is use:
            use.leg.offering = None

    def _later(self) -> bytes:
        """Retry-After of 0 to 10 seconds, randomly chosen (RFC 3261 §14.2)."""
        return b"Retry-After: %d" % (int(self._frame.ports.entropy.unique(), 16) % 11)

    def _reckon(self) -> None:
        deadline = self._answered.deadline
        if self.sessions.deadline < deadline:
            deadline = self.sessions.deadline
        for use in self._pending:
            if use.gives_up_at < deadline:
                deadline = use.gives_up_at
        self.deadline = deadline


def _in_vain(request: Request) -> int:
    """Status of a request whose receiver has left: an offer may be made again to another one."""
    if request.method != b"PRACK":
        return 491
    return 488 if request.body else 200
