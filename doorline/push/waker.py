"""PushWaker: what the engine asks of pushes, done through the senders (RFC 8599 §5.6.2, G03).

Everything here runs in the event loop's own turn: orders go into queues, and what becomes of them
comes back as calls. The book decides, this carries out.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Protocol

import structlog

from directory.kinds import PushProvider
from doorline.push.book import OpenWake, WakeBook
from doorline.push.call_accounts import CallAccounts
from doorline.push.finder import TargetFinder
from doorline.push.order import PushEvent, PushOrder
from doorline.push.result import PushOutcome, PushResult
from doorline.push.sender import MAX_WAITING, PushSender
from doorline.push.target import PushTarget
from sipcore.b2bua.plan import Party
from sipcore.b2bua.release import ReleaseReason
from sipcore.b2bua.waking import NOT_REGISTERED_IN_TIME
from sipcore.kernel.clock import Clock
from sipcore.registrar.binding import BindingChanged, BindingFact
from sipcore.registrar.visit_accounts import VisitAccount

log = structlog.get_logger("push")

CANCEL_TIME = 15.0
"""Seconds within which a cancel must be out; later it would only wake a phone for nothing."""
ANSWERED_ELSEWHERE = ReleaseReason.ANSWERED_ELSEWHERE.word
NO_TARGET = "no_target"
"""The app has no token, or had one a moment ago."""

Failed = Callable[[str, str, str], None]
"""Told call id, user and reason when there is no hope any more that the app registers."""


Pair = tuple[PushSender, PushTarget]
"""A token, and the sender that carries pushes to it."""


class Later(Protocol):
    """`loop.call_later`."""

    def __call__(self, delay: float, callback: Callable[[], None], /) -> object:
        """Call it after so many seconds."""


class PushWaker:
    """The engine's Waker port, and the listener that sees apps come back."""

    def __init__(
        self,
        finder: TargetFinder,
        senders: Mapping[PushProvider, PushSender],
        book: WakeBook,
        clock: Clock,
        site_name: Callable[[int | None], str],
        *,
        wake_timeout: float,
        died: Callable[[PushTarget], None],
        later: Later | None = None,
        accounts: CallAccounts | None = None,
    ) -> None:
        """`died` is told each token that a provider called dead. `accounts` makes those that are
        good for one visit; None where pushes carry none.
        """
        self._accounts = accounts
        self._finder = finder
        self._senders = senders
        self._book = book
        self._clock = clock
        self._site_name = site_name
        self._wake_timeout = wake_timeout
        self._died = died
        self._later = later or _call_later
        self._in_flight: OrderedDict[int, tuple[PushOrder, str]] = OrderedDict()
        """Wakes that were called off before the provider had answered, by the id of the order, with
        the reason."""
        self.failed: Failed = _nobody_listens
        """The engine's ear; set once the engine is there."""
        self.counters: dict[str, int] = {
            "registered": 0,
            "silent": 0,
            **{f"{name}_{outcome}": 0 for name in senders for outcome in PushOutcome},
        }

    # -- the engine's port ---------------------------------------------------------------------

    def can_wake(self, user: str) -> bool:
        """Whether a push can reach the account at all."""
        return self._finder.can_wake(user)

    def wake(self, call_id: str, party: Party, caller: Party, seconds: float) -> None:
        """Have the app woken for this call, which rings it for so many seconds at most."""
        now = self._clock.utc()
        order = PushOrder(
            PushEvent.WAKE,
            call_id,
            party.user,
            now + seconds,
            caller.display or caller.user,
            party.site_id,
            self._site_name(party.site_id),
        )
        patience = min(seconds, self._wake_timeout)
        if not self.push(order, seconds, patience):
            self._later(0.0, lambda: self.failed(call_id, party.user, NO_TARGET))

    def call_off(self, call_id: str, user: str, reason: str) -> None:
        """Send a cancel where a wake was sent; one that still waits is not sent at all."""
        self._release(self._book.called_off(call_id, user), reason)
        if self._accounts is not None:
            self._accounts.let_go(call_id, user, self._clock.utc())

    def answered(self, call_id: str, user: str, contact: bytes, account: str = "") -> None:
        """Call off every other phone of the account: a cancel would ring off the one that talks.

        One that says no token may be that whose token was told through the API, which then gets
        none either.
        """
        device = ""
        if self._accounts is not None:
            device = self._accounts.device(account)
            self._accounts.let_go(call_id, user, self._clock.utc(), account)
        device = device or self._finder.device_at(contact.decode("utf-8", "replace"))

        def is_another(wake: OpenWake) -> bool:
            return wake.order.device != device if device else wake.target.is_named

        self._release(self._book.called_off(call_id, user, is_another), ANSWERED_ELSEWHERE)

    def _release(self, wakes: Iterable[OpenWake], reason: str) -> None:
        for wake in wakes:
            if wake.sent:
                self._cancel(wake.order, wake.target, reason)
            else:
                # It waits still, or is on its way: then the cancel follows when it has arrived.
                self._in_flight[id(wake.order)] = (wake.order, reason)
                while len(self._in_flight) > MAX_WAITING:
                    self._in_flight.popitem(last=False)

    # -- pushes of the server's own ------------------------------------------------------------

    def push(self, order: PushOrder, seconds: float, patience: float) -> bool:
        """Send a push to every token of the account, and wait so long for each phone's REGISTER.

        False when there is no token that takes such a push, or when those wakes are open already.
        """
        is_pushed = False
        for sender, target in self._pairs(order):
            own = replace(order, device=target.device)
            is_pushed = self._push(own, sender, target, seconds, patience) or is_pushed
        return is_pushed

    def _push(
        self,
        order: PushOrder,
        sender: PushSender,
        target: PushTarget,
        seconds: float,
        patience: float,
    ) -> bool:
        now, accounts = self._clock.utc(), self._accounts
        if accounts is not None and order.event is PushEvent.WAKE:
            order = replace(order, account=accounts.open(order, seconds, now))
        if not self._book.ordered(order, target, now):
            if accounts is not None and order.account is not None:
                accounts.forget(order.account)
            return False
        self._later(patience, lambda: self._overdue(order))
        sender.send(order, target, seconds, self._told, lambda: self._is_wanted(order))
        return True

    # -- what comes back -----------------------------------------------------------------------

    def heard(self, fact: BindingFact) -> None:
        """A location listener: an app that is waited for has registered."""
        if isinstance(fact, BindingChanged) and self._book.awaits(fact.binding.user):
            binding = fact.binding
            self._registered(binding.user, self._finder.device_at(binding.contact))

    def refreshed(self, user: str, record: bytes) -> None:
        """The same for a refresh, which nearly every REGISTER is."""
        if self._book.awaits(user):
            self._registered(user, self._finder.device_of(user, record))

    def came(self, account: VisitAccount) -> None:
        """A phone has registered with the account of its push."""
        now = self._clock.utc()
        latency = self._book.came(account.call_id, account.user, account.device, now)
        self.counters["registered"] += latency is not None

    def _registered(self, user: str, device: str) -> None:
        latency = self._book.registered(user, self._clock.utc(), device)
        self.counters["registered"] += latency is not None

    def _told(self, order: PushOrder, target: PushTarget, result: PushResult) -> None:
        self.counters[f"{target.provider}_{result.outcome}"] += 1
        if result.outcome is PushOutcome.DEAD:
            self._died(target)
        if result.outcome not in (PushOutcome.SENT, PushOutcome.WITHDRAWN):
            log.warning(
                "push.failed",
                user=order.user,
                push_event=str(order.event),
                provider=str(target.provider),
                outcome=str(result.outcome),
                detail=result.detail,
            )
        hopeless = self._book.answered(order, result)
        if hopeless and order.event is PushEvent.WAKE:
            self._later(0.0, lambda: self.failed(order.visit, order.user, result.outcome.value))
        called_off = self._in_flight.pop(id(order), None)
        if called_off is not None and result.outcome is PushOutcome.SENT:
            self._cancel(order, target, called_off[1])

    def _cancel(self, wake: PushOrder, target: PushTarget, reason: str) -> None:
        """Tell a phone that the call does not ring it any more."""
        ends = self._clock.utc() + CANCEL_TIME
        cancel = replace(wake, event=PushEvent.CANCEL, expires_at=ends, reason=reason, account=None)
        for sender, _ in self._pair(cancel, target):
            sender.send(cancel, target, CANCEL_TIME, self._told)

    def _overdue(self, order: PushOrder) -> None:
        if not self._book.overdue(order):
            return
        self.counters["silent"] += 1
        if order.event is PushEvent.WAKE and self._book.is_hopeless(order.visit, order.user):
            self.failed(order.visit, order.user, NOT_REGISTERED_IN_TIME)

    def _is_wanted(self, order: PushOrder) -> bool:
        return self._book.open(order) is not None

    def _pairs(self, order: PushOrder) -> list[Pair]:
        targets = self._finder.targets(order.user)
        return [pair for target in targets for pair in self._pair(order, target)]

    def _pair(self, order: PushOrder, target: PushTarget) -> list[Pair]:
        sender = self._senders.get(target.provider)
        return [] if sender is None or not sender.carries(order, target) else [(sender, target)]


def _call_later(delay: float, callback: Callable[[], None]) -> object:
    return asyncio.get_running_loop().call_later(delay, callback)


def _nobody_listens(_call_id: str, _user: str, _reason: str) -> None:
    """Before the engine is there nobody calls."""
