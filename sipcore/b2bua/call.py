"""Call: one A-leg and its forked B-legs, from the caller's INVITE to the last release.

Theory of operation
===================

The call is planned before it exists, so it never waits. Its three parts share one frame with the
outbox and know nothing of the call: `CallerSide` answers the caller, `Ringing` works through the
stages, `Talking` carries requests across once two legs talk. The phases are

    ringing --a leg answers--> talking --BYE--> closing --last answer--> over
       |                                           ^
       +---- nobody left, caller hangs up ---------+

While it closes, the call is ended for everybody, but CANCELs and BYEs still wait for their answers
and a caller that did not acknowledge its 2xx yet still waits for its BYE (§15).

Every stimulus enters through `handle` or `on_deadline` and leaves as a list of actions; nothing
here touches a socket, a clock or a log.
"""

import math
from typing import Final

from sipcore.b2bua import header_policy, requests
from sipcore.b2bua.absence import Absences
from sipcore.b2bua.actions import Action, CallOver, Tell
from sipcore.b2bua.best_response import NOBODY_REACHABLE
from sipcore.b2bua.call_ports import CallPorts
from sipcore.b2bua.caller_side import CallerSide
from sipcore.b2bua.confirming import ACCEPTED, OTHER
from sipcore.b2bua.conversation import Conversant
from sipcore.b2bua.events import (
    NOBODY,
    AckArrived,
    CallerCancelled,
    CallerUnreachable,
    Event,
    HandedOver,
    HandOver,
    NoResponse,
    NotWoken,
    PickedUp,
    Registered,
    RequestArrived,
    ResponseArrived,
    StreamClosed,
    Unregistered,
)
from sipcore.b2bua.facts import CallEnded, CallStarted
from sipcore.b2bua.frame import CallFrame
from sipcore.b2bua.invitation import invitation_of
from sipcore.b2bua.large_requests import try_datagrams
from sipcore.b2bua.leg import NO_WAY, End, Leg, LegState, Purpose, ServerTransaction, Use
from sipcore.b2bua.pick_up import PickUp
from sipcore.b2bua.plan import Party, RingPlan
from sipcore.b2bua.release import ReleaseReason
from sipcore.b2bua.ringing import Ringing
from sipcore.b2bua.talkers import Talkers
from sipcore.b2bua.talking import Talking
from sipcore.b2bua.transfers import Transfers
from sipcore.dialog.dialog import DIALOG_GONE
from sipcore.kernel.errors import BadMessage
from sipcore.kernel.timed import Timed
from sipcore.message.capabilities import unsupported
from sipcore.message.grammar import text
from sipcore.message.message import Request, Response
from sipcore.transaction.invite_server import InviteServer

_ALIVE: Final = frozenset((LegState.CALLING, LegState.TALKING))
_GONE: Final = frozenset((LegState.RELEASING, LegState.CLOSING, LegState.ENDED))
LONGEST_CALL: Final = 4 * 3600.0
"""Seconds after which an answered call is ended: both phones may have lost their power."""


