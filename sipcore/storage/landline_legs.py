"""Landline legs of the last days, for whoever counts them from one start to the next."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sipcore.b2bua.call import LONGEST_CALL
from sipcore.storage.writer import connect

_STARTED: Final = (
    "SELECT calls.site_id, call_legs.started_at FROM calls JOIN call_legs"
    " ON call_legs.call_id = calls.id WHERE calls.started_at >= ? AND call_legs.started_at >= ?"
    " AND call_legs.kind = 'landline' AND calls.site_id IS NOT NULL ORDER BY call_legs.started_at"
)


def landline_legs_since(path: Path, since: float) -> Iterator[tuple[int, float]]:
    """Site and start of each landline leg since that moment (seconds since the epoch, UTC).

    Raises sqlite3.Error.
    """
    # A call may have lasted for long before it was passed on to a landline.
    connection: sqlite3.Connection = connect(path)
    try:
        yield from connection.execute(_STARTED, (since - LONGEST_CALL, since))
    finally:
        connection.close()
