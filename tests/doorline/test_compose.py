"""The parts are put together once, and what they share is one and the same object."""

from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer

from directory.errors import KeyFileError
from directory.kinds import AccountKind
from directory.scope import Scope
from directory.service import accounts, sites
from doorline.compose import compose
from doorline.settings import RegistrarSettings, ServerSettings, Settings, SipSettings
from tests.support.clock import ManualClock
from tests.support.entropy import SequenceEntropy


def settings(folder: Path) -> Settings:
    return Settings(
        server=ServerSettings(data_dir=folder / "var"),
        sip=SipSettings(registrar=RegistrarSettings(max_contacts=3)),
    )


async def test_time_comes_from_outside(tmp_path: Path) -> None:
    clock = ManualClock()
    server = await compose(settings(tmp_path), clock=clock, entropy=SequenceEntropy())
    await server.stop()

    assert server.stores.directory.clock() == clock.utc()


async def test_what_is_stored_is_in_memory_before_anything_listens(tmp_path: Path) -> None:
    first = await compose(settings(tmp_path), clock=ManualClock(), entropy=SequenceEntropy())
    async with first.stores.directory.unit(Scope.system()) as unit:
        site = await sites.create(unit, name="Court")
        await accounts.create(unit, site_id=site.id, kind=AccountKind.DOOR, user="d1")
    await first.stop()
    second = await compose(settings(tmp_path), clock=ManualClock(), entropy=SequenceEntropy())
    async with TestClient(TestServer(second.operators.app)) as client:
        figures = await (await client.get("/metrics")).text()
    await second.stop()

    assert "\ndoorline_accounts 1.0\n" in figures
    assert "\ndoorline_sites 1.0\n" in figures


async def test_a_server_that_cannot_be_composed_leaves_nothing_open(tmp_path: Path) -> None:
    first = await compose(settings(tmp_path), clock=ManualClock(), entropy=SequenceEntropy())
    await first.stop()
    (tmp_path / "var" / "doorline.key").chmod(0o644)

    with pytest.raises(KeyFileError):
        await compose(settings(tmp_path), clock=ManualClock(), entropy=SequenceEntropy())
