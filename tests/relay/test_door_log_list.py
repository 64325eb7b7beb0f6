from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from directory.database import Database
from directory.kinds import Role
from directory.scope import Scope
from relay.door_log import door_log_writer
from relay.door_log_list import DoorLogFilter, list_door_log
from tests.support.door_log import ENTRY, door_log_database

ROWS = (
    replace(ENTRY, at=1.0, device_name="Main Gate", building_id=10, device_id=1),
    replace(ENTRY, at=2.0, initiated_by="Bob", apartment_id=101, response="denied"),
    replace(
        ENTRY,
        at=3.0,
        log_type="call",
        action="call",
        method="ip_call",
        outcome="missed",
        call_id="c-3",
    ),
    replace(ENTRY, at=4.0, site_id=2, device_name="Foreign gate", initiated_by="Bob"),
    replace(ENTRY, at=5.0, log_type="door_close", action="close", device_name="100%_gate"),
)
ALL = Scope.system()
MANAGER = Scope("pm", Role.PROPERTY_MANAGER, frozenset({1}))


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await door_log_database(tmp_path)
    writer = door_log_writer(opened)
    for row in ROWS:
        writer.write(row)
    await writer.close()
    yield opened
    await opened.close()


async def found(database: Database, scope: Scope = ALL, **wanted: Any) -> list[float]:
    rows = await list_door_log(database, scope, DoorLogFilter(**wanted), descending=False)
    return [row.at for row in rows]


@pytest.mark.parametrize(
    ("wanted", "moments"),
    [
        ({}, [1.0, 2.0, 3.0, 4.0, 5.0]),
        ({"since": 2.0, "until": 4.0}, [2.0, 3.0]),
        ({"building_id": 10}, [1.0]),
        ({"device_id": 1}, [1.0]),
        ({"device_name": "gATE"}, [1.0, 2.0, 3.0, 4.0, 5.0]),
        ({"device_name": "main"}, [1.0]),
        ({"device_name": "%_"}, [5.0]),
        ({"initiated_by": "bo"}, [2.0, 4.0]),
        ({"apartment_id": 101}, [2.0]),
        ({"action": "open"}, [1.0, 2.0, 4.0]),
        ({"response": "denied"}, [2.0]),
        ({"outcome": "missed"}, [3.0]),
        ({"method": "ip_call"}, [3.0]),
        ({"call_id": "c-3"}, [3.0]),
        ({"site_id": 2}, [4.0]),
        ({"log_type": "all"}, [1.0, 2.0, 3.0, 4.0, 5.0]),
        ({"log_type": "call"}, [3.0]),
        ({"log_type": "door_release"}, [1.0, 2.0, 4.0]),
        ({"log_type": "door_close"}, [5.0]),
        ({"initiated_by": "bob", "action": "open", "since": 3.0}, [4.0]),
        ({"initiated_by": "bob", "building_id": 10}, []),
    ],
)
async def test_filters_combine(
    database: Database, wanted: dict[str, Any], moments: list[float]
) -> None:
    assert await found(database, **wanted) == moments


async def test_a_property_manager_sees_the_own_sites_only(database: Database) -> None:
    assert [
        await found(database, MANAGER),
        await found(database, MANAGER, site_id=2),
        await found(database, MANAGER, initiated_by="bob"),
        await found(database, Scope("pm", Role.PROPERTY_MANAGER, frozenset())),
    ] == [[1.0, 2.0, 3.0, 5.0], [], [2.0], []]


async def test_pages_follow_each_other_in_both_directions(database: Database) -> None:
    pages = [
        await list_door_log(database, ALL, limit=2),
        await list_door_log(database, ALL, limit=2, after=4),
        await list_door_log(database, ALL, limit=2, after=4, descending=False),
    ]

    assert [[row.id for row in page] for page in pages] == [[5, 4], [3, 2], [5]]


async def test_a_row_comes_back_as_it_was_written(database: Database) -> None:
    rows = await list_door_log(database, ALL, DoorLogFilter(call_id="c-3"))

    assert rows == (replace(ROWS[2], id=3),)
