"""Sites, buildings and apartments as people name them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from directory.database import open_database
from directory.errors import NotFound
from directory.scope import Scope
from directory.secrets import Vault
from directory.service import buildings, sites
from directory.unit import Directory, Unit
from doorline.cli.failure import CommandFailedError
from doorline.cli.sites import find_or_make_apartment, find_or_make_site, find_site


@pytest.fixture
async def unit(tmp_path: Path) -> AsyncIterator[Unit]:
    database = open_database(f"sqlite+aiosqlite:///{tmp_path}/d.db")
    await database.create_schema()
    async with Directory(database, Vault.generate()).unit(Scope.system()) as found:
        yield found
    await database.close()


async def test_a_site_is_found_by_name_before_it_is_found_by_id(unit: Unit) -> None:
    first = await sites.create(unit, name="2")
    second = await sites.create(unit, name="Court")

    assert (await find_site(unit, "2")).id == first.id
    assert (await find_site(unit, "Court")).id == second.id
    assert (await find_site(unit, str(first.id))).id == first.id
    with pytest.raises(NotFound):
        await find_site(unit, "Nowhere")


async def test_what_is_missing_is_made_once(unit: Unit) -> None:
    site, is_new = await find_or_make_site(unit, "Court")
    first, made = await find_or_make_apartment(unit, site, "12", None)
    again, made_again = await find_or_make_apartment(unit, site, "12", "1")
    other, _ = await find_or_make_apartment(unit, site, "12", "2")

    again_site, is_new_again = await find_or_make_site(unit, "Court")
    assert (is_new, is_new_again, again_site.id) == (True, False, site.id)
    assert again.id == first.id
    assert (made, made_again) == ('apartment 12 in building "1"', "")
    assert other.building_id != first.building_id


async def test_a_building_must_be_named_where_there_are_several(unit: Unit) -> None:
    site, _ = await find_or_make_site(unit, "Court")
    for name in ("A", "B"):
        await buildings.create(unit, site_id=site.id, name=name)

    with pytest.raises(CommandFailedError, match="name one with --building"):
        await find_or_make_apartment(unit, site, "12", None)
