"""Reading in batches."""

import asyncio

from sqlalchemy import insert, select

from directory.model import Building
from directory.queries import batches as module
from directory.queries.batches import batches
from directory.service import sites
from directory.unit import Directory
from tests.support.directories import NOW, ROOT


async def test_all_rows_come_in_order_and_other_tasks_run_in_between(directory: Directory) -> None:
    count = module.BATCH + 1
    async with directory.unit(ROOT) as unit:
        site = await sites.create(unit, name="Long street")
        row = {"site_id": site.id, "created_at": NOW, "revision": 1}
        made = [row | {"name": str(number)} for number in range(count)]
        await unit.session.execute(insert(Building), made)
    turns = 0

    async def count_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(count_turns())
    names: list[str] = []
    sizes: list[int] = []
    async with directory.database.connect() as connection:
        async for rows in batches(connection, select(Building.name).order_by(Building.id)):
            names += [name for (name,) in rows]
            sizes.append(len(rows))
    other.cancel()

    assert names == [str(number) for number in range(count)]
    assert sizes == [module.BATCH, 1]
    assert turns > 1
