from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from directory.database import open_database
from directory.demo import DemoEstate, create_demo
from directory.model import AuditEntry
from directory.scope import Scope
from directory.secrets import Vault
from directory.service import autop_commands, devices
from directory.unit import Directory
from provisioning.store import ACTOR, DirectoryStore
from tests.support.clock import ManualClock
from tests.support.device_settings import settings_of


@pytest.fixture
async def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def directory(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Directory]:
    database = open_database(f"sqlite+aiosqlite:///{tmp_path / 'autop.db'}")
    await database.create_schema()
    yield Directory(database, Vault.generate(), clock=clock.utc)
    await database.close()


@pytest.fixture
async def demo(directory: Directory) -> DemoEstate:
    return await create_demo(directory)


async def test_a_device_is_found_by_token_and_by_mac(
    directory: Directory, demo: DemoEstate
) -> None:
    store = DirectoryStore(directory)

    by_token = await store.by_token(demo.door.token.reveal())
    by_mac = await store.by_mac(demo.door.mac)

    assert by_token is not None
    assert (by_token.device_id, by_token) == (demo.door.device_id, by_mac)
    assert await store.by_token("x" * 43) is None
    assert await store.by_mac("FFFFFFFFFFFF") is None


async def test_a_window_ends_at_the_moment_given_or_now(
    directory: Directory, demo: DemoEstate, clock: ManualClock
) -> None:
    store, door = DirectoryStore(directory), demo.door.device_id
    async with directory.unit(Scope.system()) as unit:
        await devices.arm(unit, door, 600)

    await store.close_window(door, clock.utc() + 60)
    soon = (await settings_of(directory, door)).armed_until
    await store.close_window(door, None)
    now = (await settings_of(directory, door)).armed_until

    assert (soon, now) == (clock.utc() + 60, None)


async def test_the_end_of_a_window_is_audited(directory: Directory, demo: DemoEstate) -> None:
    door = demo.door.device_id
    async with directory.unit(Scope.system()) as unit:
        await devices.arm(unit, door, 600)

    await DirectoryStore(directory).close_window(door, None)

    async with directory.reading(Scope.system()) as unit:
        query = select(AuditEntry).where(AuditEntry.actor == ACTOR)
        found = [(row.action, row.kind, row.row_id) for row in await unit.session.scalars(query)]
    assert found == [("arm", "device", door)]


async def test_a_one_time_line_is_taken_once(directory: Directory, demo: DemoEstate) -> None:
    store, door = DirectoryStore(directory), demo.door.device_id
    async with directory.unit(Scope.system()) as unit:
        await autop_commands.submit(unit, door, ["Config.A = 1"], once=True)
        await autop_commands.submit(unit, door, ["Config.B = 2"])
    ids = frozenset(one.command_id for one in (await settings_of(directory, door)).commands)

    first = await store.take_commands(door, ids)
    again = await store.take_commands(door, ids)

    assert (len(ids), len(first), again) == (2, 1, frozenset())
    assert [one.key for one in (await settings_of(directory, door)).commands] == ["Config.B"]
