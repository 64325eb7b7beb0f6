"""Sites of the same name, as databases of earlier builds may hold them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text

from directory.unit import Directory


@asynccontextmanager
async def names_given_away(directory: Directory) -> AsyncIterator[None]:
    """Sites that are made inside may have the names of those that are there."""
    async with directory.database.engine.begin() as connection:
        await connection.execute(text("UPDATE sites SET name = '~' || name"))
    yield
    async with directory.database.engine.begin() as connection:
        await connection.execute(text("UPDATE sites SET name = ltrim(name, '~')"))
