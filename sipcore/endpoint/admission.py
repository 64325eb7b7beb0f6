"""Admission: what an INVITE must pass before it becomes a call (RFC 3261 §8.2, §22)."""

from typing import ClassVar, Final, final

from sipcore.b2bua import header_policy
from sipcore.b2bua.call import Call
from sipcore.b2bua.call_ports import CallPorts
from sipcore.b2bua.events import PickedUp
from sipcore.b2bua.facts import CallRefused
from sipcore.b2bua.leg import Leg, LegState
from sipcore.b2bua.originating import is_anonymous
from sipcore.b2bua.plan import CallRequest, Party, Refusal, RingPlan
from sipcore.b2bua.ports import CallJournal, CallPlanner
from sipcore.defence.offence import Offence
from sipcore.defence.sentinel import Sentinel
from sipcore.dialog.replaces import Replaces, read_replaces
from sipcore.dialog.session_timer import refusal
from sipcore.endpoint.fitness import Fitness
from sipcore.endpoint.lines import NO_LINES, Lines
from sipcore.endpoint.replies import StatelessReplies, phrase
from sipcore.endpoint.switchboard import Switchboard
from sipcore.kernel.clock import Clock
from sipcore.kernel.errors import BadMessage, LimitReached
from sipcore.kernel.flow import Flow
from sipcore.kernel.source import source_of
from sipcore.kernel.value import Value
from sipcore.message.message import Request
from sipcore.registrar.digest import Authenticated, Authenticator, Challenged
from sipcore.transaction.invite_server import InviteServer

MOST_BREADTH: Final = header_policy.MOST_BREADTH
VISIT_HEADER: Final = header_policy.VISIT.lower()


@final
class Replacement(Value):
    """Whose place a newcomer may take."""

    __slots__: ClassVar = ("call", "leg", "party")

    def __init__(self, call: Call, leg: Leg, party: Party) -> None:
        self.call = call
        self.leg = leg
        self.party = party


_ANSWERED: Final = object()
"""The INVITE was refused already."""


