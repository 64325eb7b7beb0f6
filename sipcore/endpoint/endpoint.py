"""SipEndpoint: the asyncio shell. Sockets in, machines in the middle, sockets out.

A datagram is handled in one synchronous run from the socket to the last `sendto`: `Reception`
parses it and finds its machine, `Switchboard` carries out what the machines decide. No task and no
log line is made per message; counters always are.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from math import ceil
from typing import Final, ParamSpec

import structlog

from sipcore.b2bua.call_ports import CallPorts
from sipcore.b2bua.events import Dismissed
from sipcore.b2bua.ports import CallJournal, CallPlanner, DigitSink
from sipcore.b2bua.waking import NOBODY_WAKES, Waker
from sipcore.capture.tap import CaptureTap
from sipcore.defence.overload import Overload
from sipcore.defence.sentinel import Sentinel
from sipcore.endpoint.acquaintances import Acquaintances
from sipcore.endpoint.addressing import LocalAddressing
from sipcore.endpoint.admission import Admission
from sipcore.endpoint.ban_log import BanLog
from sipcore.endpoint.fact_listeners import FactListeners
from sipcore.endpoint.fitness import Fitness
from sipcore.endpoint.gate import Gate
from sipcore.endpoint.lines import NO_LINES, Lines
from sipcore.endpoint.locator import LiveLocator
from sipcore.endpoint.messenger import Messenger
from sipcore.endpoint.notifier import Notifier
from sipcore.endpoint.outlet import Outlet
from sipcore.endpoint.pulse import Pulse, Waits
from sipcore.endpoint.reception import Reception
from sipcore.endpoint.refusal_log import RefusalLog
from sipcore.endpoint.registrant import NOTHING_TO_REGISTER, Registrants
from sipcore.endpoint.replies import CAPABILITIES, StatelessReplies
from sipcore.endpoint.settings import BoundListener, EndpointSettings, ListenAddress
from sipcore.endpoint.switchboard import SendBytes, Switchboard
from sipcore.endpoint.trunk import TrunkChallenges
from sipcore.endpoint.whereabouts import Whereabouts
from sipcore.events.dialog_info import DialogPackage
from sipcore.events.dialogs import Dialogs
from sipcore.events.package import Change
from sipcore.events.reg import RegPackage
from sipcore.events.rules import WatchRules
from sipcore.events.wish import SubscriptionPolicy
from sipcore.kernel.clock import Clock
from sipcore.kernel.entropy import Entropy
from sipcore.kernel.flow import Flow
from sipcore.kernel.turn import Turn, at_once
from sipcore.paging.page import PagePorts
from sipcore.paging.recipients import Recipients
from sipcore.registrar.digest import Authenticator
from sipcore.registrar.local_names import LocalNames
from sipcore.registrar.location import Location
from sipcore.registrar.registrar import Registrar
from sipcore.transaction.table import TransactionTable
from sipcore.transport.streams import StreamTransport
from sipcore.transport.tls import TlsContexts
from sipcore.transport.udp import UdpListener

SWEEP_INTERVAL: Final = 1.0
"""Seconds between two looks at expired bindings and stuck connections."""
DRAIN_INTERVAL: Final = 0.05
"""Seconds between two looks at whether all calls are over."""
UNREGISTERING: Final = 2.0
"""Seconds that providers have to answer when we end our registrations."""
FAREWELL: Final = 2.0
"""Seconds for the other ends to answer the BYE of a shutdown; two repetitions of it fit in."""

WATCHED: Final = (
    "bad_messages",
    "connections_refused",
    "internal_errors",
    "messages_refused",
    "stream_errors",
    "subscriptions_lost",
    "tls_failures",
)
"""Figures whose first change must not be missed because they were not there before."""

log = structlog.get_logger("sip")
_Told = ParamSpec("_Told")


class SipEndpoint:
    """All listeners, transactions and calls of this server."""

    def __init__(
        self,
        *,
        settings: EndpointSettings,
        names: LocalNames,
        registrar: Registrar,
        location: Location,
        authenticator: Authenticator,
        planner: CallPlanner,
        locator: LiveLocator,
        challenges: TrunkChallenges,
        digits: DigitSink,
        journal: CallJournal,
        watching: WatchRules,
        correspondence: Recipients,
        clock: Clock,
        entropy: Entropy,
        tap: CaptureTap | None = None,
        lines: Lines = NO_LINES,
        waker: Waker = NOBODY_WAKES,
        registers: Mapping[str, int] = NOTHING_TO_REGISTER,
    ) -> None:
        """`tap` sees every message; without one nothing stands between sockets and engine.

        `registers` are the trunks at which we register, with the seconds asked for.
        """
        self.settings = settings
        self.addressing = LocalAddressing(settings.domain, settings.advertised_host)
        self._outlet = Outlet(tap)
        send = self._way_out()
        dialogs = Dialogs(
            lambda dialog: self.notifier.tell("dialog", dialog.user, Change(dialog.id, dialog))
        )
        journal = FactListeners(journal.record, dialogs.heard)
        self.switchboard = Switchboard(send, journal, clock, settings.max_transactions)
        self.switchboard.dialog_listener = dialogs.identified
        replies = StatelessReplies(entropy.token().encode()[:32], send, self.switchboard.counters)
        self.sentinel = Sentinel(
            settings.defence,
            clock,
            Acquaintances(location, self.switchboard).include,
            BanLog(clock).take,
            RefusalLog(clock).take,
        )
        self.overload = Overload()
        fitness = Fitness(names, replies, self.sentinel)
        self.admission = Admission(
            switchboard=self.switchboard,
            replies=replies,
            fitness=fitness,
            authenticator=authenticator,
            planner=planner,
            ports=CallPorts(
                locator,
                digits,
                challenges,
                self.addressing,
                entropy,
                planner,
                self.switchboard,
                names.covers,
                CAPABILITIES,
                settings.session,
                waker,
            ),
            journal=journal,
            clock=clock,
            sentinel=self.sentinel,
            max_calls=settings.max_calls,
            max_calls_per_source=settings.max_calls_per_source,
            lines=lines,
        )
        self.registrants = Registrants(
            registers,
            switchboard=self.switchboard,
            locator=locator,
            challenges=challenges,
            addressing=self.addressing,
            entropy=entropy,
        )
        whereabouts = Whereabouts(locator)
        self.notifier = Notifier(
            switchboard=self.switchboard,
            replies=replies,
            admission=self.admission,
            fitness=fitness,
            rules=watching,
            whereabouts=whereabouts,
            addressing=self.addressing,
            entropy=entropy,
            clock=clock,
            policy=SubscriptionPolicy(),
        )
        registrations = RegPackage(settings.domain, location.bindings, self.notifier.tell)
        location.listen(
            self._careful(registrations.heard), refreshed=self._careful(registrations.refreshed)
        )
        arrivals = self.switchboard.arrivals
        location.listen(arrivals.heard, refreshed=arrivals.refreshed)
        calls = DialogPackage(settings.domain, dialogs.of, dialogs.watch, dialogs.unwatch)
        self.notifier.offer((calls, registrations))
        self.messenger = Messenger(
            switchboard=self.switchboard,
            replies=replies,
            admission=self.admission,
            fitness=fitness,
            recipients=correspondence,
            locator=locator,
            ports=PagePorts(self.addressing, entropy),
            clock=clock,
        )
        self.reception = Reception(
            switchboard=self.switchboard,
            replies=replies,
            admission=self.admission,
            gate=Gate(self.sentinel, self.overload, replies, self.switchboard.counters),
            fitness=fitness,
            registrar=registrar,
            whereabouts=whereabouts,
            notifier=self.notifier,
            messenger=self.messenger,
            clock=clock,
        )
        if tap is not None:
            self.reception.watch = tap.received
            tap.local_end = self.addressing.local_end
        self._location = location
        self._locator = locator
        self.clock = clock
        self.streams = StreamTransport(
            self.reception.take,
            self.reception.refuse,
            self._flow_closed,
            clock,
            self.switchboard.counters,
            limits=settings.streams,
            tls=settings.tls,
            web=settings.web,
        )
        self.streams.welcomes = self.sentinel.admits
        self._outlet.streams = self.streams
        self._udp = self._outlet.udp
        self._pulse = Pulse(clock, self._look)
        self.turn: Turn = at_once
        """Stands around each turn of the datagrams and of the timers from `start` on."""
        self._sweeper: asyncio.Task[None] | None = None

    @property
    def counters(self) -> Counter[str]:
        """Everything that is counted, by name; what an operator watches is there from the start."""
        counted = Counter(dict.fromkeys(WATCHED, 0))
        counted.update(self.switchboard.counters)
        counted.update(self.sentinel.counters)
        udp = self._udp.values()
        counted["datagrams_unsent"] = sum(each.lost for each in udp)
        counted["datagrams_dropped"] = sum(each.dropped for each in udp)
        counted["datagrams_repeated"] = sum(each.backlog.repeated for each in udp)
        return counted

    @property
    def table(self) -> TransactionTable:
        """The live transactions."""
        return self.switchboard.table

    @property
    def subscriptions(self) -> int:
        """Subscriptions to the state of accounts."""
        return len(self.notifier)

    @property
    def waits(self) -> Waits:
        """How long work has waited for its turn in the event loop."""
        return self._pulse.waits

    @property
    def datagrams_waiting(self) -> int:
        """Datagrams that were read and not handled yet."""
        return sum(len(udp.backlog) for udp in self._udp.values())

    @property
    def active_calls(self) -> int:
        """Calls that ring or talk."""
        return self.switchboard.active_calls

    # -- life cycle -------------------------------------------------------------------------

    async def start(self) -> tuple[BoundListener, ...]:
        """Bind every listener and begin to serve.

        Raises OSError naming the address that could not be bound; nothing stays bound then.
        """
        loop = asyncio.get_running_loop()
        bound: list[BoundListener] = []
        try:
            for index, address in enumerate(self.settings.listen):
                bound.append(await self._bind(index, address))
        except OSError:
            await self.stop()
            raise
        self.addressing.listeners = tuple(bound)
        self._locator.use(self.addressing)
        self.switchboard.wheel.start(loop, self.turn)
        for udp in self._udp.values():
            udp.open(loop, self.turn)
        self._sweeper = loop.create_task(self._sweep())
        self._pulse.start(loop)
        self.registrants.start(self.clock.monotonic())
        return tuple(bound)

    async def drain(self, patience: float) -> None:
        """Take no new calls; wait until the open ones end, at most `patience` seconds.

        Whoever still talks then hears BYE, and has a moment to answer it.
        """
        self.admission.is_draining = True
        board = self.switchboard
        await _wait_while(lambda: bool(board.active_calls), patience)
        now = self.clock.monotonic()
        for call in tuple(board.calls.values()):
            board.tell(call, Dismissed(), now)
        self.notifier.end_all(now)
        await _wait_while(lambda: bool(board.calls or len(self.notifier)), FAREWELL)

    async def stop(self) -> None:
        """End our registrations with providers, then close every socket."""
        if self.registrants.stop(self.clock.monotonic()):
            await _wait_while(lambda: self.registrants.are_leaving, UNREGISTERING)
        self._pulse.stop()
        if self._sweeper is not None:
            self._sweeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._sweeper
            self._sweeper = None
        loop = asyncio.get_running_loop()
        for udp in self._udp.values():
            udp.close(loop)
        self._udp.clear()
        await self.streams.close()
        self.switchboard.wheel.stop()

    def send(self, data: bytes, flow: Flow) -> bool:
        """Put bytes on a flow; False when that flow is gone."""
        return self._outlet.send(data, flow)

    def wake_failed(self, call_id: str, user: str, reason: str) -> None:
        """No push reaches this account, which the call may wait for; `reason` for the record."""
        call = self.switchboard.calls.get(call_id)
        if call is not None:
            self.switchboard.arrivals.not_woken(call, user, reason)

    def use_certificates(self, tls: TlsContexts) -> None:
        """Show these certificates from the next connection on; open ones stay as they are."""
        self.streams.tls = tls

    # -- inside -----------------------------------------------------------------------------

    def _way_out(self) -> SendBytes:
        """What the engine sends with."""
        return self._outlet.send

    async def _bind(self, index: int, address: ListenAddress) -> BoundListener:
        """Open one listener; raises OSError naming its address."""
        try:
            if address.transport == "UDP":
                udp = UdpListener(
                    index,
                    address.host,
                    address.port,
                    self.reception.take,
                    self.sentinel.remembers,
                )
                self._udp[index] = udp
                host, port = udp.host, udp.port
            else:
                host, port = await self.streams.listen(
                    address.transport, index, address.host, address.port
                )
        except OSError as error:
            raise OSError(
                error.errno,
                f"sip {address.transport.lower()} {address.host}:{address.port}: "
                f"{error.strerror or error}",
            ) from error
        return BoundListener(
            address.transport, host, port, address.advertised_host, address.advertised_port
        )

    def _look(self, lateness: float, now: float) -> None:
        """Tell the overload control how late the loop is, how full the tables are, and how much
        waits to be looked at."""
        waiting = max((udp.backlog.fill for udp in self._udp.values()), default=0.0)
        self.overload.feed(lateness, self.table.fill, now, waiting)

    def _careful(self, listener: Callable[_Told, None]) -> Callable[_Told, None]:
        """A listener of the location that never raises: registering goes on without it."""

        def listen(*told: _Told.args, **named: _Told.kwargs) -> None:
            try:
                listener(*told, **named)
            except Exception:
                self.switchboard.counters["internal_errors"] += 1
                log.exception("sip.watchers_not_told")

        return listen

    def _flow_closed(self, flow: Flow) -> None:
        """A stream ended or could not be opened."""
        if flow.connection:
            self._location.drop_connection(flow.connection)
            self.notifier.flow_closed(flow)
        self.switchboard.flow_closed(flow, self.clock.monotonic())

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_INTERVAL)
            try:
                self.streams.sweep(self.clock.monotonic())
                self._location.expire(self.clock.utc())
                self.sentinel.expire()
            except Exception:
                self.switchboard.counters["internal_errors"] += 1
                log.exception("sip.sweep_failed")


async def _wait_while(is_so: Callable[[], bool], seconds: float) -> None:
    """Wait at most this long until the condition holds no more."""
    for _ in range(ceil(seconds / DRAIN_INTERVAL)):
        if not is_so():
            return
        await asyncio.sleep(DRAIN_INTERVAL)
