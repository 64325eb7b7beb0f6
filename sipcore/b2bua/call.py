"""Call: one A-leg and its forked B-legs, from the caller's INVITE to the last release.

Theory of operation
===================

The call is planned before it exists, so it never waits. It has three parts that share one outbox:
`CallerSide` answers the caller, `Ringing` works through the stages, `Talking` carries requests
across once two legs talk. The phases are

    ringing --a leg answers--> talking --BYE--> over
       |                                         ^
       +---- nobody left, caller hangs up -------+

Every stimulus enters through `handle` or `on_deadline` and leaves as a list of actions; nothing
here touches a socket, a clock or a log.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from sipcore.b2bua import header_policy
from sipcore.b2bua.actions import Action, CallOver, LeaveDialog, OpenClient, Record, Transmit
from sipcore.b2bua.best_response import best_failure
from sipcore.b2bua.caller_side import CallerSide
from sipcore.b2bua.events import (
    AckArrived,
    AnswerUndelivered,
    CallerCancelled,
    Dismissed,
    Event,
    NoResponse,
    RequestArrived,
    ResponseArrived,
)
from sipcore.b2bua.facts import CallEnded, CallFact, CallStarted
from sipcore.b2bua.leg import Leg, LegState, in_dialog, reach_of
from sipcore.b2bua.plan import RingPlan
from sipcore.b2bua.ports import Addressing, DigitSink, Locator, TrunkCredentials
from sipcore.b2bua.release import ReleaseReason
from sipcore.b2bua.ringing import Ringing
from sipcore.b2bua.talking import Talking
from sipcore.b2bua.use import Purpose, Use
from sipcore.kernel.entropy import Entropy
from sipcore.kernel.flow import Flow
from sipcore.message.message import Response
from sipcore.message.status import reason_phrase
from sipcore.transaction.invite_server import InviteServer

DEFAULT_MAX_FORWARDS = 70
"""RFC 3261 §8.1.1.6."""


class CallPorts(NamedTuple):
    """What a call asks of the world."""

    locator: Locator
    digits: DigitSink
    credentials: TrunkCredentials
    addressing: Addressing
    entropy: Entropy


class Call:
    """One call through the B2BUA."""

    __slots__ = (
        "_ended",
        "_hang_up_later",
        "_outbox",
        "_over",
        "_utc_offset",
        "call_id",
        "caller",
        "caller_identity",
        "deadline",
        "invite_lines",
        "max_forwards",
        "plan",
        "ports",
        "ringing",
        "talking",
        "winner",
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
        request = transaction.request
        self.call_id = call_id
        """Id in the records; for a door phone's call also the id of the visit."""
        self.plan = plan
        self.ports = ports
        self.deadline = math.inf
        self.winner: Leg | None = None
        self.max_forwards = max((request.max_forwards or DEFAULT_MAX_FORWARDS) - 1, 0)
        self.caller_identity = _identity(plan, ports.addressing.domain)
        self.invite_lines = [
            header_policy.ALLOW,
            b"X-Doorline-Visit: " + call_id.encode(),
            *header_policy.crossing(request),
        ]
        leg = Leg(self, 0, plan.caller, transaction.flow)
        self.caller = CallerSide(self, leg, transaction, ports.entropy.tag())
        self.ringing = Ringing(self)
        self.talking = Talking(self)
        self._utc_offset = utc - now
        self._outbox: list[Action] = []
        self._ended = False
        self._over = False
        self._hang_up_later: ReleaseReason | None = None

    # -- the machine's interface ------------------------------------------------------------

    def start(self, now: float) -> Sequence[Action]:
        """Answer 100 and start the first stage in which somebody can be reached."""
        sip_call_id = self.caller.transaction.request.call_id.decode("utf-8", "replace")
        self.caller.trying()
        self.record(CallStarted(self.call_id, self.utc(now), sip_call_id, self.plan))
        self.next_stage(now)
        return self._flush()

    def handle(self, event: Event, now: float) -> Sequence[Action]:
        """Take one stimulus; total."""
        match event:
            case ResponseArrived(use, response):
                self._response(use, response, now)
            case RequestArrived(leg, transaction, request, flow):
                self.talking.receive(leg, transaction, request, now)
                self._follow(leg, flow)
            case AckArrived(leg, request):
                self.talking.acknowledged(leg, request, now)
                self._after_ack(leg, now)
            case CallerCancelled(transaction):
                self._cancelled(transaction, now)
            case NoResponse(use, status):
                self._no_response(use, status, now)
            case Dismissed():
                self._dismiss(now)
            case AnswerUndelivered():
                pass  # the caller is gone; its INVITE was refused anyway
        return self._flush()

    def next_deadline(self) -> float | None:
        """When to call `on_deadline`, monotonic seconds."""
        return None if self.deadline == math.inf else self.deadline

    def on_deadline(self, now: float) -> Sequence[Action]:
        """Do everything that is due."""
        self.talking.on_deadline(now)
        if self.ringing.stage_ends_at <= now:
            self.ringing.on_deadline(now)
        if self.caller.ring_again_at <= now:
            self.caller.ring_again(now)
        return self._flush()

    # -- for the parts ----------------------------------------------------------------------

    @property
    def settled(self) -> bool:
        """Whether somebody answered or the call ended: no B-leg can win any more."""
        return self.winner is not None or self._ended

    def utc(self, now: float) -> float:
        """The UTC reading that belongs to a monotonic one."""
        return now + self._utc_offset

    def put(self, action: Action) -> None:
        """Add to the actions of the present stimulus."""
        self._outbox.append(action)

    def record(self, fact: CallFact) -> None:
        """Add a fact for the journal."""
        self._outbox.append(Record(fact))

    def transmit(self, data: bytes, flow: Flow) -> None:
        """Send without a transaction."""
        self._outbox.append(Transmit(data, flow))

    def peer_of(self, leg: Leg) -> Leg | None:
        """The leg at the other end of an answered call."""
        if self.winner is None or self._ended:
            return None
        return self.winner if leg.is_caller else self.caller.leg

    def next_stage(self, now: float) -> None:
        """Go on to the next stage, or tell the caller that nobody answered."""
        if self.ringing.advance(now):
            return
        status = best_failure(self.ringing.failures)
        self.caller.refuse(status)
        self._end(_outcome(status), "server", _phrase(status), status, now)

    def hang_up(self, by: Leg | None, reason: ReleaseReason, now: float) -> None:
        """End the call because a leg said BYE (`by`), got lost, or the server gives up."""
        if self._ended:
            return
        who = "server" if by is None else "caller" if by.is_caller else "callee"
        lost = reason in (ReleaseReason.LEG_LOST, ReleaseReason.NO_ACK)
        if self.winner is None:
            self.caller.refuse(487)
            self.ringing.release_all(reason, now)
            self._end("abandoned", who, reason.value, 487, now)
            return
        for leg in (self.caller.leg, self.winner):
            if leg is by and not lost:
                self._close(leg)
            elif leg.is_caller and self.talking.awaits_ack(leg) and not lost:
                # RFC 3261 §15: no BYE before the ACK for our 2xx has arrived.
                self._hang_up_later = reason
            else:
                self._bye(leg, reason)
        self.talking.close()
        self._end("answered", who, reason.value, 200, now)

    def ack_missing(self, leg: Leg, now: float) -> None:
        """A 2xx of ours was never acknowledged (RFC 3261 §13.3.1.4): end the session with BYE."""
        if self._hang_up_later is not None and leg.is_caller:
            self._after_ack(leg, now)
        else:
            self.hang_up(None, ReleaseReason.NO_ACK, now)

    # -- stimuli ----------------------------------------------------------------------------

    def _response(self, use: Use, response: Response, now: float) -> None:
        status = response.status
        if use.purpose is Purpose.INVITE:
            if status < 200:
                self.ringing.provisional(use, response, now)
            elif status < 300:
                if self.ringing.answered(use, response, now):
                    self._answer(use, response, now)
            elif self.ringing.failed(use, status, response, now):
                self.next_stage(now)
        elif use.purpose in (Purpose.FORWARD, Purpose.FORWARD_INVITE):
            self.talking.response(use, response, now)

    def _answer(self, use: Use, response: Response, now: float) -> None:
        leg = use.leg
        self.winner = leg
        self.ringing.release_all(ReleaseReason.ANSWERED_ELSEWHERE, now, but=leg)
        data = self.caller.answer(leg, response)
        cseq = self.caller.transaction.request.cseq.number
        if use.has_offer:
            self.ringing.acknowledge(use, response.to_tag)
            self.talking.wait_for_ack(self.caller.leg, cseq, data, None, now)
        else:
            self.talking.wait_for_ack(self.caller.leg, cseq, data, use, now)

    def _no_response(self, use: Use, status: int, now: float) -> None:
        if use.purpose is Purpose.INVITE:
            if self.ringing.failed(use, status, None, now):
                self.next_stage(now)
        elif use.purpose in (Purpose.FORWARD, Purpose.FORWARD_INVITE):
            self.talking.no_response(use, status, now)

    def _cancelled(self, transaction: InviteServer, now: float) -> None:
        if transaction is not self.caller.transaction:
            self.talking.cancelled(transaction, now)
        elif not self.settled:
            self.caller.refuse(487)
            self.ringing.release_all(ReleaseReason.CALLER_HUNG_UP, now)
            self._end("abandoned", "caller", ReleaseReason.CALLER_HUNG_UP.value, 487, now)

    def _dismiss(self, now: float) -> None:
        if self.winner is None and not self._ended:
            self.caller.refuse(503)
            self.ringing.release_all(ReleaseReason.SHUTDOWN, now)
            self._end("failed", "server", ReleaseReason.SHUTDOWN.value, 503, now)
        else:
            self.hang_up(None, ReleaseReason.SHUTDOWN, now)

    def _after_ack(self, leg: Leg, now: float) -> None:
        if self._hang_up_later is not None and leg.is_caller:
            reason, self._hang_up_later = self._hang_up_later, None
            self._bye(leg, reason)

    def _follow(self, leg: Leg, flow: Flow) -> None:
        """A request may have come over another flow (NAT rebinding, reconnect, new contact)."""
        if leg.dialog is not None:
            leg.flow = reach_of(leg.dialog, flow)

    # -- ending -----------------------------------------------------------------------------

    def _bye(self, leg: Leg, reason: ReleaseReason) -> None:
        dialog = leg.dialog
        if leg.state is LegState.TALKING and dialog is not None:
            branch = self.ports.entropy.branch()
            data = in_dialog(
                leg, dialog, b"BYE", branch, self.ports.addressing, extra=(reason.bye_header,)
            )
            use = Use(self, leg, Purpose.BYE)
            self.put(OpenClient(b"BYE", branch, data, leg.flow, use))
        self._close(leg)

    def _close(self, leg: Leg) -> None:
        leg.state = LegState.ENDED
        if leg.dialog is not None:
            self.put(LeaveDialog(leg.dialog.key))

    def _end(self, outcome: str, by: str, reason: str, status: int, now: float) -> None:
        self._ended = True
        self.ports.digits.call_ended(self.call_id)
        self.record(CallEnded(self.call_id, self.utc(now), outcome, by, reason, status))

    def _flush(self) -> Sequence[Action]:
        self.deadline = min(
            self.ringing.stage_ends_at, self.talking.deadline, self.caller.ring_again_at
        )
        if self._ended and not self._over and self.deadline == math.inf:
            self._over = True
            self._outbox.append(CallOver(self))
        outbox, self._outbox = self._outbox, []
        return outbox


def _identity(plan: RingPlan, domain: bytes) -> bytes:
    """From of the B-legs: name and AOR as this server knows them, never as the caller says."""
    party = plan.caller
    uri = b"<sip:" + party.user.encode() + b"@" + domain + b">"
    if not party.display:
        return uri
    name = party.display.replace("\\", "\\\\").replace('"', '\\"')
    text = "".join(character for character in name if character.isprintable())
    return b'"' + text.encode() + b'" ' + uri


def _phrase(status: int) -> str:
    return reason_phrase(status).decode()


def _outcome(status: int) -> str:
    if status in (486, 600):
        return "busy"
    if status in (403, 603):
        return "refused"
    return "missed" if status in (408, 480) else "failed"
