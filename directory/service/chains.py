"""Chains of a site: call types that an operator makes (F077, F084)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from directory import fields, rules
from directory.chain import chain_name, check_stages, parse_stages
from directory.errors import Conflict, FieldError, Invalid
from directory.kinds import AccountKind, ChainGuards
from directory.model import Account, Apartment, Chain, Person, Site
from directory.service.paging import Page, page
from directory.service.ring_settings import check_site
from directory.unit import Unit

CHAINS_MOST = 50
"""Chains of one site."""
NAMED_MOST = 5
"""Users of a chain that a refusal names."""

CHECKS: Mapping[str, fields.Check] = {"name": chain_name, "guards": fields.word(ChainGuards)}
FIXED = {"site_id": "cannot be changed"}
SORTABLE = {"name": Chain.name, "created_at": Chain.created_at, "id": Chain.id}


async def create(
    unit: Unit,
    *,
    site_id: int,
    name: str,
    stages: object,
    guards: ChainGuards = ChainGuards.SITE,
) -> Chain:
    """Make a chain; Invalid says what is wrong in which stage."""
    site = await unit.find(Site, site_id)
    unit.require(rules.may_build(unit.scope), "create_chain")
    values = _checked({"name": name, "stages": stages, "guards": guards})
    await _check_name(unit, site_id, values["name"])
    if len(await unit.rows(select(Chain).where(Chain.site_id == site_id))) >= CHAINS_MOST:
        raise Conflict("site_id", f"a site has at most {CHAINS_MOST} chains")
    await _check_members(unit, site, values["stages"])
    chain = await unit.create(Chain(site_id=site_id, **values))
    await check_site(unit, site)
    return chain


async def get(unit: Unit, chain_id: int) -> Chain:
    """The chain, or NotFound."""
    return await unit.find(Chain, chain_id)


async def list(  # noqa: A001 - services share one set of verbs
    unit: Unit,
    *,
    site_id: int | None = None,
    name: str | None = None,
    sort: str = "name",
    limit: int = 100,
    cursor: str | None = None,
) -> Page[Chain]:
    """Chains of the scope or of one site; `name` finds parts of names."""
    query = select(Chain)
    if site_id is not None:
        await unit.find(Site, site_id)
        query = query.where(Chain.site_id == site_id)
    if name is not None:
        query = query.where(Chain.name.icontains(name, autoescape=True))
    return await page(unit, query, Chain, sortable=SORTABLE, sort=sort, limit=limit, cursor=cursor)


async def update(unit: Unit, chain_id: int, changes: Mapping[str, object]) -> Chain:
    """Change a chain; a chain that somebody uses keeps its name (Conflict)."""
    chain = await unit.find(Chain, chain_id)
    unit.require(rules.may_build(unit.scope), "edit_chain")
    values = _checked(changes)
    if values.get("name", chain.name) != chain.name:
        await _check_name(unit, chain.site_id, values["name"])
        await _check_unused(unit, chain, "keeps its name")
    site = await unit.find(Site, chain.site_id)
    if "stages" in values:
        await _check_members(unit, site, values["stages"])
    await unit.update(chain, values)
    await check_site(unit, site)
    return chain


async def delete(unit: Unit, chain_id: int) -> None:
    """Delete a chain; Conflict names who uses it."""
    chain = await unit.find(Chain, chain_id)
    unit.require(rules.may_build(unit.scope), "delete_chain")
    await _check_unused(unit, chain, "cannot be deleted")
    await unit.delete(chain)


def _checked(values: Mapping[str, object]) -> dict[str, Any]:
    """Checked values; stages have errors of their own, for each place one."""
    plain = {name: value for name, value in values.items() if name != "stages"}
    cleaned: dict[str, Any] = {}
    wrong: tuple[FieldError, ...] = ()
    try:
        cleaned = fields.clean(CHECKS, plain, FIXED)
    except Invalid as error:
        wrong += error.errors
    if "stages" in values:
        try:
            cleaned["stages"] = check_stages(values["stages"])
        except Invalid as error:
            wrong += error.errors
    if wrong:
        raise Invalid(wrong)
    return cleaned


async def _check_name(unit: Unit, site_id: int, name: str) -> None:
    query = select(Chain).where(Chain.site_id == site_id, Chain.name == name)
    if await unit.first(query) is not None:
        raise Conflict("name", "this site has a chain of that name")


async def _check_members(unit: Unit, site: Site, stages: object) -> None:
    """Invalid for people and accounts of another site, and for doors."""
    for number, stage in enumerate(parse_stages(stages), start=1):
        for place, member in enumerate(stage.members, start=1):
            where = f"stages.{number}.members.{place}.id"
            if member.kind == "person":
                person = await unit.first(select(Person).where(Person.id == member.id))
                if person is None or person.site_id != site.id:
                    raise Invalid.one(where, "is no person of this site")
            elif member.kind == "account":
                account = await unit.first(select(Account).where(Account.id == member.id))
                if account is None or account.site_id != site.id:
                    raise Invalid.one(where, "is no account of this site")
                if account.kind is AccountKind.DOOR:
                    raise Invalid.one(where, "is a door, which cannot be rung")


async def _check_unused(unit: Unit, chain: Chain, what: str) -> None:
    """Conflict that names who is called by the chain."""
    site = await unit.find(Site, chain.site_id)
    users = ["the site"] if site.call_type == chain.name else []
    apartments = select(Apartment).where(
        Apartment.site_id == chain.site_id, Apartment.call_type == chain.name
    )
    people = select(Person).where(Person.site_id == chain.site_id, Person.call_type == chain.name)
    users += [f"apartment {row.number} (id {row.id})" for row in await unit.rows(apartments)]
    users += [f"person {row.name} (id {row.id})" for row in await unit.rows(people)]
    if users:
        more = len(users) - NAMED_MOST
        named = ", ".join(users[:NAMED_MOST]) + (f" and {more} more" if more > 0 else "")
        raise Conflict("name", f"the chain {what} while it is the call type of {named}")
