"""Switchboard: the live transactions, dialogs and calls, and who is told what.

A stimulus for a call is taken only when the actions of the one before are all carried out. A
request that cannot be sent comes back as such a stimulus, so a call is never entered while it is
still being served, and what it asked for happens in the order in which it asked.
"""

import math
from collections import Counter, deque
from collections.abc import Callable
from typing import ClassVar, Final, assert_never, final

import structlog

from sipcore.b2bua.actions import (
    Action,
    Answer,
    Await,
    CallOver,
    Expire,
    JoinDialog,
    LeaveDialog,
    OpenClient,
    Tell,
    Transmit,
)
from sipcore.b2bua.call import Call
from sipcore.b2bua.events import (
    AckArrived,
    CallerUnreachable,
    Event,
    NoResponse,
    ResponseArrived,
    StreamClosed,
)
from sipcore.b2bua.facts import CallFact, Fact
from sipcore.b2bua.leg import Leg, Use
from sipcore.b2bua.plan import Party
from sipcore.b2bua.ports import CallJournal
from sipcore.endpoint.arrivals import Arrivals
from sipcore.endpoint.owners import DeadlineUser, TransactionUser
from sipcore.endpoint.replies import COUNTERS, way_back
from sipcore.endpoint.wheel import TimerWheel
from sipcore.kernel.clock import Clock
from sipcore.kernel.count import count
from sipcore.kernel.errors import LimitReached
from sipcore.kernel.flow import Flow
from sipcore.kernel.memo import keep
from sipcore.kernel.source import source_of
from sipcore.kernel.tally import Tally
from sipcore.kernel.timed import Timed
from sipcore.kernel.value import Value
from sipcore.message.message import Request, Response
from sipcore.transaction.actions import Action as TransactionAction
from sipcore.transaction.actions import Deliver, FlowLost, Send, Terminated, TimedOut
from sipcore.transaction.events import CANCEL_SENT, FLOW_FAILED, ResponseOffered
from sipcore.transaction.invite_client import InviteClient
from sipcore.transaction.invite_server import InviteServer
from sipcore.transaction.machine import Machine
from sipcore.transaction.non_invite_server import NonInviteServer
from sipcore.transaction.table import Server, TransactionTable

SendBytes = Callable[[bytes, Flow], bool]
"""Puts bytes on a flow; False when that flow is gone."""
DialogListener = Callable[[str, Leg, tuple[bytes, bytes], bool], None]
"""Told that a leg of that call has, or has no longer, the dialog of this Call-ID and our tag."""

NOTHING: Final = b"\r\n"
"""What a connection begins with before there is a message (RFC 3261 §7.5)."""

log = structlog.get_logger("sip")


def _nobody_listens(call_id: str, leg: Leg, key: tuple[bytes, bytes], is_over: bool) -> None:
    """Until somebody wants to know."""


@final
class Errand(Value):
    """Owner of a client transaction: which call sent it, and what for."""

    __slots__: ClassVar = ("call", "use")

    def __init__(self, call: Call, use: Use) -> None:
        self.call = call
        self.use = use


@final
class Conversation(Value):
    """Owner of a dialog."""

    __slots__: ClassVar = ("call", "leg")

    def __init__(self, call: Call, leg: Leg) -> None:
        self.call = call
        self.leg = leg


