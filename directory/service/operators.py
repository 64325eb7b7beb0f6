"""Operators, their roles and the sites they are assigned to (F001, F002, F013, F015)."""

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import delete as delete_rows
from sqlalchemy import insert, select

from directory import fields, rules
from directory.errors import Conflict, Invalid, NotFound
from directory.kinds import Role
from directory.model import Operator, OperatorSite, Site
from directory.service import manager_apps
from directory.service.paging import Page, page
from directory.unit import Unit

CHECKS: Mapping[str, fields.Check] = {
    "name": fields.pattern(
        r"[A-Za-z0-9][A-Za-z0-9@._-]{0,63}", "must be 1 to 64 letters, digits, @ . _ -"
    ),
    "active": fields.flag,
}
FIXED = {"role": "cannot be changed", "site_ids": "is changed by assigning sites"}
SORTABLE = {"name": Operator.name, "created_at": Operator.created_at, "id": Operator.id}


async def create(
    unit: Unit, *, name: str, role: Role, site_ids: Iterable[int] = (), active: bool = True
) -> Operator:
    """Make an operator; Conflict when the name is taken, NotFound for a site out of sight."""
    values = fields.clean(
        {**CHECKS, "role": fields.word(Role)}, {"name": name, "role": role, "active": active}
    )
    unit.require(rules.may_keep_operators(unit.scope, values["role"]), "create_operator")
    if await unit.taken(Operator.name, values["name"]):
        raise Conflict("name", "this server has an operator of that name")
    operator = await unit.create(Operator(maker_id=unit.scope.operator_id, **values))
    await _assign(unit, operator, frozenset(site_ids))
    return operator


async def get(unit: Unit, operator_id: int) -> Operator:
    """The operator, or NotFound; others than root see themselves and whom they made (F013)."""
    operator = await unit.find(Operator, operator_id)
    if unit.scope.role is not Role.ROOT and not _made_by(operator, unit):
        raise NotFound(Operator.word, operator_id)
    return operator


async def list(  # noqa: A001 - services share one set of verbs
    unit: Unit,
    *,
    role: Role | None = None,
    name: str | None = None,
    sort: str = "name",
    limit: int = 100,
    cursor: str | None = None,
) -> Page[Operator]:
    """Operators: all for root, his own property managers for an installer."""
    unit.require(rules.may_keep_operators(unit.scope, Role.PROPERTY_MANAGER), "list_operators")
    query = select(Operator)
    if unit.scope.role is not Role.ROOT:
        query = query.where(Operator.maker_id == unit.scope.operator_id)
    if role is not None:
        query = query.where(Operator.role == role)
    if name is not None:
        query = query.where(Operator.name.icontains(name, autoescape=True))
    return await page(
        unit, query, Operator, sortable=SORTABLE, sort=sort, limit=limit, cursor=cursor
    )


async def sites_of(unit: Unit, operator_id: int) -> frozenset[int]:
    """Ids of the sites an operator is assigned to; root operators see every site without."""
    await get(unit, operator_id)
    query = select(OperatorSite.site_id).where(OperatorSite.operator_id == operator_id)
    return frozenset((await unit.session.scalars(query)).all())


async def assignments(unit: Unit, operator_ids: Collection[int]) -> dict[int, tuple[int, ...]]:
    """Sites by operator in ascending order, for many operators at once.

    Only those that the asker sees as well; an operator without any is left out.
    """
    query = (
        select(OperatorSite.operator_id, OperatorSite.site_id)
        .where(OperatorSite.operator_id.in_(operator_ids))
        .order_by(OperatorSite.site_id)
    )
    found: dict[int, tuple[int, ...]] = {}
    for operator_id, site_id in await unit.session.execute(query):
        if unit.scope.sees(site_id):
            found[operator_id] = (*found.get(operator_id, ()), site_id)
    return found


async def update(unit: Unit, operator_id: int, changes: Mapping[str, object]) -> Operator:
    """Rename an operator or switch the access off and on."""
    operator = await get(unit, operator_id)
    unit.require(rules.may_keep_operators(unit.scope, operator.role), "edit_operator")
    values = fields.clean(CHECKS, changes, FIXED)
    _refuse_self(unit, operator, "active" in values and not values["active"])
    new_name = values.get("name", operator.name)
    if new_name != operator.name and await unit.taken(Operator.name, new_name):
        raise Conflict("name", "this server has an operator of that name")
    if await unit.update(operator, values):
        await manager_apps.follow(unit, operator)
    return operator


async def assign(unit: Unit, operator_id: int, site_ids: Iterable[int]) -> frozenset[int]:
    """Replace the sites an operator is assigned to; sites out of sight stay as they are."""
    operator = await get(unit, operator_id)
    unit.require(rules.may_keep_operators(unit.scope, operator.role), "assign_operator")
    await _assign(unit, operator, frozenset(site_ids))
    return await sites_of(unit, operator_id)


async def delete(unit: Unit, operator_id: int) -> None:
    """Delete an operator; every token of his is refused at once."""
    operator = await get(unit, operator_id)
    unit.require(rules.may_keep_operators(unit.scope, operator.role), "delete_operator")
    _refuse_self(unit, operator, True)
    await manager_apps.withdraw(unit, operator_id)
    await unit.delete(operator)


def _made_by(operator: Operator, unit: Unit) -> bool:
    own = unit.scope.operator_id
    return own is not None and own in (operator.id, operator.maker_id)


def _refuse_self(unit: Unit, operator: Operator, locks_out: bool) -> None:
    if locks_out and operator.id == unit.scope.operator_id:
        raise Conflict("id", "operators cannot lock themselves out")


async def _assign(unit: Unit, operator: Operator, wanted: frozenset[int]) -> None:
    if operator.role is Role.ROOT and wanted:
        raise Invalid.one("site_ids", "root sees every site")
    for site_id in sorted(wanted):
        await unit.find(Site, site_id)
    query = select(OperatorSite.site_id).where(OperatorSite.operator_id == operator.id)
    present = frozenset((await unit.session.scalars(query)).all())
    visible = frozenset(site_id for site_id in present if unit.scope.sees(site_id))
    gone, new = visible - wanted, wanted - present
    if not gone and not new:
        return
    if gone:
        await manager_apps.withdraw(unit, operator.id, gone)
        await unit.session.execute(
            delete_rows(OperatorSite).where(
                OperatorSite.operator_id == operator.id, OperatorSite.site_id.in_(gone)
            )
        )
    if new:
        rows = [{"operator_id": operator.id, "site_id": site_id} for site_id in sorted(new)]
        await unit.session.execute(insert(OperatorSite), rows)
    unit.audit(
        "assign",
        operator,
        {"site_ids": sorted(visible)},
        {"site_ids": sorted((visible - gone) | new)},
    )
    unit.changed(operator)
