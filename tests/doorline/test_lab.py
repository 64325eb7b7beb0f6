"""The lab flat: made for the self-test and gone afterwards."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from directory.database import open_database
from directory.demo import DemoEstate, create_demo
from directory.errors import NotFound
from directory.queries.dial import DialDirectory, DialRelay
from directory.queries.load import load_site
from directory.scope import Scope
from directory.secrets import Vault
from directory.service import buildings, devices
from directory.unit import Directory
from doorline.lab import BUILDING, borrow_flat, make_lab, remove_lab
from sipcore.b2bua.plan import RingPlan
from sipcore.calls.inquiry import Reach
from sipcore.calls.planner import Planner
from tests.support.clock import ManualClock


@pytest.fixture
async def directory(tmp_path: Path) -> AsyncIterator[Directory]:
    database = open_database(f"sqlite+aiosqlite:///{tmp_path / 'doorline.db'}")
    await database.create_schema()
    yield Directory(database, Vault.generate(), clock=ManualClock().utc)
    await database.close()


@pytest.fixture
async def demo(directory: Directory) -> DemoEstate:
    return await create_demo(directory)


async def left(directory: Directory, site_id: int) -> tuple[list[str], list[str]]:
    """Names of buildings and devices."""
    async with directory.reading(Scope.system()) as unit:
        homes = (await buildings.list(unit, site_id=site_id)).items
        doors = (await devices.list(unit, site_id=site_id)).items
    return [home.name for home in homes], [door.name for door in doors]


async def test_the_lab_flat_rings_its_monitor_then_its_app_and_nobody_else(
    directory: Directory, demo: DemoEstate
) -> None:
    lab = await make_lab(directory, demo.site_id)
    dial = DialDirectory()
    dial.put_site(await load_site(directory.database, demo.site_id))
    planner = Planner(dial, Reach(lambda _user: True, lambda _site: "provider"))

    plan = planner.simulate(demo.site_id, lab.number, building=lab.building, caller=lab.door.user)

    assert isinstance(plan, RingPlan)
    assert [[target.party.user for target in stage.targets] for stage in plan.stages] == [
        [phone.user] for phone in lab.phones
    ]
    assert plan.is_visit
    assert [relay.dtmf_code for relay in _relays(dial, lab.door.user)] == [lab.code]


def _relays(dial: DialDirectory, door: str) -> tuple[DialRelay, ...]:
    account, site = dial.account(door), dial.site_of(door)
    assert account is not None
    assert site is not None
    assert account.device_id is not None
    return site.relays[account.device_id]


async def test_the_lab_goes_without_a_trace_in_the_estate(
    directory: Directory, demo: DemoEstate
) -> None:
    before = await left(directory, demo.site_id)
    await make_lab(directory, demo.site_id)
    assert BUILDING in (await left(directory, demo.site_id))[0]

    await remove_lab(directory, demo.site_id)
    await remove_lab(directory, demo.site_id)

    assert await left(directory, demo.site_id) == before


async def test_what_a_cut_self_test_left_makes_way_for_the_next(
    directory: Directory, demo: DemoEstate
) -> None:
    first = await make_lab(directory, demo.site_id)
    second = await make_lab(directory, demo.site_id)

    assert first.door.user != second.door.user
    assert (await left(directory, demo.site_id))[0].count(BUILDING) == 1


async def test_a_real_flat_is_borrowed_and_stays(directory: Directory, demo: DemoEstate) -> None:
    before = await left(directory, demo.site_id)
    lab = await borrow_flat(directory, demo.site_id, "1", "1001")
    passwords = {phone.user: phone.password.reveal() for phone in lab.phones}
    await remove_lab(directory, demo.site_id)

    assert passwords == {
        phone.user: phone.password.reveal()
        for phone in (demo.monitors["1001"].account, demo.apps["1001"])
    }
    assert await left(directory, demo.site_id) == before


async def test_a_flat_that_is_not_there_is_told(directory: Directory, demo: DemoEstate) -> None:
    with pytest.raises(NotFound):
        await borrow_flat(directory, demo.site_id, "1", "9999")
