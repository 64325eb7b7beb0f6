"""Pages of lists: a sort order, a limit, and a cursor that says where to go on."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, and_, or_
from sqlalchemy.orm import InstrumentedAttribute

from directory.errors import Invalid
from directory.model import Row
from directory.unit import Unit

MAX_LIMIT = 1000
"""Most rows of one page."""

Item = TypeVar("Item")
AnyRow = TypeVar("AnyRow", bound=Row)


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some rows of a list, and the cursor of the next page."""

    items: tuple[Item, ...]
    next_cursor: str | None = None
    """None on the last page."""


async def page(
    unit: Unit,
    query: Select[AnyRow],
    model: type[AnyRow],
    *,
    sortable: Mapping[str, InstrumentedAttribute[Any]],
    sort: str,
    limit: int,
    cursor: str | None,
) -> Page[AnyRow]:
    """One page of `query`, sorted by `name` or `-name` of `sortable`, ids breaking ties.

    Raises Invalid for an unknown sort order, a limit outside 1-1000, or a cursor of another list.
    """
    name = sort.removeprefix("-")
    descending = sort.startswith("-")
    column = sortable.get(name)
    if column is None:
        raise Invalid.one("sort", "must be one of " + ", ".join(sortable))
    if not 1 <= limit <= MAX_LIMIT:
        raise Invalid.one("limit", f"must be 1 to {MAX_LIMIT}")
    if cursor is not None:
        query = query.where(_after(column, model, _decode(cursor, sort), descending))
    order = (column.desc(), model.id.desc()) if descending else (column.asc(), model.id.asc())
    rows = await unit.rows(query.order_by(*order).limit(limit + 1))
    if len(rows) <= limit:
        return Page(rows)
    last = rows[limit - 1]
    return Page(rows[:limit], _encode(sort, getattr(last, column.key), last.id))


def _after(
    column: InstrumentedAttribute[Any], model: type[Row], key: list[Any], descending: bool
) -> ColumnElement[bool]:
    """Rows that come after the key in this order."""
    value, row_id = key
    if descending:
        return or_(column < value, and_(column == value, model.id < row_id))
    return or_(column > value, and_(column == value, model.id > row_id))


def _encode(sort: str, value: object, row_id: int) -> str:
    """An opaque text; it holds no secret, every query applies the scope anew."""
    plain = json.dumps([sort, value, row_id], separators=(",", ":"))
    return base64.urlsafe_b64encode(plain.encode()).rstrip(b"=").decode()


def _decode(cursor: str, sort: str) -> list[Any]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        key = json.loads(base64.urlsafe_b64decode(padded))
    except (ValueError, RecursionError):
        key = None
    match key:
        case [str(order), str() | int() | float() as value, int(row_id)] if order == sort:
            return [value, row_id]
    raise Invalid.one("cursor", "not a cursor of this list and sort order")
