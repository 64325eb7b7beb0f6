"""Location: where every account can be reached; the truth that lookups are answered from.

Memory holds it, the database follows (`sipcore.storage`). Expiry uses a wheel of whole seconds.
Each account stands in the wheel once, at or before its earliest expiry: a refresh moves nothing,
and when the second comes the account is looked at and, if it is still alive, entered again. An
account whose last binding is gone keeps its empty entry until then, so that registering and
unregistering in turn leaves nothing behind in the wheel.
"""

from collections.abc import Callable, Iterable, Iterator
from math import ceil
from typing import Final

from sipcore.registrar.binding import Binding, BindingFact, BindingRemoved, Changes

Listener = Callable[[BindingFact], None]
"""Told of every change, in order, while it is made; must not wait and must not raise."""

_NEVER: Final = 1 << 62


class _Entry:
    """The bindings of one account, and the second at which the wheel looks at it."""

    __slots__ = ("bindings", "due")

    def __init__(self, bindings: tuple[Binding, ...], due: int) -> None:
        self.bindings = bindings
        self.due = due


class _Slot(list[str]):
    """Accounts to be looked at in one second, which all their entries share as one number."""

    __slots__ = ("second",)

    def __init__(self, second: int) -> None:
        self.second = second


class Location:
    """Bindings by account."""

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}
        self._wheel: dict[int, _Slot] = {}
        # Accounts by stream connection, for connections that carry bindings without a Path.
        self._connections: dict[int, set[str]] = {}
        self._listeners: tuple[Listener, ...] = ()
        self._count = 0
        self._swept = _NEVER

    def __len__(self) -> int:
        """Bindings of all accounts."""
        return self._count

    def listen(self, listener: Listener) -> None:
        """Tell `listener` of every change from now on."""
        self._listeners += (listener,)

    def bindings(self, user: str) -> tuple[Binding, ...]:
        """The account's bindings in the order in which they were first made.

        One that expired less than a sweep ago may be among them.
        """
        entry = self._entries.get(user)
        return entry.bindings if entry is not None else ()

    def users(self) -> Iterator[str]:
        """Accounts with at least one binding."""
        return (user for user, entry in self._entries.items() if entry.bindings)

    def __iter__(self) -> Iterator[Binding]:
        """Every binding."""
        return (binding for entry in self._entries.values() for binding in entry.bindings)

    def apply(self, user: str, changes: Changes) -> None:
        """Commit what one REGISTER changed, all at once."""
        if changes.facts:
            self._replace(user, changes.after)
            for listener in self._listeners:
                for fact in changes.facts:
                    listener(fact)

    def restore(self, bindings: Iterable[Binding]) -> int:
        """Take over stored bindings without telling anybody; how many there were."""
        before = self._count
        for binding in bindings:
            entry = self._entries.get(binding.user)
            if entry is None:
                entry = self._entries[binding.user] = _Entry((), _NEVER)
                self._put(binding.user, entry, (binding,))
            elif all(known.key != binding.key for known in entry.bindings):
                self._put(binding.user, entry, (*entry.bindings, binding))
        return self._count - before

    def remove_user(self, user: str, reason: str = "removed") -> tuple[Binding, ...]:
        """Forget every binding of an account, for instance when it was disabled."""
        return self._drop(user, lambda binding: True, reason)

    def drop_connection(self, connection: int) -> tuple[Binding, ...]:
        """Forget the bindings that a closed stream connection carried (RFC 5626 §5.3).

        Bindings with a Path stay: their edge proxy can be reached over a new connection.
        """
        removed: tuple[Binding, ...] = ()
        for user in self._connections.pop(connection, ()):
            removed += self._drop(
                user, lambda b: not b.path and b.flow.connection == connection, "flow_lost"
            )
        return removed

    def expire(self, now_utc: float, limit: int = 2000) -> tuple[Binding, ...]:
        """Forget bindings whose time has passed; to be called about once a second.

        Looks at `limit` accounts at most, so that ten thousand phones that vanish together do
        not hold up everything else; the rest follows at the next call.
        """
        removed: list[Binding] = []
        second = min(self._swept, int(now_utc))
        if len(self._wheel) < now_utc - second:
            due = sorted(key for key in self._wheel if key <= now_utc)
        else:
            due = [key for key in range(second, int(now_utc) + 1) if key in self._wheel]
        self._swept = int(now_utc)
        for second in due:
            users = self._wheel[second]
            while users and limit > 0:
                limit -= 1
                removed += self._look_at(users.pop(), second, now_utc)
            if users:
                self._swept = second
                break
            del self._wheel[second]
        return tuple(removed)

    def _look_at(self, user: str, second: int, now_utc: float) -> tuple[Binding, ...]:
        entry = self._entries.get(user)
        if entry is None or entry.due != second:
            return ()  # entered again at another second since
        removed: tuple[Binding, ...] = ()
        if any(binding.expires_at <= now_utc for binding in entry.bindings):
            removed = self._drop(user, lambda b: b.expires_at <= now_utc, "expired")
        if not entry.bindings:
            del self._entries[user]
        else:
            self._enter(user, entry, entry.bindings)
        return removed

    def _replace(self, user: str, after: tuple[Binding, ...]) -> None:
        """Set the bindings of an account."""
        entry = self._entries.get(user)
        if entry is None:
            if not after:
                return
            entry = self._entries[user] = _Entry((), _NEVER)
        self._put(user, entry, after)

    def _put(self, user: str, entry: _Entry, after: tuple[Binding, ...]) -> None:
        before = entry.bindings
        entry.bindings = after
        self._count += len(after) - len(before)
        # A whole second before `due` or earlier: most refreshes are later and end here.
        if after and _first_end(after) <= entry.due - 1:
            self._enter(user, entry, after)
        for binding in before:
            if binding.flow[4]:  # the connection; by place because this runs at every refresh
                self._unlink(binding)
        for binding in after:
            if binding.flow[4] and not binding.path:
                self._connections.setdefault(binding.flow[4], set()).add(user)

    def _enter(self, user: str, entry: _Entry, bindings: tuple[Binding, ...]) -> None:
        due = ceil(_first_end(bindings))
        slot = self._wheel.get(due)
        if slot is None:
            slot = self._wheel[due] = _Slot(due)
            if due < self._swept:
                self._swept = due
        slot.append(user)
        entry.due = slot.second

    def _unlink(self, binding: Binding) -> None:
        users = self._connections.get(binding.flow.connection)
        if users is not None:
            users.discard(binding.user)
            if not users:
                del self._connections[binding.flow.connection]

    def _drop(
        self, user: str, is_gone: Callable[[Binding], bool], reason: str
    ) -> tuple[Binding, ...]:
        present = self.bindings(user)
        gone = tuple(binding for binding in present if is_gone(binding))
        if gone:
            self._replace(user, tuple(binding for binding in present if not is_gone(binding)))
            for binding in gone:
                fact = BindingRemoved(binding, reason)
                for listener in self._listeners:
                    listener(fact)
        return gone


def _first_end(bindings: tuple[Binding, ...]) -> float:
    """When the first of them expires."""
    if len(bindings) == 1:
        return bindings[0].expires_at
    return min(binding.expires_at for binding in bindings)
