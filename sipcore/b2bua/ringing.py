"""Ringing: the stages of a ring plan, one after the other, until somebody answers (F084).

Theory of operation
===================

A stage starts one B-leg for each contact of each of its targets. It ends

* with the first 2xx: that leg wins, every other leg is released;
* when its last living leg fails: the next stage starts at once;
* when its timeout passes: its legs are released and the next stage starts.

A stage in which nobody can be reached is skipped at once and the record says why. After the last
stage the caller is told the best failure. Each B-leg moves through

    CALLING --1xx--> RINGING --2xx--> TALKING
       |               |
       +---- release --+--> RELEASING --final response or 32 s--> ENDED

and a failure leads from any of the first two to ENDED. CANCEL waits until a provisional response
was seen (RFC 3261 §9.1); a 2xx that crosses it is answered with ACK and BYE (§13.2.2.4).
"""

import math
from typing import TYPE_CHECKING, Final

from sipcore.b2bua import header_policy
from sipcore.b2bua.actions import Expire, JoinDialog, OpenClient, Record, Transmit
from sipcore.b2bua.facts import (
    LegAnswered,
    LegFailed,
    LegRang,
    LegReleased,
    LegStarted,
    StageEnded,
    StageSkipped,
    StageStarted,
    TargetSkipped,
)
from sipcore.b2bua.leg import (
    Leg,
    LegState,
    cancel_of,
    dialog_of,
    in_dialog,
    invite_again,
    invite_of,
    reach_of,
)
from sipcore.b2bua.plan import RingStage
from sipcore.b2bua.ports import Route
from sipcore.b2bua.release import ReleaseReason
from sipcore.b2bua.use import Purpose, Use
from sipcore.kernel.errors import BadMessage
from sipcore.message.message import Response
from sipcore.message.status import reason_phrase

if TYPE_CHECKING:
    from sipcore.b2bua.call import Call

MAX_FORK: Final = 100
"""B-legs of one stage."""


