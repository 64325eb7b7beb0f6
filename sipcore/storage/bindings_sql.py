"""Bindings in SQLite: written behind the location's back, read once at the start."""

import sqlite3
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from sys import intern
from typing import Final

from sipcore.kernel.flow import Flow
from sipcore.registrar.binding import Binding, BindingChanged, BindingFact
from sipcore.registrar.record import HEAD
from sipcore.storage.latest import Latest
from sipcore.storage.sealed_contact import Seal, has_token, opened, sealed, stands_for
from sipcore.storage.writer import BUSY_TIMEOUT, Statements, Writer, connect, database_path

BindingKey = tuple[str, str, str]
"""User, contact, and the flow when outbound rules applied: `Binding.key`."""

Entry = tuple[BindingKey, Binding | None] | tuple[str, bytes]
"""A binding or None where it is gone; or an account and the record of its only binding, of which
nothing but the times has changed."""

_KEY: Final = ("user", "contact", "outbound")
_COLUMNS: Final = (
    "call_id",
    "cseq",
    "expires_at",
    "q",
    "path",
    "transport",
    "listener",
    "host",
    "port",
    "user_agent",
    "instance",
    "reg_id",
    "params",
    "updated_at",
    "raw",
    "asked",
    "sealed",
)
_PUT: Final = (
    f"INSERT INTO bindings ({', '.join(_KEY + _COLUMNS)})"  # noqa: S608 - constants
    f" VALUES ({', '.join('?' * len(_KEY + _COLUMNS))})"
    f" ON CONFLICT ({', '.join(_KEY)})"
    f" DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _COLUMNS)}"
)
# The binding was its account's only one: a row that is newer came later and has its own times.
_TIMES: Final = (
    "UPDATE bindings SET cseq = ?, expires_at = ?, updated_at = ? WHERE user = ? AND updated_at < ?"
)
_DELETE: Final = "DELETE FROM bindings WHERE user = ? AND contact = ? AND outbound = ?"
_READ: Final = (
    f"SELECT user, contact, {', '.join(_COLUMNS)}"  # noqa: S608 - constants
    " FROM bindings WHERE expires_at > ?"
)
_DELETE_DEAD: Final = (
    "DELETE FROM bindings WHERE expires_at <= ? OR (transport <> 'UDP' AND path = '')"
)


