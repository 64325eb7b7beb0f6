"""Deleting rows of a record that are older than they have to be kept."""

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from directory.model.base import Base, table_of


async def delete_older(
    connection: AsyncConnection, rows: type[Base], before: float, limit: int
) -> int:
    """Delete at most `limit` rows whose `at` is before that moment (UTC seconds); how many."""
    table = table_of(rows)
    old = select(table.c.id).where(table.c.at < before).limit(limit)
    done = await connection.execute(delete(table).where(table.c.id.in_(old)))
    return done.rowcount
