"""Notifier: SUBSCRIBE in, NOTIFY out; the shell round the subscriptions (RFC 6665 §4.2)."""

from collections.abc import Iterable
from typing import Final

from sipcore.b2bua.plan import Party
from sipcore.b2bua.ports import Addressing, Locator
from sipcore.dialog.dialog import Dialog
from sipcore.dialog.reach import is_too_large
from sipcore.endpoint.admission import Admission
from sipcore.endpoint.fitness import Fitness
from sipcore.endpoint.owners import TransactionUser
from sipcore.endpoint.replies import CAPABILITIES, StatelessReplies, phrase
from sipcore.endpoint.stream_attempt import AttemptPorts, StreamAttempt
from sipcore.endpoint.switchboard import Switchboard
from sipcore.endpoint.whereabouts import Whereabouts
from sipcore.events.package import ALLOW_EVENTS, Change, EventPackage, View
from sipcore.events.roster import Roster
from sipcore.events.rules import Denial, Permission, WatchRules
from sipcore.events.subscription import (
    NO_RESOURCE,
    REJECTED,
    Action,
    Ending,
    Notify,
    NotifyPorts,
    State,
    Subscription,
)
from sipcore.events.wish import Refused, RequestedSubscription, SubscriptionPolicy, read_wish
from sipcore.kernel.clock import Clock
from sipcore.kernel.entropy import Entropy
from sipcore.kernel.errors import BadMessage, LimitReached
from sipcore.kernel.flow import Flow
from sipcore.message.message import Request, Response
from sipcore.transaction.table import Server

STOPPING: Final = Ending("deactivated", retry_after=10)
"""The server stops: subscribe anew, where and when it is back (RFC 6665 §4.1.3)."""

PROOF_LIFETIME: Final = 3600.0
"""Seconds for which a subscriber need not show its credentials again."""


class Watch(TransactionUser):
    """A subscription in the wheel and as the owner of its NOTIFYs."""

    __slots__ = ("_notifier", "proven_at", "subscription")

    def __init__(self, notifier: "Notifier", subscription: Subscription, now: float) -> None:
        super().__init__(subscription.deadline)
        self._notifier = notifier
        self.subscription = subscription
        self.proven_at = now
        """When its subscriber showed credentials, monotonic seconds."""

    def response(self, response: Response, now: float) -> None:
        """A NOTIFY was answered."""
        self._notifier.heard(self, response, now)

    def no_response(self, status: int, now: float) -> None:
        """A NOTIFY was not answered, or could not be sent."""
        self._notifier.heard(self, None, now)

    def on_deadline(self, now: float) -> None:
        """The subscription expires, or a change may be told."""
        self._notifier.due(self, now)


