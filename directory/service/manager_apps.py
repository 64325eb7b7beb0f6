"""Apps of property managers: accounts of a site under the manager's name (F090).

Such an account belongs to the site and to no household. It carries the operator's name, is off
while the operator is, and goes when the operator leaves the site or is deleted. That holds in every
site, seen by whoever changes the operator or not.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import delete, select, update

from directory.errors import Conflict, Invalid
from directory.kinds import AccountKind, Role
from directory.model import Account, Operator, OperatorSite, table_of
from directory.unit import Unit

NAMED = "is the name of the operator"
_ACCOUNTS = table_of(Account)


async def settle(
    unit: Unit,
    site_id: int,
    operator: Operator,
    values: dict[str, Any],
    places: Sequence[int | None],
) -> None:
    """Check what such an account must be, and give it the manager's name.

    Invalid for an operator who does not manage the site, for an account of another kind, with a
    place or a name of its own; Conflict for a second one in the site.
    """
    if operator.role is not Role.PROPERTY_MANAGER:
        raise Invalid.one("operator_id", "must be a property manager")
    if not await _manages(unit, operator.id, site_id):
        raise Invalid.one("operator_id", "is not assigned to this site")
    if values["kind"] is not AccountKind.APP:
        raise Invalid.one("kind", "must be app for the account of a property manager")
    if any(place is not None for place in places):
        raise Invalid.one("operator_id", "the account of a property manager has no other place")
    if values["display"] not in ("", operator.name):
        raise Invalid.one("display", NAMED)
    values["display"] = operator.name
    mine = select(Account.id).where(Account.operator_id == operator.id)
    if await unit.session.scalar(mine.where(Account.site_id == site_id)) is not None:
        raise Conflict("operator_id", "the manager has an app in this site already")


async def follow(unit: Unit, operator: Operator) -> None:
    """Bring the accounts in line with the operator's name and switch."""
    for account, display in await _of(unit, operator.id):
        if display != operator.name:
            await unit.session.execute(
                update(_ACCOUNTS)
                .where(_ACCOUNTS.c.id == account.id)
                .values(display=operator.name, revision=_ACCOUNTS.c.revision + 1)
            )
            unit.audit("update", account, {"display": display}, {"display": operator.name})
        unit.changed(account)


async def withdraw(unit: Unit, operator_id: int, site_ids: Collection[int] | None = None) -> None:
    """Delete the accounts in those sites; in every site for None."""
    for account, display in await _of(unit, operator_id):
        if site_ids is None or account.site_id in site_ids:
            await unit.session.execute(delete(_ACCOUNTS).where(_ACCOUNTS.c.id == account.id))
            unit.audit("delete", account, {"display": display, "operator_id": operator_id}, {})
            unit.changed(account, "delete")


async def _manages(unit: Unit, operator_id: int, site_id: int) -> bool:
    query = select(OperatorSite.site_id).where(
        OperatorSite.operator_id == operator_id, OperatorSite.site_id == site_id
    )
    return await unit.session.scalar(query) is not None


async def _of(unit: Unit, operator_id: int) -> list[tuple[Account, str]]:
    """The operator's accounts with their names: enough of each to tell of it."""
    columns = (_ACCOUNTS.c.id, _ACCOUNTS.c.site_id, _ACCOUNTS.c.user, _ACCOUNTS.c.display)
    query = select(*columns).where(_ACCOUNTS.c.operator_id == operator_id)
    return [
        (Account(id=account_id, site_id=site_id, user=user), display)
        for account_id, site_id, user, display in await unit.session.execute(query)
    ]
