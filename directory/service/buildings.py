"""Buildings of a community (F032, F150)."""

from collections.abc import Collection, Mapping

from sqlalchemy import select

from directory import checks, fields, rules
from directory.errors import Conflict, NotFound
from directory.kinds import SiteKind
from directory.model import Account, Building, Site
from directory.service.paging import Page, page
from directory.unit import Unit

FIRST = "1"
"""Name of the building that is made for a site without any."""
CHECKS: Mapping[str, fields.Check] = {"name": checks.PLACE_NAME}
SORTABLE = {"name": Building.name, "created_at": Building.created_at, "id": Building.id}


async def create(unit: Unit, *, site_id: int, name: str) -> Building:
    """Make a building; Conflict when the site has one of that name or is an office."""
    site = await unit.find(Site, site_id)
    unit.require(rules.may_build(unit.scope), "create_building")
    if site.kind is not SiteKind.COMMUNITY:
        raise Conflict("site_id", "an office has departments, not buildings")
    values = fields.clean(CHECKS, {"name": name})
    await _check_name(unit, site_id, values["name"])
    return await unit.create(Building(site_id=site_id, **values))


async def get(unit: Unit, building_id: int) -> Building:
    """The building, or NotFound."""
    return await unit.find(Building, building_id)


async def find(unit: Unit, site_id: int, name: str) -> Building:
    """The building of that name, or NotFound."""
    query = select(Building).where(Building.site_id == site_id, Building.name == name)
    building = await unit.first(query)
    if building is None:
        raise NotFound(Building.word, name)
    return building


def default_name(present: Collection[str]) -> str | None:
    """Which building an apartment is in that was named without one, given those of the site.

    The only one, or FIRST when there is none yet; None when there are several to choose from.
    """
    return None if len(present) > 1 else next(iter(present), FIRST)


async def names(unit: Unit, building_ids: Collection[int]) -> dict[int, str]:
    """Names by id, for many buildings at once."""
    query = select(Building.id, Building.name).where(Building.id.in_(building_ids))
    return {row[0]: row[1] for row in await unit.session.execute(query)}


async def list(  # noqa: A001 - services share one set of verbs
    unit: Unit,
    *,
    site_id: int | None = None,
    name: str | None = None,
    sort: str = "name",
    limit: int = 100,
    cursor: str | None = None,
) -> Page[Building]:
    """Buildings of the scope or of one site; `name` finds parts of names."""
    query = select(Building)
    if site_id is not None:
        await unit.find(Site, site_id)
        query = query.where(Building.site_id == site_id)
    if name is not None:
        query = query.where(Building.name.icontains(name, autoescape=True))
    return await page(
        unit, query, Building, sortable=SORTABLE, sort=sort, limit=limit, cursor=cursor
    )


async def update(unit: Unit, building_id: int, changes: Mapping[str, object]) -> Building:
    """Rename a building."""
    building = await unit.find(Building, building_id)
    unit.require(rules.may_build(unit.scope), "edit_building")
    values = fields.clean(CHECKS, changes, {"site_id": "cannot be changed"})
    if values.get("name", building.name) != building.name:
        await _check_name(unit, building.site_id, values["name"])
    await unit.update(building, values)
    return building


async def delete(unit: Unit, building_id: int) -> None:
    """Delete a building with its apartments, their people, and the devices in it."""
    building = await unit.find(Building, building_id)
    unit.require(rules.may_build(unit.scope), "delete_building")
    for account in await unit.rows(select(Account).where(Account.building_id == building_id)):
        unit.changed(account, "delete")
    await unit.delete(building)


async def _check_name(unit: Unit, site_id: int, name: str) -> None:
    query = select(Building).where(Building.site_id == site_id, Building.name == name)
    if await unit.first(query) is not None:
        raise Conflict("name", "this site has a building of that name")