class Switchboard:
    """Brings what happens to the machine it belongs to and carries out what that decides."""

    def __init__(
        self, send: SendBytes, journal: CallJournal, clock: Clock, max_transactions: int
    ) -> None:
        self.send = send
        self.clock = clock
        self.table = TransactionTable(max_transactions)
        self.wheel = TimerWheel(clock, self._fire)
        self.arrivals = Arrivals(self.tell, self.wheel, clock)
        self.calls: dict[str, Call] = {}
        self.dialogs: dict[tuple[bytes, bytes], Conversation] = {}
        """By Call-ID and our tag."""
        self._departed: dict[tuple[bytes, bytes], Party] = {}
        """Whose the dialogs were that ended last."""
        self.counters: Counter[str] = Tally()
        self.callers: Counter[str] = Tally()
        """Calls by the source their INVITE came from."""
        self.dialog_listener: DialogListener = _nobody_listens
        self._journal = journal
        self._streams: dict[int | Flow, set[Call]] = {}
        """Calls by the stream connections their parties spoke over, or by the way back to a caller
        whose connection is gone."""
        self._linked: dict[Call, set[int | Flow]] = {}
        """The same the other way round."""
        self._stimuli: deque[tuple[Call, Event]] = deque()
        self._is_busy = False

    # -- transactions -----------------------------------------------------------------------

    def run(self, machine: Machine, actions: tuple[TransactionAction, ...], now: float) -> None:
        """Carry out what a transaction asks for."""
        for action in actions:
            # The most frequent first: this runs for every action of every message.
            if isinstance(action, Send):
                if not self.send(action.data, machine.flow) and not self._send_another_way(
                    machine, action.data
                ):
                    self.counters["flows_lost"] += 1
                    self.run(machine, machine.handle(FLOW_FAILED, now), now)
            elif isinstance(action, Deliver):
                self._deliver(machine, action.message, now)
            elif isinstance(action, Terminated):
                self.table.remove(machine)
                self.wheel.forget(machine)
                if isinstance(machine.owner, Errand):
                    machine.owner.use.rest()
                machine.owner = None  # a circle less for the garbage collector
                machine.release()
            else:
                self._undelivered(machine, action, now)
        if machine.deadline != math.inf:
            self.wheel.schedule(machine)

    def flow_closed(self, flow: Flow, now: float) -> None:
        """A stream ended or could not be opened: tell those who wait on it."""
        # Requests sent before the connection existed wait on the flow without its number.
        unnumbered = flow._replace(connection=0)
        for machine in {*self.table.clients_on(flow), *self.table.clients_on(unnumbered)}:
            self.run(machine, machine.handle(FLOW_FAILED, now), now)
        for call in tuple(self._streams.get(flow.connection or flow, ())):
            self._follow_caller(call, flow)
            if flow.connection:
                self.tell(call, StreamClosed(flow.connection), now)
            else:
                self.tell(call, CallerUnreachable(call.caller.transaction), now)

    def _send_another_way(self, machine: Machine, data: bytes) -> bool:
        """Send a response over a connection of our own, the request's being gone (§18.2.2)."""
        if not isinstance(machine, InviteServer | NonInviteServer):
            return False
        back = way_back(machine.request, machine.flow)
        if back is None or not self.send(data, back):
            return False
        machine.flow = back
        return True

    def _follow_caller(self, call: Call, gone: Flow) -> None:
        """Look at once whether a caller whose connection broke can be connected to.

        Without that a phone that vanished would let the others ring until somebody answers.
        """
        machine = call.caller.transaction
        if (
            machine.flow == gone
            and not machine.has_final
            and self._send_another_way(machine, NOTHING)
        ):
            self._link(call, machine.flow)

    def request(
        self,
        method: bytes,
        branch: bytes,
        data: bytes,
        flow: Flow,
        user: TransactionUser,
        now: float,
    ) -> None:
        """Send a request that belongs to no call; `user` hears what becomes of it."""
        try:
            machine = self.table.open_client(method, branch, data, flow, user, now)
        except LimitReached:
            self.counters["transactions_refused"] += 1
            user.no_response(503, now)
            return
        count(self.counters, "requests_sent")
        self.run(machine, machine.start(), now)

    def answer(self, machine: Server, status: int, data: bytes, now: float) -> None:
        """Give a transaction its response, and count that."""
        count(self.counters, COUNTERS[status])
        self.run(machine, machine.handle(ResponseOffered(status, data), now), now)

    # -- calls ------------------------------------------------------------------------------

    @property
    def active_calls(self) -> int:
        """Calls that ring or talk; those that only wait for the answer to a BYE do not count."""
        return sum(not call.ended for call in self.calls.values())

    def begin(self, call: Call, now: float) -> None:
        """Take a new call in and start it."""
        self.calls[call.call_id] = call
        flow = call.caller.transaction.flow
        source = source_of(flow.host)
        self.callers[source] = self.callers.get(source, 0) + 1
        self.link(call, flow)
        self.counters["calls_started"] += 1
        try:
            self._serve(call, call.start(now), now)
        except Exception:
            self._forget(call)
            raise

    def link(self, call: Call, flow: Flow) -> None:
        """Tell the call when the stream of this flow is closed."""
        if flow.connection:
            self._link(call, flow.connection)

    def _link(self, call: Call, place: int | Flow) -> None:
        self._streams.setdefault(place, set()).add(call)
        self._linked.setdefault(call, set()).add(place)

    def tell(self, call: Call, event: Event, now: float) -> None:
        """Bring a stimulus to a call and carry out what it decides."""
        if self._is_busy:
            self._stimuli.append((call, event))
        else:
            self._serve(call, call.handle(event, now), now)

    def _serve(self, call: Call, actions: list[Action], now: float) -> None:
        """Carry out actions, then whatever stimuli they led to."""
        self._is_busy = True
        try:
            self._perform(call, actions, now)
            while self._stimuli:
                other, event = self._stimuli.popleft()
                self._perform(other, other.handle(event, now), now)
        finally:
            self._is_busy = False

    def _perform(self, call: Call, actions: list[Action], now: float) -> None:
        for action in actions:
            # The most frequent first: this runs for every action of every message.
            if isinstance(action, Fact):
                self._record(action)
            elif isinstance(action, Answer):
                self.answer(action.transaction, action.status, action.data, now)
            elif isinstance(action, OpenClient):
                self._open_client(call, action, now)
            elif isinstance(action, Transmit):
                self.send(action.data, action.flow)
            elif isinstance(action, JoinDialog):
                self.dialogs[action.key] = Conversation(call, action.leg)
                self.link(call, action.leg.flow)
                self.dialog_listener(call.call_id, action.leg, action.key, False)
            elif isinstance(action, LeaveDialog):
                left = self.dialogs.pop(action.key, None)
                if left is not None:
                    keep(self._departed, action.key, left.leg.party)
                    self.dialog_listener(call.call_id, left.leg, action.key, True)
            elif isinstance(action, Expire):
                machine = action.use.transaction
                if machine is not None:
                    self.run(machine, machine.handle(CANCEL_SENT, now), now)
            elif isinstance(action, Tell):
                other = action.call
                if isinstance(other, Call):
                    self._stimuli.append((other, action.event))
            elif isinstance(action, Await):
                self.arrivals.await_(call, action.users)
            elif isinstance(action, CallOver):
                self._forget(call)
            else:
                assert_never(action)
        if call.deadline != math.inf:
            self.wheel.schedule(call)

    def _record(self, fact: CallFact) -> None:
        try:
            self._journal.record(fact)
        except Exception:
            # A call goes on when its record cannot be kept; the trace is kept.
            self.counters["internal_errors"] += 1
            log.exception("sip.record_failed")

    def _open_client(self, call: Call, wanted: OpenClient, now: float) -> None:
        use = wanted.use
        errand = Errand(call, use)
        try:
            machine = self.table.open_client(
                wanted.method, wanted.branch, wanted.data, wanted.flow, errand, now
            )
        except LimitReached:
            self.counters["transactions_refused"] += 1
            self.tell(call, NoResponse(use, 503), now)
            return
        use.transaction = machine
        if use.patience is not None and isinstance(machine, InviteClient):
            machine.give_up_at(now + use.patience)
        count(self.counters, "requests_sent")
        self.run(machine, machine.start(), now)

    def _forget(self, call: Call) -> None:
        self.wheel.forget(call)
        self.arrivals.await_(call, ())
        if self.calls.pop(call.call_id, None) is not None:
            source = source_of(call.caller.transaction.flow.host)
            self.callers[source] -= 1
            if not self.callers[source]:
                del self.callers[source]
        for place in self._linked.pop(call, ()):
            calls = self._streams.get(place)
            if calls is not None:
                calls.discard(call)
                if not calls:
                    del self._streams[place]

    # -- from transactions to calls ---------------------------------------------------------

    def _deliver(self, machine: Machine, message: Request | Response, now: float) -> None:
        if isinstance(message, Response):
            owner = machine.owner
            if isinstance(owner, Errand):
                self.tell(owner.call, ResponseArrived(owner.use, message), now)
            elif isinstance(owner, TransactionUser):
                owner.response(message, now)
        elif message.method == b"ACK":
            # An ACK for our 2xx that repeats the branch of its INVITE (RFC 6026 §7.1).
            self.acknowledge(message, now)

    def acknowledge(self, ack: Request, now: float) -> None:
        """Bring the ACK for a 2xx to its call; one that belongs nowhere is dropped."""
        found = self.find_dialog(ack)
        if found is not None:
            self.tell(found.call, AckArrived(found.leg, ack), now)

    def find_dialog(self, request: Request) -> Conversation | None:
        """The dialog whose identifier the request carries in full (RFC 3261 §12.2.2)."""
        return self.find(request.call_id, request.to_tag, request.from_tag)

    def find(self, call_id: bytes, local_tag: bytes, remote_tag: bytes) -> Conversation | None:
        """The dialog with this identifier, None when there is none."""
        found = self.dialogs.get((call_id, local_tag))
        if found is None or found.leg.dialog_with(remote_tag) is None:
            return None
        return found

    def departed(self, call_id: bytes, local_tag: bytes) -> Party | None:
        """Whose dialog that was, for one that ended lately; None for any other."""
        return self._departed.get((call_id, local_tag))

    def _undelivered(self, machine: Machine, action: TimedOut | FlowLost, now: float) -> None:
        owner = machine.owner
        status = 408 if isinstance(action, TimedOut) else 503
        if isinstance(owner, Errand):
            # A challenged request has a successor; the old transaction is of no interest then.
            if owner.use.transaction is machine:
                self.tell(owner.call, NoResponse(owner.use, status), now)
            return
        if isinstance(owner, TransactionUser):
            owner.no_response(status, now)
            return
        # Datagrams may be lost and repeated; a stream that is gone is gone.
        is_gone = isinstance(action, FlowLost) and machine.flow.reliable
        if is_gone and isinstance(machine, InviteServer) and isinstance(owner, Call):
            self.tell(owner, CallerUnreachable(machine), now)

    def _fire(self, machine: Timed, now: float) -> None:
        try:
            if isinstance(machine, Call):
                self._serve(machine, machine.on_deadline(now), now)
            elif isinstance(machine, Machine):
                self.run(machine, machine.on_deadline(now), now)
            elif isinstance(machine, DeadlineUser):
                machine.on_deadline(now)
        except Exception:
            # The other machines of this tick must not suffer; the trace is kept.
            self.counters["internal_errors"] += 1
            log.exception("sip.timer_failed")
