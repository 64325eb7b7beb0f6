"""API tokens."""

import hashlib
import re

import pytest

from directory.entropy import SystemEntropy
from directory.errors import Conflict, Forbidden, Invalid, NotFound
from directory.kinds import Role
from directory.scope import Scope
from directory.service import operators, tokens
from directory.unit import Directory
from tests.support.directories import NOW, ROOT, ids


async def operator(directory: Directory, name: str, role: Role, by: Scope = ROOT) -> Scope:
    """An operator, as the scope of his requests."""
    async with directory.unit(by) as unit:
        made = await operators.create(unit, name=name, role=role)
    sites = None if role is Role.ROOT else frozenset[int]()
    return Scope(name, role, sites, made.id)


def own(scope: Scope) -> int:
    assert scope.operator_id is not None
    return scope.operator_id


async def test_a_token_has_256_bits_and_only_its_hash_is_kept(directory: Directory) -> None:
    directory.entropy = SystemEntropy()
    ivy = await operator(directory, "ivy", Role.INSTALLER)
    async with directory.unit(ROOT) as unit:
        issued = await tokens.create(unit, operator_id=own(ivy), label="laptop", lifetime=3600)

    plain = issued.secret.reveal()
    assert re.fullmatch(r"dl_[A-Za-z0-9_-]{43}", plain)
    assert issued.row.token_hash == hashlib.sha256(plain.encode()).hexdigest()
    assert (issued.row.label, issued.row.expires_at, issued.row.revoked_at) == (
        "laptop",
        NOW + 3600,
        None,
    )
    assert plain not in repr(issued)


async def test_a_token_is_revoked_once(directory: Directory) -> None:
    ivy = await operator(directory, "ivy", Role.INSTALLER)
    async with directory.unit(ROOT) as unit:
        issued = await tokens.create(unit, operator_id=own(ivy))
        revoked = await tokens.revoke(unit, issued.row.id)
        with pytest.raises(Conflict, match="revoked already"):
            await tokens.revoke(unit, issued.row.id)

    assert (revoked.revoked_at, revoked.expires_at) == (NOW, None)


async def test_everybody_keeps_his_own_tokens_and_nobody_elses(directory: Directory) -> None:
    ivy = await operator(directory, "ivy", Role.INSTALLER)
    pat = await operator(directory, "pat", Role.PROPERTY_MANAGER)
    async with directory.unit(ROOT) as unit:
        of_ivy = await tokens.create(unit, operator_id=own(ivy))

    async with directory.unit(pat) as unit:
        issued = await tokens.create(unit, operator_id=own(pat))
        listed = ids((await tokens.list(unit, operator_id=own(pat))).items)
        for attempt in (
            tokens.create(unit, operator_id=own(ivy)),
            tokens.get(unit, of_ivy.row.id),
            tokens.list(unit, operator_id=own(ivy)),
            tokens.revoke(unit, of_ivy.row.id),
            tokens.get(unit, 4711),
        ):
            with pytest.raises(NotFound):
                await attempt
        await tokens.revoke(unit, issued.row.id)

    assert listed == [issued.row.id]


async def test_an_installer_keeps_the_tokens_of_his_property_managers(
    directory: Directory,
) -> None:
    ivy = await operator(directory, "ivy", Role.INSTALLER)
    pat = await operator(directory, "pat", Role.PROPERTY_MANAGER, by=ivy)

    async with directory.unit(ivy) as unit:
        issued = await tokens.create(unit, operator_id=own(pat))
        found = await tokens.get(unit, issued.row.id)
        await tokens.revoke(unit, issued.row.id)

    assert found.operator_id == own(pat)


async def test_an_operator_one_may_see_is_not_one_whose_tokens_one_may_keep(
    directory: Directory,
) -> None:
    ivy = await operator(directory, "ivy", Role.INSTALLER)
    jan = await operator(directory, "jan", Role.INSTALLER, by=Scope("r", Role.ROOT, None, own(ivy)))

    async with directory.unit(ivy) as unit:
        with pytest.raises(Forbidden):
            await tokens.create(unit, operator_id=own(jan))


@pytest.mark.parametrize("lifetime", [0, -1, tokens.LONGEST + 1])
async def test_a_lifetime_has_limits(directory: Directory, lifetime: float) -> None:
    ivy = await operator(directory, "ivy", Role.INSTALLER)
    with pytest.raises(Invalid, match="lifetime: must be"):
        async with directory.unit(ROOT) as unit:
            await tokens.create(unit, operator_id=own(ivy), lifetime=lifetime)
