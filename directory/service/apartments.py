"""Apartments and how they are called (F032, F071, F077, F086, F151, F152, F158)."""

from collections import Counter
from collections.abc import Collection, Mapping

from sqlalchemy import func, select

from directory import account_status, checks, fields, rules
from directory.account_status import first_status, settle_status
from directory.errors import Conflict, Invalid, NotFound
from directory.kinds import (
    AccountKind,
    AccountStatus,
    CallMode,
    CallType,
    FailureScope,
    GuardStage,
)
from directory.model import Account, Apartment, Building, Device, Person, Site
from directory.service import ring_settings
from directory.service.paging import Page, page
from directory.unit import Unit

CHECKS: Mapping[str, fields.Check] = {
    "number": fields.apartment_number,
    "name": checks.APARTMENT_NAME,
    "call_type": fields.optional(ring_settings.call_type),
    "call_mode": fields.word(CallMode),
    "app_enabled": fields.flag,
    "family_limit": fields.optional(fields.whole(0, 63)),
    "stage_timeout": fields.optional(fields.seconds(1, 300)),
    "active": fields.flag,
    **ring_settings.OWN_CHECKS,
    **account_status.CHECKS,
}
RINGING = frozenset({*ring_settings.OWN_CHECKS, "call_type", "stage_timeout"})
"""What must fit together, and to the site."""
FIXED = dict.fromkeys(("site_id", "building_id"), "cannot be changed")
SORTABLE = {"number": Apartment.number, "name": Apartment.name, "id": Apartment.id}

APP_IS_OFF = "only indoor_only is left while the app feature is off"
REWRITTEN = "The app feature was switched off: the call type is now indoor_only."


async def create(
    unit: Unit,
    *,
    building_id: int,
    number: str,
    name: str = "",
    call_type: str | None = None,
    call_mode: CallMode = CallMode.SIP,
    app_enabled: bool = True,
    family_limit: int | None = None,
    stage_timeout: float | None = None,
    active: bool = True,
    guard_stage: GuardStage | None = None,
    declined: FailureScope | None = None,
    global_failure: FailureScope | None = None,
    longest_ring: float | None = None,
    rounds: int | None = None,
    early_status: int | None = None,
    ring_times: Mapping[str, float] | None = None,
    delays: Mapping[str, float] | None = None,
    landline_confirms: bool | None = None,
    status: AccountStatus | None = None,
    expires_at: float | None = None,
) -> Apartment:
    """Make an apartment; Conflict when the building has one of that number.

    Without a call type it is called the way of the site, or its monitors alone when the app is off.
    """
    building = await unit.find(Building, building_id)
    unit.require(rules.may_build(unit.scope), "create_apartment")
    if call_type is None and not app_enabled:
        call_type = CallType.INDOOR_ONLY
    values = fields.clean(
        CHECKS,
        {
            "number": number,
            "name": name,
            "call_type": call_type,
            "call_mode": call_mode,
            "app_enabled": app_enabled,
            "family_limit": family_limit,
            "stage_timeout": stage_timeout,
            "guard_stage": guard_stage,
            "declined": declined,
            "global_failure": global_failure,
            "longest_ring": longest_ring,
            "rounds": rounds,
            "early_status": early_status,
            "ring_times": {} if ring_times is None else ring_times,
            "delays": {} if delays is None else delays,
            "landline_confirms": landline_confirms,
            **first_status(active, status, expires_at),
        },
    )
    settle_status(values, None, unit.now)
    values.setdefault("active", True)
    ring_settings.merge(values, None)
    check_call_type(values["app_enabled"], values["call_type"])
    await _check_number(unit, building_id, values["number"])
    apartment = await unit.create(
        Apartment(site_id=building.site_id, building_id=building_id, **values)
    )
    await ring_settings.check_apartment(unit, apartment)
    return apartment


async def get(unit: Unit, apartment_id: int) -> Apartment:
    """The apartment, or NotFound."""
    return await unit.find(Apartment, apartment_id)


async def find(unit: Unit, building_id: int, number: str) -> Apartment:
    """The apartment of that number, or NotFound."""
    query = select(Apartment).where(
        Apartment.building_id == building_id, Apartment.number == number
    )
    apartment = await unit.first(query)
    if apartment is None:
        raise NotFound(Apartment.word, number)
    return apartment


async def numbers(unit: Unit, apartment_ids: Collection[int]) -> dict[int, str]:
    """Numbers by id, for many apartments at once."""
    query = select(Apartment.id, Apartment.number).where(Apartment.id.in_(apartment_ids))
    return {row[0]: row[1] for row in await unit.session.execute(query)}


