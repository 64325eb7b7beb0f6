"""Roster: every subscription, found by its dialog, by what it watches and by who watches."""

from collections.abc import Iterator
from typing import TypeVar

from sipcore.events.subscription import Subscription
from sipcore.events.wish import SubscriptionPolicy
from sipcore.kernel.errors import LimitReached

Members = dict[Subscription, None]
"""Subscriptions in the order in which they were made."""
_Key = TypeVar("_Key")


class Roster:
    """The table of subscriptions; never holds more than its policy says."""

    def __init__(self, policy: SubscriptionPolicy) -> None:
        self._policy = policy
        self._dialogs: dict[tuple[bytes, bytes], Subscription] = {}
        self._targets: dict[str, Members] = {}
        self._subscribers: dict[str, Members] = {}
        self._streams: dict[int, Members] = {}

    def __len__(self) -> int:
        return len(self._dialogs)

    def __iter__(self) -> Iterator[Subscription]:
        return iter(tuple(self._dialogs.values()))

    def find(self, call_id: bytes, local_tag: bytes) -> Subscription | None:
        """The subscription of that dialog."""
        return self._dialogs.get((call_id, local_tag))

    def watchers(self, target: str, package: str) -> tuple[Subscription, ...]:
        """Subscriptions to the state of an account that a package describes."""
        members = self._targets.get(target)
        if members is None:
            return ()
        return tuple(one for one in members if one.package.name == package)

    def on_stream(self, connection: int) -> tuple[Subscription, ...]:
        """Subscriptions whose NOTIFYs go over that stream connection."""
        return tuple(self._streams.get(connection, ()))

    def surplus(self, subscriber: str, target: str) -> Subscription | None:
        """Room for one more: the oldest of the subscriber's own when it has too many.

        Raises LimitReached when the account is watched by too many, or there are too many in all.
        """
        policy = self._policy
        own = self._subscribers.get(subscriber, {})
        if len(own) >= policy.per_subscriber:
            return next(iter(own))
        if len(self._targets.get(target, ())) >= policy.per_target:
            raise LimitReached("too many watch this account")
        if len(self._dialogs) >= policy.in_all:
            raise LimitReached("too many subscriptions")
        return None

    def put(self, subscription: Subscription) -> None:
        """Add one; begins to watch its account when nobody did with this package."""
        target, package = subscription.view.target, subscription.package
        if not self.watchers(target, package.name):
            package.watch(target)
        self._dialogs[subscription.key] = subscription
        self._targets.setdefault(target, {})[subscription] = None
        self._subscribers.setdefault(subscription.subscriber, {})[subscription] = None
        connection = subscription.dialog.flow.connection
        if connection:
            self._streams.setdefault(connection, {})[subscription] = None

    def move(self, subscription: Subscription, former: int) -> None:
        """The subscription is reached over another stream connection than `former`."""
        connection = subscription.dialog.flow.connection
        if connection != former and subscription.key in self._dialogs:
            _discard(self._streams, former, subscription)
            if connection:
                self._streams.setdefault(connection, {})[subscription] = None

    def remove(self, subscription: Subscription) -> None:
        """Forget one; nothing happens when it is not there."""
        if self._dialogs.get(subscription.key) is not subscription:
            return
        target, package = subscription.view.target, subscription.package
        del self._dialogs[subscription.key]
        _discard(self._targets, target, subscription)
        _discard(self._subscribers, subscription.subscriber, subscription)
        _discard(self._streams, subscription.dialog.flow.connection, subscription)
        if not self.watchers(target, package.name):
            package.unwatch(target)


def _discard(index: dict[_Key, Members], key: _Key, subscription: Subscription) -> None:
    members = index.get(key)
    if members is not None:
        members.pop(subscription, None)
        if not members:
            del index[key]
