"""Sites: create, read, change, delete (F031-F043)."""

from collections.abc import Mapping
from typing import TypedDict, Unpack

from sqlalchemy import func, insert, select

from directory import fields, rules
from directory.errors import Conflict, NotFound
from directory.kinds import (
    CallType,
    DateFormat,
    FailureScope,
    GuardOrder,
    GuardStage,
    Plan,
    SiteKind,
    TimeFormat,
)
from directory.model import Account, OperatorSite, Site
from directory.model.base import table_of
from directory.ringing import EARLY_USUAL, KEY_USUAL
from directory.service import ring_settings
from directory.service.paging import Page, page
from directory.unit import Unit

CHECKS: Mapping[str, fields.Check] = {
    "name": fields.text(128, 1),
    "timezone": fields.timezone,
    "country": fields.country,
    "time_format": fields.word(TimeFormat),
    "date_format": fields.word(DateFormat),
    "street": fields.text(128),
    "city": fields.text(128),
    "post_code": fields.text(32),
    "state": fields.text(128),
    "landline_enabled": fields.flag,
    **ring_settings.CHECKS,
    "stage_timeout": fields.seconds(1, 300),
    "landline_timeout": fields.seconds(1, 300),
    "emergency_number": fields.pattern(
        r"(?!0\Z)[0-9*#]{0,32}",
        "must be at most 32 of 0-9 * #, and not 0: the guard phones' number",
    ),
    "allow_apartment_to_apartment": fields.flag,
    "call_type": ring_settings.call_type,
    "guard_order": fields.word(GuardOrder),
    "people_deletable": fields.flag,
}
RINGING = frozenset(
    {"ring_times", "delays", "longest_ring", "stage_timeout", "landline_timeout", "call_type"}
)
"""Settings that must fit together."""
FIXED = {"kind": "cannot be changed", "plan": "cannot be changed once set"}
SORTABLE = {"name": Site.name, "created_at": Site.created_at, "id": Site.id}


class SiteSettings(TypedDict, total=False):
    """What may be said of a site at any time."""

    timezone: str
    country: str
    time_format: TimeFormat
    date_format: DateFormat
    street: str
    city: str
    post_code: str
    state: str
    landline_enabled: bool
    guard_stage: GuardStage | None
    stage_timeout: float
    landline_timeout: float
    emergency_number: str
    allow_apartment_to_apartment: bool
    declined: FailureScope
    global_failure: FailureScope
    longest_ring: float | None
    rounds: int
    early_status: int
    ring_times: Mapping[str, float]
    delays: Mapping[str, float]
    landline_confirms: bool
    landline_key: str
    call_type: str
    guard_order: GuardOrder
    emergency_landline: str
    people_deletable: bool


USUAL: SiteSettings = {
    "timezone": "UTC",
    "country": "GB",
    "time_format": TimeFormat.HOURS_24,
    "date_format": DateFormat.YMD,
    "street": "",
    "city": "",
    "post_code": "",
    "state": "",
    "landline_enabled": False,
    "guard_stage": None,
    "stage_timeout": 30.0,
    "landline_timeout": 45.0,
    "emergency_number": "",
    "allow_apartment_to_apartment": True,
    "declined": FailureScope.LEG,
    "global_failure": FailureScope.LEG,
    "longest_ring": None,
    "rounds": 1,
    "early_status": EARLY_USUAL,
    "ring_times": {},
    "delays": {},
    "landline_confirms": False,
    "landline_key": KEY_USUAL,
    "call_type": CallType.APP_AND_INDOOR,
    "guard_order": GuardOrder.ALL,
    "emergency_landline": "",
    "people_deletable": False,
}
"""Of a new site."""


async def create(
    unit: Unit,
    *,
    name: str,
    kind: SiteKind = SiteKind.COMMUNITY,
    plan: Plan = Plan.BASIC,
    **settings: Unpack[SiteSettings],
) -> Site:
    """Make a site; an operator who makes one is assigned to it.

    Conflict when a site of the server has the name, for settings name sites by it.
    """
    unit.require(rules.may_create_site(unit.scope), "create_site")
    values = fields.clean(
        {
            **_checks(settings.get("country", USUAL["country"])),
            "kind": fields.word(SiteKind),
            "plan": fields.word(Plan),
        },
        {"name": name, "kind": kind, "plan": plan, **USUAL, **settings},
    )
    ring_settings.merge(values, None)
    await _check_free(unit, str(values["name"]))
    site = await unit.create(Site(**values))
    unit.admit(site.id)
    await ring_settings.check_site(unit, site)
    if unit.scope.operator_id is not None and unit.scope.site_ids is not None:
        assignment = {"operator_id": unit.scope.operator_id, "site_id": site.id}
        await unit.session.execute(insert(OperatorSite), [assignment])
    return site


