"""SipEndpoint: the asyncio shell. Sockets in, the engine in the middle, sockets out.

A datagram is handled in one synchronous run from the socket to the last `sendto`: `Reception`
parses it and finds its machine, `Switchboard` carries out what the machines decide. No task and no
log line is made per message; counters always are.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from math import ceil
from typing import Final

import structlog

from sipcore.b2bua.events import Dismissed
from sipcore.endpoint.engine import Engine
from sipcore.endpoint.outlet import Outlet
from sipcore.endpoint.ports import EndpointPorts
from sipcore.endpoint.pulse import Pulse
from sipcore.endpoint.settings import BoundListener, EndpointSettings, ListenAddress
from sipcore.endpoint.switchboard import SendBytes
from sipcore.kernel.flow import Flow
from sipcore.kernel.histogram import Histogram
from sipcore.kernel.turn import Turn, at_once
from sipcore.registrar.visit_accounts import VisitAccount
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


class SipEndpoint:
    """All listeners, transactions and calls of this server."""

    def __init__(self, settings: EndpointSettings, ports: EndpointPorts) -> None:
        self.settings = settings
        self.clock = ports.clock
        self._location = ports.location
        self._locator = ports.locator
        self._outlet = Outlet(ports.tap)
        engine = Engine(settings, ports, self._way_out())
        self.addressing = engine.addressing
        self.switchboard = engine.switchboard
        self.sentinel = engine.sentinel
        self.overload = engine.overload
        self.admission = engine.admission
        self.registrants = engine.registrants
        self.notifier = engine.notifier
        self.messenger = engine.messenger
        self.reception = engine.reception
        self.streams = StreamTransport(
            self.reception.take,
            self.reception.refuse,
            self._flow_closed,
            self.clock,
            self.switchboard.counters,
            limits=settings.streams,
            tls=settings.tls,
            web=settings.web,
        )
        self.streams.welcomes = self.sentinel.admits
        self._outlet.streams = self.streams
        self._udp = self._outlet.udp
        self._pulse = Pulse(self.clock, self._look)
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
    def waits(self) -> Histogram:
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

    def came_for_visit(self, account: VisitAccount) -> None:
        """A phone has registered for one call alone."""
        call = self.switchboard.calls.get(account.call_id)
        if call is not None:
            self.switchboard.arrivals.came_for(call, account.user)

    def left_visit(self, account: VisitAccount, contacts: tuple[str, ...]) -> None:
        """A phone that had registered for one call alone has unregistered from these contacts."""
        call = self.switchboard.calls.get(account.call_id)
        if call is not None:
            self.switchboard.arrivals.left_from(call, account.user, contacts)

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
