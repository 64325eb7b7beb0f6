"""Whom the numbers of a site mean: its apartments, people and departments, from the database."""

from collections import defaultdict
from typing import Any

from sqlalchemy import ColumnElement, String, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection

from directory.kinds import PersonKind
from directory.model import Apartment, Department, Person
from directory.queries.batches import batches
from directory.queries.dial import DialDepartment, DialOwner
from directory.queries.landline_ends import landline_ends
from directory.queries.site_parts import Query, SiteParts, SitesParts, earlier, of_site
from directory.queries.stored_ringing import ringing_of, stored_ringing

Status = tuple[bool, bool, float | None]
"""Active, blocked, moment from which it is expired."""
Resident = tuple[int, int, str, str, bool, float | None, Status]
"""Site, person id, external id, name, app switch, stage timeout, status."""


async def add_people(
    connection: AsyncConnection, sites: SitesParts, site_id: int | None
) -> dict[int, list[Resident]]:
    """Owners for office users, landlines for both kinds; residents who have a number of their own.

    Those are returned by apartment: they are called the way their apartment is.
    """
    query: Query = select(
        Person.site_id,
        Person.id,
        Person.external_id,
        Person.first_name,
        Person.last_name,
        Person.apartment_id,
        Person.department_id,
        Person.landlines,
        Person.app_enabled,
        type_coerce(Person.call_type, String),
        Person.stage_timeout,
        Person.active,
        Person.blocked,
        Person.expires_at,
    ).order_by(Person.kind != PersonKind.MASTER, Person.id)
    residents: dict[int, list[Resident]] = defaultdict(list)
    async for rows in batches(connection, of_site(query, Person.site_id.expression, site_id)):
        for row in rows:
            site, person_id, external_id, first, last, apartment_id, department_id, *rest = row
            landlines, app_enabled, call_type, stage_timeout, active, blocked, end = rest
            parts = sites[site]
            name = f"{first} {last}".strip()
            carried = [(number, end) for number in landlines] if active and not blocked else []
            numbers, ends = landline_ends(carried)
            if apartment_id is None:
                owner = DialOwner(
                    site_id=site,
                    building_id=None,
                    number=external_id or "",
                    name=name,
                    call_type=call_type,
                    app_enabled=app_enabled,
                    indoor=tuple(parts.indoor.get(("person", person_id), ())),
                    apps=tuple(parts.apps.get(("person", person_id), ())),
                    landlines=numbers,
                    landline_ends=ends,
                    stage_timeout=stage_timeout,
                    active=active,
                    person_id=person_id,
                    department_id=department_id,
                    blocked=blocked,
                    expires_at=end,
                )
                parts.add_person(owner)
                continue
            status = (active, blocked, end)
            parts.landlines["apartment", apartment_id] += carried
            if external_id:
                parts.landlines["person", person_id] += carried
                resident = (site, person_id, external_id, name, app_enabled, stage_timeout, status)
                residents[apartment_id].append(resident)
    return residents


_APARTMENT_RINGING: tuple[ColumnElement[Any], ...] = stored_ringing(
    Apartment, Apartment.guard_stage.expression
)


async def add_apartments(
    connection: AsyncConnection,
    sites: SitesParts,
    site_id: int | None,
    residents: dict[int, list[Resident]],
) -> None:
    """Owners for apartments, and for residents with a number of their own (F089)."""
    query: Query = select(
        Apartment.id,
        Apartment.site_id,
        Apartment.building_id,
        Apartment.number,
        Apartment.name,
        type_coerce(Apartment.call_type, String),
        Apartment.app_enabled,
        Apartment.stage_timeout,
        Apartment.active,
        Apartment.blocked,
        Apartment.expires_at,
        *_APARTMENT_RINGING,
    ).order_by(Apartment.id)
    async for rows in batches(connection, of_site(query, Apartment.site_id.expression, site_id)):
        for row in rows:
            apartment_id, site, building_id, number, name, call_type, app, timeout = row[:8]
            active, blocked, end = row[8:11]
            parts = sites[site]
            key = ("apartment", apartment_id)
            numbers, ends = landline_ends(parts.landlines.get(key, ()))
            owner = DialOwner(
                site_id=site,
                building_id=building_id,
                number=number,
                name=name or number,
                call_type=call_type,
                app_enabled=app,
                indoor=tuple(parts.indoor.get(key, ())),
                apps=tuple(parts.apps.get(key, ())),
                landlines=numbers,
                landline_ends=ends,
                stage_timeout=timeout,
                active=active,
                apartment_id=apartment_id,
                blocked=blocked,
                expires_at=end,
                ringing=ringing_of(row[11:]),
            )
            parts.owners[owner.key] = owner
            parts.apartments[building_id, number] = owner
            for resident in residents.get(apartment_id, ()):
                parts.add_person(_resident(parts, owner, resident))


def _resident(parts: SiteParts, apartment: DialOwner, resident: Resident) -> DialOwner:
    """A resident as an owner: the apartment's monitors and call type, the own app and numbers."""
    site_id, person_id, external_id, name, app_enabled, stage_timeout, status = resident
    active, blocked, end = status
    key = ("person", person_id)
    numbers, ends = landline_ends(parts.landlines.get(key, ()))
    return DialOwner(
        site_id=site_id,
        building_id=apartment.building_id,
        number=external_id,
        name=name,
        call_type=apartment.call_type,
        app_enabled=app_enabled and apartment.app_enabled,
        indoor=apartment.indoor,
        apps=tuple(parts.apps.get(key, ())),
        landlines=numbers,
        landline_ends=ends,
        stage_timeout=apartment.stage_timeout if stage_timeout is None else stage_timeout,
        active=active and apartment.active,
        apartment_id=apartment.apartment_id,
        person_id=person_id,
        blocked=blocked or apartment.blocked,
        expires_at=earlier(end, apartment.expires_at),
        ringing=apartment.ringing,
    )


async def add_departments(
    connection: AsyncConnection, sites: SitesParts, site_id: int | None
) -> None:
    """Departments with a number, and the people whose phones it rings."""
    query: Query = select(
        Department.site_id, Department.id, Department.name, Department.number
    ).where(Department.number.is_not(None))
    query = of_site(query, Department.site_id.expression, site_id)
    for site, department_id, name, number in await connection.execute(query):
        parts = sites[site]
        members = tuple(
            [owner for owner in parts.owners.values() if owner.department_id == department_id]
        )
        parts.departments[number] = DialDepartment(department_id, name, number, members)
