"""Reading the door log: the filters of F265 and F266 inside a Scope."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, select

from directory.database import Database
from directory.scope import Scope
from relay.door_log import DoorLog, DoorLogEntry


@dataclass(frozen=True, slots=True)
class DoorLogFilter:
    """Which rows are wanted; None leaves a filter out, and all of them must hold."""

    site_id: int | None = None
    since: float | None = None
    """Earliest moment, inclusive, UTC seconds."""
    until: float | None = None
    """Latest moment, exclusive, UTC seconds."""
    building_id: int | None = None
    apartment_id: int | None = None
    device_id: int | None = None
    device_name: str | None = None
    """Part of the door's name, any case."""
    initiated_by: str | None = None
    """Part of the name of who did it, any case."""
    action: str | None = None
    log_type: str | None = None
    """A value of `LogType`; `all` is the same as None."""
    response: str | None = None
    outcome: str | None = None
    method: str | None = None
    call_id: str | None = None


EVERYTHING = DoorLogFilter()


async def list_door_log(
    database: Database,
    scope: Scope,
    wanted: DoorLogFilter = EVERYTHING,
    *,
    limit: int = 50,
    after: int | None = None,
    descending: bool = True,
) -> tuple[DoorLogEntry, ...]:
    """At most `limit` rows that the scope may see, in the order of their ids.

    `after` is the id of the last row of the former page.
    """
    statement = select(DoorLog).where(*conditions(wanted)).limit(limit)
    if after is not None:
        statement = statement.where(DoorLog.id < after if descending else DoorLog.id > after)
    statement = statement.order_by(DoorLog.id.desc() if descending else DoorLog.id.asc())
    async with database.session(scope, write=False) as session:
        return tuple(row.entry() for row in await session.scalars(statement))


def conditions(wanted: DoorLogFilter) -> list[ColumnElement[bool]]:
    """The filter as conditions on the table."""
    found: list[ColumnElement[bool]] = []
    for name in ("site_id", "building_id", "apartment_id", "device_id", "call_id"):
        value = getattr(wanted, name)
        if value is not None:
            found.append(getattr(DoorLog, name) == value)
    for name in ("action", "response", "outcome", "method"):
        value = getattr(wanted, name)
        if value is not None:
            found.append(getattr(DoorLog, name) == value)
    if wanted.log_type not in (None, "all"):
        found.append(DoorLog.log_type == wanted.log_type)
    if wanted.since is not None:
        found.append(DoorLog.at >= wanted.since)
    if wanted.until is not None:
        found.append(DoorLog.at < wanted.until)
    if wanted.device_name:
        found.append(DoorLog.device_name.icontains(wanted.device_name, autoescape=True))
    if wanted.initiated_by:
        found.append(DoorLog.initiated_by.icontains(wanted.initiated_by, autoescape=True))
    return found
