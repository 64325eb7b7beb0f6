from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from directory.database import Database, open_database
from directory.kinds import Role
from directory.scope import Scope
from provisioning.ledger import AutopFetch, ledger_writer
from provisioning.ledger_list import LedgerFilter, list_fetches

ALL = Scope.system()
MINE = Scope("pm", Role.PROPERTY_MANAGER, frozenset({1}))
NOBODY = Scope("pm", Role.PROPERTY_MANAGER, frozenset())
BASE = AutopFetch(
    at=100.0,
    status=200,
    decision="token",
    remote_address="192.0.2.7",
    site_id=1,
    device_id=7,
    mac="0C1105000001",
    file="0c1105000001.cfg",
    kind="device",
    etag='"abc"',
    size=10,
)
ROWS = (
    replace(BASE, id=1),
    replace(BASE, id=2, at=200.0, status=304, size=0),
    replace(BASE, id=3, at=300.0, site_id=2, device_id=9, mac="0C1105000009"),
    replace(
        BASE,
        id=4,
        at=400.0,
        status=404,
        decision="unknown_mac",
        site_id=None,
        device_id=None,
        mac="0C1105FFFFFF",
        remote_address="198.51.100.9",
        etag=None,
        size=0,
    ),
)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = open_database(f"sqlite+aiosqlite:///{tmp_path / 'autop.db'}")
    await opened.create_schema()
    writer = ledger_writer(opened)
    for row in ROWS:
        writer.write(row)
    await writer.close()
    yield opened
    await opened.close()


async def test_rows_come_newest_first_as_they_were_written(database: Database) -> None:
    assert await list_fetches(database, ALL) == ROWS[::-1]


async def test_a_scope_sees_the_rows_of_its_sites_only(database: Database) -> None:
    assert await list_fetches(database, MINE) == (ROWS[1], ROWS[0])
    assert await list_fetches(database, NOBODY) == ()


async def test_a_filter_does_not_widen_the_scope(database: Database) -> None:
    foreign = LedgerFilter(site_id=2)

    assert await list_fetches(database, MINE, foreign) == ()
    assert await list_fetches(database, ALL, foreign) == (ROWS[2],)


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        (LedgerFilter(device_id=7), [2, 1]),
        (LedgerFilter(mac="0C1105FFFFFF"), [4]),
        (LedgerFilter(status=304), [2]),
        (LedgerFilter(decision="unknown_mac"), [4]),
        (LedgerFilter(remote_address="198.51.100.9"), [4]),
        (LedgerFilter(since=200.0, until=400.0), [3, 2]),
        (LedgerFilter(device_id=7, status=404), []),
    ],
)
async def test_every_filter_must_hold(
    database: Database, wanted: LedgerFilter, ids: list[int]
) -> None:
    assert [row.id for row in await list_fetches(database, ALL, wanted)] == ids


async def test_pages_follow_each_other_in_both_directions(database: Database) -> None:
    down = await list_fetches(database, ALL, limit=2)
    rest = await list_fetches(database, ALL, limit=2, after=down[-1].id)
    up = await list_fetches(database, ALL, limit=3, after=1, descending=False)

    assert [row.id for row in (*down, *rest)] == [4, 3, 2, 1]
    assert [row.id for row in up] == [2, 3, 4]
