"""Contact lists: whom a door, a monitor or a guard phone offers to call (F099, F105)."""

import re
from collections import defaultdict
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, String, and_, not_, or_, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection

from directory.kinds import DOORS, AccountKind, CallMode, ContactDisplay, DeviceScope
from directory.model import Account, Apartment, Building, Device, Person
from directory.queries.direct_peers import monitors_by_address
from directory.queries.enabled import accounts_with_owner, usable
from directory.queries.provisioning import ContactEntry, DirectPeer

GATE_SEPARATOR = "*"
"""Between building and apartment in what a gate of the whole site dials."""


_Keyed = tuple[str, ContactEntry]
"""An entry, and the key by which a device chooses it."""


class Place(NamedTuple):
    """Where a device is."""

    site_id: int
    scope: DeviceScope
    building_id: int | None
    department_id: int | None
    apartment_id: int | None
    person_id: int | None


class Owner(NamedTuple):
    """An apartment or office user in a contact list."""

    apartment_id: int | None
    person_id: int | None
    name: str
    number: str
    call_mode: CallMode = CallMode.SIP
    direct: tuple[DirectPeer, ...] = ()
    """Monitors that are called by address, in call mode IP (F067)."""
    out_of_reach: bool = False
    """Whether they are in another network group than who asks (F098)."""

    @property
    def key(self) -> str:
        """`apartment:12` or `person:7`."""
        if self.apartment_id is not None:
            return f"apartment:{self.apartment_id}"
        return f"person:{self.person_id}"


async def contacts_of_door(
    connection: AsyncConnection,
    place: Place,
    display: ContactDisplay,
    chosen: list[str] | None = None,
) -> tuple[ContactEntry, ...]:
    """Owners the door serves; with their devices and the guard phones when the mode shows them.

    `chosen` leaves those alone that it names by key, of what the mode shows (F102).
    """
    owners = await owners_served(connection, place)
    keyed = [(owner.key, _entry(owner)) for owner in owners]
    if display is not ContactDisplay.ONLY_PEOPLE:
        keyed += await _endpoints(connection, place, owners)
        keyed += await _guards(connection, place)
    wanted = None if chosen is None else frozenset(chosen)
    return in_natural_order([entry for key, entry in keyed if wanted is None or key in wanted])


async def contacts_of_monitor(
    connection: AsyncConnection, place: Place
) -> tuple[ContactEntry, ...]:
    """The guard phones of an indoor monitor's site or building."""
    return in_natural_order(await guards(connection, place))


async def contacts_of_guard(connection: AsyncConnection, place: Place) -> tuple[ContactEntry, ...]:
    """Everybody the guard may have to call."""
    return in_natural_order([_entry(owner) for owner in await owners_served(connection, place)])


async def owners_served(connection: AsyncConnection, place: Place) -> list[Owner]:
    """Active apartments, or office users with a number, that belong to the place."""
    apartments = [
        Owner(apartment_id, None, _label(place, building, number, name), dialled, mode)
        for apartment_id, building, number, name, mode in await connection.execute(
            _apartments(place)
        )
        for dialled in (_dialled(place, building, number),)
    ]
    people = [
        Owner(None, person_id, f"{first} {last}".strip(), external_id, mode)
        for person_id, external_id, first, last, mode in await connection.execute(_people(place))
    ]
    return await _with_addresses(connection, place, apartments + people)


async def _with_addresses(
    connection: AsyncConnection, place: Place, owners: list[Owner]
) -> list[Owner]:
    """The owners, those in call mode IP with their monitors of the same network group."""
    wanted = [owner for owner in owners if owner.call_mode is CallMode.IP]
    if not wanted:
        return owners
    of_apartments, of_people = await monitors_by_address(
        connection,
        place.site_id,
        place.building_id,
        {owner.apartment_id for owner in wanted if owner.apartment_id is not None},
        {owner.person_id for owner in wanted if owner.person_id is not None},
    )

    def complete(owner: Owner) -> Owner:
        if owner.call_mode is not CallMode.IP:
            return owner
        if owner.apartment_id is not None:
            # A flat is in a building, so what is in none is in another group.
            direct = of_apartments.get(owner.apartment_id, ())
            return owner._replace(direct=direct, out_of_reach=place.building_id is None)
        return owner._replace(direct=of_people.get(owner.person_id or 0, ()))

    return [complete(owner) for owner in owners]


def _entry(owner: Owner) -> ContactEntry:
    """An owner's line of a contact list."""
    return ContactEntry(
        owner.name, owner.number, "owner", owner.name, owner.direct, owner.out_of_reach
    )


async def guards(connection: AsyncConnection, place: Place) -> list[ContactEntry]:
    """Guard phones that are switched on: those of the site, and those of the same part of it."""
    return [entry for _, entry in await _guards(connection, place)]


