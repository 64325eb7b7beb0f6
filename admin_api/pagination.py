"""Opaque cursors: the sort order and the key of the last row of a page, in base64url.

A cursor is no secret and needs no signature: it says only where to go on, and every query applies
the caller's scope anew. What cannot be read is refused as a wrong parameter.
"""

import base64
import binascii
import json
import math
from collections.abc import Callable, Sequence
from typing import TypeVar

from admin_api.errors import Rejected
from admin_api.schemas.base import MAX_ID

Row = TypeVar("Row")


def encode_cursor(sort: str, key: Sequence[object]) -> str:
    """The cursor that goes on after the row with this key."""
    text = json.dumps([sort, *key], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def moment_key(cursor: str | None, sort: str) -> tuple[float, str] | None:
    """A key of a moment and an id; None without a cursor, Rejected when it is not one."""
    if cursor is None:
        return None
    match _decode(cursor, sort):
        case [float(at), str(name)] if math.isfinite(at) and _is_storable(name):
            return at, name
    raise _wrong_cursor()


def text_key(cursor: str | None, sort: str) -> tuple[str, str] | None:
    """A key of two texts for a list in memory; None without a cursor, Rejected for another."""
    if cursor is None:
        return None
    match _decode(cursor, sort):
        case [str(first), str(second)]:
            return first, second
    raise _wrong_cursor()


def id_key(cursor: str | None, sort: str) -> int | None:
    """A key of one row id; None without a cursor, Rejected when it is not one."""
    if cursor is None:
        return None
    match _decode(cursor, sort):
        case [int(row_id)] if 0 <= row_id <= MAX_ID:
            return int(row_id)
    raise _wrong_cursor()


def storable_cursor(cursor: str | None) -> str | None:
    """The directory's own cursor, passed on when its values fit the columns of a database.

    A forged cursor could carry a number beyond 64 bits or half a surrogate pair, which the
    database driver refuses in its own way.
    """
    if cursor is None:
        return None
    for value in _parts(cursor):
        if isinstance(value, str) and not _is_storable(value):
            raise _wrong_cursor()
        if isinstance(value, int) and abs(value) > MAX_ID:
            raise _wrong_cursor()
        if isinstance(value, float) and not math.isfinite(value):
            raise _wrong_cursor()
    return cursor


def page_of(
    rows: Sequence[Row], limit: int, sort: str, key: Callable[[Row], Sequence[object]]
) -> tuple[Sequence[Row], str | None]:
    """The rows shown and the next cursor, from a query that asked for `limit` rows and one more."""
    if len(rows) <= limit:
        return rows, None
    shown = rows[:limit]
    return shown, encode_cursor(sort, key(shown[-1]))


def _decode(cursor: str, sort: str) -> list[object]:
    """The key in a cursor made for the same sort order; Rejected for anything else."""
    parts = _parts(cursor)
    if parts[:1] != [sort]:
        raise _wrong_cursor()
    return parts[1:]


def _parts(cursor: str) -> list[object]:
    """The list in a cursor; Rejected when there is none."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        parts = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise _wrong_cursor() from error
    if not isinstance(parts, list):
        raise _wrong_cursor()
    return parts


def _is_storable(text: str) -> bool:
    """Whether a database takes the text: no NUL, no half of a surrogate pair."""
    return "\x00" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


def _wrong_cursor() -> Rejected:
    return Rejected.one("cursor", "not a cursor of this list and sort order")
