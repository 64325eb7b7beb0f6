"""Quiet hours as the call planner reads them, and the query that fetches them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, String, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection

from directory.model import Account, QuietHours
from directory.quiet_windows import boundaries


@dataclass(frozen=True, slots=True)
class DialQuiet:
    """When one party is not to be rung (G09)."""

    boundaries: tuple[int, ...] = ()
    """Begin, end, begin, end, … in minutes of the week, Monday 00:00 first, local time."""
    action: str = "skip"
    """A value of `directory.kinds.QuietAction`."""
    do_not_disturb: bool = False
    do_not_disturb_until: float | None = None
    """Seconds since the epoch at which the switch is off again; None for never."""


async def quiet_of(
    connection: AsyncConnection, site_id: int | None
) -> Iterator[tuple[int, str, DialQuiet]]:
    """Site, key in `DialSite.quiet` and quiet hours, of one site or of all.

    Rows that silence nobody are left out.
    """
    query: Select[*tuple[Any, ...]] = select(
        QuietHours.site_id,
        QuietHours.apartment_id,
        QuietHours.person_id,
        Account.user,
        QuietHours.windows,
        type_coerce(QuietHours.action, String),
        QuietHours.do_not_disturb,
        QuietHours.do_not_disturb_until,
    ).select_from(
        QuietHours.__table__.outerjoin(Account.__table__, QuietHours.account_id == Account.id)
    )
    if site_id is not None:
        query = query.where(QuietHours.site_id == site_id)
    rows = await connection.execute(query.order_by(QuietHours.id))
    return (_entry(*row) for row in rows.all() if row[4] or row[6])


def _entry(
    site_id: int,
    apartment_id: int | None,
    person_id: int | None,
    user: str | None,
    windows: list[dict[str, Any]],
    *values: Any,
) -> tuple[int, str, DialQuiet]:
    key = f"apartment:{apartment_id}"
    if person_id is not None:
        key = f"person:{person_id}"
    if user is not None:
        key = account_key(user)
    return site_id, key, DialQuiet(boundaries(windows), *values)


def account_key(user: str) -> str:
    """Key of an account's own quiet hours in `DialSite.quiet`."""
    return f"account:{user}"
