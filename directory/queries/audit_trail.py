"""The audit trail as the news of other processes: which sites changed since one looked."""

from collections.abc import Sequence

from sqlalchemy import func, select

from directory.database import Database
from directory.model import AuditEntry, PushTarget

MOST_ROWS = 10_000
"""Rows read at a look; the rest follows at the next one."""


async def last_entry(database: Database) -> int:
    """Id of the newest audit row; 0 when there is none."""
    async with database.connect() as connection:
        return await connection.scalar(select(func.max(AuditEntry.id))) or 0


async def entries_after(
    database: Database, entry_id: int, limit: int = MOST_ROWS
) -> Sequence[tuple[int, int | None]]:
    """Id and site of the audit rows that came later, oldest first; None for what has no site.

    Push tokens are left out: apps tell theirs often, the running server alone takes them, and a
    site is not worth reading again for one.
    """
    query = (
        select(AuditEntry.id, AuditEntry.site_id)
        .where(AuditEntry.id > entry_id, AuditEntry.kind != PushTarget.word)
        .order_by(AuditEntry.id)
        .limit(limit)
    )
    async with database.connect() as connection:
        return [(row.id, row.site_id) for row in await connection.execute(query)]