class WriteBehindBindings(Writer[Entry]):
    """Stores every change of a Location; of several changes of a binding only the last.

    `database` is the file or its SQLAlchemy URL, with the tables of `sipcore.storage.tables`.
    Give `record` and `refreshed` to `Location.listen`.
    """

    def __init__(
        self,
        database: Path | str,
        interval: float = 0.1,
        *,
        capacity: int = 200_000,
        on_error: Callable[[Exception], None] | None = None,
        busy_timeout: float = BUSY_TIMEOUT,
        seal: Seal | None = None,
    ) -> None:
        """`seal` keeps push tokens; without one contacts that carry some are stored as they are."""
        self._seal = seal
        super().__init__(
            database if isinstance(database, Path) else database_path(database),
            name="bindings writer",
            interval=interval,
            on_error=on_error,
            busy_timeout=busy_timeout,
        )
        self._waiting: Latest[BindingKey | str, Entry] = Latest(capacity, self.wake, self.counters)

    @property
    def waiting(self) -> Latest[BindingKey | str, Entry]:
        """The latest of each binding."""
        return self._waiting

    def record(self, fact: BindingFact) -> None:
        """Have a change of the location stored soon; never waits for the disk."""
        binding = fact[0]
        key = binding.key
        self._waiting.put(key, (key, binding if isinstance(fact, BindingChanged) else None))

    def refreshed(self, user: str, record: bytes) -> None:
        """Have new times of an account's only binding stored soon."""
        self._waiting.put(user, (user, record))

    def restore(self, now_utc: float) -> Iterator[Binding]:
        """The stored bindings that are still valid, in no particular order; raises sqlite3.Error.

        The others are removed first: those that expired meanwhile, and those whose stream
        connection ended with the program that stored them (RFC 5626 §5.3). A phone behind such
        a connection notices and registers again; until then it cannot be rung. One with a Path
        stays, without a connection number: its edge proxy can be reached over a new connection.
        What an earlier build stored unsealed is sealed soon.
        """
        connection = connect(self.path)
        try:
            connection.execute(_DELETE_DEAD, (now_utc,))
            for binding, is_sealed in _read(connection, now_utc, self._seal):
                if not is_sealed and self._is_secret(binding):
                    self.record(BindingChanged(binding))
                yield binding
        finally:
            connection.close()

    def stored(self, now_utc: float) -> Iterator[Binding]:
        """The stored bindings that are valid, those over streams too; raises sqlite3.Error.

        For another program beside the one that stores them; nothing is removed.
        """
        connection = connect(self.path)
        try:
            for binding, _ in _read(connection, now_utc, self._seal):
                yield binding
        finally:
            connection.close()

    def statements(self, entries: Collection[Entry]) -> Statements:
        """What brings the table up to date.

        Times come last: the binding they belong to may have been put in the same batch, and the
        others of its account are gone then.
        """
        gone: list[tuple[object, ...]] = []
        there: list[tuple[object, ...]] = []
        times: list[tuple[object, ...]] = []
        for key, value in entries:
            if isinstance(value, bytes):
                times.append(_times(key, value))  # type: ignore[arg-type]
            elif value is None:
                gone += self._places(key)  # type: ignore[arg-type]
            elif self._is_secret(value):
                *unsealed, kept = self._places(key)  # type: ignore[arg-type]
                gone += unsealed
                there.append(_row(kept, value, self._seal))
            else:
                there.append(_row(key, value))  # type: ignore[arg-type]
        return (_DELETE, gone), (_PUT, there), (_TIMES, times)

    def _is_secret(self, binding: Binding) -> bool:
        return self._seal is not None and has_token(binding.contact, binding.raw, binding.params)

    def _places(self, key: BindingKey) -> tuple[BindingKey, ...]:
        """Where a binding may stand: as an earlier build stored it, and last where it belongs."""
        user, contact, outbound = key
        written = stands_for(contact) if self._seal is not None else contact
        return (key,) if written == contact else (key, (user, written, outbound))


def _times(user: str, record: bytes) -> tuple[object, ...]:
    _, cseq, _, expires_at, updated_at, *_ = HEAD.unpack_from(record)
    return (cseq, expires_at, updated_at, user, updated_at)


def _row(key: BindingKey, binding: Binding, seal: Seal | None = None) -> tuple[object, ...]:
    flow = binding.flow
    kept = None if seal is None else sealed(binding, seal)
    return (
        *key,
        binding.call_id,
        binding.cseq,
        binding.expires_at,
        binding.q,
        "\n".join(binding.path),
        flow.transport,
        flow.listener,
        flow.host,
        flow.port,
        binding.user_agent,
        binding.instance,
        binding.reg_id,
        binding.params if kept is None else "",
        binding.updated_at,
        binding.raw if kept is None else b"",
        binding.asked,
        kept,
    )


def _read(
    connection: sqlite3.Connection, now_utc: float, seal: Seal | None
) -> Iterator[tuple[Binding, bool]]:
    """Each binding, and whether it was sealed; those that do not open are left out."""
    for (
        user, contact, call_id, cseq, expires_at, q, path, transport, listener, host, port,
        agent, instance, reg_id, params, updated_at, raw, asked, kept,
    ) in connection.execute(_READ, (now_utc,)):  # fmt: skip
        if kept is not None:
            said = opened(user, kept, seal)
            if said is None:
                continue
            contact, raw, params = said
        flow = Flow(intern(transport), listener, host, port)
        hops = tuple(path.split("\n")) if path else ()
        # By position, in the order of the fields: there may be a hundred thousand.
        binding = Binding(
            user, contact, call_id, cseq, expires_at, q, hops, flow, intern(agent),
            instance, reg_id, params, updated_at, raw, asked,
        )  # fmt: skip
        yield binding, kept is not None