async def _guards(connection: AsyncConnection, place: Place) -> list[_Keyed]:
    query = (
        select(Account.id, Account.display, Account.user)
        .where(
            Account.site_id == place.site_id,
            Account.kind == AccountKind.GUARD,
            Account.enabled,
            or_(Account.building_id.is_(None), Account.building_id == place.building_id),
            or_(Account.department_id.is_(None), Account.department_id == place.department_id),
        )
        .order_by(Account.id)
    )
    rows = await connection.execute(query)
    return [
        (f"account:{account_id}", ContactEntry(display or user, user, "guard"))
        for account_id, display, user in rows
    ]


def doors_serving(place: Place, every_department: bool) -> ColumnElement[bool]:
    """Condition for the doors whose calls reach a monitor or guard phone at this place (F105).

    `every_department` is the wider access of an advanced office user (F055).
    """
    reach: list[ColumnElement[bool]] = [Device.scope == DeviceScope.SITE]
    if place.scope is DeviceScope.SITE or every_department:
        reach.append(Device.scope == DeviceScope.DEPARTMENT)
    if place.scope is DeviceScope.SITE:
        reach.append(Device.scope == DeviceScope.BUILDING)
    for scope, column, value in (
        (DeviceScope.BUILDING, Device.building_id, place.building_id),
        (DeviceScope.DEPARTMENT, Device.department_id, place.department_id),
        (DeviceScope.APARTMENT, Device.apartment_id, place.apartment_id),
        (DeviceScope.PERSON, Device.person_id, place.person_id),
    ):
        if value is not None:
            reach.append(and_(Device.scope == scope, column == value))
    return and_(Device.site_id == place.site_id, Device.type.in_(DOORS), or_(*reach))


def in_natural_order(entries: list[ContactEntry]) -> tuple[ContactEntry, ...]:
    """Sorted the way people read: Flat 2 before Flat 10."""
    return tuple(sorted(entries, key=lambda entry: (natural_key(entry.name), entry.number)))


def natural_key(name: str) -> list[tuple[int, int, str]]:
    """Sort key that compares runs of digits as numbers."""
    parts = re.findall(r"[0-9]+|[^0-9]+", name.casefold())
    return [(0, int(part), part) if part[0] in "0123456789" else (1, 0, part) for part in parts]


def _apartments(place: Place) -> Select[*tuple[Any, ...]]:
    query: Select[*tuple[Any, ...]] = (
        select(Apartment.id, Building.name, Apartment.number, Apartment.name, Apartment.call_mode)
        .join(Building, Apartment.building_id == Building.id)
        .where(Apartment.site_id == place.site_id, Apartment.active, not_(Apartment.blocked))
    )
    if place.apartment_id is not None:
        return query.where(Apartment.id == place.apartment_id)
    if place.building_id is not None:
        return query.where(Apartment.building_id == place.building_id)
    return query


def _people(place: Place) -> Select[*tuple[Any, ...]]:
    query: Select[*tuple[Any, ...]] = select(
        Person.id, Person.external_id, Person.first_name, Person.last_name, Person.call_mode
    ).where(
        Person.site_id == place.site_id,
        Person.apartment_id.is_(None),
        Person.external_id.is_not(None),
        Person.active,
        not_(Person.blocked),
    )
    if place.person_id is not None:
        return query.where(Person.id == place.person_id)
    if place.department_id is not None:
        return query.where(Person.department_id == place.department_id)
    return query


def _dialled(place: Place, building: str, number: str) -> str:
    """What the device dials for an apartment: a device without a building names the building."""
    if place.building_id is not None:
        return number
    return f"{building}{GATE_SEPARATOR}{number}"


def _label(place: Place, building: str, number: str, name: str) -> str:
    """What the list shows for an apartment."""
    label = name or number
    return label if place.building_id is not None else f"{building} {label}"


async def _endpoints(
    connection: AsyncConnection, place: Place, owners: list[Owner]
) -> list[_Keyed]:
    """Monitors and apps of the owners."""
    query = (
        select(
            Account.id,
            type_coerce(Account.kind, String),
            Account.user,
            Account.display,
            Account.apartment_id,
            Account.person_id,
        )
        .select_from(accounts_with_owner)
        .where(
            Account.site_id == place.site_id,
            Account.kind.in_((AccountKind.INDOOR, AccountKind.APP)),
            usable,
        )
        .order_by(Account.id)
    )
    if place.building_id is not None:
        query = query.where(Account.building_id == place.building_id)
    by_apartment: dict[int, list[tuple[int, str, str, str]]] = defaultdict(list)
    by_person: dict[int, list[tuple[int, str, str, str]]] = defaultdict(list)
    for account_id, kind, user, display, apartment_id, person_id in await connection.execute(query):
        if apartment_id is not None:
            by_apartment[apartment_id].append((account_id, kind, user, display))
        elif person_id is not None:
            by_person[person_id].append((account_id, kind, user, display))
    entries: list[_Keyed] = []
    for owner in owners:
        found = by_apartment.get(owner.apartment_id or 0, []) + by_person.get(
            owner.person_id or 0, []
        )
        by_address = {peer.user: (peer,) for peer in owner.direct}
        entries += [
            (
                f"account:{account_id}",
                ContactEntry(display or user, user, kind, owner.name, by_address.get(user, ())),
            )
            for account_id, kind, user, display in found
        ]
    return entries
