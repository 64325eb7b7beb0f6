"""Apps of property managers."""

from typing import Any

import pytest
from sqlalchemy import select

from directory.errors import Conflict, FieldError, Invalid, NotFound
from directory.kinds import AccountKind, Role
from directory.model import Account, Operator
from directory.queries.enabled import accounts_with_owner, usable
from directory.scope import Scope
from directory.service import accounts, operators
from directory.unit import Changed, Directory
from tests.support.directories import ROOT, Estate, Heard


@pytest.fixture
async def pat(directory: Directory, estate: Estate) -> Operator:
    """A property manager of the site and of the office."""
    async with directory.unit(ROOT) as unit:
        return await operators.create(
            unit, name="pat", role=Role.PROPERTY_MANAGER, site_ids=[estate.site, estate.office]
        )


async def make(directory: Directory, site_id: int, operator: Operator, **more: Any) -> Account:
    async with directory.unit(ROOT) as unit:
        return await accounts.create(
            unit, site_id=site_id, operator_id=operator.id, **{"kind": AccountKind.APP, **more}
        )


async def is_usable(directory: Directory, account: Account) -> bool | None:
    query = select(usable).select_from(accounts_with_owner).where(Account.id == account.id)
    async with directory.database.connect() as connection:
        found = await connection.scalar(query)
    return None if found is None else bool(found)


async def test_the_account_has_the_managers_name_and_no_place(
    directory: Directory, estate: Estate, pat: Operator
) -> None:
    made = await make(directory, estate.site, pat)
    async with directory.reading(ROOT) as unit:
        listed = await accounts.list(unit, operator_id=pat.id)

    assert (made.display, made.kind, made.operator_id) == ("pat", AccountKind.APP, pat.id)
    assert (made.building_id, made.apartment_id, made.person_id) == (None, None, None)
    assert [row.id for row in listed.items] == [made.id]


async def test_a_new_name_of_the_manager_is_that_of_the_account(
    directory: Directory, estate: Estate, pat: Operator, heard: Heard
) -> None:
    made = await make(directory, estate.site, pat)
    heard.take()
    async with directory.unit(ROOT) as unit:
        await operators.update(unit, pat.id, {"name": "pat.lee"})
    async with directory.reading(ROOT) as unit:
        renamed = await accounts.get(unit, made.id)

    assert (renamed.display, renamed.revision) == ("pat.lee", 2)
    assert Changed(estate.site, "account", made.id, "update", made.user) in heard.take()


async def test_the_account_is_off_while_the_manager_is(
    directory: Directory, estate: Estate, pat: Operator, heard: Heard
) -> None:
    made = await make(directory, estate.site, pat)
    before = await is_usable(directory, made)
    async with directory.unit(ROOT) as unit:
        await operators.update(unit, pat.id, {"active": False})

    assert (before, await is_usable(directory, made)) == (True, False)
    assert Changed(estate.site, "account", made.id, "update", made.user) in heard.take()


async def test_a_manager_who_leaves_a_site_loses_the_account_there(
    directory: Directory, estate: Estate, pat: Operator, heard: Heard
) -> None:
    gone = await make(directory, estate.site, pat)
    kept = await make(directory, estate.office, pat)
    heard.take()
    async with directory.unit(ROOT) as unit:
        await operators.assign(unit, pat.id, [estate.office])

    assert await is_usable(directory, gone) is None
    assert await is_usable(directory, kept)
    assert Changed(estate.site, "account", gone.id, "delete", gone.user) in heard.take()


async def test_accounts_out_of_sight_of_who_changes_the_manager_follow_as_well(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        ivy = await operators.create(unit, name="ivy", role=Role.INSTALLER, site_ids=[estate.site])
    scope = Scope("ivy", Role.INSTALLER, frozenset({estate.site}), ivy.id)
    async with directory.unit(scope) as unit:
        sam = await operators.create(unit, name="sam", role=Role.PROPERTY_MANAGER)
    async with directory.unit(ROOT) as unit:
        await operators.assign(unit, sam.id, [foreign.site])
    made = await make(directory, foreign.site, sam)
    async with directory.unit(scope) as unit:
        await operators.update(unit, sam.id, {"name": "samuel"})
    async with directory.reading(ROOT) as unit:
        display = (await accounts.get(unit, made.id)).display
    async with directory.unit(scope) as unit:
        await operators.delete(unit, sam.id)

    assert display == "samuel"
    assert await is_usable(directory, made) is None


@pytest.mark.parametrize(
    ("more", "field", "message"),
    [
        ({"kind": AccountKind.GUARD}, "kind", "must be app for the account of a property manager"),
        ({"display": "Somebody"}, "display", "is the name of the operator"),
        (
            {"apartment_id": 1},
            "operator_id",
            "the account of a property manager has no other place",
        ),
    ],
)
async def test_an_account_that_is_no_managers_app_is_refused(
    directory: Directory,
    estate: Estate,
    pat: Operator,
    more: dict[str, Any],
    field: str,
    message: str,
) -> None:
    with pytest.raises(Invalid) as raised:
        await make(directory, estate.site, pat, **more)

    assert raised.value.errors == (FieldError(field, message),)


async def test_only_who_manages_the_site_has_an_app_there(
    directory: Directory, estate: Estate, foreign: Estate, pat: Operator
) -> None:
    async with directory.unit(ROOT) as unit:
        ivy = await operators.create(unit, name="ivy", role=Role.INSTALLER, site_ids=[estate.site])

    with pytest.raises(Invalid, match="operator_id: is not assigned to this site"):
        await make(directory, foreign.site, pat)
    with pytest.raises(Invalid, match="operator_id: must be a property manager"):
        await make(directory, estate.site, ivy)
    scope = Scope("ivy", Role.INSTALLER, frozenset({estate.site}), ivy.id)
    with pytest.raises(NotFound):  # somebody else made pat
        async with directory.unit(scope) as unit:
            await accounts.create(
                unit, site_id=estate.site, kind=AccountKind.APP, operator_id=pat.id
            )


async def test_there_is_one_in_each_site_and_its_name_is_the_managers(
    directory: Directory, estate: Estate, pat: Operator
) -> None:
    made = await make(directory, estate.site, pat)

    with pytest.raises(Conflict, match="has an app in this site already"):
        await make(directory, estate.site, pat)
    async with directory.unit(ROOT) as unit:
        with pytest.raises(Invalid, match="display: is the name of the operator"):
            await accounts.update(unit, made.id, {"display": "Pat"})
        await accounts.update(unit, made.id, {"enabled": False})
        await accounts.delete(unit, made.id)
