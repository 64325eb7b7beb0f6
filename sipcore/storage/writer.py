"""Writer: a thread that writes batches to SQLite so that nobody else has to wait for a disk.

Whoever has something to store puts it into memory and goes on; the thread collects for one
interval, then writes everything in one transaction. A crash loses at most what was put during one
interval and the transaction that was being written. A batch that cannot be written (database
locked, disk full) is kept and tried again; what is put meanwhile joins it, up to a limit, beyond
which new entries are dropped and counted. A single row that the database refuses is dropped and
counted, so that it cannot hold up the others.
"""

import sqlite3
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Generic, Protocol, TypeVar

Entry = TypeVar("Entry")
Told = TypeVar("Told", covariant=True)
Statements = Sequence[tuple[str, Sequence[tuple[object, ...]]]]
"""Statements in the order in which they are to be executed, each with all its rows."""

BUSY_TIMEOUT: Final = 5.0
"""Seconds SQLite waits for another writer before the batch counts as failed."""
RETRY_INTERVAL: Final = 1.0
"""Seconds between attempts while the database cannot be written."""

# For a value of a type that it has no adapter for, `sqlite3` looks for two methods that no such
# type has, which costs more than to store it. These give the same value, without a Python frame.
_SAME: Final[dict[None, None]] = {}
sqlite3.register_adapter(type(None), _SAME.get)
sqlite3.register_adapter(bool, int)
sqlite3.register_adapter(bytes, bytes)


def database_path(url: str) -> Path:
    """The file of a SQLite URL such as `sqlite+aiosqlite:///var/doorline.db`.

    Raises ValueError for other databases: write-behind knows SQLite only.
    """
    scheme, found, path = url.partition(":///")
    if not found or scheme.partition("+")[0] != "sqlite" or not path or path == ":memory:":
        raise ValueError(f"not the URL of a SQLite file: {url.partition('://')[0]}")
    return Path(path.partition("?")[0])


def connect(path: Path, busy_timeout: float = BUSY_TIMEOUT) -> sqlite3.Connection:
    """A connection in write-ahead mode without implicit transactions.

    `synchronous=NORMAL` survives a crash of the program without loss and of the machine without
    damage.
    """
    connection = sqlite3.connect(
        path, timeout=busy_timeout, isolation_level=None, check_same_thread=False
    )
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    # What is deleted or written over, push tokens among it, is not left in the file.
    connection.execute("PRAGMA secure_delete=ON")
    return connection


class Waiting(Protocol[Told]):
    """What waits to be written, seen from the thread."""

    def __len__(self) -> int:
        """Entries that wait."""

    def take(self) -> Collection[Told]:
        """All that wait, in the order in which they are to be written; they wait no longer."""

    def put_back(self) -> None:
        """What was taken last waits again, before everything that came meanwhile."""


class Writer(ABC, Generic[Entry]):
    """The thread and its counters; what waits and how it is written is the subclass's.

    `on_error` is called in the thread, once for each failed batch.
    """

    def __init__(
        self,
        path: Path,
        *,
        name: str,
        interval: float,
        on_error: Callable[[Exception], None] | None,
        busy_timeout: float = BUSY_TIMEOUT,
    ) -> None:
        self.path = path
        self.counters = {"written": 0, "batches": 0, "errors": 0, "dropped": 0, "refused": 0}
        """Entries and batches written, failed batches, entries for which there was no room,
        entries that the database refused."""
        self.last_error = ""
        """What the latest attempt failed with; empty when it succeeded."""
        self._name = name
        self._interval = interval
        self._on_error = on_error
        self._busy_timeout = busy_timeout
        self._something_waits = threading.Event()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._connection: sqlite3.Connection | None = None

    @property
    @abstractmethod
    def waiting(self) -> Waiting[Entry]:
        """What waits to be written; whatever puts something there calls `wake`."""

    @abstractmethod
    def statements(self, entries: Collection[Entry]) -> Statements:
        """What is to be executed for these entries. The database is not held while it is made."""

    def __len__(self) -> int:
        """Entries that wait to be written."""
        return len(self.waiting)

    def wake(self) -> None:
        """Something waits."""
        self._something_waits.set()
        if self._thread is None:
            self._start()

    def flush_and_close(self, timeout: float = 10.0) -> bool:
        """Write what waits and end the thread; False when something could not be written."""
        self._closing.set()
        self._something_waits.set()
        if self._thread is not None:
            self._thread.join(timeout)
        return not len(self.waiting)

    def _start(self) -> None:
        self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        pause = self._interval
        while True:
            self._something_waits.wait()
            is_last = self._closing.wait(pause)
            self._something_waits.clear()
            batch = self.waiting.take()
            pause = self._interval
            if batch and not self._write_batch(batch):
                pause = RETRY_INTERVAL
                self.waiting.put_back()
            if is_last:
                break
        if self._connection is not None:
            self._connection.close()

    def _write_batch(self, entries: Collection[Entry]) -> bool:
        """Whether the batch is dealt with and must not be tried again."""
        try:
            if self._connection is None:
                self._connection = connect(self.path, self._busy_timeout)
            refused = self._write_transaction(self._connection, entries)
        except sqlite3.Error as error:
            self.counters["errors"] += 1
            self.last_error = str(error)
            if self._on_error is not None:
                self._on_error(error)
            return False
        self.last_error = ""
        self.counters["batches"] += 1
        self.counters["written"] += len(entries) - refused
        self.counters["refused"] += refused
        return True

    def _write_transaction(self, connection: sqlite3.Connection, entries: Collection[Entry]) -> int:
        """Write all entries, or all but those that are refused one by one; how many were."""
        try:
            statements = self.statements(entries)
            with _transaction(connection):
                _execute(connection, statements)
            return 0
        except sqlite3.OperationalError:
            raise  # locked, full, not there: nothing is wrong with the entries
        except Exception:  # whatever it is, the thread goes on without the entry that it is in
            refused = 0
            with _transaction(connection):
                for entry in entries:
                    refused += self._is_refused(connection, entry)
            return refused

    def _is_refused(self, connection: sqlite3.Connection, entry: Entry) -> bool:
        connection.execute("SAVEPOINT entry")
        try:
            _execute(connection, self.statements((entry,)))
        except sqlite3.OperationalError:
            raise
        except Exception as error:
            connection.execute("ROLLBACK TO entry")
            if self._on_error is not None:
                self._on_error(error)
            return True
        finally:
            if connection.in_transaction:
                connection.execute("RELEASE entry")
        return False


def _execute(connection: sqlite3.Connection, statements: Statements) -> None:
    for sql, rows in statements:
        if rows:
            connection.executemany(sql, rows)


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing; the write lock is taken at once so that waiting happens in one place."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