async def count(
    unit: Unit, model: type[Person] | type[Device], apartment_ids: Collection[int]
) -> Counter[int]:
    """Residents or private devices by apartment, for many apartments at once (F173)."""
    query = (
        select(model.apartment_id, func.count())
        .where(model.apartment_id.in_(apartment_ids))
        .group_by(model.apartment_id)
    )
    found = await unit.session.execute(query)
    return Counter({row_id: number for row_id, number in found if row_id is not None})


async def list(  # noqa: A001 - services share one set of verbs
    unit: Unit,
    *,
    site_id: int | None = None,
    building_id: int | None = None,
    number: str | None = None,
    name: str | None = None,
    call_type: str | None = None,
    sort: str = "number",
    limit: int = 100,
    cursor: str | None = None,
) -> Page[Apartment]:
    """Apartments of the scope, a site or a building; `name` finds parts of names (F173)."""
    query = select(Apartment)
    if site_id is not None:
        await unit.find(Site, site_id)
        query = query.where(Apartment.site_id == site_id)
    if building_id is not None:
        await unit.find(Building, building_id)
        query = query.where(Apartment.building_id == building_id)
    if number is not None:
        query = query.where(Apartment.number == number)
    if name is not None:
        query = query.where(Apartment.name.icontains(name, autoescape=True))
    if call_type is not None:
        query = query.where(Apartment.call_type == call_type)
    return await page(
        unit, query, Apartment, sortable=SORTABLE, sort=sort, limit=limit, cursor=cursor
    )


async def update(unit: Unit, apartment_id: int, changes: Mapping[str, object]) -> Apartment:
    """Change an apartment.

    Switching the app feature off rewrites the call type and says so in `unit.notes` (F071).
    """
    apartment = await unit.find(Apartment, apartment_id)
    unit.require(rules.may_edit_apartment(unit.scope, changes.keys()), "edit_apartment")
    values = fields.clean(CHECKS, changes, FIXED)
    settle_status(values, apartment.expires_at, unit.now)
    if values.get("number", apartment.number) != apartment.number:
        await _check_number(unit, apartment.building_id, values["number"])
    settle_call_type(unit, values, apartment.app_enabled, apartment.call_type, follows=True)
    ring_settings.merge(values, apartment)
    changed = await unit.update(apartment, values)
    if RINGING.intersection(changed):
        await ring_settings.check_apartment(unit, apartment)
    if "app_enabled" in changed:
        query = select(Account).where(
            Account.apartment_id == apartment_id, Account.kind == AccountKind.APP
        )
        for account in await unit.rows(query):
            unit.changed(account)
    return apartment


async def delete(unit: Unit, apartment_id: int) -> None:
    """Delete an apartment with its people and devices; their MACs become free."""
    apartment = await unit.find(Apartment, apartment_id)
    unit.require(rules.may_build(unit.scope), "delete_apartment")
    for account in await unit.rows(select(Account).where(Account.apartment_id == apartment_id)):
        unit.changed(account, "delete")
    await unit.delete(apartment)


def check_call_type(app_enabled: bool, call_type: str | None) -> None:
    """Invalid for a call type that needs the app feature while it is off (F071)."""
    if not app_enabled and call_type not in (None, CallType.INDOOR_ONLY):
        raise Invalid.one("call_type", APP_IS_OFF)


def settle_call_type(
    unit: Unit,
    values: dict[str, object],
    app_enabled: bool,
    call_type: str | None,
    *,
    follows: bool = False,
) -> None:
    """Apply F071 to the changes of something that has an app switch and a call type.

    A type given for a switched-off app is Invalid; a stored one is rewritten when the app goes off.
    `follows` is said of what is called the way of the site when it has no type of its own.
    """
    app_stays = bool(values.get("app_enabled", app_enabled))
    if app_stays:
        return
    wanted = values.get("call_type")
    if wanted is not None:
        check_call_type(False, str(wanted))
        return
    left_open = follows and ("call_type" in values or call_type is None)
    if left_open or call_type not in (None, CallType.INDOOR_ONLY):
        values["call_type"] = CallType.INDOOR_ONLY
        unit.notes.append(REWRITTEN)


async def _check_number(unit: Unit, building_id: int, number: str) -> None:
    query = select(Apartment).where(
        Apartment.building_id == building_id, Apartment.number == number
    )
    if await unit.first(query) is not None:
        raise Conflict("number", "this building has an apartment of that number")
