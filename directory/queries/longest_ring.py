"""How long a call in a site may ring at most: devices must not give up before the server does."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from directory.model import Apartment, Person, Site

ORDINARY_STAGES = 3
"""Stages of the longest chain beside its landline stage: indoor, guard, app (F082)."""


async def longest_ring(connection: AsyncConnection, site_id: int) -> float:
    """Upper bound in seconds: the longest chain, at the greatest stage time of the whole site.

    Three ordinary stages and one with landlines, which lasts as long as an ordinary one at least.
    Most calls ring shorter, because no household need have such a chain.
    """
    query = select(
        Site.stage_timeout,
        Site.landline_timeout,
        select(func.max(Apartment.stage_timeout))
        .where(Apartment.site_id == site_id)
        .scalar_subquery(),
        select(func.max(Person.stage_timeout)).where(Person.site_id == site_id).scalar_subquery(),
    ).where(Site.id == site_id)
    ordinary, landline, of_apartments, of_people = (await connection.execute(query)).one()
    longest = max(ordinary, of_apartments or 0.0, of_people or 0.0)
    return float(ORDINARY_STAGES * longest + max(longest, landline))
