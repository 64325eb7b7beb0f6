"""Ringing: the stages of a ring plan, one after the other, until somebody answers (F084).

Theory of operation
===================

A stage starts one B-leg for each contact of each of its targets. It ends

* with the first 2xx: that leg wins, every other leg is released;
* when its last living leg fails: the next stage starts at once;
* when its timeout passes: its legs are released and the next stage starts.

A stage in which nobody can be reached is skipped at once and the record says why. After the last
stage the caller is told the best failure. Each B-leg moves through

    CALLING --2xx--> TALKING --our BYE--> CLOSING --its answer--> ENDED
       |                |                                           ^
       |                +-- the peer's BYE -------------------------+
       +-- release --> RELEASING --final response, or 32 s ---------+
       +-- failure -------------------------------------------------+

CANCEL waits until a provisional response was seen (RFC 3261 §9.1); a 2xx that crosses it is
answered with ACK and BYE (§13.2.2.4).
"""

import math
from collections.abc import Sequence
from typing import Final

from sipcore.b2bua import header_policy, requests
from sipcore.b2bua.actions import JoinDialog, LeaveDialog
from sipcore.b2bua.best_response import passed_on
from sipcore.b2bua.facts import (
    LegAnswered,
    LegFailed,
    LegRang,
    LegReleased,
    LegRerouted,
    LegStarted,
    StageEnded,
    StageSkipped,
    StageStarted,
    TargetSkipped,
)
from sipcore.b2bua.frame import CallFrame
from sipcore.b2bua.invitation import Invitation
from sipcore.b2bua.leg import MAX_EARLY, Leg, LegState, Use
from sipcore.b2bua.plan import RingStage
from sipcore.b2bua.ports import Route
from sipcore.b2bua.release import ReleaseReason
from sipcore.b2bua.relief import relief
from sipcore.dialog.reliable import response_number
from sipcore.message.grammar import text
from sipcore.message.message import Response
from sipcore.message.status import reason_phrase

MAX_ANSWERS: Final = 8
"""2xx with different tags that one INVITE may bring; more than a forking proxy ever sends."""
_NO_INVITATION: Final = Invitation(b"", 0, (), b"", b"")
"""Once a leg has won nobody is invited any more, and the call lasts long."""


