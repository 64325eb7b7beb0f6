"""A database file with the engine's tables, and a look into it."""

import json
import sqlite3
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import create_engine

from sipcore.storage.tables import metadata
from sipcore.storage.timeline import MICROSECONDS


def create_tables(folder: Path, name: str = "engine") -> Path:
    """A new SQLite file with empty tables."""
    path = folder / f"{name}.db"
    path.write_bytes(_empty_tables())
    return path


@cache
def _empty_tables() -> bytes:
    """A file of them, made once."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        engine = create_engine(f"sqlite:///{path}")
        metadata.create_all(engine)
        engine.dispose()
        return path.read_bytes()


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    """What a SELECT finds."""
    connection = sqlite3.connect(path)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def timeline(path: Path) -> list[tuple[float, str, dict[str, object]]]:
    """When, what and how: all events on record, call by call."""
    parts = rows(path, "SELECT events FROM call_events ORDER BY call_id, seq")
    return [
        (at / MICROSECONDS, kind, how)
        for (part,) in parts
        for at, kind, how in json.loads(str(part))
    ]


class XorSeal:
    """Seal port that hides texts from a glance; a wrong key or context opens nothing."""

    def __init__(self, key: int = 7) -> None:
        self._key = key
        self.opened = 0

    def seal(self, text: str, context: str) -> bytes:
        """Each octet, changed."""
        return bytes(octet ^ self._key for octet in f"{context}|{text}".encode())

    def open(self, sealed: bytes, context: str) -> str | None:
        """The text, if the context is the one it was sealed for."""
        self.opened += 1
        text = bytes(octet ^ self._key for octet in sealed).decode("utf-8", "replace")
        return text.removeprefix(f"{context}|") if text.startswith(f"{context}|") else None
