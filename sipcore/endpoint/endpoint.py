"""SipEndpoint: the asyncio shell. Sockets in, machines in the middle, sockets out.

A datagram is handled in one synchronous run from the socket to the last `sendto`: parse, find the
machine, let it decide, carry out its actions. No task and no log line is made per message;
counters always are.
"""

import asyncio
import math
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, assert_never

import structlog

from sipcore.b2bua.actions import (
    Action,
    Answer,
    CallOver,
    Expire,
    JoinDialog,
    LeaveDialog,
    OpenClient,
    Record,
    Transmit,
)
from sipcore.b2bua.call import Call, CallPorts
from sipcore.b2bua.events import (
    AckArrived,
    AnswerUndelivered,
    Dismissed,
    Event,
    NoResponse,
    ResponseArrived,
)
from sipcore.b2bua.leg import Leg
from sipcore.b2bua.ports import CallJournal, CallPlanner, DigitSink
from sipcore.b2bua.use import Use
from sipcore.endpoint.addressing import LocalAddressing
from sipcore.endpoint.locator import LiveLocator
from sipcore.endpoint.reception import Reception
from sipcore.endpoint.replies import StatelessReplies
from sipcore.endpoint.settings import BoundListener, EndpointSettings
from sipcore.endpoint.trunk import TrunkChallenges
from sipcore.endpoint.wheel import Timed, TimerWheel
from sipcore.kernel.clock import Clock
from sipcore.kernel.entropy import Entropy
from sipcore.kernel.errors import LimitReached
from sipcore.kernel.flow import Flow
from sipcore.message.message import Request, Response
from sipcore.registrar.digest import DigestAuthenticator
from sipcore.registrar.local_names import LocalNames
from sipcore.registrar.location import Location
from sipcore.registrar.registrar import Registrar
from sipcore.transaction.actions import Action as TransactionAction
from sipcore.transaction.actions import Deliver, FlowLost, Send, Terminated, TimedOut
from sipcore.transaction.events import CancelSent, FlowFailed, ResponseOffered
from sipcore.transaction.invite_client import InviteClient
from sipcore.transaction.invite_server import InviteServer
from sipcore.transaction.non_invite_client import NonInviteClient
from sipcore.transaction.non_invite_server import NonInviteServer
from sipcore.transaction.table import TransactionTable
from sipcore.transport.tcp import TcpTransport
from sipcore.transport.udp import UdpListener

Transaction = InviteServer | NonInviteServer | InviteClient | NonInviteClient

SWEEP_INTERVAL: Final = 1.0
"""Seconds between two looks at expired bindings and stuck connections."""

log = structlog.get_logger("sip")


