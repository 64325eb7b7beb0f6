"""Engine: everything in an endpoint that is no socket, put together once.

Read the constructor from top to bottom: each part is made from the ports and from what stands
above it. `SipEndpoint` puts the whole on sockets and on the event loop.
"""

from collections.abc import Callable
from typing import ParamSpec

import structlog

from sipcore.b2bua.call_ports import CallPorts
from sipcore.b2bua.ports import CallJournal
from sipcore.defence.overload import Overload
from sipcore.defence.sentinel import Sentinel
from sipcore.endpoint.acquaintances import Acquaintances
from sipcore.endpoint.addressing import LocalAddressing
from sipcore.endpoint.admission import Admission
from sipcore.endpoint.ban_log import BanLog
from sipcore.endpoint.fact_listeners import FactListeners
from sipcore.endpoint.fitness import Fitness
from sipcore.endpoint.gate import Gate
from sipcore.endpoint.messenger import Messenger
from sipcore.endpoint.notifier import Notifier
from sipcore.endpoint.ports import EndpointPorts
from sipcore.endpoint.reception import Reception
from sipcore.endpoint.refusal_log import RefusalLog
from sipcore.endpoint.registrant import Registrants
from sipcore.endpoint.replies import CAPABILITIES, StatelessReplies
from sipcore.endpoint.settings import EndpointSettings
from sipcore.endpoint.switchboard import SendBytes, Switchboard
from sipcore.endpoint.whereabouts import Whereabouts
from sipcore.events.dialog_info import DialogPackage
from sipcore.events.dialogs import Dialogs
from sipcore.events.package import Change
from sipcore.events.reg import RegPackage
from sipcore.events.wish import SubscriptionPolicy
from sipcore.paging.page import PagePorts

log = structlog.get_logger("sip")
_Told = ParamSpec("_Told")


class Engine:
    """Octets in at `reception`, octets out at the `send` it was given."""

    def __init__(self, settings: EndpointSettings, ports: EndpointPorts, send: SendBytes) -> None:
        """`send` puts octets on a flow."""
        self._settings = settings
        self._ports = ports
        self.addressing = LocalAddressing(settings.domain, settings.advertised_host)

        # Transactions, calls and the timer; everybody who hears of calls.
        dialogs = Dialogs(
            lambda dialog: self.notifier.tell("dialog", dialog.user, Change(dialog.id, dialog))
        )
        journal = FactListeners(ports.journal.record, dialogs.heard)
        self.switchboard = Switchboard(send, journal, ports.clock, settings.max_transactions)
        self.switchboard.dialog_listener = dialogs.identified
        self._replies = StatelessReplies(
            ports.entropy.token().encode()[:32], send, self.switchboard.counters
        )

        # Who is heard, and what of that is fit.
        self.sentinel = self._made_sentinel()
        self.overload = Overload()
        self._fitness = Fitness(ports.names, self._replies, self.sentinel)

        # What begins something: calls, our own registrations, subscriptions, messages.
        self.admission = self._made_admission(journal)
        self.registrants = self._made_registrants()
        whereabouts = Whereabouts(ports.locator, ports.visits)
        self.notifier = self._made_notifier(whereabouts)
        self._let_watch(dialogs)
        self.messenger = self._made_messenger()

        # Where all of it comes in.
        self.reception = self._made_reception(whereabouts)
        if ports.tap is not None:
            self.reception.watch = ports.tap.received
            ports.tap.local_end = self.addressing.local_end

    def _made_sentinel(self) -> Sentinel:
        clock = self._ports.clock
        return Sentinel(
            self._settings.defence,
            clock,
            Acquaintances(self._ports.location, self.switchboard, self._ports.visits).include,
            BanLog(clock).take,
            RefusalLog(clock).take,
        )

    def _made_admission(self, journal: CallJournal) -> Admission:
        settings, ports = self._settings, self._ports
        return Admission(
            switchboard=self.switchboard,
            replies=self._replies,
            fitness=self._fitness,
            authenticator=ports.authenticator,
            planner=ports.planner,
            ports=CallPorts(
                ports.locator,
                ports.digits,
                ports.challenges,
                self.addressing,
                ports.entropy,
                ports.planner,
                self.switchboard,
                ports.names.covers,
                CAPABILITIES,
                settings.session,
                ports.waker,
                ports.visits,
            ),
            journal=journal,
            clock=ports.clock,
            sentinel=self.sentinel,
            max_calls=settings.max_calls,
            max_calls_per_source=settings.max_calls_per_source,
            lines=ports.lines,
        )

    def _made_registrants(self) -> Registrants:
        ports = self._ports
        return Registrants(
            ports.registers,
            switchboard=self.switchboard,
            locator=ports.locator,
            challenges=ports.challenges,
            addressing=self.addressing,
            entropy=ports.entropy,
        )

    def _made_notifier(self, whereabouts: Whereabouts) -> Notifier:
        ports = self._ports
        return Notifier(
            switchboard=self.switchboard,
            replies=self._replies,
            admission=self.admission,
            fitness=self._fitness,
            rules=ports.watching,
            whereabouts=whereabouts,
            locator=ports.locator,
            addressing=self.addressing,
            entropy=ports.entropy,
            clock=ports.clock,
            policy=SubscriptionPolicy(),
        )

    def _let_watch(self, dialogs: Dialogs) -> None:
        """Offer the event packages, and let them and waiting calls hear who registers."""
        domain, location = self._settings.domain, self._ports.location
        registrations = RegPackage(domain, location.bindings, self.notifier.tell)
        location.listen(
            self._careful(registrations.heard), refreshed=self._careful(registrations.refreshed)
        )
        arrivals = self.switchboard.arrivals
        location.listen(arrivals.heard, refreshed=arrivals.refreshed)
        calls = DialogPackage(domain, dialogs.of, dialogs.watch, dialogs.unwatch)
        self.notifier.offer((calls, registrations))

    def _careful(self, listener: Callable[_Told, None]) -> Callable[_Told, None]:
        """A listener of the location that never raises: registering goes on without it."""

        def listen(*told: _Told.args, **named: _Told.kwargs) -> None:
            try:
                listener(*told, **named)
            except Exception:
                self.switchboard.counters["internal_errors"] += 1
                log.exception("sip.watchers_not_told")

        return listen

    def _made_messenger(self) -> Messenger:
        ports = self._ports
        return Messenger(
            switchboard=self.switchboard,
            replies=self._replies,
            admission=self.admission,
            fitness=self._fitness,
            recipients=ports.correspondence,
            locator=ports.locator,
            ports=PagePorts(self.addressing, ports.entropy),
            clock=ports.clock,
        )

    def _made_reception(self, whereabouts: Whereabouts) -> Reception:
        counters = self.switchboard.counters
        return Reception(
            switchboard=self.switchboard,
            replies=self._replies,
            admission=self.admission,
            gate=Gate(self.sentinel, self.overload, self._replies, counters),
            fitness=self._fitness,
            registrar=self._ports.registrar,
            whereabouts=whereabouts,
            notifier=self.notifier,
            messenger=self.messenger,
            clock=self._ports.clock,
        )