class Call(Timed):
    """One call through the B2BUA.

    Raises BadMessage when the caller's INVITE cannot form a dialog.
    """

    __slots__ = (
        "_absences",
        "_ends_at",
        "_frame",
        "_held",
        "_is_private",
        "_over",
        "_pick_up",
        "_transfers",
        "call_id",
        "caller",
        "ended",
        "plan",
        "ringing",
        "talkers",
        "talking",
    )

    def __init__(
        self,
        call_id: str,
        plan: RingPlan,
        transaction: InviteServer,
        ports: CallPorts,
        now: float,
        utc: float,
    ) -> None:
        super().__init__()
        self.call_id = call_id
        """Id in the records; for a door phone's call also the id of the visit."""
        self.plan = plan
        self.ended = False
        """Whether the call is ended for everybody; some answers may still be awaited."""
        self._frame = CallFrame(call_id, ports, utc - now)
        leg = Leg(0, plan.caller, transaction.flow)
        self.caller = CallerSide(self._frame, leg, transaction, ports.entropy.tag())
        is_reliable = self.caller.reliability.takes
        invitation = invitation_of(self._frame, plan, transaction.request, is_reliable=is_reliable)
        self._is_private = invitation.is_private
        self.ringing = Ringing(self._frame, plan, invitation, now)
        self.talking = Talking(self._frame)
        self.talkers = Talkers(self._frame, self.talking)
        self._transfers: Transfers | None = None
        """What was passed on or picked up; most calls never are."""
        self._pick_up: PickUp | None = None
        self._absences: Absences | None = None
        """Parties whose stream broke; most calls never have any."""
        # RFC 3261 §13.3.1: the caller may limit how long its invitation stands.
        expires = transaction.request.expires
        self._ends_at = math.inf if expires is None else now + expires
        self._over = False
        self._held: tuple[Use, Response] | None = None
        """An answer that waits for the caller's PRACK (RFC 3262 §3)."""

    # -- the machine's interface ------------------------------------------------------------

    def start(self, now: float) -> list[Action]:
        """Answer 100 and start the first stage in which somebody can be reached."""
        frame = self._frame
        request = self.caller.transaction.request
        sip_call_id = request.call_id.decode("utf-8", "replace")
        tag = text(request.from_tag)
        self.caller.trying()
        at, is_private = frame.utc(now), self._is_private
        frame.record(CallStarted(self.call_id, at, sip_call_id, self.plan, tag, is_private))
        if self._ends_at <= now:
            self._hang_up(None, ReleaseReason.EXPIRED, now, outcome="missed")
        else:
            self._ring(now)
        return self._flush()

    def handle(self, event: Event, now: float) -> list[Action]:
        """Take one stimulus; total."""
        # The most frequent first.
        if isinstance(event, ResponseArrived):
            self._response(event.use, event.response, now)
        elif isinstance(event, RequestArrived):
            self._request(event, now)
        elif isinstance(event, AckArrived):
            self.talking.acknowledged(event.leg, event.request)
            self.talkers.bye_later(event.leg)
            if self._transfers is not None:
                self._transfers.acknowledged(now)
        elif isinstance(event, NoResponse):
            self._no_response(event.use, event.status, now)
        elif isinstance(event, CallerCancelled):
            self._cancelled(event.transaction, event.request, now)
        elif isinstance(event, CallerUnreachable):
            self._caller_lost(event.transaction, now)
        elif isinstance(event, StreamClosed):
            self._stream_closed(event.connection, now)
        elif isinstance(event, HandOver):
            self._hand_over(event.leg, event.to, now)
        elif isinstance(event, HandedOver):
            if self._transfers is not None and self._transfers.handed_over(event, now):
                self._hang_up(None, ReleaseReason.TRANSFERRED, now)
        elif isinstance(event, PickedUp):
            self._picked_up(event.leg, event.party, event.transaction, now)
        elif isinstance(event, Registered):
            self._give_up(self.ringing.registered(event.user, now), now)
        elif isinstance(event, Unregistered):
            self._give_up(self.ringing.unregistered(event.user, event.contacts, now), now)
        elif isinstance(event, NotWoken):
            self._give_up(self.ringing.not_woken(event.user, event.reason, now), now)
        else:
            self._hang_up(None, ReleaseReason.SHUTDOWN, now, status=503)
        return self._flush()

    def on_deadline(self, now: float) -> list[Action]:
        """Do everything that is due."""
        if self.talking.deadline <= now:
            for leg in self.talking.on_deadline(now):
                self._ack_missing(leg, now)
        if self.caller.reliability.deadline <= now and self.caller.reliability.on_deadline(now):
            self._hang_up(None, ReleaseReason.NO_PRACK, now, status=504)
        if self._ends_at <= now:
            talks = bool(self.talkers.legs)
            reason = ReleaseReason.TIME_LIMIT if talks else ReleaseReason.EXPIRED
            self._hang_up(None, reason, now, outcome="missed")
        if self.talking.sessions.deadline <= now:
            lost = self.talking.on_session_deadline(now)
            if lost is not None:
                self._hang_up(lost, ReleaseReason.SESSION_EXPIRED, now)
        if self._absences is not None and self._absences.deadline <= now:
            self._absences.on_deadline(now, self._frame)
        transfers = self._transfers
        if transfers is not None and transfers.deadline <= now and transfers.on_deadline(now):
            self._hang_up(None, ReleaseReason.NOT_JOINED, now)
        if self.ringing.hunt.deadline <= now:
            self._give_up(self.ringing.on_deadline(now), now)
        if self.caller.ring_again_at <= now:
            self.caller.ring_again(now)
        return self._flush()

    # -- stimuli ----------------------------------------------------------------------------

    def _response(self, use: Use, response: Response, now: float) -> None:
        status = response.status
        if status >= 200:
            self._frame.settle(use)
        else:
            use.heard = True
        if use.purpose is Purpose.INVITE:
            self._invite_response(use, response, now)
        elif use.purpose is Purpose.FORWARD:
            is_gone = self.talking.response(use, response, now)
            if self._pick_up is not None and self._pick_up.is_for(use) and status >= 200:
                self._settle_pick_up(status, now)
            elif is_gone:
                self._lose(use, now)
        elif use.purpose is Purpose.REFRESH:
            if self.talking.refreshed(use, response, now):
                self._lose(use, now)
        elif use.purpose is Purpose.JOIN:
            transfers = self._transfers
            if transfers is not None and transfers.join_response(use, response, now):
                self._hang_up(None, ReleaseReason.NOT_JOINED, now)
        elif use.purpose is Purpose.PROBE and status in DIALOG_GONE:
            self._lose(use, now)
        elif use.purpose is Purpose.BYE and status >= 200:
            self.talkers.bye_answered(use, response)
        elif use.purpose is Purpose.NOTIFY and self._transfers is not None:
            self._transfers.notified(use, status)

    def _invite_response(self, use: Use, response: Response, now: float) -> None:
        status = response.status
        if status < 200:
            number = self.ringing.provisional(use, response, now)
            if number is None:
                return
            if self._transfers is not None and self.talkers.legs:
                self._transfers.rang(status, now)
                return
            if use.leg.confirms:
                self.caller.ring_on(now)
            elif self.caller.ring(use, response, number, now):
                return
            if number:
                requests.prack(self._frame, use, response.to_tag, number)
        elif status < 300:
            if self.ringing.answered(use, response, now):
                self._won(use, response, now)
            elif use.leg.state is LegState.CONFIRMING and not self.talkers.legs:
                self.caller.ring_on(now)
        else:
            self._give_up(self.ringing.failed(use, status, response, now), now)

    def _won(self, use: Use, response: Response, now: float) -> None:
        """A leg has won: its answer is taken, and the other legs are released."""
        leg, is_passed_on = use.leg, bool(self.talkers.legs)
        if use.acks is None:  # that of a telephone was taken when it came, before its key
            if is_passed_on and leg.dialog is not None:
                requests.decline(self._frame, use, leg.dialog, response)
            elif use.has_offer and leg.dialog is not None:
                requests.acknowledge(self._frame, use, leg.dialog)
            else:
                use.delayed_offer = response
            self.talking.sessions.agreed(leg, response, now)
        if is_passed_on:
            self._transferred(leg, response, now)
        else:
            self._answer(use, response, now)

    def _answer(self, use: Use, response: Response, now: float) -> None:
        """The caller gets the answer."""
        leg = use.leg
        self._ends_at = now + LONGEST_CALL
        face = self.caller.meet(leg, response.to_tag)
        self.talkers.join(face, leg)
        if self.caller.reliability.holds(face):
            self._held = (use, response)
        else:
            self._tell_answer(use, response, now)
        self.ringing.release_all(ReleaseReason.ANSWERED_ELSEWHERE, now)

    def _tell_answer(self, use: Use, response: Response, now: float) -> None:
        self._held = None
        data = self.caller.answer(response, now)
        self.talkers.join(self.caller.leg, use.leg)
        waiting = None if use.delayed_offer is None else use
        transaction = self.caller.transaction
        self.talking.wait_for_ack(self.caller.leg, transaction, data, waiting, now)
        if waiting is None and not use.has_offer:
            # The offer of the answer was accepted before the key: the two negotiate afresh.
            self._passing_on().join_when_acknowledged(self.caller.leg, use.leg)

    def _transferred(self, leg: Leg, response: Response, now: float) -> None:
        """A phone that the call is passed on to has answered."""
        self.ringing.release_all(ReleaseReason.ANSWERED_ELSEWHERE, now)
        described = (response.body, header_policy.raw_content_type(response))
        self._passing_on().answered(leg, described, now)

    def _no_response(self, use: Use, status: int, now: float) -> None:
        if not use.is_open:
            return  # it was answered; only the ACK for that answer found no way
        self._frame.settle(use)
        if try_datagrams(self._frame, use):
            return
        if use.purpose is Purpose.INVITE:
            self._give_up(self.ringing.failed(use, status, None, now), now)
        elif use.purpose is Purpose.FORWARD:
            self.talking.no_response(use, status, now)
            if self._pick_up is not None and self._pick_up.is_for(use):
                self._settle_pick_up(status, now)
            if status != NO_WAY:
                self._lose(use, now)
        elif use.purpose is Purpose.REFRESH:
            self.talking.not_refreshed(use, now)
            if status != NO_WAY:
                self._lose(use, now)
        elif use.purpose is Purpose.PROBE:
            self._lose(use, now)
        elif use.purpose is Purpose.JOIN:
            if self._transfers is not None and self._transfers.join_lost(status, now):
                self._lose(use, now)
        elif use.purpose is Purpose.BYE:
            self.talkers.bye_done(use)
        elif use.purpose is Purpose.NOTIFY and self._transfers is not None:
            self._transfers.notified(use, status)

    def _request(self, event: RequestArrived, now: float) -> None:
        leg, transaction, request = event.leg, event.transaction, event.request
        dialog = leg.dialog_with(request.from_tag)
        if dialog is None or leg.state is LegState.RELEASING:
            self._frame.answer(transaction, 481)
            return
        refused = dialog.accept_request(request)
        if refused is not None:
            self._frame.answer(transaction, refused)
            return
        if self._absences is not None:
            self._absences.look_for(self._frame)
        missing = unsupported(request)
        if request.method == b"BYE" and not missing:
            self._bye_received(leg, transaction, now)
            return
        if self.ended or leg.state is LegState.CLOSING or self.talkers.is_leaving(leg):
            # Our BYE is on its way or due (RFC 5407 §3.2.2).
            self._frame.answer(transaction, 481)
            return
        if missing:
            self._frame.answer(transaction, 420, extra=(b"Unsupported: " + missing,))
        elif request.method == b"PRACK":
            self._prack(End(leg, dialog), transaction, now)
        elif request.method == b"REFER" and (self._pick_up is not None or self._held is not None):
            self._frame.answer(transaction, 491)  # one of the two may be another one soon
        elif request.method == b"REFER":
            self._passing_on().refer(self, leg, transaction, now)
        elif request.method == b"SUBSCRIBE":
            self._passing_on().subscribe(leg, transaction, now)
        elif leg.state is LegState.CONFIRMING:
            self._before_key(End(leg, dialog), transaction, now)
        else:
            here = End(leg, dialog)
            self.talking.receive(here, self.caller.other_end(here), transaction, now)
        leg.follow(event.flow)  # NAT rebinding, reconnect, or a new contact

    def _before_key(self, here: End, transaction: ServerTransaction, now: float) -> None:
        """A telephone that has answered says something: the key, perhaps (G04)."""
        leg = here.leg
        said, status = self.ringing.key(leg, transaction, now)
        if said == ACCEPTED:
            use, response = self.ringing.confirmed(leg, now)
            self._won(use, response, now)
        elif said == OTHER:
            self.talking.receive(here, None, transaction, now)
        else:
            self._give_up(status, now)

    def _prack(self, here: End, transaction: ServerTransaction, now: float) -> None:
        """The caller acknowledges a provisional response (RFC 3262 §3)."""
        try:
            told = self.caller.reliability.acknowledge(here.leg, transaction.request, now)
        except BadMessage as error:
            self._frame.answer(transaction, error.status)
            return
        there = self.caller.other_end(here)
        if told is None:
            self._frame.answer(transaction, 481)
            return
        origin = told.origin
        is_there = there is not None and origin is not None and origin.use.leg is there.leg
        if origin is None or there is None or not is_there or there.leg.state not in _ALIVE:
            # Nobody waits for it; an offer in it finds nobody to answer it.
            self._frame.answer(transaction, 488 if transaction.request.body else 200)
        else:
            rack = requests.rack_line(origin.use, origin.number)
            # §5: what answers the offer of a response is no offer itself.
            offers = bool(transaction.request.body) and (origin.use.has_offer or not told.body)
            self.talking.pass_prack(here, there, transaction, rack, offers=offers)
        if self._held is not None and not self.caller.reliability.holds(self.caller.leg):
            self._tell_answer(*self._held, now)

    def _bye_received(self, leg: Leg, transaction: ServerTransaction, now: float) -> None:
        if not leg.is_caller and leg.dialog is None:
            # RFC 3261 §15: the called side never ends an early dialog with BYE.
            self._frame.answer(transaction, 481)
            return
        self._frame.answer(transaction, 200)
        reason = ReleaseReason.CALLEE_HUNG_UP
        if leg.is_caller:
            reason = ReleaseReason.CALLER_HUNG_UP
        if leg.state is LegState.CONFIRMING:
            self.talkers.close(leg)
            self._give_up(self.ringing.hung_up(leg, now), now)
            return
        is_left = leg.state is LegState.CLOSING  # our BYE has crossed it
        if self.ended or is_left or (self.talkers.legs and leg not in self.talkers.legs):
            self.talkers.close(leg)
        elif self._transfers is None or not self._transfers.leaves(leg):
            self._hang_up(leg, reason, now, lines=header_policy.reasons(transaction.request))

    def _lose(self, use: Use, now: float) -> None:
        """A request in one of the leg's dialogs found nobody there (RFC 3261 §12.2.1.2)."""
        leg = use.leg
        is_away = self._absences is not None and leg in self._absences
        if leg not in self.talkers.legs or use.dialog is not leg.dialog or is_away:
            return  # an early dialog: its INVITE will tell; or a party that may come back
        self._hang_up(leg, ReleaseReason.LEG_LOST, now)

    def _cancelled(self, transaction: InviteServer, cancel: Request, now: float) -> None:
        if transaction is not self.caller.transaction:
            self.talking.cancelled(transaction)
        elif not self.talkers.legs or self._held is not None:
            lines = header_policy.reasons(cancel)
            self._hang_up(self.caller.leg, ReleaseReason.CALLER_HUNG_UP, now, lines=lines)

    def _caller_lost(self, transaction: InviteServer, now: float) -> None:
        """The caller's stream broke: to it the call has failed (RFC 3261 §8.1.3.1)."""
        leg = self.caller.leg
        if transaction is not self.caller.transaction:
            return
        if not self.talkers.legs or self._held is not None or self.talking.awaits_ack(leg):
            self._hang_up(leg, ReleaseReason.LEG_LOST, now)

    def _stream_closed(self, connection: int, now: float) -> None:
        """A stream broke. A caller that still waits for its answer is gone; a party that talks may
        come back: its sound does not depend on the stream."""
        if self.caller.transaction.flow.connection == connection:
            self._caller_lost(self.caller.transaction, now)
        if not self.ended:
            if self._absences is None:
                self._absences = Absences()
            self._absences.note(self.talkers.legs, connection, now)

    def _ack_missing(self, leg: Leg, now: float) -> None:
        """A 2xx of ours was never acknowledged (RFC 3261 §13.3.1.4): end the call."""
        if self.ended or self.talkers.is_leaving(leg):
            self.talkers.bye_later(leg)
        else:
            self._hang_up(None, ReleaseReason.NO_ACK, now)

    # -- ending -----------------------------------------------------------------------------

    def _ring(self, now: float) -> None:
        """Begin with the stages; the caller may have to be told at once (F084)."""
        if not self.ringing.advance(now):
            self._give_up(NOBODY_REACHABLE, now)
        elif self.plan.policy.early:
            self.caller.announce(self.plan.policy.early, now)

    def _give_up(self, status: int, now: float) -> None:
        """Nobody will answer any more: the caller is told why, or whoever passed the call on.

        Nothing happens with status 0: somebody may.
        """
        if not status:
            return
        self.ringing.close(ReleaseReason.DECLINED, now)
        if self.talkers.legs:
            if self._transfers is not None and self._transfers.failed(status, now):
                self._hang_up(None, ReleaseReason.TRANSFERRED, now)
            return
        self.caller.refuse(status, self.ringing.explanation(status))
        outcome, reason = self.ringing.meaning(status)
        self._end(outcome, "server", reason, status, now)

    def _hang_up(
        self,
        by: Leg | None,
        reason: ReleaseReason,
        now: float,
        *,
        status: int = 487,
        outcome: str = "",
        lines: tuple[bytes, ...] = (),
    ) -> None:
        """End the call because a leg hung up or is lost (`by`), or the server gives up.

        `status` and `outcome` hold when nobody has answered yet; `lines` are the Reason lines that
        came with it.
        """
        if self.ended:
            return
        who = "server" if by is None else "caller" if by.is_caller else "callee"
        if not self.talkers.legs:
            self.caller.refuse(status)
            self.ringing.close(reason, now, lines)
            usual = "failed" if by is None else "abandoned"
            self._end(outcome or usual, who, reason.word, status, now)
            return
        if self.ringing.is_open:
            self.ringing.close(reason, now, lines)
        if self._transfers is not None:
            self._transfers.close()
        self.talking.close()
        if self._pick_up is not None:
            self._settle_pick_up(487, now)
        if self._held is not None:
            self._held = None
            self.caller.refuse(status)
        self.talkers.hang_up(by, reason, lines)
        self._end("answered", who, reason.word, 200, now)

    # -- passing on -------------------------------------------------------------------------

    def _passing_on(self) -> Transfers:
        if self._transfers is None:
            self._transfers = Transfers(self._frame, self.ringing, self.talking, self.talkers)
        return self._transfers

    def _hand_over(self, leg: Leg, to: Conversant, now: float) -> None:
        """Another call takes over whom this leg talks to; nothing is left of this one then."""
        given = NOBODY if self._held is not None else self._passing_on().hand_over(leg)
        self._frame.put(Tell(to, given))
        if given.leg is not None:
            self._hang_up(None, ReleaseReason.TRANSFERRED, now)

    def _picked_up(self, leg: Leg, party: Party, transaction: InviteServer, now: float) -> None:
        """Somebody wants to take the place of a leg (RFC 3891 §3)."""
        is_ringing = not self.talkers.legs and leg.state is LegState.CALLING and not leg.is_caller
        if self.ended or leg.state in _GONE:
            self._frame.answer(transaction, 603)
            return
        if self._pick_up is not None or not (is_ringing or leg in self.talkers.legs):
            self._frame.answer(transaction, 481)
            return
        is_passed_on = self._transfers is not None and self._transfers.is_going_on
        if is_passed_on or self._held is not None:
            self._frame.answer(transaction, 491)  # who talks to whom is about to change
            return
        number = len(self.ringing.legs) + 1
        try:
            newcomer = PickUp(self._frame, number, leg, party, transaction, now)
        except BadMessage as error:
            self._frame.answer(transaction, error.status)
            return
        self.ringing.adopt(newcomer.leg)
        if not is_ringing:
            self._pick_up = newcomer
            if not newcomer.take_answered(self.talking, self.talkers, now):
                self._pick_up = None
        elif newcomer.take_ringing(self.caller, self.ringing, self.talking, self.talkers, now):
            self._ends_at = now + LONGEST_CALL
            self._passing_on().join_when_acknowledged(self.caller.leg, newcomer.leg)

    def _settle_pick_up(self, status: int, now: float) -> None:
        newcomer, self._pick_up = self._pick_up, None
        if newcomer is None:
            return
        if status < 300:
            newcomer.arrived(self.talkers, now)
        else:
            newcomer.failed(status, now)

    def _end(self, outcome: str, by: str, reason: str, status: int, now: float) -> None:
        frame = self._frame
        self.ended = True
        self._ends_at = math.inf
        self._absences = None
        frame.ports.digits.call_ended(self.call_id)
        frame.record(CallEnded(self.call_id, frame.utc(now), outcome, by, reason, status))

    def _flush(self) -> list[Action]:
        frame, caller = self._frame, self.caller
        # Compared one by one: `min` of six would cost more than all the rest of this method.
        deadline = self._ends_at
        if self.ringing.hunt.deadline < deadline:
            deadline = self.ringing.hunt.deadline
        if self.talking.deadline < deadline:
            deadline = self.talking.deadline
        if caller.ring_again_at < deadline:
            deadline = caller.ring_again_at
        if caller.reliability.deadline < deadline:
            deadline = caller.reliability.deadline
        if self._absences is not None and self._absences.deadline < deadline:
            deadline = self._absences.deadline
        if self._transfers is not None:
            deadline = min(deadline, self._transfers.deadline)
        self.deadline = deadline
        if self.ended and not self._over and not frame.unanswered and deadline == math.inf:
            self._over = True
            self.ringing.forget()
            self.caller.forget()
            self.talkers.forget()
            self._transfers = None
            frame.put(CallOver())
        return frame.flush()