async def get(unit: Unit, site_id: int) -> Site:
    """The site, or NotFound."""
    return await unit.find(Site, site_id)


async def find(unit: Unit, name: str) -> Site:
    """The only site of that name; NotFound, or Conflict when several have it."""
    sites = await unit.rows(select(Site).where(Site.name == name).limit(2))
    if not sites:
        raise NotFound(Site.word, name)
    if len(sites) > 1:
        raise Conflict("name", "several sites have this name")
    return sites[0]


async def list(  # noqa: A001 - services share one set of verbs
    unit: Unit,
    *,
    kind: SiteKind | None = None,
    name: str | None = None,
    sort: str = "name",
    limit: int = 100,
    cursor: str | None = None,
) -> Page[Site]:
    """Sites of the scope; `name` finds parts of names (F033)."""
    query = select(Site)
    if kind is not None:
        query = query.where(Site.kind == kind)
    if name is not None:
        query = query.where(Site.name.icontains(name, autoescape=True))
    return await page(unit, query, Site, sortable=SORTABLE, sort=sort, limit=limit, cursor=cursor)


async def update(unit: Unit, site_id: int, changes: Mapping[str, object]) -> Site:
    """Change settings; kind and plan are fixed (Conflict, F035).

    A new name must be one that no site has. Names that the server's settings give to trunks, limits
    and incoming numbers are not for property managers to take or to give up (Conflict).
    """
    site = await unit.find(Site, site_id)
    unit.require(rules.may_edit_site(unit.scope, changes.keys()), "edit_site")
    for name in FIXED.keys() & changes.keys():
        if changes[name] != getattr(site, name):
            raise Conflict(name, FIXED[name])
    kept = {name: value for name, value in changes.items() if name not in FIXED}
    values = fields.clean(_checks(changes.get("country", site.country)), kept)
    ring_settings.merge(values, site)
    name = values.get("name", site.name)
    if name != site.name:
        await _check_rename(unit, site, str(name))
    changed = await unit.update(site, values)
    if RINGING.intersection(changed):
        await ring_settings.check_site(unit, site)
    return site


async def delete(unit: Unit, site_id: int) -> None:
    """Delete a site with everything in it."""
    site = await unit.find(Site, site_id)
    unit.require(rules.may_delete_site(unit.scope), "delete_site")
    for account in await unit.rows(select(Account).where(Account.site_id == site_id)):
        unit.changed(account, "delete")
    await unit.delete(site)


async def _check_rename(unit: Unit, site: Site, name: str) -> None:
    """Conflict when the site may not get that name, or not from this operator."""
    if not rules.may_rename_site(unit.scope, {site.name, name}, unit.named_sites):
        raise Conflict("name", "the server's settings use this name: ask an installer to rename")
    await _check_free(unit, name, site.id)


async def _check_free(unit: Unit, name: str, site_id: int | None = None) -> None:
    """Conflict when another site of the server, visible or not, has the name in whatever case.

    There may be such sites in databases of earlier builds; they stay as they are.
    """
    table = table_of(Site)
    wanted = name.casefold()
    for other, present in await unit.session.execute(select(table.c.id, table.c.name)):
        if other != site_id and present.casefold() == wanted:
            whose = f"site {other}" if unit.sees(other) else "another site"
            raise Conflict("name", f"{whose} has this name")


async def repeated_names(unit: Unit) -> frozenset[str]:
    """Names that several sites of the scope have, as earlier builds allowed."""
    query = select(Site.name).group_by(Site.name).having(func.count() > 1)
    return frozenset(await unit.session.scalars(query))


def _checks(country: object) -> Mapping[str, fields.Check]:
    """The checks of a site in that country, in which its telephone numbers are read."""

    def number(value: object) -> str:
        return fields.emergency_landline(value, fields.region(country))

    return {**CHECKS, "emergency_landline": number}
