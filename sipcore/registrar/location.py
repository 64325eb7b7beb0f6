"""Location: where every account can be reached; the truth that lookups are answered from.

Memory holds it, the database follows (`sipcore.storage`). Bindings are kept as records
(`registrar.record`) and unpacked when somebody asks. Expiry uses a wheel of whole seconds. Each
account stands in the wheel once, at or before its earliest expiry: a refresh moves nothing, and
when the second comes the account is looked at and, if it is still alive, entered again. An account
whose last binding is gone keeps an empty entry until then, so that registering and unregistering
in turn leaves nothing behind in the wheel.
"""

from collections.abc import Callable, Iterable, Iterator
from math import ceil
from typing import Final

from sipcore.registrar.binding import (
    Binding,
    BindingChanged,
    BindingFact,
    BindingRemoved,
    Changes,
)
from sipcore.registrar.record import HEAD, SIZE, Head, Records, due, expires_at, with_due

Listener = Callable[[BindingFact], None]
"""Told of every change, in order, while it is made; must not wait and must not raise."""
RefreshListener = Callable[[str, bytes], None]
"""Told, instead of a BindingChanged, of a refresh that changed only times: account and record."""

_NEVER: Final = (1 << 32) - 1
_Entry = bytes | tuple[bytes, ...] | int
"""The records of one account. One binding is the rule and stands for itself. The first record
knows the second at which the wheel looks at the account; without a binding that second is all."""


