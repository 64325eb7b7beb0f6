"""Pictures beside the calls of their doors."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from sipcore.b2bua.facts import CallEnded, CallStarted
from sipcore.storage.call_records import SqlCallJournal
from sipcore.storage.pictures import (
    AFTER,
    BEFORE,
    KEPT_PER_SITE,
    LONGEST,
    delete_pictures,
    keep_picture,
    picture_of,
    with_picture,
)
from sipcore.storage.tables import pictures
from tests.support.calls_on_record import DOOR, PLAN
from tests.support.storage import create_tables

SITE, DEVICE = DOOR.site_id or 0, DOOR.device_id or 0
ENDED, OPEN = "ended", "open"


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    """A call from 100 to 115, and one from 1000 that goes on."""
    path = create_tables(tmp_path)
    journal = SqlCallJournal(path, interval=0.0)
    journal.record(CallStarted(ENDED, 100.0, "s1", PLAN))
    journal.record(CallEnded(ENDED, 115.0, "missed", "server", "timeout", 480))
    journal.record(CallStarted(OPEN, 1000.0, "s2", PLAN))
    journal.flush_and_close()
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}", poolclass=NullPool)
    yield engine
    await engine.dispose()


async def keep(
    engine: AsyncEngine, at: float, full: bytes = b"full", *, site: int = SITE, device: int = DEVICE
) -> None:
    async with engine.begin() as connection:
        await keep_picture(
            connection, site_id=site, device_id=device, at=at, full=full, thumbnail=b"small"
        )


@pytest.mark.parametrize("at", [100.0 - BEFORE, 110.0, 115.0 + AFTER])
async def test_a_picture_belongs_to_the_call_in_whose_time_it_was_taken(
    engine: AsyncEngine, at: float
) -> None:
    await keep(engine, at)

    assert await with_picture(engine, [ENDED, OPEN]) == {ENDED}
    assert await picture_of(engine, ENDED, None, thumbnail=False) == b"full"
    assert await picture_of(engine, ENDED, None, thumbnail=True) == b"small"
    assert await picture_of(engine, OPEN, None, thumbnail=False) is None


@pytest.mark.parametrize(
    ("at", "site", "device"),
    [
        (100.0 - BEFORE - 1, SITE, DEVICE),
        (115.0 + AFTER + 1, SITE, DEVICE),
        (110.0, SITE + 1, DEVICE),
        (110.0, SITE, DEVICE + 1),
    ],
)
async def test_another_time_another_door_another_site_is_another_call(
    engine: AsyncEngine, at: float, site: int, device: int
) -> None:
    await keep(engine, at, site=site, device=device)

    assert await with_picture(engine, [ENDED]) == frozenset()
    assert await picture_of(engine, ENDED, None, thumbnail=False) is None


async def test_a_call_that_goes_on_has_pictures_of_its_first_minutes(engine: AsyncEngine) -> None:
    await keep(engine, 1000.0 + LONGEST + 1)
    before = await with_picture(engine, [OPEN])
    await keep(engine, 1000.0 + LONGEST)

    assert before == frozenset()
    assert await with_picture(engine, [OPEN]) == {OPEN}


async def test_the_first_of_several_pictures_is_shown(engine: AsyncEngine) -> None:
    for at in (112.0, 101.0, 105.0):
        await keep(engine, at, str(at).encode())

    assert await picture_of(engine, ENDED, None, thumbnail=False) == b"101.0"


async def test_a_picture_is_seen_inside_the_scope_alone(engine: AsyncEngine) -> None:
    await keep(engine, 110.0)
    scopes = (frozenset({SITE}), frozenset({SITE + 1}), frozenset[int]())

    found = [await picture_of(engine, ENDED, scope, thumbnail=True) for scope in scopes]

    assert found == [b"small", None, None]
    assert await with_picture(engine, []) == frozenset()


async def test_the_oldest_of_a_site_goes_when_there_are_too_many(engine: AsyncEngine) -> None:
    await keep(engine, 1.0, site=SITE + 1)
    for number in range(KEPT_PER_SITE + 3):
        await keep(engine, float(number))

    async with engine.connect() as connection:
        rows = await connection.execute(
            select(pictures.c.site_id, func.count(), func.min(pictures.c.at)).group_by(
                pictures.c.site_id
            )
        )
        assert {tuple(row) for row in rows} == {(SITE, KEPT_PER_SITE, 3.0), (SITE + 1, 1, 1.0)}


async def test_old_pictures_are_deleted_some_at_a_time(engine: AsyncEngine) -> None:
    for at in (1.0, 2.0, 3.0, 9.0):
        await keep(engine, at)
    async with engine.begin() as connection:
        gone = [await delete_pictures(connection, 5.0, 2) for _ in range(3)]
        left = list(await connection.scalars(select(pictures.c.at)))

    assert (gone, left) == ([2, 1, 0], [9.0])


async def test_a_door_that_takes_many_pictures_pushes_out_its_own_alone(
    engine: AsyncEngine,
) -> None:
    await keep(engine, 110.0, b"quiet")
    for n in range(KEPT_PER_SITE + 5):
        await keep(engine, 200.0 + n, site=SITE, device=DEVICE + 1)
    async with engine.connect() as connection:
        oldest = select(func.min(pictures.c.at)).where(pictures.c.device_id == DEVICE + 1)
        kept = await connection.scalar(select(func.count()).select_from(pictures))
        first = await connection.scalar(oldest)

    assert await picture_of(engine, ENDED, None, thumbnail=False) == b"quiet"
    assert (kept, first) == (KEPT_PER_SITE, 206.0)