class Admission:
    """The way from an INVITE to a call."""

    def __init__(
        self,
        *,
        switchboard: Switchboard,
        replies: StatelessReplies,
        fitness: Fitness,
        authenticator: Authenticator,
        planner: CallPlanner,
        ports: CallPorts,
        journal: CallJournal,
        clock: Clock,
        sentinel: Sentinel,
        max_calls: int,
        max_calls_per_source: int,
        lines: Lines = NO_LINES,
    ) -> None:
        self.ports = ports
        self.is_draining = False
        """While true no new call is taken."""
        self.max_calls = max_calls
        """Calls at the same time."""
        self.max_calls_per_source = max_calls_per_source
        """Calls at the same time that were made from one source that is not trusted."""
        self._lines = lines
        self._board = switchboard
        self._replies = replies
        self._fitness = fitness
        self._authenticator = authenticator
        self._planner = planner
        self._journal = journal
        self._clock = clock
        self._sentinel = sentinel

    def invite(self, request: Request, flow: Flow, came: Flow) -> None:
        """Take a call in, or answer why not over `flow`; raises BadMessage for a malformed header.

        `came` is how the request came: a Via may name another port for the answer.
        """
        if not self._fitness.passes(request, flow):
            return
        visit = request.first(VISIT_HEADER)
        if visit is not None and visit.decode("latin-1") in self._board.calls:
            self._replies.send(request, flow, 482)  # our own B-leg came back to us
            return
        trunk = self._lines.trunk_at(came)
        user = self.authenticate(request, flow) if trunk is None else ""
        if user is None:
            return
        if self.is_draining:
            self._replies.send(request, flow, 503)
            return
        too_small = refusal(request, self.ports.session)
        if too_small is not None:
            self._replies.send(request, flow, 422, extra=(too_small,))
            return
        replaced = self._replaced(request, flow, user) if trunk is None else None
        if replaced is _ANSWERED:
            return
        if replaced is None and self._is_full(flow):
            self._board.counters["calls_over_limit"] += 1
            self._replies.send(request, flow, 503)
            return
        now = self._clock.monotonic()
        try:
            machine = self._board.table.open_server(request, flow, now)
        except LimitReached:
            self._replies.send(request, flow, 503)
            return
        if isinstance(machine, InviteServer):
            try:
                if isinstance(replaced, Replacement):
                    self._replace(replaced, machine, now)
                else:
                    self._plan(request, machine, user, now, trunk)
            except Exception:
                # A bug must not cost a place in the table for ever.
                self._answer(machine, 500, now)
                raise

    def _is_full(self, flow: Flow) -> bool:
        """Whether there are too many calls already, in all or from there."""
        board = self._board
        return len(board.calls) >= self.max_calls or (
            board.callers.get(source_of(flow.host), 0) >= self.max_calls_per_source
            and not self._sentinel.trusts(flow)
        )

    def authenticate(self, request: Request, flow: Flow) -> str | None:
        """The account that proved itself, or None when the request was answered."""
        outcome = self._authenticator.authenticate(request, self._clock.utc(), flow=flow)
        self._sentinel.judge(outcome, request, flow)
        if isinstance(outcome, Authenticated):
            user = outcome.credential.user
            is_unnamed = request.method == b"INVITE" and is_anonymous(request)
            if request.from_uri.decoded_user != user and not is_unnamed:
                self._sentinel.failed(flow, Offence.FORGED, request)
                self._replies.send(request, flow, 403)  # nobody may call in another's name
            elif outcome.is_repeat:
                self._replies.send(request, flow, 482)  # its transaction is over: a replay
            else:
                return user
        elif isinstance(outcome, Challenged):
            self._replies.send(request, flow, 401, extra=outcome.lines)
        else:
            self._replies.send(request, flow, outcome.status)
        return None

    def _replaced(self, request: Request, flow: Flow, user: str) -> "Replacement | object | None":
        """Whose place the INVITE wants to take (RFC 3891 §3); None when nobody's.

        `_ANSWERED` when it was refused. To a sender that may not, the dialog does not exist.
        """
        wanted = read_replaces(request)
        if wanted is None:
            return None
        # A busy lamp names the dialog as the phone it watches sees it (RFC 4235 §4.1.1), with the
        # phone's tag as to-tag: for that phone's INVITE is the one meant to be replaced (§3).
        found = self._board.find(
            wanted.call_id, wanted.to_tag, wanted.from_tag
        ) or self._board.find(wanted.call_id, wanted.from_tag, wanted.to_tag)
        party = None
        if found is not None:
            party = self._planner.may_pick_up(user, found.leg.party, self._clock.utc())
        if found is None or party is None:
            status = 603 if found is None and self._is_too_late(wanted, user) else 481
            self._replies.send(request, flow, status)
            return _ANSWERED
        if wanted.early_only and found.leg.state is LegState.TALKING:
            self._replies.send(request, flow, 486)
            return _ANSWERED
        return Replacement(found.call, found.leg, party)

    def _is_too_late(self, wanted: Replaces, user: str) -> bool:
        """Whether the dialog has ended in which the sender might have taken somebody's place: it is
        declined then, so that no race makes a phone ring in vain (RFC 3891 §3)."""
        board = self._board
        party = board.departed(wanted.call_id, wanted.to_tag) or board.departed(
            wanted.call_id, wanted.from_tag
        )
        if party is None:
            return False
        return self._planner.may_pick_up(user, party, self._clock.utc()) is not None

    def _replace(self, replacement: Replacement, machine: InviteServer, now: float) -> None:
        call = replacement.call
        machine.owner = call
        self._board.run(machine, (), now)
        self._board.tell(call, PickedUp(replacement.leg, replacement.party, machine), now)

    def _plan(
        self, request: Request, machine: InviteServer, user: str, now: float, trunk: str | None
    ) -> None:
        """Plan and begin the call of an account, or of a trunk when that is named."""
        utc = self._clock.utc()
        uri = request.request_uri
        if trunk is None:
            plan = self._planner.plan(CallRequest(user, uri.dialled, utc))
        else:
            try:
                plan = self._lines.plan(trunk, request, utc)
            except BadMessage as error:
                self._answer(machine, error.status, now, reason=phrase(error))
                return
        call_id = self.ports.entropy.record_id(utc)
        if isinstance(plan, RingPlan) and b"max-breadth" in request.index:
            plan = self._within(plan, header_policy.max_breadth(request))
        if isinstance(plan, Refusal):
            self._board.counters["calls_refused"] += 1
            if plan.status == 404 and trunk is None:
                self._sentinel.failed(machine.flow, Offence.NUMBER, request)
            sip_call_id = request.call_id.decode("utf-8", "replace")
            self._journal.record(
                CallRefused(
                    call_id,
                    utc,
                    sip_call_id,
                    plan.caller,
                    plan.dialled,
                    plan.status,
                    plan.reason,
                    plan.is_visit,
                )
            )
            self._answer(machine, plan.status, now)
            return
        try:
            call = Call(call_id, plan, machine, self.ports, now, utc)
        except BadMessage as error:
            self._answer(machine, error.status, now, reason=phrase(error))
            return
        machine.owner = call
        if trunk is not None:
            self._lines.began(call_id, trunk)
        try:
            self._board.begin(call, now)
        except Exception:
            self._lines.failed(call_id)
            raise

    def _within(self, plan: RingPlan, breadth: int) -> RingPlan | Refusal:
        """The plan, or 440 when a stage of it would ring at more contacts than the caller allows.

        RFC 5393 §5.3.3: a stage that rang one phone after the other would need the time of all.
        """
        routes = self.ports.locator.routes
        for stage in plan.stages:
            if sum([len(routes(target)) for target in stage.targets]) > breadth < MOST_BREADTH:
                return Refusal(440, "max_breadth", plan.caller, plan.dialled, plan.is_visit)
        return plan

    def _answer(
        self, machine: InviteServer, status: int, now: float, *, reason: bytes = b""
    ) -> None:
        data = self._replies.make(machine.request, machine.flow, status, reason=reason)
        self._board.answer(machine, status, data, now)