class Notifier:
    """All subscriptions."""

    def __init__(
        self,
        *,
        switchboard: Switchboard,
        replies: StatelessReplies,
        admission: Admission,
        fitness: Fitness,
        rules: WatchRules,
        whereabouts: Whereabouts,
        locator: Locator,
        addressing: Addressing,
        entropy: Entropy,
        clock: Clock,
        policy: SubscriptionPolicy,
    ) -> None:
        self._board = switchboard
        self._counters = switchboard.counters
        self._replies = replies
        self._admission = admission
        self._fitness = fitness
        self._rules = rules
        self._whereabouts = whereabouts
        self._attempts = AttemptPorts(switchboard, locator, addressing, entropy)
        self._addressing = addressing
        self._entropy = entropy
        self._clock = clock
        self._policy = policy
        self._packages: dict[str, EventPackage] = {}
        self._roster = Roster(policy)
        self._watches: dict[Subscription, Watch] = {}

    def __len__(self) -> int:
        """Subscriptions, those that wait for the answer to their last NOTIFY included."""
        return len(self._roster)

    def offer(self, packages: Iterable[EventPackage]) -> None:
        """Serve these event packages from now on."""
        self._packages.update({package.name: package for package in packages})

    # -- SUBSCRIBE --------------------------------------------------------------------------

    def subscribe(self, request: Request, flow: Flow) -> None:
        """A SUBSCRIBE outside any dialog: make a subscription, or answer why not."""
        uri = request.request_uri
        if not self._fitness.passes(request, flow):
            return
        user = self._admission.authenticate(request, flow)
        if user is None:
            return
        if self._admission.is_draining:
            self._replies.send(request, flow, 503)
        else:
            outcome = self._judge(request, flow, user, uri.dialled)
            if isinstance(outcome, Refused):
                self._counters["subscriptions_refused"] += 1
                reason = phrase(BadMessage(outcome.reason)) if outcome.reason else b""
                self._replies.send(
                    request, flow, outcome.status, extra=outcome.lines, reason=reason
                )

    def _judge(self, request: Request, flow: Flow, user: str, target: str) -> Refused | None:
        """Begin a subscription of an authenticated account; why not, when it cannot be."""
        wish = read_wish(request, self._packages, self._policy)
        if isinstance(wish, Refused):
            return wish
        allowed = self._rules.watch(user, target, wish.package.name)
        if isinstance(allowed, Denial):
            return Refused(allowed.status)
        try:
            dialog = Dialog.from_request(request, self._entropy.tag(), flow)
        except BadMessage as error:
            return Refused(error.status, reason=error.reason)
        now = self._clock.monotonic()
        try:
            surplus = self._roster.surplus(user, allowed.target)
            machine = self._board.table.open_server(request, flow, now)
        except LimitReached:
            return Refused(503)
        if surplus is not None:
            # Not `deactivated`: a phone with more keys than places would come back for ever.
            self._withdraw(surplus, REJECTED, now)
            self._remove(self._watches[surplus])
        self._begin(request, flow, machine, wish, allowed, dialog, user, now)
        return None

    def _begin(
        self,
        request: Request,
        flow: Flow,
        machine: Server,
        wish: RequestedSubscription,
        allowed: Permission,
        dialog: Dialog,
        user: str,
        now: float,
    ) -> None:
        ports = NotifyPorts(self._addressing, self._entropy, self._clock.utc() - now)
        view = View(allowed.target, allowed.sight, wish.event, allowed.target == user)
        subscription = Subscription(dialog, wish.package, view, user, ports)
        watch = self._watches[subscription] = Watch(self, subscription, now)
        self._roster.put(subscription)
        self._counters["subscriptions_started"] += 1
        try:
            self._accept(request, flow, machine, wish.expires, dialog, now)
            actions = subscription.subscribe(wish.expires, flow, now)
            self.serve(watch, actions, flow.connection, now)
        except Exception:
            # A bug must not cost a place in the table for ever.
            self._remove(watch)
            raise

    def _accept(
        self,
        request: Request,
        flow: Flow,
        machine: Server,
        expires: int,
        dialog: Dialog,
        now: float,
    ) -> None:
        """200 with the granted duration and the route set of the dialog (RFC 3261 §12.1.1)."""
        extra = [b"Record-Route: " + value for value in request.every(b"record-route")]
        extra += [
            self._addressing.contact(flow, secure=dialog.wants_sips),
            b"Expires: %d" % expires,
            ALLOW_EVENTS,
        ]
        self._answer(machine, 200, now, to_tag=dialog.local_tag, extra=tuple(extra))

    # -- inside a dialog --------------------------------------------------------------------

    def in_dialog(self, request: Request, flow: Flow) -> bool:
        """Take a request inside the dialog of a subscription; False when it belongs to none."""
        subscription = self._roster.find(request.call_id, request.to_tag)
        if subscription is None or subscription.dialog.remote_tag != request.from_tag:
            return False
        if subscription.state is not State.ACTIVE or not self._trusted(subscription, flow):
            return False
        now = self._clock.monotonic()
        if request.method == b"SUBSCRIBE" and not self._proven(request, flow, subscription, now):
            return True
        try:
            machine = self._board.table.open_server(request, flow, now)
        except LimitReached:
            self._replies.send(request, flow, 503)
            return True
        refused = subscription.dialog.accept_request(request)
        if refused is not None:
            self._answer(machine, refused, now)
        elif request.method == b"SUBSCRIBE":
            self._refresh(request, flow, machine, subscription, now)
        elif request.method == b"OPTIONS":
            self._answer(machine, 200, now, extra=CAPABILITIES)
        else:
            # RFC 5057 §4.1: there is no session here that the request could be about.
            self._answer(machine, 481, now)
        return True

    def _refresh(
        self,
        request: Request,
        flow: Flow,
        machine: Server,
        subscription: Subscription,
        now: float,
    ) -> None:
        wish = read_wish(request, self._packages, self._policy)
        if isinstance(wish, Refused):
            self._answer(machine, wish.status, now, extra=wish.lines)
        elif not wish.event.matches(subscription.view.event):
            self._answer(machine, 481, now)  # §4.5.2: one subscription, one dialog
        elif self._is_still_allowed(subscription, now):
            subscription.dialog.refresh_target(request)
            self._accept(request, flow, machine, wish.expires, subscription.dialog, now)
            former = subscription.dialog.flow.connection
            watch = self._watches[subscription]
            self.serve(watch, subscription.subscribe(wish.expires, flow, now), former, now)
        else:
            self._answer(machine, 403, now)

    def _proven(self, request: Request, flow: Flow, subscription: Subscription, now: float) -> bool:
        """Whether a refresh may go on without credentials, or has good ones; else it is answered.

        A password that was replaced must not serve for ever where it was used once.
        """
        watch = self._watches[subscription]
        if now < watch.proven_at + PROOF_LIFETIME:
            return True
        user = self._admission.authenticate(request, flow)
        if user == subscription.subscriber:
            watch.proven_at = now
            return True
        if user is not None:
            self._replies.send(request, flow, 403)
        return False

    def _trusted(self, subscription: Subscription, flow: Flow) -> bool:
        """Whether a request with the right tags comes from where its subscriber may be."""
        dialog = subscription.dialog
        party = Party("unknown", subscription.subscriber)
        contact = dialog.remote_target
        return self._whereabouts.include(flow, known=dialog.flow, contact=contact, party=party)

    # -- NOTIFY -----------------------------------------------------------------------------

    def tell(self, package: str, target: str, change: Change) -> None:
        """The state of an account changed; its watchers are told a tick later, or when they may."""
        for subscription in self._roster.watchers(target, package):
            subscription.changed(change, self._clock.monotonic())
            self._schedule(self._watches[subscription])

    def heard(self, watch: Watch, response: Response | None, now: float) -> None:
        """A NOTIFY was answered, or never will be (None)."""
        subscription = watch.subscription
        before, former = subscription.state, subscription.dialog.flow.connection
        if response is None:
            actions = subscription.unanswered(now)
        else:
            actions = subscription.answered(response, now)
        if before is State.ACTIVE and subscription.state is State.TERMINATED:
            self._counters["subscriptions_lost"] += 1
        self.serve(watch, actions, former, now)

    def due(self, watch: Watch, now: float) -> None:
        """Something is due; whoever lost the right to watch meanwhile is not told any more."""
        subscription = watch.subscription
        former = subscription.dialog.flow.connection
        if self._is_still_allowed(subscription, now):
            self.serve(watch, subscription.on_deadline(now), former, now)

    def serve(self, watch: Watch, actions: Iterable[Action], former: int, now: float) -> None:
        """Carry out what a subscription decided; `former` is the connection it was reached over."""
        self._roster.move(watch.subscription, former)
        for action in actions:
            if isinstance(action, Notify):
                self._counters["notifications_sent"] += 1
                self._send(action, watch, now)
            else:
                self._remove(watch)
        self._schedule(watch)

    def _send(self, notify: Notify, watch: Watch, now: float) -> None:
        """Over the flow of its dialog, or over TCP first what is too large for UDP."""
        branch, data, flow = notify
        stream = None
        if is_too_large(data, flow):
            next_hop = watch.subscription.dialog.next_hop
            stream = self._attempts.locator.stream_beside(next_hop, flow)
        if stream is None:
            self._board.request(b"NOTIFY", branch, data, flow, watch, now)
        else:
            attempt = StreamAttempt(self._attempts, b"NOTIFY", branch, data, flow, stream, watch)
            attempt.start(now)

    def flow_closed(self, flow: Flow) -> None:
        """A stream ended: what would have been told over it cannot be told any more."""
        for subscription in self._roster.on_stream(flow.connection):
            self._counters["subscriptions_lost"] += 1
            self._remove(self._watches[subscription])

    def end_all(self, now: float) -> None:
        """The server stops: every subscriber is told."""
        for subscription in self._roster:
            self._withdraw(subscription, STOPPING, now)

    def _is_still_allowed(self, subscription: Subscription, now: float) -> bool:
        """Look again at the rules; ends the subscription when they changed."""
        view = subscription.view
        allowed = self._rules.watch(subscription.subscriber, view.target, subscription.package.name)
        if isinstance(allowed, Denial):
            self._withdraw(subscription, NO_RESOURCE if allowed.status == 404 else REJECTED, now)
            return False
        if allowed.sight is not view.sight:
            subscription.view = view._replace(sight=allowed.sight)
        return True

    def _withdraw(self, subscription: Subscription, ending: Ending, now: float) -> None:
        former = subscription.dialog.flow.connection
        watch = self._watches[subscription]
        self.serve(watch, subscription.withdraw(ending, now), former, now)

    def _schedule(self, watch: Watch) -> None:
        watch.deadline = watch.subscription.deadline
        if watch.subscription in self._watches:
            self._board.wheel.schedule(watch)

    def _remove(self, watch: Watch) -> None:
        self._roster.remove(watch.subscription)
        self._watches.pop(watch.subscription, None)
        self._board.wheel.forget(watch)

    def _answer(
        self,
        machine: Server,
        status: int,
        now: float,
        *,
        to_tag: bytes = b"",
        extra: tuple[bytes, ...] = (),
    ) -> None:
        data = self._replies.make(machine.request, machine.flow, status, to_tag=to_tag, extra=extra)
        self._board.answer(machine, status, data, now)