class SipEndpoint:
    """All listeners, transactions and calls of this server."""

    def __init__(
        self,
        *,
        settings: EndpointSettings,
        names: LocalNames,
        registrar: Registrar,
        location: Location,
        authenticator: DigestAuthenticator,
        planner: CallPlanner,
        locator: LiveLocator,
        challenges: TrunkChallenges,
        digits: DigitSink,
        journal: CallJournal,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self.settings = settings
        self.names = names
        self.registrar = registrar
        self.location = location
        self.authenticator = authenticator
        self.planner = planner
        self.locator = locator
        self.digits = digits
        self.journal = journal
        self.clock = clock
        self.entropy = entropy
        self.counters: Counter[str] = Counter()
        self.draining = False
        self.calls: dict[str, Call] = {}
        self.dialogs: dict[tuple[bytes, bytes], Leg] = {}
        self.table = TransactionTable(settings.max_transactions)
        self.replies = StatelessReplies(entropy.token().encode()[:32])
        self.addressing = LocalAddressing(settings.domain, settings.advertised_host, ())
        self._challenges = challenges
        self.wheel = TimerWheel(clock, self._fire)
        self.reception = Reception(self)
        self._tcp = TcpTransport(self.reception.take, self._flow_closed, clock)
        self._udp: dict[int, UdpListener] = {}
        self._sweeper: asyncio.Task[None] | None = None
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def active_calls(self) -> int:
        """Calls that are not over yet."""
        return len(self.calls)

    # -- life cycle -------------------------------------------------------------------------

    async def start(self) -> tuple[BoundListener, ...]:
        """Bind every listener and begin to serve.

        Raises OSError naming the address that could not be bound; nothing stays bound then.
        """
        loop = asyncio.get_running_loop()
        bound: list[BoundListener] = []
        try:
            for index, address in enumerate(self.settings.listen):
                try:
                    if address.transport == "UDP":
                        udp = UdpListener(index, address.host, address.port, self.reception.take)
                        self._udp[index] = udp
                        bound.append(BoundListener("UDP", udp.host, udp.port))
                    else:
                        at = await self._tcp.listen(index, address.host, address.port)
                        bound.append(BoundListener("TCP", *at))
                except OSError as error:
                    raise OSError(
                        error.errno,
                        f"sip {address.transport.lower()} {address.host}:{address.port}: "
                        f"{error.strerror or error}",
                    ) from error
        except OSError:
            await self.stop()
            raise
        self.addressing = LocalAddressing(
            self.settings.domain, self.settings.advertised_host, tuple(bound)
        )
        self.locator.use(self.addressing)
        self.ports = CallPorts(
            self.locator, self.digits, self._challenges, self.addressing, self.entropy
        )
        self.wheel.start(loop)
        for udp in self._udp.values():
            udp.open(loop)
        self._sweeper = loop.create_task(self._sweep())
        return tuple(bound)

    async def drain(self, patience: float) -> None:
        """Take no new calls; wait until the open ones end, at most `patience` seconds."""
        self.draining = True
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._idle.wait()
        now = self.clock.monotonic()
        for call in tuple(self.calls.values()):
            self.tell(call, Dismissed("shutdown"), now)

    async def stop(self) -> None:
        """Close every socket."""
        if self._sweeper is not None:
            self._sweeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._sweeper
            self._sweeper = None
        loop = asyncio.get_running_loop()
        for udp in self._udp.values():
            udp.close(loop)
        self._udp.clear()
        await self._tcp.close()
        self.wheel.stop()

    # -- for the reception ------------------------------------------------------------------

    def send(self, data: bytes, flow: Flow) -> bool:
        """Put bytes on a flow; False when that flow is gone."""
        udp = self._udp.get(flow.listener)
        if udp is not None and flow.transport == "UDP":
            return udp.send(data, flow)
        return flow.transport == "TCP" and self._tcp.send(data, flow)

    def run(self, machine: Transaction, actions: tuple[TransactionAction, ...], now: float) -> None:
        """Carry out what a transaction asks for."""
        for action in actions:
            match action:
                case Send(data):
                    if not self.send(data, machine.flow):
                        self.counters["flows_lost"] += 1
                        self.run(machine, machine.handle(FlowFailed(), now), now)
                case Deliver(message):
                    self._deliver(machine, message, now)
                case TimedOut() | FlowLost():
                    self._undelivered(machine, action, now)
                case Terminated():
                    self.table.remove(machine)
                case _:
                    assert_never(action)
        if machine.deadline != math.inf:
            self.wheel.schedule(machine)

    def tell(self, call: Call, event: Event, now: float) -> None:
        """Bring a stimulus to a call and carry out what it decides."""
        self.perform(call, call.handle(event, now), now)

    def begin(self, call: Call, now: float) -> None:
        """Take a new call in and start it."""
        self.calls[call.call_id] = call
        self._idle.clear()
        self.counters["calls_started"] += 1
        self.perform(call, call.start(now), now)

    def perform(self, call: Call, actions: Sequence[Action], now: float) -> None:
        """Carry out what a call asks for, in order."""
        for action in actions:
            match action:
                case OpenClient(method, branch, data, flow, owner):
                    self._open_client(method, branch, data, flow, owner, now)
                case Answer(transaction, status, data):
                    self.counters[f"responses_{status}"] += 1
                    self.run(
                        transaction, transaction.handle(ResponseOffered(status, data), now), now
                    )
                case Transmit(data, flow):
                    self.send(data, flow)
                case Record(fact):
                    self.journal.record(fact)
                case JoinDialog(key, leg):
                    self.dialogs[key] = leg
                case LeaveDialog(key):
                    self.dialogs.pop(key, None)
                case Expire(owner):
                    if owner.transaction is not None:
                        machine = owner.transaction
                        self.run(machine, machine.handle(CancelSent(), now), now)
                case CallOver(over):
                    self.calls.pop(over.call_id, None)
                    if not self.calls:
                        self._idle.set()
                case _:
                    assert_never(action)
        if call.deadline != math.inf:
            self.wheel.schedule(call)

    # -- inside -----------------------------------------------------------------------------

    def _open_client(
        self, method: bytes, branch: bytes, data: bytes, flow: Flow, owner: Use, now: float
    ) -> None:
        try:
            machine = self.table.open_client(method, branch, data, flow, owner, now)
        except LimitReached:
            self.counters["transactions_refused"] += 1
            self.tell(owner.call, NoResponse(owner, 503), now)
            return
        owner.transaction = machine
        self.counters["requests_sent"] += 1
        self.run(machine, machine.start(), now)

    def _deliver(self, machine: Transaction, message: Request | Response, now: float) -> None:
        owner = machine.owner
        if isinstance(message, Response):
            if isinstance(owner, Use):
                self.tell(owner.call, ResponseArrived(owner, message), now)
        elif message.method == b"ACK":
            # An ACK for our 2xx that repeats the branch of its INVITE (RFC 6026 §7.1).
            leg = self.dialogs.get((message.call_id, message.to_tag))
            if leg is not None:
                self.tell(leg.call, AckArrived(leg, message), now)

    def _undelivered(self, machine: Transaction, action: TimedOut | FlowLost, now: float) -> None:
        owner = machine.owner
        if isinstance(owner, Use):
            status = 408 if isinstance(action, TimedOut) else 503
            self.tell(owner.call, NoResponse(owner, status), now)
        elif isinstance(owner, Call) and isinstance(machine, InviteServer):
            self.tell(owner, AnswerUndelivered(machine), now)

    def _fire(self, machine: Timed, now: float) -> None:
        if isinstance(machine, Call):
            self.perform(machine, machine.on_deadline(now), now)
        elif isinstance(machine, Transaction):
            self.run(machine, machine.on_deadline(now), now)

    def _flow_closed(self, flow: Flow) -> None:
        """A stream ended or could not be opened: tell the transactions that wait on it."""
        now = self.clock.monotonic()
        if flow.connection:
            self.location.drop_connection(flow.connection)
        # Requests sent before the connection existed wait on the flow without its number.
        unnumbered = flow._replace(connection=0)
        waiting = {*self.table.clients_on(flow), *self.table.clients_on(unnumbered)}
        for machine in waiting:
            self.run(machine, machine.handle(FlowFailed(), now), now)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_INTERVAL)
            try:
                self._tcp.sweep(self.clock.monotonic())
                self.location.expire(self.clock.utc())
            except Exception:
                self.counters["internal_errors"] += 1
                log.exception("sip.sweep_failed")
