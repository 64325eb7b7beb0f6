"""Ringing: the stages of a ring plan, one after the other, until somebody answers (F084).

Theory of operation
===================

`Hunt` decides who is rung when, and what ends a stage; `Forking` makes legs of its members. Here is
what becomes of the legs. A stage in which nobody can be reached is skipped at once and the record
says why. After the last stage the caller is told the best failure. Each B-leg moves through

    CALLING --2xx--> TALKING --our BYE--> CLOSING --its answer--> ENDED
       |                |                                           ^
       |                +-- the peer's BYE -------------------------+
       +-- 2xx of a telephone --> CONFIRMING --key--> TALKING (`confirming.py`)
       +-- release --> RELEASING --final response, or 32 s ---------+
       +-- failure -------------------------------------------------+

CANCEL waits until a provisional response was seen (RFC 3261 §9.1); a 2xx that crosses it is
answered with ACK and BYE (§13.2.2.4).
"""

from typing import Final

from sipcore.b2bua import header_policy, requests, settling
from sipcore.b2bua.actions import JoinDialog
from sipcore.b2bua.best_response import NOBODY_REACHABLE, told_of_fork
from sipcore.b2bua.confirming import REFUSED, Confirming
from sipcore.b2bua.facts import (
    LegAnswered,
    LegFailed,
    LegRang,
    LegRerouted,
    StageEnded,
    StageSkipped,
    StageStarted,
    TargetSkipped,
    WakeFailed,
)
from sipcore.b2bua.failures import Failures
from sipcore.b2bua.forking import Forking
from sipcore.b2bua.frame import CallFrame
from sipcore.b2bua.hunt import Hunt
from sipcore.b2bua.invitation import Invitation
from sipcore.b2bua.leg import Leg, LegState, ServerTransaction, Use
from sipcore.b2bua.plan import NOT_REGISTERED, Party, RingPlan, RingStage
from sipcore.b2bua.policy import LEG, VISIT
from sipcore.b2bua.release import ReleaseReason
from sipcore.b2bua.relief import relief
from sipcore.b2bua.verdict import DECLINED, FAILED, has_spoken, verdict_of
from sipcore.b2bua.waking import NOT_REGISTERED_IN_TIME
from sipcore.dialog.reliable import response_number
from sipcore.message.grammar import text
from sipcore.message.message import Response
from sipcore.message.status import reason_phrase

MAX_ANSWERS: Final = 8
"""2xx with different tags that one INVITE may bring; more than a forking proxy ever sends."""
_NO_INVITATION: Final = Invitation(b"", 0, (), b"", b"")
"""Once a leg has won nobody is invited any more, and the call lasts long."""


