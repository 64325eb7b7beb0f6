"""Operators."""

import pytest

from directory.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from directory.kinds import Role
from directory.model import Operator
from directory.scope import Scope
from directory.service import operators
from directory.unit import Changed, Directory
from tests.support.directories import ROOT, Estate, Heard, ids


async def make(
    directory: Directory, name: str, role: Role, *site_ids: int, by: Scope = ROOT
) -> Operator:
    async with directory.unit(by) as unit:
        return await operators.create(unit, name=name, role=role, site_ids=site_ids)


async def installer(directory: Directory, *site_ids: int, name: str = "ivy") -> Scope:
    """An installer with an entry of his own."""
    made = await make(directory, name, Role.INSTALLER, *site_ids)
    return Scope(name, Role.INSTALLER, frozenset(site_ids), made.id)


async def test_an_installer_makes_property_managers_for_the_sites_he_sees(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    ivy = await installer(directory, estate.site, estate.office)
    pat = await make(directory, "pat", Role.PROPERTY_MANAGER, estate.site, by=ivy)

    async with directory.unit(ivy) as unit:
        assert await operators.sites_of(unit, pat.id) == {estate.site}
        with pytest.raises(NotFound):
            await operators.assign(unit, pat.id, [foreign.site])
        for role in (Role.ROOT, Role.INSTALLER):
            with pytest.raises(Forbidden):
                await operators.create(unit, name="bob", role=role)
        own = {row.id for row in (await operators.list(unit)).items}

    assert (pat.maker_id, own) == (ivy.operator_id, {pat.id})


async def test_operators_of_others_are_not_found(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    ivy = await installer(directory, estate.site)
    ron = await installer(directory, foreign.site, name="ron")
    pat = await make(directory, "pat", Role.PROPERTY_MANAGER, foreign.site, by=ron)

    async with directory.unit(ivy) as unit:
        for attempt in (
            operators.get(unit, pat.id),
            operators.sites_of(unit, pat.id),
            operators.update(unit, pat.id, {"active": False}),
            operators.assign(unit, pat.id, [estate.site]),
            operators.delete(unit, pat.id),
            operators.get(unit, ron.operator_id or 0),
        ):
            with pytest.raises(NotFound):
                await attempt
        assert (await operators.list(unit)).items == ()


async def test_everybody_sees_himself_and_a_property_manager_nobody_else(
    directory: Directory, estate: Estate
) -> None:
    made = await make(directory, "pat", Role.PROPERTY_MANAGER, estate.site)
    pat = Scope("pat", Role.PROPERTY_MANAGER, frozenset({estate.site}), made.id)

    async with directory.unit(pat) as unit:
        assert (await operators.get(unit, made.id)).name == "pat"
        for attempt in (
            operators.list(unit),
            operators.create(unit, name="bob", role=Role.PROPERTY_MANAGER),
            operators.update(unit, made.id, {"name": "boss"}),
            operators.assign(unit, made.id, [estate.office]),
        ):
            with pytest.raises((Forbidden, NotFound)):
                await attempt


async def test_assigning_replaces_the_sites_within_sight_only(
    directory: Directory, estate: Estate, foreign: Estate, heard: Heard
) -> None:
    ivy = await installer(directory, estate.site, estate.office)
    pat = await make(directory, "pat", Role.PROPERTY_MANAGER, estate.site, by=ivy)
    async with directory.unit(ROOT) as unit:
        await operators.assign(unit, pat.id, [estate.site, foreign.site])
    heard.take()

    async with directory.unit(ivy) as unit:
        left = await operators.assign(unit, pat.id, [estate.office])
        again = await operators.assign(unit, pat.id, [estate.office])

    assert left == again == {estate.office, foreign.site}
    assert heard.take() == [Changed(None, "operator", pat.id, "update")]


async def test_a_name_exists_once(directory: Directory) -> None:
    first = await make(directory, "ann", Role.ROOT)
    second = await make(directory, "bob", Role.ROOT)
    async with directory.unit(ROOT) as unit:
        with pytest.raises(Conflict):
            await operators.create(unit, name="ann", role=Role.INSTALLER)
        with pytest.raises(Conflict):
            await operators.update(unit, second.id, {"name": "ann"})
        await operators.update(unit, first.id, {"name": "ann"})


async def test_wrong_fields_are_named(directory: Directory, estate: Estate) -> None:
    made = await make(directory, "ann", Role.ROOT)
    async with directory.unit(ROOT) as unit:
        with pytest.raises(Invalid, match="name: must be 1 to 64"):
            await operators.create(unit, name="a b", role=Role.ROOT)
        with pytest.raises(Invalid, match="site_ids: root sees every site"):
            await operators.assign(unit, made.id, [estate.site])
        with pytest.raises(Invalid) as raised:
            await operators.update(unit, made.id, {"role": "installer", "site_ids": [1]})

    assert raised.value.errors == (
        FieldError("role", "cannot be changed"),
        FieldError("site_ids", "is changed by assigning sites"),
    )


async def test_nobody_locks_himself_out(directory: Directory) -> None:
    made = await make(directory, "ann", Role.ROOT)
    ann = Scope("ann", Role.ROOT, None, made.id)
    async with directory.unit(ann) as unit:
        with pytest.raises(Conflict):
            await operators.update(unit, made.id, {"active": False})
        with pytest.raises(Conflict):
            await operators.delete(unit, made.id)
        renamed = await operators.update(unit, made.id, {"name": "anna"})

    assert renamed.name == "anna"


async def test_lists_filter_by_role_and_name(directory: Directory) -> None:
    ann = await make(directory, "ann", Role.ROOT)
    ivy = await make(directory, "ivy", Role.INSTALLER)
    async with directory.reading(ROOT) as unit:
        found = [
            ids((await operators.list(unit)).items),
            ids((await operators.list(unit, role=Role.INSTALLER)).items),
            ids((await operators.list(unit, name="NN")).items),
        ]

    assert found == [[ann.id, ivy.id], [ivy.id], [ann.id]]


async def test_an_operator_can_be_deleted(directory: Directory) -> None:
    made = await make(directory, "ivy", Role.INSTALLER)
    async with directory.unit(ROOT) as unit:
        await operators.delete(unit, made.id)
        with pytest.raises(NotFound):
            await operators.get(unit, made.id)


async def test_assignments_show_what_the_asker_sees_as_well(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    ivy = await installer(directory, foreign.site, estate.site)
    pat = await make(directory, "pat", Role.PROPERTY_MANAGER)
    wanted = [ivy.operator_id or 0, pat.id]
    async with directory.reading(ROOT) as unit:
        all_sites = await operators.assignments(unit, wanted)
    async with directory.reading(Scope("ron", Role.INSTALLER, frozenset({estate.site}))) as unit:
        shared = await operators.assignments(unit, wanted)

    assert (all_sites, shared) == (
        {ivy.operator_id: tuple(sorted((estate.site, foreign.site)))},
        {ivy.operator_id: (estate.site,)},
    )
