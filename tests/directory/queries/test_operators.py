"""Who a bearer token stands for."""

import pytest

from directory.kinds import Role
from directory.queries.operators import LONGEST_TOKEN, authenticate
from directory.scope import Scope
from directory.service import operators, tokens
from directory.unit import Directory
from tests.support.directories import NOW, ROOT, Estate


async def issue(
    directory: Directory,
    role: Role,
    site_ids: tuple[int, ...] = (),
    lifetime: float | None = None,
) -> tuple[int, int, str]:
    """Operator id, token id and token."""
    async with directory.unit(ROOT) as unit:
        operator = await operators.create(unit, name=f"the-{role}", role=role, site_ids=site_ids)
        issued = await tokens.create(unit, operator_id=operator.id, lifetime=lifetime)
    return operator.id, issued.row.id, issued.secret.reveal()


async def test_root_sees_every_site(directory: Directory) -> None:
    operator_id, _, token = await issue(directory, Role.ROOT)

    assert await authenticate(directory.database, token, NOW) == Scope(
        "the-root", Role.ROOT, None, operator_id
    )


@pytest.mark.parametrize("role", [Role.INSTALLER, Role.PROPERTY_MANAGER])
async def test_others_see_the_sites_they_are_assigned_to(
    directory: Directory, estate: Estate, foreign: Estate, role: Role
) -> None:
    operator_id, _, token = await issue(directory, role, (estate.site, estate.office))

    assert await authenticate(directory.database, token, NOW) == Scope(
        f"the-{role}", role, frozenset({estate.site, estate.office}), operator_id
    )


async def test_without_an_assignment_no_site_is_seen(directory: Directory) -> None:
    operator_id, _, token = await issue(directory, Role.PROPERTY_MANAGER)

    assert await authenticate(directory.database, token, NOW) == Scope(
        "the-property_manager", Role.PROPERTY_MANAGER, frozenset(), operator_id
    )


@pytest.mark.parametrize("token", ["", "nothing", "dl_token-1 ", "x" * (LONGEST_TOKEN + 1)])
async def test_an_unknown_token_is_nobody(directory: Directory, token: str) -> None:
    await issue(directory, Role.ROOT)

    assert await authenticate(directory.database, token, NOW) is None


async def test_a_revoked_token_is_refused_at_once(directory: Directory) -> None:
    _, token_id, token = await issue(directory, Role.ROOT)
    async with directory.unit(ROOT) as unit:
        await tokens.revoke(unit, token_id)

    assert await authenticate(directory.database, token, NOW) is None


async def test_a_token_ends_with_its_lifetime(directory: Directory) -> None:
    _, _, token = await issue(directory, Role.ROOT, lifetime=60)

    assert await authenticate(directory.database, token, NOW + 59.9) is not None
    assert await authenticate(directory.database, token, NOW + 60) is None


async def test_tokens_of_a_switched_off_or_deleted_operator_are_refused(
    directory: Directory,
) -> None:
    operator_id, _, token = await issue(directory, Role.INSTALLER)
    async with directory.unit(ROOT) as unit:
        await operators.update(unit, operator_id, {"active": False})
    assert await authenticate(directory.database, token, NOW) is None

    async with directory.unit(ROOT) as unit:
        await operators.update(unit, operator_id, {"active": True})
    assert await authenticate(directory.database, token, NOW) is not None

    async with directory.unit(ROOT) as unit:
        await operators.delete(unit, operator_id)
    assert await authenticate(directory.database, token, NOW) is None