class Ringing:
    """The B-legs of a call until one of them answers.

    What happens to a leg may bring the search to its end. The methods that take it in return the
    status which the caller is to be told then, 0 as long as somebody may still answer.
    """

    __slots__ = (
        "_confirming",
        "_failures",
        "_forking",
        "_frame",
        "hunt",
        "legs",
    )

    def __init__(
        self, frame: CallFrame, plan: RingPlan, invitation: Invitation, now: float
    ) -> None:
        self._frame = frame
        self.hunt = hunt = Hunt(plan.stages, plan.policy, now)
        self._forking = Forking(frame, hunt, invitation, plan.caller)
        self.legs = self._forking.legs
        self._failures = Failures()
        self._confirming: Confirming | None = None
        """Telephones that wait for a key; most calls never have any."""

    @property
    def is_open(self) -> bool:
        """Whether a leg may still win the call."""
        return self.hunt.is_open

    def advance(self, now: float) -> bool:
        """Start the next stage in which somebody can be reached; False when none is left."""
        stage = self.hunt.begin_next(now)
        while stage is not None:
            if self._start(stage, now):
                return True
            stage = self.hunt.begin_next(now)
        self._forking.listen_no_more()
        return False

    def follow_up(self, plan: RingPlan, invitation: Invitation, caller: Party) -> None:
        """Ring more stages in a call that was answered before: it is being transferred.

        `caller` is who stays.
        """
        self.hunt.follow_up(plan.stages, plan.policy)
        self._forking.invitation = invitation
        self._forking.caller = caller
        self._failures = Failures()

    def explanation(self, status: int) -> tuple[bytes, ...]:
        """Header lines that came with the first failure of this status."""
        return self._failures.explanation(status)

    def adopt(self, leg: Leg) -> int:
        """Take a leg in that another call gave away or that came by itself; returns its number."""
        self.legs.append(leg)
        leg.stage = max(self.hunt.stage, 0)
        return len(self.legs)

    def meaning(self, status: int) -> tuple[str, str]:
        """What it says of the call that nobody answered and the caller is told this status:
        its outcome, and the reason for the record."""
        is_spent = self.hunt.is_spent
        reason = ReleaseReason.RING_LIMIT.word if is_spent else reason_phrase(status).decode()
        return self._failures.outcome(status, is_spent=is_spent), reason

    def on_deadline(self, now: float) -> int:
        """Do what is due: a member's turn, the end of the stage, or that of the whole ringing."""
        hunt = self.hunt
        is_over = hunt.ends_at <= now
        if hunt.is_over(now):
            self.release_all(ReleaseReason.RING_LIMIT, now)
            self._end_stage("timeout" if is_over else ReleaseReason.RING_LIMIT.word, now)
            self._forking.listen_no_more()
            return 408
        if not is_over:
            for number in hunt.overdue(now):
                self._confirming_of().lapse(self.legs[number - 1], self._failures, now)
            return self._carry_on(now)
        self._failures.note(408, len(hunt.living))
        self.release_all(ReleaseReason.STAGE_TIMEOUT, now)
        self._end_stage("timeout", now)
        return self._go_on(now)

    def registered(self, user: str, now: float) -> int:
        """An account has registered that the present stage rings, or would have rung."""
        target = self.hunt.wanted(user)
        if target is None:
            return 0
        self._forking.registered(target, now)
        return self._carry_on(now)

    def unregistered(self, user: str, contacts: tuple[bytes, ...], now: float) -> int:
        """An account that the present stage rings is not registered at these contacts any more."""
        target, hunt, reason = self.hunt.wanted(user), self.hunt, ReleaseReason.UNREGISTERED
        if target is None:
            return 0
        for leg in self._forking.left(target, contacts):
            if not hunt.awaits(user):
                self._failures.note(NOBODY_REACHABLE)
            hunt.failed(leg.number, FAILED)
            settling.withdraw(self._frame, leg, reason, (reason.header,), now)
        return self._carry_on(now)

    def not_woken(self, user: str, reason: str, now: float) -> int:
        """An account that the present stage waits for got no push, or does not come after one."""
        target, frame = self.hunt.wanted(user), self._frame
        is_pushed = reason == NOT_REGISTERED_IN_TIME
        if target is None or not self.hunt.not_woken(user, is_pushed=is_pushed):
            return 0
        at = frame.utc(now)
        frame.record(WakeFailed(frame.call_id, at, self.hunt.stage, target.party, reason))
        return self._carry_on(now)

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
        if self._forking.invitation.is_reliable and response.index.get(b"rseq") is not None:
            number = response_number(response)
            if number and not leg.is_next(response.to_tag, number):
                return None
        if response.index.get(b"allow") is not None:
            leg.takes_update = header_policy.takes_update(response)
        if response.status == 199:  # RFC 6228: one early dialog of a fork further on has ended
            if number:
                requests.prack(frame, use, response.to_tag, number)
            return None
        if response.status == 180:
            leg.alerted = True
        if not leg.rang:
            leg.rang = True
            self.hunt.came(leg.party.user)
            tag = text(response.to_tag)
            frame.record(LegRang(frame.call_id, frame.utc(now), leg.number, response.status, tag))
        return number

    def answered(self, use: Use, response: Response, now: float) -> bool:
        """A 2xx arrived on a B-leg; True when it wins the call.

        That of a telephone which has to confirm does so later (`key`).
        """
        leg, frame, tag = use.leg, self._frame, response.to_tag
        if requests.acknowledge_again(frame, use, tag):
            return False
        if leg.state is LegState.CALLING:
            if leg.confirms and self.hunt.awaits_key(leg.number, now):
                self._confirming_of().begin(use, response, now)
                return False
            if self.hunt.answered(leg.number):
                self._forking.won(leg)
                self._win(use, response, now)
                return True
        if leg.dialog is not None and leg.dialog.remote_tag == tag:
            return False  # a repeated offer: its ACK waits for the caller's answer
        if use.acks is None or len(use.acks) < MAX_ANSWERS:
            settling.reject(frame, use, response)
        if leg.state in (LegState.CALLING, LegState.RELEASING):
            settling.end(frame, leg)
            settling.record_release(self._frame, leg, ReleaseReason.LATE_ANSWER, now)
        return False

    def key(self, leg: Leg, transaction: ServerTransaction, now: float) -> tuple[str, int]:
        """A request of a telephone that has to confirm: what its key says, if it has one.

        A word of `Confirming.key`, and when that is `REFUSED` what the caller is told.
        """
        confirming = self._confirming_of()
        said = confirming.key(leg, transaction, now)
        if said != REFUSED:
            return said, 0
        return said, self._after(confirming.refuse(leg, self._failures, now), 603, now)

    def confirmed(self, leg: Leg, now: float) -> tuple[Use, Response]:
        """The key was pressed: the leg wins the call with the answer that was kept."""
        use, response = self._confirming_of().take(leg)
        self.hunt.answered(leg.number)
        self._won(use, response, now)
        return use, response

    def hung_up(self, leg: Leg, now: float) -> int:
        """A telephone has hung up before the key."""
        self._confirming_of().hung_up(leg, self._failures, now)
        return self._carry_on(now)

    def failed(self, use: Use, status: int, response: Response | None, now: float) -> int:
        """A leg's INVITE came to nothing."""
        leg, frame = use.leg, self._frame
        if leg.state is LegState.RELEASING:
            settling.end(frame, leg)
        if leg.state is not LegState.CALLING:
            return 0
        if response is not None and (
            requests.try_again(frame, use, response) or requests.try_longer(frame, use, response)
        ):
            return 0
        reason = reason_phrase(status).decode() if response is None else _reason(response)
        if requests.try_elsewhere(frame, use, status, response):
            at, to = frame.utc(now), str(use.flow)
            frame.record(LegRerouted(frame.call_id, at, leg.number, status, reason, to))
            return 0
        spare = relief(use, status, response)
        settling.end(frame, leg)
        if spare is not None:
            frame.record(LegFailed(frame.call_id, frame.utc(now), leg.number, status, reason))
            self.hunt.failed(leg.number, FAILED)
            self._forking.relieve(leg, spare, now)
            return 0
        has_left = response is None and use.flow.connection != 0  # its stream broke
        if response is not None or not self.hunt.awaits(leg.party.user):
            # An app that sleeps is not yet one that failed.
            self._failures.note(NOBODY_REACHABLE if has_left else status)
        if response is not None:
            told = told_of_fork(status)
            self._failures.explain(told, header_policy.explaining(response, told))
        verdict = verdict_of(leg, status, response)
        declined = verdict == DECLINED
        if declined:
            self._failures.declined()
        at = frame.utc(now)
        frame.record(LegFailed(frame.call_id, at, leg.number, status, reason, declined))
        if has_spoken(leg, verdict, response):
            self._forking.spoke(leg, verdict)
        return self._after(self.hunt.failed(leg.number, verdict), status, now)

    def _after(self, scope: str, status: int, now: float) -> int:
        """A leg has failed, and its word goes that far."""
        if scope == LEG:
            return self._carry_on(now)
        self.release_all(ReleaseReason.DECLINED, now)
        self._end_stage(ReleaseReason.DECLINED.word, now)
        if scope == VISIT:
            self.hunt.close()
            self._forking.listen_no_more()
            return told_of_fork(status)
        return self._go_on(now)

    def release_all(
        self, reason: ReleaseReason, now: float, reason_lines: tuple[bytes, ...] = ()
    ) -> None:
        """Release every B-leg that did not answer or fail yet.

        `reason_lines` are the Reason lines of whoever ended the call, in place of our own.
        """
        hunt = self.hunt
        for number in hunt.living:
            leg = self.legs[number - 1]
            if self._confirming is not None and leg.state is LegState.CONFIRMING:
                settling.record_release(self._frame, leg, reason, now)
                self._confirming.hang_up(leg, reason_lines or (reason.bye_header,))
            else:
                settling.withdraw(self._frame, leg, reason, reason_lines or (reason.header,), now)
        hunt.leave()
        self._forking.call_off(reason)

    def close(
        self, reason: ReleaseReason, now: float, reason_lines: tuple[bytes, ...] = ()
    ) -> None:
        """The call ends without an answer."""
        is_running = self.hunt.is_running
        self.hunt.close()
        self._forking.listen_no_more()
        self.release_all(reason, now, reason_lines)
        if is_running:
            self._end_stage("cancelled", now)

    def stand_down(self, now: float) -> None:
        """Somebody has taken the call who was not rung here."""
        self.hunt.close()
        self._forking.listen_no_more()
        self.release_all(ReleaseReason.ANSWERED_ELSEWHERE, now)

    def forget(self) -> None:
        """Nobody is released any more; what the legs hold can go, and no circle stays."""
        for leg in self.legs:
            leg.invite = leg.peer = None

    # -- starting ---------------------------------------------------------------------------

    def _start(self, stage: RingStage, now: float) -> bool:
        frame, number = self._frame, self.hunt.stage
        at = frame.utc(now)
        for skipped in stage.skipped:
            if skipped.reason != NOT_REGISTERED:  # else it is a member, and looked for now
                frame.record(
                    TargetSkipped(frame.call_id, at, number, skipped.party, skipped.reason)
                )
        legs = self._forking.gather(now)
        if not self.hunt.is_ringing:
            self.hunt.leave()
            reason = _why_skipped(stage)
            frame.record(StageSkipped(frame.call_id, at, number, stage.name, reason))
            return False
        frame.record(StageStarted(frame.call_id, at, number, stage.name, len(legs)))
        self._forking.listen()
        self._forking.invite(legs, now)
        return True

    def _carry_on(self, now: float) -> int:
        """Ring whoever's turn has come; the stage is over when nobody is left in it."""
        self._forking.invite(self._forking.gather(now), now)
        if self.hunt.is_ringing:
            return 0
        self._end_stage("all_failed", now)
        return self._go_on(now)

    def _go_on(self, now: float) -> int:
        """The next stage, or what the caller is told when there is none."""
        return 0 if self.advance(now) else self._failures.best()

    # -- ending -----------------------------------------------------------------------------

    def _win(self, use: Use, response: Response, now: float) -> None:
        leg = use.leg
        settling.establish(self._frame, use, response)
        if leg.route is not None and leg.route.trunk is None:
            leg.route = None  # only a trunk's credentials may be asked for from now on
        self._won(use, response, now)

    def _won(self, use: Use, response: Response, now: float) -> None:
        leg, frame = use.leg, self._frame
        leg.state = LegState.TALKING
        self._forking.invitation = _NO_INVITATION
        self._forking.listen_no_more()
        tag = text(response.to_tag)
        frame.record(LegAnswered(frame.call_id, frame.utc(now), leg.number, tag))

    def _confirming_of(self) -> Confirming:
        if self._confirming is None:
            self._confirming = Confirming(self._frame, self.hunt)
        return self._confirming

    def _end_stage(self, reason: str, now: float) -> None:
        frame = self._frame
        self.hunt.leave()
        self._forking.call_off(ReleaseReason.STAGE_TIMEOUT)
        frame.record(StageEnded(frame.call_id, frame.utc(now), self.hunt.stage, reason))


def _reason(response: Response) -> str:
    return response.reason.decode("utf-8", "replace")[:120]


def _why_skipped(stage: RingStage) -> str:
    reasons = {skipped.reason for skipped in stage.skipped}
    if stage.targets or len(reasons) != 1:
        return "nobody_reachable"
    return reasons.pop()
