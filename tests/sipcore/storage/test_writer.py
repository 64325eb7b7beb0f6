"""The thread that writes so that nobody has to wait."""

import sqlite3
import threading
from collections.abc import Collection
from pathlib import Path

import pytest

from sipcore.storage.latest import Latest
from sipcore.storage.writer import Statements, Writer, connect, database_path
from tests.support.storage import rows


class Notes(Writer[tuple[str, str | None]]):
    """Writes key and text; None as text breaks the table's rule, a gate holds it up."""

    def __init__(self, path: Path, *, capacity: int = 100) -> None:
        self.failed = threading.Event()
        self.errors: list[Exception] = []
        super().__init__(
            path,
            name="notes",
            interval=0.0,
            on_error=self._note_error,
            busy_timeout=0.0,
        )
        self._latest: Latest[str, tuple[str, str | None]] = Latest(
            capacity, self.wake, self.counters
        )

    @property
    def waiting(self) -> Latest[str, tuple[str, str | None]]:
        return self._latest

    def note(self, key: str, text: str | None) -> None:
        self._latest.put(key, (key, text))

    def statements(self, entries: Collection[tuple[str, str | None]]) -> Statements:
        sql = "INSERT INTO notes VALUES (?, ?) ON CONFLICT DO UPDATE SET text = excluded.text"
        return ((sql, [(key, _written(text)) for key, text in entries]),)

    def _note_error(self, error: Exception) -> None:
        self.errors.append(error)
        self.failed.set()


def _written(text: str | None) -> str | None:
    if text == "unspeakable":
        raise LookupError(text)
    return text


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "notes.db"
    connection = connect(path)
    connection.execute("CREATE TABLE notes (key TEXT PRIMARY KEY, text TEXT NOT NULL)")
    connection.close()
    return path


def test_what_is_put_is_written_by_the_time_it_is_closed(path: Path) -> None:
    notes = Notes(path)
    for number in range(50):
        notes.note(str(number), "x")

    is_all = notes.flush_and_close()

    assert (is_all, len(rows(path, "SELECT * FROM notes")), notes.counters["written"]) == (
        True,
        50,
        50,
    )


def test_closing_without_anything_to_write_is_quick_and_creates_no_thread(path: Path) -> None:
    notes = Notes(path)

    assert (notes.flush_and_close(), notes._thread) == (True, None)


class LockedDatabase:
    """Somebody else writes for as long as the context lasts."""

    def __init__(self, path: Path) -> None:
        self._connection = connect(path)

    def __enter__(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def __exit__(self, *exc: object) -> None:
        self._connection.execute("ROLLBACK")
        self._connection.close()


def test_a_locked_database_is_tried_again_and_the_latest_text_wins(path: Path) -> None:
    notes = Notes(path)
    with LockedDatabase(path):
        notes.note("a", "first")
        notes.note("b", "only")
        assert notes.failed.wait(10)
        notes.note("a", "second")

    is_all = notes.flush_and_close()

    assert is_all
    assert rows(path, "SELECT * FROM notes ORDER BY key") == [("a", "second"), ("b", "only")]
    assert notes.counters["errors"] >= 1
    assert notes.last_error == ""


def test_what_cannot_be_written_at_the_end_is_reported(path: Path) -> None:
    notes = Notes(path)
    with LockedDatabase(path):
        notes.note("a", "x")
        assert notes.failed.wait(10)

        assert (notes.flush_and_close(), len(notes)) == (False, 1)

    assert "locked" in notes.last_error


def test_beyond_the_capacity_new_entries_are_dropped_and_counted(path: Path) -> None:
    notes = Notes(path, capacity=2)
    with LockedDatabase(path):
        notes.note("a", "1")
        assert notes.failed.wait(10)
        while len(notes) == 0:
            pass  # the batch is on its way back
        for key, text in (("b", "1"), ("c", "1"), ("a", "2")):
            notes.note(key, text)
    notes.flush_and_close()

    assert rows(path, "SELECT * FROM notes ORDER BY key") == [("a", "2"), ("b", "1")]
    assert notes.counters["dropped"] == 1


def test_an_entry_that_the_database_refuses_does_not_hold_up_the_others(path: Path) -> None:
    notes = Notes(path)
    for key, text in (("a", "1"), ("b", None), ("c", "\udcff"), ("d", "4")):
        notes.note(key, text)

    is_all = notes.flush_and_close()

    assert (is_all, rows(path, "SELECT * FROM notes ORDER BY key")) == (
        True,
        [("a", "1"), ("d", "4")],
    )
    assert (notes.counters["written"], notes.counters["refused"]) == (2, 2)


def test_a_database_that_is_not_there_is_an_error_and_not_an_exception(tmp_path: Path) -> None:
    notes = Notes(tmp_path / "missing" / "notes.db")
    notes.note("a", "1")

    assert notes.flush_and_close() is False
    assert {type(error) for error in notes.errors} == {sqlite3.OperationalError}


def test_writers_use_the_write_ahead_log(path: Path) -> None:
    connection = connect(path)

    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///var/doorline.db", "var/doorline.db"),
        ("sqlite+aiosqlite:////srv/doorline.db", "/srv/doorline.db"),
        ("sqlite+aiosqlite:///a.db?timeout=5", "a.db"),
    ],
)
def test_the_file_of_a_url_is_found(url: str, path: str) -> None:
    assert database_path(url) == Path(path)


@pytest.mark.parametrize(
    "url", ["postgresql+asyncpg://u:p@h/d", "postgresql:///d", "sqlite://", "sqlite:///:memory:"]
)
def test_other_databases_are_refused_without_showing_their_password(url: str) -> None:
    with pytest.raises(ValueError, match="not the URL of a SQLite file") as error:
        database_path(url)

    assert "u:p" not in str(error.value)


def test_an_entry_of_which_no_statement_can_be_made_takes_no_other_with_it(path: Path) -> None:
    notes = Notes(path)
    for key, text in (("a", "one"), ("b", "unspeakable"), ("c", "three")):
        notes.note(key, text)

    assert notes.flush_and_close()

    connection = connect(path)
    assert connection.execute("SELECT key FROM notes ORDER BY key").fetchall() == [("a",), ("c",)]
    connection.close()
    assert (notes.counters["refused"], notes.counters["dropped"]) == (1, 0)