class Location:
    """Bindings by account."""

    def __init__(self) -> None:
        self._records = Records()
        self._entries: dict[str, _Entry] = {}
        self._wheel: dict[int, list[str]] = {}
        # Accounts by stream connection, for connections that carry bindings without a Path.
        self._connections: dict[int, set[str]] = {}
        self._listeners: tuple[Listener, ...] = ()
        self._refreshed: tuple[RefreshListener, ...] = ()
        self._count = 0
        self._swept = _NEVER

    def __len__(self) -> int:
        """Bindings of all accounts."""
        return self._count

    def __contains__(self, user: object) -> bool:
        """Whether the account has a binding; one that expired less than a sweep ago counts."""
        entry = self._entries.get(user)  # type: ignore[call-overload]
        return entry is not None and type(entry) is not int

    def listen(self, listener: Listener, refreshed: RefreshListener | None = None) -> None:
        """Tell `listener` of every change from now on.

        With `refreshed`, a change of nothing but times is told there, which costs less.
        """
        self._listeners += (listener,)
        records = self._records
        self._refreshed += (
            refreshed
            or (lambda user, record: listener(BindingChanged(records.unpack(user, record)))),
        )

    def leave(self, listener: Listener) -> None:
        """Tell that one no more; nothing when it was not told before."""
        if listener in self._listeners:
            at = self._listeners.index(listener)
            self._listeners = self._listeners[:at] + self._listeners[at + 1 :]
            self._refreshed = self._refreshed[:at] + self._refreshed[at + 1 :]

    def bindings(self, user: str) -> tuple[Binding, ...]:
        """The account's bindings in the order in which they were first made.

        One that expired less than a sweep ago may be among them.
        """
        entry = self._entries.get(user)
        if type(entry) is bytes:
            return (self._records.unpack(user, entry),)
        return tuple([self._records.unpack(user, record) for record in _records(entry)])

    def records(self, user: str) -> tuple[bytes, ...]:
        """The same as they are kept, for whoever remembers what he made of one (`unpack`)."""
        return _records(self._entries.get(user))

    def unpack(self, user: str, record: bytes) -> Binding:
        """The binding whose record this is."""
        return self._records.unpack(user, record)

    def users(self) -> Iterator[str]:
        """Accounts with at least one binding."""
        return (user for user, entry in self._entries.items() if type(entry) is not int)

    def __iter__(self) -> Iterator[Binding]:
        """Every binding."""
        return (binding for user in self._entries for binding in self.bindings(user))

    def hosts_like(self, beginning: str) -> Iterator[str]:
        """Hosts of bindings' flows in which that text stands, and a few others.

        A hundred thousand bindings are looked through in some milliseconds, because only those
        whose record has the text anywhere are unpacked.
        """
        needle, unpack = beginning.encode(), self._records.unpack
        return (
            unpack(user, record).flow.host
            for user, entry in self._entries.items()
            for record in _records(entry)
            if needle in record
        )

    def apply(self, user: str, changes: Changes) -> None:
        """Commit what one REGISTER changed, all at once."""
        if changes.facts:
            self._replace(user, changes.after)
            for listener in self._listeners:
                for fact in changes.facts:
                    listener(fact)

    # -- the short way of a refresh (`registrar.refresh`) --------------------------------------

    def only(self, user: str) -> bytes | None:
        """The record of an account that has exactly one binding."""
        entry = self._entries.get(user)
        return entry if type(entry) is bytes else None

    def mark(self, user: str, fingerprint: int, flags: int, layout: bytes) -> None:
        """Remember by what the next refresh of the account's only binding is recognised."""
        record = self.only(user)
        if record is not None:
            _, cseq, second, ends, updated, _ = HEAD.unpack_from(record)
            head = HEAD.pack(fingerprint, cseq, second, ends, updated, flags)
            self._entries[user] = head + layout + record[SIZE:]

    def refresh(self, user: str, record: bytes, head: Head) -> None:
        """Give the only binding of an account, whose record this is, a head with new times."""
        fingerprint, cseq, second, ends, now_utc, flags = head
        if ends <= second - 1:
            second = self._enter(user, ends)
        record = HEAD.pack(fingerprint, cseq, second, ends, now_utc, flags) + record[HEAD.size :]
        self._entries[user] = record
        for refreshed in self._refreshed:
            refreshed(user, record)

    # -- ends ----------------------------------------------------------------------------------

    def restore(self, bindings: Iterable[Binding]) -> int:
        """Take over stored bindings without telling anybody; how many there were."""
        before = self._count
        for binding in bindings:
            present = self.bindings(binding.user)
            if all(known.key != binding.key for known in present):
                self._replace(binding.user, (*present, binding))
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
            seconds = sorted(key for key in self._wheel if key <= now_utc)
        else:
            seconds = [key for key in range(second, int(now_utc) + 1) if key in self._wheel]
        self._swept = int(now_utc)
        for second in seconds:
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
        if entry is None or _due(entry) != second:
            return ()  # entered again at another second since
        removed: tuple[Binding, ...] = ()
        if any(expires_at(record) <= now_utc for record in _records(entry)):
            removed = self._drop(user, lambda b: b.expires_at <= now_utc, "expired")
        left = _records(self._entries[user])
        if not left:
            del self._entries[user]
        else:
            first = with_due(left[0], self._enter(user, min(map(expires_at, left))))
            self._entries[user] = (first, *left[1:]) if len(left) > 1 else first
        return removed

    # -- inside --------------------------------------------------------------------------------

    def _replace(self, user: str, after: tuple[Binding, ...]) -> None:
        """Set the bindings of an account."""
        entry = self._entries.get(user)
        if entry is None and not after:
            return
        if entry is not None:
            self._unlink(user, entry)
        second = _NEVER if entry is None else _due(entry)
        # A whole second before it is looked at, or earlier: most changes are later.
        if after and min(binding.expires_at for binding in after) <= second - 1:
            second = self._enter(user, min(binding.expires_at for binding in after))
        pack = self._records.pack
        records = tuple(pack(binding, second) for binding in after)
        self._entries[user] = records if len(records) > 1 else records[0] if records else second
        self._count += len(after)
        for binding in after:
            if binding.flow.connection and not binding.path:
                self._connections.setdefault(binding.flow.connection, set()).add(user)

    def _unlink(self, user: str, entry: _Entry) -> None:
        """Take an account's bindings out of the count and from their connections."""
        self._count -= len(_records(entry))
        if not self._connections:
            return
        for binding in self.bindings(user):
            users = self._connections.get(binding.flow.connection)
            if users is not None:
                users.discard(user)
                if not users:
                    del self._connections[binding.flow.connection]

    def _enter(self, user: str, ends: float) -> int:
        """Have the wheel look at an account when its first binding ends; the second of that."""
        second = ceil(ends)
        slot = self._wheel.get(second)
        if slot is None:
            slot = self._wheel[second] = []
            if second < self._swept:
                self._swept = second
        slot.append(user)
        return second

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


def _records(entry: _Entry | None) -> tuple[bytes, ...]:
    """The records of an entry."""
    if type(entry) is bytes:
        return (entry,)
    return entry if type(entry) is tuple else ()


def _due(entry: _Entry) -> int:
    """The second at which the wheel looks at an account."""
    return entry if type(entry) is int else due(_records(entry)[0])
