"""Deleting a site removes what is in it and nothing else."""

from sqlalchemy import delete, func, select

from directory.model import Base, Site, SiteBound, table_of
from directory.unit import Directory
from tests.support.directories import Estate

ROWS: list[type[Base]] = [mapper.class_ for mapper in Base.registry.mappers]
BOUND = sorted(
    table_of(row).name
    for row in ROWS
    if issubclass(row, SiteBound) and row.__module__.startswith("directory.")
)


async def counts(directory: Directory, site_ids: set[int]) -> dict[str, int]:
    """Rows of these sites by table."""
    found = {}
    async with directory.database.connect() as connection:
        for name in BOUND:
            table = Base.metadata.tables[name]
            query = select(func.count()).where(table.c.site_id.in_(site_ids))
            found[name] = (await connection.execute(query)).scalar_one()
    return found


async def test_the_rows_of_a_deleted_site_go_with_it(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    own, others = {estate.site, estate.office}, {foreign.site, foreign.office}
    before = await counts(directory, others)
    assert 0 not in (await counts(directory, own)).values()

    async with directory.database.begin_write() as connection, connection.begin():
        await connection.execute(delete(Site).where(Site.id.in_(own)))

    assert await counts(directory, own) == dict.fromkeys(BOUND, 0)
    assert await counts(directory, others) == before