class Ringing:
    """The B-legs of a call until one of them answers."""

    __slots__ = ("_call", "_living", "failures", "legs", "stage", "stage_ends_at")

    def __init__(self, call: "Call") -> None:
        self._call = call
        self.legs: list[Leg] = []
        self.stage = -1
        self.stage_ends_at = math.inf
        self.failures: list[int] = []
        """Statuses of legs that failed; 408 for each one that was rung in vain."""
        self._living = 0
        """Legs of the present stage that may still answer."""

    def advance(self, now: float) -> bool:
        """Start the next stage in which somebody can be reached; False when none is left."""
        stages = self._call.plan.stages
        self.stage_ends_at = math.inf
        while self.stage + 1 < len(stages):
            self.stage += 1
            if self._start(stages[self.stage], now):
                return True
        return False

    def on_deadline(self, now: float) -> None:
        """The stage's time is over: release its legs and go on."""
        call = self._call
        rung = sum(leg.state in (LegState.CALLING, LegState.RINGING) for leg in self.legs)
        self.failures += [408] * rung
        self.release_all(ReleaseReason.STAGE_TIMEOUT, now)
        call.put(Record(StageEnded(call.call_id, call.utc(now), self.stage, "timeout")))
        call.next_stage(now)

    def provisional(self, use: Use, response: Response, now: float) -> None:
        """A 1xx arrived on a B-leg."""
        leg, call = use.leg, self._call
        if leg.state is LegState.RELEASING:
            if not use.cancelled:
                self._cancel(leg)
            return
        if leg.state not in (LegState.CALLING, LegState.RINGING):
            return
        leg.state = LegState.RINGING
        if response.status == 100:
            return
        if not leg.rang:
            leg.rang = True
            call.put(Record(LegRang(call.call_id, call.utc(now), leg.number, response.status)))
        call.caller.ring(leg, response, now)

    def answered(self, use: Use, response: Response, now: float) -> bool:
        """A 2xx arrived on a B-leg; True when it wins the call."""
        leg, call, tag = use.leg, self._call, response.to_tag
        if tag in use.acks:
            call.put(Transmit(use.acks[tag], leg.flow))
            return False
        if leg.state is LegState.TALKING and leg.dialog is not None:
            if leg.dialog.remote_tag != tag:
                self._reject_answer(use, response)
            return False
        if call.settled or leg.state not in (LegState.CALLING, LegState.RINGING):
            self._late(use, response, now)
            return False
        try:
            leg.dialog = dialog_of(use, response)
        except BadMessage as error:
            self._unusable(leg, error, now)
            return False
        leg.state = LegState.TALKING
        leg.flow = reach_of(leg.dialog, leg.flow)
        self.stage_ends_at = math.inf
        call.put(JoinDialog(leg.dialog.key, leg))
        call.put(Record(LegAnswered(call.call_id, call.utc(now), leg.number)))
        return True

    def failed(self, use: Use, status: int, response: Response | None, now: float) -> bool:
        """A leg's INVITE came to nothing; True when that was the last leg of the stage."""
        leg, call = use.leg, self._call
        if leg.state in (LegState.ENDED, LegState.TALKING):
            return False
        if leg.state is LegState.RELEASING:
            leg.state = LegState.ENDED
            return False
        if response is not None and self._try_again(use, response):
            return False
        leg.state = LegState.ENDED
        self.failures.append(status)
        reason = reason_phrase(status).decode() if response is None else _reason(response)
        call.put(Record(LegFailed(call.call_id, call.utc(now), leg.number, status, reason)))
        if leg.stage != self.stage:
            return False
        self._living -= 1
        if self._living or call.settled:
            return False
        call.put(Record(StageEnded(call.call_id, call.utc(now), self.stage, "all_failed")))
        return True

    def release_all(self, reason: ReleaseReason, now: float, *, but: Leg | None = None) -> None:
        """Release every B-leg that is still calling or ringing."""
        self.stage_ends_at = math.inf
        for leg in self.legs:
            if leg is not but and leg.state in (LegState.CALLING, LegState.RINGING):
                self._release(leg, reason, now)

    def acknowledge(
        self, use: Use, tag: bytes, body: bytes = b"", content_type: bytes = b""
    ) -> None:
        """Send the ACK for a 2xx of the INVITE `use` and keep it for repeated 2xx."""
        leg, ports = use.leg, self._call.ports
        dialog = leg.dialog
        if dialog is None:
            return
        ack = in_dialog(
            leg,
            dialog,
            b"ACK",
            ports.entropy.branch(),
            ports.addressing,
            extra=(leg.authorization,) if leg.authorization else (),
            body=body,
            content_type=content_type,
            cseq=use.cseq,
        )
        use.acks[tag] = ack
        self._call.put(Transmit(ack, leg.flow))

    # -- starting ---------------------------------------------------------------------------

    def _start(self, stage: RingStage, now: float) -> bool:
        call, at = self._call, self._call.utc(now)
        for skipped in stage.skipped:
            call.put(
                Record(TargetSkipped(call.call_id, at, self.stage, skipped.party, skipped.reason))
            )
        legs: list[tuple[Leg, Route]] = []
        for target in stage.targets:
            routes = call.ports.locator.routes(target)
            if not routes or len(legs) + len(routes) > MAX_FORK:
                reason = "fork_limit" if routes else "not_registered"
                call.put(Record(TargetSkipped(call.call_id, at, self.stage, target.party, reason)))
                continue
            for route in routes:
                number = len(self.legs) + len(legs) + 1
                leg = Leg(call, number, target.party, route.flow, self.stage)
                leg.route = route
                legs.append((leg, route))
        if not legs:
            reason = _why_skipped(stage)
            call.put(Record(StageSkipped(call.call_id, at, self.stage, stage.name, reason)))
            return False
        call.put(Record(StageStarted(call.call_id, at, self.stage, stage.name, len(legs))))
        self.legs += [leg for leg, _ in legs]
        self._living = len(legs)
        self.stage_ends_at = now + stage.timeout
        for leg, route in legs:
            self._invite(leg, route, at)
        return True

    def _invite(self, leg: Leg, route: Route, at: float) -> None:
        call = self._call
        request = call.caller.transaction.request
        use = invite_of(
            leg,
            route,
            call.ports.entropy,
            call.ports.addressing,
            from_uri=route.from_uri or call.caller_identity,
            max_forwards=call.max_forwards,
            lines=call.invite_lines,
            body=request.body,
            content_type=header_policy.raw_content_type(request),
        )
        contact = route.request_uri.decode("utf-8", "replace")
        call.put(Record(LegStarted(call.call_id, at, leg.stage, leg.number, leg.party, contact)))
        call.put(OpenClient(b"INVITE", use.branch, use.data, leg.flow, use))

    def _try_again(self, use: Use, response: Response) -> bool:
        """Answer a trunk's challenge once (RFC 3261 §22.2)."""
        leg, call = use.leg, self._call
        route: Route | None = leg.route
        if response.status not in (401, 407) or route is None or route.trunk is None:
            return False
        if leg.authorization:
            return False
        line = call.ports.credentials.authorization(
            route.trunk, b"INVITE", route.request_uri, response
        )
        if line is None:
            return False
        leg.authorization = line
        leg.state = LegState.CALLING
        again = Use(call, leg, Purpose.INVITE)
        again.data, again.branch, again.cseq = use.data, use.branch, use.cseq
        again.has_offer = use.has_offer
        invite_again(again, line, call.ports.entropy)
        leg.use = again
        call.put(OpenClient(b"INVITE", again.branch, again.data, leg.flow, again))
        return True

    # -- ending -----------------------------------------------------------------------------

    def _release(self, leg: Leg, reason: ReleaseReason, now: float) -> None:
        call = self._call
        call.put(Record(LegReleased(call.call_id, call.utc(now), leg.number, reason.value)))
        leg.release_header = reason.header
        ringing = leg.state is LegState.RINGING
        leg.state = LegState.RELEASING
        if ringing:
            self._cancel(leg)

    def _cancel(self, leg: Leg) -> None:
        invite = leg.use
        if invite is None or invite.cancelled:
            return
        invite.cancelled = True
        use = Use(self._call, leg, Purpose.CANCEL)
        data = cancel_of(invite, leg.release_header)
        self._call.put(OpenClient(b"CANCEL", invite.branch, data, leg.flow, use))
        self._call.put(Expire(invite))

    def _unusable(self, leg: Leg, error: BadMessage, now: float) -> None:
        """A 2xx that cannot form a dialog: nobody can talk to that phone."""
        call = self._call
        leg.state = LegState.ENDED
        self.failures.append(502)
        fact = LegFailed(call.call_id, call.utc(now), leg.number, 502, error.reason)
        call.put(Record(fact))
        self._living -= 1
        if not self._living:
            call.put(Record(StageEnded(call.call_id, call.utc(now), self.stage, "all_failed")))
            call.next_stage(now)

    def _late(self, use: Use, response: Response, now: float) -> None:
        leg, call = use.leg, self._call
        at = call.utc(now)
        reason = ReleaseReason.LATE_ANSWER
        call.put(Record(LegReleased(call.call_id, at, leg.number, reason.value)))
        leg.state = LegState.ENDED
        self._reject_answer(use, response)

    def _reject_answer(self, use: Use, response: Response) -> None:
        """ACK and BYE for a 2xx that nobody wants (RFC 3261 §13.2.2.4)."""
        leg, ports = use.leg, self._call.ports
        try:
            unwanted = dialog_of(use, response)
        except BadMessage:
            return
        kept, leg.dialog = leg.dialog, unwanted
        self.acknowledge(use, response.to_tag)
        branch = ports.entropy.branch()
        header = ReleaseReason.LATE_ANSWER.header
        data = in_dialog(leg, unwanted, b"BYE", branch, ports.addressing, extra=(header,))
        bye = Use(self._call, leg, Purpose.BYE)
        self._call.put(OpenClient(b"BYE", branch, data, leg.flow, bye))
        leg.dialog = kept


def _reason(response: Response) -> str:
    return response.reason.decode("utf-8", "replace")[:120]


def _why_skipped(stage: RingStage) -> str:
    reasons = {skipped.reason for skipped in stage.skipped}
    if stage.targets or len(reasons) != 1:
        return "nobody_reachable"
    return reasons.pop()
