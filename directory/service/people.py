"""People: residents (F153-F161) and office users (F050-F075)."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import or_, select

from directory import account_status, checks, fields, rules
from directory.account_status import first_status, settle_status
from directory.errors import Conflict, Invalid
from directory.kinds import AccountStatus, CallMode, CallType, PersonKind, SiteKind
from directory.model import Account, Apartment, Department, Device, Person, Site
from directory.service import accounts
from directory.service.apartments import check_call_type, settle_call_type
from directory.service.paging import Page, page
from directory.service.ring_settings import call_type as call_type_name
from directory.service.ring_settings import check_person
from directory.unit import Unit

LANDLINES = 3
"""Most landline numbers of a person (F072)."""

CHECKS: Mapping[str, fields.Check] = {
    "kind": fields.word(PersonKind),
    "first_name": checks.FIRST_NAME,
    "last_name": checks.LAST_NAME,
    "external_id": fields.optional(checks.EXTERNAL_ID),
    "email": fields.optional(fields.email),
    "country": fields.optional(fields.country_or_calling_code),
    "app_enabled": fields.flag,
    "call_type": fields.optional(call_type_name),
    "call_mode": fields.word(CallMode),
    "stage_timeout": fields.optional(fields.seconds(1, 300)),
    "floors": checks.FLOORS,
    "remark": checks.REMARK,
    "active": fields.flag,
    **account_status.CHECKS,
    "department_id": fields.optional(fields.row_id),
}
FIXED = dict.fromkeys(("site_id", "apartment_id"), "cannot be changed")
SORTABLE = {
    "last_name": Person.last_name,
    "first_name": Person.first_name,
    "created_at": Person.created_at,
    "id": Person.id,
}
RESIDENTS = frozenset({PersonKind.MASTER, PersonKind.MEMBER})


async def create(
    unit: Unit,
    *,
    site_id: int,
    first_name: str,
    last_name: str = "",
    kind: PersonKind | None = None,
    apartment_id: int | None = None,
    department_id: int | None = None,
    external_id: str | None = None,
    email: str | None = None,
    country: str | None = None,
    mobile: str | None = None,
    landlines: Sequence[str] = (),
    app_enabled: bool = False,
    call_type: str | None = None,
    call_mode: CallMode = CallMode.SIP,
    stage_timeout: float | None = None,
    floors: Sequence[str] | None = None,
    remark: str = "",
    active: bool = True,
    status: AccountStatus | None = None,
    expires_at: float | None = None,
) -> Person:
    """Make a resident (community) or an office user; with the app feature also the app's account.

    `country` takes a code such as `GB` or a calling code such as `+44` (F065, F070). Without a kind
    a resident is the master if the apartment has none, and an office user is a basic one.
    """
    site = await unit.find(Site, site_id)
    unit.require(rules.may_edit_people(unit.scope), "create_person")
    apartment = await _apartment(unit, site, apartment_id)
    department = await _department(unit, site, department_id)
    if kind is None:
        kind = await _default_kind(unit, apartment)
    if floors is None:
        # F061: the department's floors are the start; later changes there do not reach here (F062).
        floors = department.floors if department is not None else ()
    values = _checked(
        {
            "kind": kind,
            "first_name": first_name,
            "last_name": last_name,
            "external_id": external_id,
            "email": email,
            "country": country,
            "mobile": mobile,
            "landlines": landlines,
            "app_enabled": app_enabled,
            "call_type": call_type,
            "call_mode": call_mode,
            "stage_timeout": stage_timeout,
            "floors": floors,
            "remark": remark,
            **first_status(active, status, expires_at),
            "department_id": department_id,
        },
        country or site.country,
    )
    settle_status(values, None, unit.now)
    values.setdefault("active", True)
    await _check_kind(unit, values["kind"], apartment)
    values["call_type"] = _first_call_type(
        apartment, values["app_enabled"], values["call_type"], str(site.call_type)
    )
    await _check_unique(unit, site_id, values)
    person = await unit.create(Person(site_id=site_id, apartment_id=apartment_id, **values))
    await check_person(unit, person, site)
    if person.app_enabled:
        await accounts.create_for_person(unit, person, apartment.building_id if apartment else None)
    return person


async def get(unit: Unit, person_id: int) -> Person:
    """The person, or NotFound."""
    return await unit.find(Person, person_id)


async def list(  # noqa: A001 - services share one set of verbs
    unit: Unit,
    *,
    site_id: int | None = None,
    apartment_id: int | None = None,
    department_id: int | None = None,
    kind: PersonKind | None = None,
    name: str | None = None,
    external_id: str | None = None,
    sort: str = "last_name",
    limit: int = 100,
    cursor: str | None = None,
) -> Page[Person]:
    """People of the scope; `name` finds parts of first and last names and remarks (F075, F159)."""
    query = select(Person)
    if site_id is not None:
        await unit.find(Site, site_id)
        query = query.where(Person.site_id == site_id)
    wanted = {
        Person.apartment_id: apartment_id,
        Person.department_id: department_id,
        Person.kind: kind,
        Person.external_id: external_id,
    }
    for column, value in wanted.items():
        if value is not None:
            query = query.where(column == value)
    if name is not None:
        query = query.where(
            or_(
                Person.first_name.icontains(name, autoescape=True),
                Person.last_name.icontains(name, autoescape=True),
                Person.remark.icontains(name, autoescape=True),
            )
        )
    return await page(unit, query, Person, sortable=SORTABLE, sort=sort, limit=limit, cursor=cursor)


async def update(unit: Unit, person_id: int, changes: Mapping[str, object]) -> Person:
    """Change a person; enabling the app for the first time makes its account.

    Switching the app off rewrites an office user's call type and says so in `unit.notes` (F071).
    """
    person = await unit.find(Person, person_id)
    unit.require(rules.may_edit_people(unit.scope), "edit_person")
    site = await unit.find(Site, person.site_id)
    region = changes.get("country", person.country) or site.country
    values = _checked(changes, str(region))
    settle_status(values, person.expires_at, unit.now)
    _check_kind_change(person, values)
    if person.apartment_id is not None:
        if values.get("call_type") is not None:
            raise Invalid.one("call_type", "a resident is called the way the apartment is")
        if values.get("department_id") is not None:
            raise Invalid.one("department_id", "a resident has no department")
    else:
        if "call_type" in values and values["call_type"] is None:
            raise Invalid.one("call_type", "an office user has a call type")
        if "department_id" in values:
            await _department(unit, site, values["department_id"])
        settle_call_type(unit, values, person.app_enabled, person.call_type)
    await _check_unique(unit, person.site_id, values, person)
    changed = await unit.update(person, values)
    if "call_type" in changed or "stage_timeout" in changed:
        await check_person(unit, person, site)
    await _carry_over(unit, person, changed)
    return person


async def delete(unit: Unit, person_id: int) -> None:
    """Delete a person with the app account and private devices.

    Conflict for a master whose family is still there (F155).
    """
    person = await unit.find(Person, person_id)
    site = await unit.find(Site, person.site_id)
    unit.require(rules.may_delete_people(unit.scope, site.people_deletable), "delete_person")
    if person.kind is PersonKind.MASTER:
        query = select(Person).where(
            Person.apartment_id == person.apartment_id, Person.kind == PersonKind.MEMBER
        )
        if await unit.first(query) is not None:
            raise Conflict("kind", "delete the family members before their master")
    for account in await unit.rows(select(Account).where(Account.person_id == person_id)):
        unit.changed(account, "delete")
    await unit.delete(person)


def _checked(values: Mapping[str, object], region: str) -> dict[str, Any]:
    """Checked values; telephone numbers are read in the region (F065, F073)."""
    table = {
        **CHECKS,
        "mobile": fields.optional(lambda value: fields.phone_number(value, fields.region(region))),
        "landlines": lambda value: fields.landlines(value, fields.region(region), LANDLINES),
    }
    return fields.clean(table, values, FIXED)


async def _apartment(unit: Unit, site: Site, apartment_id: int | None) -> Apartment | None:
    """The apartment a resident lives in; Invalid when it is missing or of another site (F156)."""
    if site.kind is SiteKind.OFFICE:
        if apartment_id is not None:
            raise Invalid.one("apartment_id", "an office has no apartments")
        return None
    if apartment_id is None:
        raise Invalid.one("apartment_id", "a resident needs an apartment")
    apartment = await unit.find(Apartment, apartment_id)
    if apartment.site_id != site.id:
        raise Invalid.one("apartment_id", "is not in this site")
    return apartment


async def _department(unit: Unit, site: Site, department_id: int | None) -> Department | None:
    """The department of an office user; Invalid when it is missing (F050) or of another site."""
    if site.kind is SiteKind.COMMUNITY:
        if department_id is not None:
            raise Invalid.one("department_id", "a community has no departments")
        return None
    if department_id is None:
        raise Invalid.one("department_id", "an office user needs a department")
    department = await unit.find(Department, department_id)
    if department.site_id != site.id:
        raise Invalid.one("department_id", "is not in this site")
    return department


async def _default_kind(unit: Unit, apartment: Apartment | None) -> PersonKind:
    if apartment is None:
        return PersonKind.BASIC
    return PersonKind.MEMBER if await _master(unit, apartment) else PersonKind.MASTER


async def _master(unit: Unit, apartment: Apartment) -> Person | None:
    return await unit.first(
        select(Person).where(Person.apartment_id == apartment.id, Person.kind == PersonKind.MASTER)
    )


async def _check_kind(unit: Unit, kind: PersonKind, apartment: Apartment | None) -> None:
    """One master an apartment, the master before the family (F155), and its limit (F158)."""
    if apartment is None:
        if kind in RESIDENTS:
            raise Invalid.one("kind", "an office user is basic or advanced")
        return
    if kind not in RESIDENTS:
        raise Invalid.one("kind", "a resident is master or member")
    master = await _master(unit, apartment)
    if kind is PersonKind.MASTER:
        if master is not None:
            raise Conflict("kind", "this apartment has a master")
        return
    if master is None:
        raise Conflict("kind", "the apartment needs a master before a family member")
    if apartment.family_limit is None:
        return
    members = await unit.rows(
        select(Person).where(Person.apartment_id == apartment.id, Person.kind == PersonKind.MEMBER)
    )
    if len(members) >= apartment.family_limit:
        raise Conflict("kind", f"this apartment may have {apartment.family_limit} members")


def _check_kind_change(person: Person, values: Mapping[str, Any]) -> None:
    """Residents keep their kind; office users change between basic and advanced."""
    kind = values.get("kind", person.kind)
    if kind is not person.kind and (kind in RESIDENTS or person.kind in RESIDENTS):
        raise Invalid.one("kind", "cannot be changed")


def _first_call_type(
    apartment: Apartment | None, app_enabled: bool, call_type: str | None, usual: str
) -> str | None:
    """The call type stored with a new person: none for residents, checked for office users."""
    if apartment is not None:
        if call_type is not None:
            raise Invalid.one("call_type", "a resident is called the way the apartment is")
        return None
    if call_type is None:
        return usual if app_enabled else CallType.INDOOR_ONLY
    check_call_type(app_enabled, call_type)
    return call_type


async def _check_unique(
    unit: Unit, site_id: int, values: Mapping[str, Any], person: Person | None = None
) -> None:
    """External id (F058) and email (F059) name one person of the site."""
    for column in (Person.external_id, Person.email):
        value = values.get(column.key)
        if value is None or (person is not None and getattr(person, column.key) == value):
            continue
        query = select(Person).where(Person.site_id == site_id, column == value)
        if await unit.first(query) is not None:
            raise Conflict(column.key, "another person of this site has it")
    number = values.get("external_id")
    if number is not None and (person is None or person.external_id != number):
        departments = select(Department).where(
            Department.site_id == site_id, Department.number == number
        )
        if await unit.first(departments) is not None:
            raise Conflict("external_id", "a department of this site has it as its number")


async def _carry_over(unit: Unit, person: Person, changed: tuple[str, ...]) -> None:
    """Bring the person's app account in line with the person."""
    if "department_id" in changed:
        await _follow_department(unit, person)
    account = await accounts.of_person(unit, person.id)
    if account is None:
        if person.app_enabled and "app_enabled" in changed:
            apartment_id = person.apartment_id
            apartment = await unit.find(Apartment, apartment_id) if apartment_id else None
            building_id = apartment.building_id if apartment else None
            await accounts.create_for_person(unit, person, building_id)
        return
    if not {"app_enabled", "active", "blocked", "expires_at"}.isdisjoint(changed):
        unit.changed(account)
    if "first_name" in changed or "last_name" in changed:
        await unit.update(account, {"display": person.name})


async def _follow_department(unit: Unit, person: Person) -> None:
    """Private devices and accounts of an office user are where the user is."""
    for account in await unit.rows(select(Account).where(Account.person_id == person.id)):
        await unit.update(account, {"department_id": person.department_id})
    for device in await unit.rows(select(Device).where(Device.person_id == person.id)):
        await unit.update(device, {"department_id": person.department_id})
