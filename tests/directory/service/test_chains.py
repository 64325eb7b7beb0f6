from collections.abc import Mapping
from typing import Any

import pytest

from directory.errors import Conflict, Forbidden, Invalid, NotFound
from directory.kinds import ChainGuards, Role
from directory.scope import Scope
from directory.service import accounts, apartments, chains, people, sites
from directory.unit import Directory
from tests.support.directories import ROOT, STAGES, Estate

LATE = [{"members": [{"kind": "landline"}], "ring_time": 60}]


async def chain_id(directory: Directory, site_id: int) -> int:
    async with directory.reading(ROOT) as unit:
        return (await chains.list(unit, site_id=site_id)).items[0].id


async def test_a_chain_is_made_changed_and_deleted(directory: Directory, estate: Estate) -> None:
    async with directory.unit(ROOT) as unit:
        made = await chains.create(unit, site_id=estate.site, name="late", stages=LATE)
        changed = await chains.update(unit, made.id, {"guards": "listed", "name": "later"})
        found = await chains.list(unit, site_id=estate.site, name="ate")
        await chains.delete(unit, made.id)
        with pytest.raises(NotFound):
            await chains.get(unit, made.id)

    assert (changed.name, changed.guards, changed.stages) == (
        "later",
        ChainGuards.LISTED,
        [{"members": [{"kind": "landline"}], "ring_time": 60.0}],
    )
    assert [chain.id for chain in found.items] == [made.id]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": "indoor_only"}, "name"),
        ({"guards": "all"}, "guards"),
        ({"stages": [{"members": []}]}, "stages.1.members"),
        ({"stages": [{"members": [{"kind": "account", "id": 99999}]}]}, "stages.1.members.1.id"),
        ({"stages": [{"members": [{"kind": "person", "id": 99999}]}]}, "stages.1.members.1.id"),
    ],
)
async def test_a_wrong_chain_is_refused_when_it_is_saved(
    directory: Directory, estate: Estate, values: Mapping[str, Any], field: str
) -> None:
    given = {"name": "late", "stages": LATE, **values}
    with pytest.raises(Invalid) as raised:
        async with directory.unit(ROOT) as unit:
            await chains.create(unit, site_id=estate.site, **given)

    assert [error.field for error in raised.value.errors] == [field]


async def test_members_of_other_sites_and_doors_are_refused(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    async with directory.reading(ROOT) as unit:
        door = await accounts.of_device(unit, estate.gate)
        stranger = await accounts.of_device(unit, foreign.monitor)
    assert door is not None
    assert stranger is not None
    told = []
    for member in (
        {"kind": "account", "id": door.id},
        {"kind": "account", "id": stranger.id},
        {"kind": "person", "id": foreign.master},
    ):
        with pytest.raises(Invalid) as raised:
            async with directory.unit(ROOT) as unit:
                await chains.create(
                    unit, site_id=estate.site, name="late", stages=[{"members": [member]}]
                )
        told.append(raised.value.errors[0].message)

    assert told == [
        "is a door, which cannot be rung",
        "is no account of this site",
        "is no person of this site",
    ]


async def test_a_name_is_given_once_in_a_site(directory: Directory, estate: Estate) -> None:
    with pytest.raises(Conflict) as raised:
        async with directory.unit(ROOT) as unit:
            await chains.create(unit, site_id=estate.site, name="night", stages=LATE)

    assert raised.value.field == "name"


async def test_a_chain_in_use_stays_and_says_who_uses_it(
    directory: Directory, estate: Estate
) -> None:
    found, office = await chain_id(directory, estate.site), await chain_id(directory, estate.office)
    async with directory.unit(ROOT) as unit:
        await sites.update(unit, estate.site, {"call_type": "night"})
        await apartments.update(unit, estate.apartment, {"call_type": "night"})
        await people.update(unit, estate.employee, {"call_type": "night"})
    told = []
    for one in (found, office):
        with pytest.raises(Conflict) as raised:
            async with directory.unit(ROOT) as unit:
                await chains.delete(unit, one)
        told.append(raised.value.message)
    with pytest.raises(Conflict, match="keeps its name"):
        async with directory.unit(ROOT) as unit:
            await chains.update(unit, found, {"name": "dusk"})

    assert told == [
        "the chain cannot be deleted while it is the call type of "
        f"the site, apartment 1001 (id {estate.apartment})",
        "the chain cannot be deleted while it is the call type of "
        f"person Cleo (id {estate.employee})",
    ]


async def test_a_chain_is_no_longer_than_the_cap_of_whoever_uses_it(
    directory: Directory, estate: Estate
) -> None:
    found = await chain_id(directory, estate.site)
    async with directory.unit(ROOT) as unit:
        await apartments.update(unit, estate.apartment, {"call_type": "night", "longest_ring": 40})
    with pytest.raises(Invalid) as raised:
        async with directory.unit(ROOT) as unit:
            await chains.update(unit, found, {"stages": LATE})

    assert raised.value.errors[0].message == (
        f"apartment 1001 (id {estate.apartment}): "
        "40 s is shorter than the first stage, which rings 60 s"
    )


async def test_a_chain_may_be_longer_than_the_cap_of_a_site_whose_apartment_alone_uses_it(
    directory: Directory, estate: Estate
) -> None:
    found = await chain_id(directory, estate.site)
    async with directory.unit(ROOT) as unit:
        await sites.update(unit, estate.site, {"longest_ring": 40})
        await apartments.update(unit, estate.apartment, {"call_type": "night", "longest_ring": 90})
        changed = await chains.update(unit, found, {"stages": LATE})
    with pytest.raises(Invalid, match="40 s is shorter than the first stage, which rings 60 s"):
        async with directory.unit(ROOT) as unit:
            await apartments.update(unit, estate.apartment, {"longest_ring": None})

    assert changed.stages[0]["ring_time"] == 60


async def test_a_site_has_so_many_chains_and_no_more(
    directory: Directory, estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chains, "CHAINS_MOST", 1)
    with pytest.raises(Conflict, match="at most 1 chains"):
        async with directory.unit(ROOT) as unit:
            await chains.create(unit, site_id=estate.site, name="late", stages=STAGES)


async def test_managers_choose_chains_but_make_none(directory: Directory, estate: Estate) -> None:
    manager = Scope(
        "manager", Role.PROPERTY_MANAGER, frozenset({estate.site, estate.office}), operator_id=1
    )
    found = await chain_id(directory, estate.site)
    async with directory.unit(manager) as unit:
        flat = await apartments.update(unit, estate.apartment, {"call_type": "night"})
        with pytest.raises(Forbidden):
            await chains.create(unit, site_id=estate.site, name="late", stages=LATE)
        with pytest.raises(Forbidden):
            await chains.update(unit, found, {"guards": "listed"})
        with pytest.raises(Forbidden):
            await chains.delete(unit, found)

    assert flat.call_type == "night"
