"""Buildings."""

import pytest

from directory.errors import Conflict, Forbidden, Invalid, NotFound
from directory.kinds import Role
from directory.scope import Scope
from directory.service import buildings
from directory.unit import Changed, Directory
from tests.support.directories import ROOT, Estate, Heard, ids


async def test_a_name_has_1_to_128_characters(directory: Directory, estate: Estate) -> None:
    async with directory.unit(ROOT) as unit:
        longest = await buildings.create(unit, site_id=estate.site, name="x" * 128)
        for name in ("x" * 129, "", " "):
            with pytest.raises(Invalid):
                await buildings.create(unit, site_id=estate.site, name=name)

    assert longest.name == "x" * 128


async def test_a_name_exists_once_in_a_site(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        second = await buildings.create(unit, site_id=estate.site, name="2")
        with pytest.raises(Conflict):
            await buildings.create(unit, site_id=estate.site, name="1")
        with pytest.raises(Conflict):
            await buildings.update(unit, second.id, {"name": "1"})
        renamed = await buildings.update(unit, second.id, {"name": "2"})

    assert renamed.name == "2"


def test_who_names_no_building_means_the_only_one_or_the_first_to_be_made() -> None:
    found = [buildings.default_name(present) for present in ((), ("North",), ("North", "South"))]

    assert found == ["1", "North", None]


async def test_an_office_has_no_buildings(directory: Directory, estate: Estate) -> None:
    async with directory.unit(ROOT) as unit:
        with pytest.raises(Conflict, match="an office has departments"):
            await buildings.create(unit, site_id=estate.office, name="1")


async def test_a_property_manager_builds_nothing(directory: Directory, estate: Estate) -> None:
    async with directory.unit(estate.scope()) as unit:
        for attempt in (
            buildings.create(unit, site_id=estate.site, name="2"),
            buildings.update(unit, estate.building, {"name": "2"}),
            buildings.delete(unit, estate.building),
        ):
            with pytest.raises(Forbidden):
                await attempt
    async with directory.unit(estate.scope(Role.INSTALLER)) as unit:
        assert (await buildings.create(unit, site_id=estate.site, name="2")).name == "2"


async def test_foreign_buildings_are_not_found(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    async with directory.unit(estate.scope(Role.INSTALLER)) as unit:
        for attempt in (
            buildings.get(unit, foreign.building),
            buildings.find(unit, foreign.site, "1"),
            buildings.create(unit, site_id=foreign.site, name="2"),
            buildings.update(unit, foreign.building, {"name": "2"}),
            buildings.delete(unit, foreign.building),
            buildings.list(unit, site_id=foreign.site),
        ):
            with pytest.raises(NotFound):
                await attempt
        assert ids((await buildings.list(unit)).items) == [estate.building]


async def test_a_building_is_found_by_its_name(directory: Directory, estate: Estate) -> None:
    async with directory.reading(ROOT) as unit:
        assert (await buildings.find(unit, estate.site, "1")).id == estate.building
        assert (await buildings.get(unit, estate.building)).name == "1"
        assert ids((await buildings.list(unit, name="1")).items) == [estate.building]


async def test_the_site_of_a_building_is_fixed(directory: Directory, estate: Estate) -> None:
    async with directory.unit(ROOT) as unit:
        with pytest.raises(Invalid, match="site_id: cannot be changed"):
            await buildings.update(unit, estate.building, {"site_id": estate.office})


async def test_deleting_a_building_names_the_accounts_that_went_with_it(
    directory: Directory, estate: Estate, heard: Heard
) -> None:
    async with directory.unit(ROOT) as unit:
        await buildings.delete(unit, estate.building)

    facts = heard.take()
    assert [fact.kind for fact in facts] == ["account", "account", "account", "building"]
    assert facts[-1] == Changed(estate.site, "building", estate.building, "delete")


async def test_names_are_found_for_many_buildings_at_once(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        second = await buildings.create(unit, site_id=estate.site, name="2")
    async with directory.reading(Scope("ivy", Role.INSTALLER, frozenset({estate.site}))) as unit:
        found = await buildings.names(unit, [estate.building, second.id, foreign.building])

    assert found == {estate.building: "1", second.id: "2"}
