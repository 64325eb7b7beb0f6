"""Departments of an office (F031, F050-F053)."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from directory import checks, fields, rules
from directory.errors import Conflict
from directory.kinds import SiteKind
from directory.model import Account, Department, Device, Person, Site
from directory.service.paging import Page, page
from directory.unit import Unit

CHECKS: Mapping[str, fields.Check] = {
    "name": checks.PLACE_NAME,
    "floors": checks.FLOORS,
    "number": fields.optional(
        fields.pattern(r"[0-9A-Za-z._-]{1,32}", "must be 1 to 32 letters, digits, dots, _ or -")
    ),
}
GUARD_NUMBERS = frozenset({"0", "guard"})
"""What is dialled to reach the guard phones, in every site."""
SORTABLE = {"name": Department.name, "created_at": Department.created_at, "id": Department.id}


async def create(
    unit: Unit,
    *,
    site_id: int,
    name: str,
    floors: Sequence[str] = (),
    number: str | None = None,
) -> Department:
    """Make a department; Conflict when the site has one of that name or is a community."""
    site = await unit.find(Site, site_id)
    unit.require(rules.may_build(unit.scope), "create_department")
    if site.kind is not SiteKind.OFFICE:
        raise Conflict("site_id", "a community has buildings, not departments")
    values = fields.clean(CHECKS, {"name": name, "floors": floors, "number": number})
    await _check_name(unit, site_id, values["name"])
    await _check_number(unit, site_id, values["number"])
    return await unit.create(Department(site_id=site_id, **values))


async def get(unit: Unit, department_id: int) -> Department:
    """The department, or NotFound."""
    return await unit.find(Department, department_id)


async def list(  # noqa: A001 - services share one set of verbs
    unit: Unit,
    *,
    site_id: int | None = None,
    name: str | None = None,
    sort: str = "name",
    limit: int = 100,
    cursor: str | None = None,
) -> Page[Department]:
    """Departments of the scope or of one site; `name` finds parts of names."""
    query = select(Department)
    if site_id is not None:
        await unit.find(Site, site_id)
        query = query.where(Department.site_id == site_id)
    if name is not None:
        query = query.where(Department.name.icontains(name, autoescape=True))
    return await page(
        unit, query, Department, sortable=SORTABLE, sort=sort, limit=limit, cursor=cursor
    )


async def update(unit: Unit, department_id: int, changes: Mapping[str, object]) -> Department:
    """Change name or floors; people keep the floors they have (F053, F062)."""
    department = await unit.find(Department, department_id)
    unit.require(rules.may_build(unit.scope), "edit_department")
    values = fields.clean(CHECKS, changes, {"site_id": "cannot be changed"})
    if values.get("name", department.name) != department.name:
        await _check_name(unit, department.site_id, values["name"])
    if values.get("number") != department.number:
        await _check_number(unit, department.site_id, values.get("number"))
    await unit.update(department, values)
    return department


async def delete(unit: Unit, department_id: int) -> None:
    """Delete an empty department; Conflict while people or devices belong to it."""
    department = await unit.find(Department, department_id)
    unit.require(rules.may_build(unit.scope), "delete_department")
    if await unit.first(select(Person).where(Person.department_id == department_id)) is not None:
        raise Conflict("people", "move or delete the people of the department first")
    if await unit.first(select(Device).where(Device.department_id == department_id)) is not None:
        raise Conflict("devices", "move or delete the devices of the department first")
    await unit.delete(department)


async def _check_name(unit: Unit, site_id: int, name: str) -> None:
    query = select(Department).where(Department.site_id == site_id, Department.name == name)
    if await unit.first(query) is not None:
        raise Conflict("name", "this site has a department of that name")


async def _check_number(unit: Unit, site_id: int, number: str | None) -> None:
    """A number rings one department, and nobody else of the site."""
    if number is None:
        return
    if number.casefold() in GUARD_NUMBERS:
        raise Conflict("number", "reaches the guard phones")
    query = select(Department).where(Department.site_id == site_id, Department.number == number)
    if await unit.first(query) is not None:
        raise Conflict("number", "another department of this site has it")
    people = select(Person).where(Person.site_id == site_id, Person.external_id == number)
    if await unit.first(people) is not None:
        raise Conflict("number", "a person of this site has it")
    if await unit.taken(Account.user, number):
        raise Conflict("number", "an account has it")
