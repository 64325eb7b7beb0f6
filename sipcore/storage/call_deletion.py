"""Deleting calls that are older than they have to be kept, with their legs and timelines."""

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from sipcore.storage.tables import call_events, call_legs, calls


async def delete_calls(connection: AsyncConnection, before: float, limit: int) -> int:
    """Delete at most `limit` calls that began before that moment (UTC seconds); how many.

    A call that is still going on stays, however long ago it began.
    """
    old = (calls.c.started_at < before) & calls.c.ended_at.is_not(None)
    ids = list(await connection.scalars(select(calls.c.id).where(old).limit(limit)))
    for part in (call_legs, call_events):
        await connection.execute(delete(part).where(part.c.call_id.in_(ids)))
    await connection.execute(delete(calls).where(calls.c.id.in_(ids)))
    return len(ids)
