"""Reading many rows without keeping the event loop from its calls."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from sqlalchemy import Row, Select
from sqlalchemy.ext.asyncio import AsyncConnection

BATCH = 500
"""Rows turned into objects before the loop may do something else: about two milliseconds."""


async def batches(
    connection: AsyncConnection, query: Select[*tuple[Any, ...]]
) -> AsyncIterator[Sequence[Row[*tuple[Any, ...]]]]:
    """The rows of a query in batches; between two of them other tasks run."""
    async with connection.stream(query) as result:
        async for rows in result.partitions(BATCH):
            yield rows
