"""Pictures that doors took, beside the calls of the same doors at the same time (F270).

A picture knows its door and its moment, not its call: it may come before the call is on record, or
after its end. It belongs to the call of that door in whose time it was taken.
"""

from collections.abc import Collection
from typing import Final

from sqlalchemy import ColumnElement, and_, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from sipcore.storage.tables import calls, pictures

KEPT_PER_SITE: Final = 200
"""Pictures of one site; the oldest of the door that has most goes when there are more."""
BEFORE: Final = 5.0
"""Seconds before the call in which a picture may have been taken."""
AFTER: Final = 10.0
"""Seconds after its end: of a missed call the device sends it then."""
LONGEST: Final = 300.0
"""Seconds after its beginning of a call that goes on."""


async def keep_picture(
    connection: AsyncConnection,
    *,
    site_id: int,
    device_id: int,
    at: float,
    full: bytes,
    thumbnail: bytes,
) -> None:
    """Store one; of too many of the site delete the oldest of the door that has most.

    So a door that takes many pictures pushes out its own and not those of the others.
    """
    await connection.execute(
        insert(pictures).values(
            site_id=site_id, device_id=device_id, at=at, full=full, thumbnail=thumbnail
        )
    )
    of_site = pictures.c.site_id == site_id
    kept = await connection.scalar(select(func.count()).select_from(pictures).where(of_site)) or 0
    if kept <= KEPT_PER_SITE:
        return
    most = (
        select(pictures.c.device_id)
        .where(of_site)
        .group_by(pictures.c.device_id)
        .order_by(func.count().desc(), func.min(pictures.c.id))
        .limit(1)
        .scalar_subquery()
    )
    oldest = (
        select(pictures.c.id)
        .where(of_site, pictures.c.device_id == most)
        .order_by(pictures.c.id)
        .limit(kept - KEPT_PER_SITE)
    )
    await connection.execute(delete(pictures).where(pictures.c.id.in_(oldest)))


async def picture_of(
    engine: AsyncEngine, call_id: str, site_ids: frozenset[int] | None, *, thumbnail: bool
) -> bytes | None:
    """The first picture of a call, as JPEG; None when it has none or lies outside the scope."""
    wanted = pictures.c.thumbnail if thumbnail else pictures.c.full
    query = select(wanted).select_from(calls.join(pictures, _of_call()))
    query = query.where(calls.c.id == call_id)
    if site_ids is not None:
        query = query.where(calls.c.site_id.in_(site_ids))
    async with engine.connect() as connection:
        found = await connection.scalar(query.order_by(pictures.c.at, pictures.c.id).limit(1))
    return None if found is None else bytes(found)


async def with_picture(engine: AsyncEngine, call_ids: Collection[str]) -> frozenset[str]:
    """Those of the calls that have one."""
    if not call_ids:
        return frozenset()
    query = select(calls.c.id).select_from(calls.join(pictures, _of_call()))
    async with engine.connect() as connection:
        return frozenset(await connection.scalars(query.where(calls.c.id.in_(call_ids)).distinct()))


async def delete_pictures(connection: AsyncConnection, before: float, limit: int) -> int:
    """Delete at most `limit` pictures taken before that moment (UTC seconds); how many."""
    old = select(pictures.c.id).where(pictures.c.at < before).limit(limit)
    done = await connection.execute(delete(pictures).where(pictures.c.id.in_(old)))
    return done.rowcount


def _of_call() -> ColumnElement[bool]:
    last = func.coalesce(calls.c.ended_at + AFTER, calls.c.started_at + LONGEST)
    return and_(
        pictures.c.site_id == calls.c.site_id,
        pictures.c.device_id == calls.c.caller_device_id,
        pictures.c.at >= calls.c.started_at - BEFORE,
        pictures.c.at <= last,
    )