class Ringing:
    """The B-legs of a call until one of them answers."""

    __slots__ = (
        "_explained",
        "_frame",
        "_invitation",
        "_living",
        "_stages",
        "failures",
        "is_open",
        "legs",
        "stage",
        "stage_ends_at",
    )

    def __init__(
        self, frame: CallFrame, stages: Sequence[RingStage], invitation: Invitation
    ) -> None:
        self._frame = frame
        self._stages = stages
        self._invitation = invitation
        self.legs: list[Leg] = []
        self.stage = -1
        self.stage_ends_at = math.inf
        self.is_open = True
        """Whether a leg may still win the call."""
        self.failures: tuple[int, ...] = ()
        """Statuses of legs that failed; 408 for each one that was rung in vain."""
        self._explained: dict[int, tuple[bytes, ...]] | None = None
        """Header lines that came with the first failure of each status."""
        self._living = 0
        """Legs of the present stage that may still answer."""

    def advance(self, now: float) -> bool:
        """Start the next stage in which somebody can be reached; False when none is left."""
        self.stage_ends_at = math.inf
        while self.stage + 1 < len(self._stages):
            self.stage += 1
            if self._start(self._stages[self.stage], now):
                return True
        return False

    def follow_up(self, stages: Sequence[RingStage], invitation: Invitation) -> None:
        """Ring more stages in a call that was answered before: it is being transferred."""
        self._stages = (*self._stages[: self.stage + 1], *stages)
        self._invitation = invitation
        self.failures = ()
        self._explained = None
        self.is_open = True

    def explanation(self, status: int) -> tuple[bytes, ...]:
        """Header lines that came with the first failure of this status."""
        return () if self._explained is None else self._explained.get(status, ())

    def adopt(self, leg: Leg) -> int:
        """Take a leg in that another call gave away or that came by itself; returns its number."""
        self.legs.append(leg)
        leg.stage = max(self.stage, 0)
        return len(self.legs)

    def time_out(self, now: float) -> None:
        """The stage's time is over: release its legs."""
        self.failures += (408,) * sum(leg.state is LegState.CALLING for leg in self.legs)
        self.release_all(ReleaseReason.STAGE_TIMEOUT, now)
        self._end_stage("timeout", now)

    def provisional(self, use: Use, response: Response, now: float) -> int | None:
        """A 1xx arrived on a B-leg; None when the caller need not hear of it.

        Otherwise the RSeq of a reliable response (RFC 3262), 0 for an unreliable one.
        """
        leg, frame = use.leg, self._frame
        requests.take_provisional(frame, use)
        if leg.state is not LegState.CALLING or response.status == 100:
            return None
        if leg.take_early(response) and use.opening is not None:
            frame.put(JoinDialog((use.opening.call_id, use.opening.local_tag), leg))
        number = 0
        if self._invitation.is_reliable and response.index.get(b"rseq") is not None:
            number = response_number(response)
            if number and not _in_order(leg, response.to_tag, number):
                return None
        if response.index.get(b"allow") is not None:
            leg.takes_update = header_policy.takes_update(response)
        if response.status == 199:  # RFC 6228: one early dialog of a fork further on has ended
            if number:
                requests.prack(frame, use, response.to_tag, number)
            return None
        if not leg.rang:
            leg.rang = True
            tag = text(response.to_tag)
            frame.record(LegRang(frame.call_id, frame.utc(now), leg.number, response.status, tag))
        return number

    def answered(self, use: Use, response: Response, now: float) -> bool:
        """A 2xx arrived on a B-leg; True when it wins the call."""
        leg, frame, tag = use.leg, self._frame, response.to_tag
        if requests.acknowledge_again(frame, use, tag, leg.flow):
            return False
        if leg.state is LegState.CALLING and self.is_open:
            self._win(use, response, now)
            return True
        if leg.dialog is not None and leg.dialog.remote_tag == tag:
            return False  # a repeated offer: its ACK waits for the caller's answer
        if leg.state in (LegState.CALLING, LegState.RELEASING):
            self._end_leg(leg)
            self._record_release(leg, ReleaseReason.LATE_ANSWER, now)
        if use.acks is None or len(use.acks) < MAX_ANSWERS:
            self._reject(use, response)
        return False

    def failed(self, use: Use, status: int, response: Response | None, now: float) -> bool:
        """A leg's INVITE came to nothing; True when that was the last leg of the stage."""
        leg, frame = use.leg, self._frame
        if leg.state is LegState.RELEASING:
            self._end_leg(leg)
        if leg.state is not LegState.CALLING:
            return False
        if response is not None and (
            requests.try_again(frame, use, response) or requests.try_longer(frame, use, response)
        ):
            return False
        reason = reason_phrase(status).decode() if response is None else _reason(response)
        if requests.try_elsewhere(frame, use, status, response):
            at, to = frame.utc(now), str(use.flow)
            frame.record(LegRerouted(frame.call_id, at, leg.number, status, reason, to))
            return False
        spare = relief(use, status, response)
        self._end_leg(leg)
        if spare is not None:
            frame.record(LegFailed(frame.call_id, frame.utc(now), leg.number, status, reason))
            self._relieve(leg, spare, now)
            return False
        self.failures += (status,)
        if response is not None:
            if self._explained is None:
                self._explained = {}
            self._explained.setdefault(passed_on(status), header_policy.explaining(response))
        frame.record(LegFailed(frame.call_id, frame.utc(now), leg.number, status, reason))
        self._living -= 1
        if self._living:
            return False
        self._end_stage("all_failed", now)
        return True

    def release_all(
        self, reason: ReleaseReason, now: float, reason_lines: tuple[bytes, ...] = ()
    ) -> None:
        """Release every B-leg that did not answer or fail yet.

        `reason_lines` are the Reason lines of whoever ended the call, in place of our own.
        """
        self.stage_ends_at = math.inf
        for leg in self.legs:
            if leg.state is LegState.CALLING and leg.invite is not None:
                leg.state = LegState.RELEASING
                self._record_release(leg, reason, now)
                requests.withdraw(self._frame, leg.invite, reason_lines or (reason.header,))

    def close(
        self, reason: ReleaseReason, now: float, reason_lines: tuple[bytes, ...] = ()
    ) -> None:
        """The call ends without an answer."""
        is_running = self.stage_ends_at != math.inf
        self.is_open = False
        self.release_all(reason, now, reason_lines)
        if is_running:
            self._end_stage("cancelled", now)

    def forget(self) -> None:
        """Nobody is released any more; what the legs hold can go, and no circle stays."""
        for leg in self.legs:
            leg.invite = leg.peer = None

    # -- starting ---------------------------------------------------------------------------

    def _start(self, stage: RingStage, now: float) -> bool:
        frame = self._frame
        at = frame.utc(now)
        for skipped in stage.skipped:
            frame.record(
                TargetSkipped(frame.call_id, at, self.stage, skipped.party, skipped.reason)
            )
        legs = self._legs_of(stage, at)
        if not legs:
            reason = _why_skipped(stage)
            frame.record(StageSkipped(frame.call_id, at, self.stage, stage.name, reason))
            return False
        frame.record(StageStarted(frame.call_id, at, self.stage, stage.name, len(legs)))
        self.legs += [leg for leg, _ in legs]
        self._living = len(legs)
        self.stage_ends_at = now + stage.timeout
        share, rest = divmod(self._invitation.breadth, len(legs))
        for index, (leg, route) in enumerate(legs):
            self._invite(leg, route, share + (index < rest), at)
        return True

    def _invite(self, leg: Leg, route: Route, breadth: int, at: float) -> None:
        frame = self._frame
        contact = route.request_uri.decode("utf-8", "replace")
        opening = requests.send_invite(frame, leg, route, self._invitation, breadth)
        call_id, tag = text(opening.call_id), text(opening.local_tag)
        frame.record(
            LegStarted(frame.call_id, at, leg.stage, leg.number, leg.party, contact, call_id, tag)
        )

    def _relieve(self, leg: Leg, spare: Route, now: float) -> None:
        """Ring the party of a leg that failed through another trunk, within the stage's time."""
        successor = Leg(len(self.legs) + 1, leg.party, spare.flow, route=spare, stage=leg.stage)
        self.legs.append(successor)
        breadth = max(1, self._invitation.breadth // self._living)  # the share that came free
        self._invite(successor, spare, breadth, self._frame.utc(now))

    def _legs_of(self, stage: RingStage, at: float) -> list[tuple[Leg, Route]]:
        """One leg for each contact of each target, as many as may ring at the same time."""
        frame = self._frame
        legs: list[tuple[Leg, Route]] = []
        for target in stage.targets:
            found = frame.ports.locator.routes(target)
            routes = found[: self._invitation.breadth - len(legs)]
            if not routes:
                reason = "fork_limit" if found else frame.ports.locator.why_not(target)
                frame.record(TargetSkipped(frame.call_id, at, self.stage, target.party, reason))
            for route in routes:
                number = len(self.legs) + len(legs) + 1
                leg = Leg(number, target.party, route.flow, route=route, stage=self.stage)
                legs.append((leg, route))
        return legs

    # -- ending -----------------------------------------------------------------------------

    def _win(self, use: Use, response: Response, now: float) -> None:
        leg, frame = use.leg, self._frame
        self.is_open = False
        self.stage_ends_at = math.inf
        self._invitation = _NO_INVITATION
        leg.dialog = requests.dialog_of(use, response)
        leg.early = None
        if leg.route is not None and leg.route.trunk is None:
            leg.route = None  # only a trunk's credentials may be asked for from now on
        leg.state = LegState.TALKING
        if response.index.get(b"allow") is not None:
            leg.takes_update = header_policy.takes_update(response)
        leg.follow(use.flow)
        frame.put(JoinDialog(leg.dialog.key, leg))
        tag = text(response.to_tag)
        frame.record(LegAnswered(frame.call_id, frame.utc(now), leg.number, tag))

    def _reject(self, use: Use, response: Response) -> None:
        """ACK and BYE for a 2xx that nobody wants (RFC 3261 §13.2.2.4)."""
        unwanted = requests.dialog_of(use, response)
        requests.decline(self._frame, use, unwanted, response)
        requests.say_bye(self._frame, use.leg, unwanted, (ReleaseReason.LATE_ANSWER.header,))

    def _end_leg(self, leg: Leg) -> None:
        """The leg's INVITE has come to its end; so have its early dialogs (RFC 3261 §12.3)."""
        leg.state = LegState.ENDED
        if leg.early is not None and leg.invite is not None and leg.invite.opening is not None:
            leg.early = None
            opening = leg.invite.opening
            self._frame.put(LeaveDialog((opening.call_id, opening.local_tag)))
        leg.invite = None

    def _end_stage(self, reason: str, now: float) -> None:
        frame = self._frame
        frame.record(StageEnded(frame.call_id, frame.utc(now), self.stage, reason))

    def _record_release(self, leg: Leg, reason: ReleaseReason, now: float) -> None:
        frame = self._frame
        frame.record(LegReleased(frame.call_id, frame.utc(now), leg.number, reason.word))


def _in_order(leg: Leg, tag: bytes, number: int) -> bool:
    """Whether a reliable response is the next one of its early dialog (RFC 3262 §4)."""
    known = leg.reliable
    if known is None:
        known = leg.reliable = {}
    last = known.get(tag)
    if (last is not None and number != last + 1) or (last is None and len(known) >= MAX_EARLY):
        return False
    known[tag] = number
    return True


def _reason(response: Response) -> str:
    return response.reason.decode("utf-8", "replace")[:120]


def _why_skipped(stage: RingStage) -> str:
    reasons = {skipped.reason for skipped in stage.skipped}
    if stage.targets or len(reasons) != 1:
        return "nobody_reachable"
    return reasons.pop()
