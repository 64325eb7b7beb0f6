"""Reads the settings of one device for the autop server: by token, by MAC, by id.

The device is its own scope: what comes back is that device and what it may know, nothing else of
its site.
"""

import hashlib
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from directory.database import Database
from directory.kinds import DOORS, CallMode, DeviceScope, DeviceType, PersonKind
from directory.model import (
    Account,
    Apartment,
    AutopCommand,
    Device,
    Person,
    Relay,
    Site,
    password_context,
    token_context,
)
from directory.queries.contacts import (
    Place,
    contacts_of_door,
    contacts_of_guard,
    contacts_of_monitor,
    doors_serving,
    guards,
    owners_served,
)
from directory.queries.enabled import accounts_with_owner, usable
from directory.queries.longest_ring import longest_ring
from directory.queries.provisioning import AutopCommand as Command
from directory.queries.provisioning import (
    ContactEntry,
    DeviceAccount,
    DeviceSettings,
    DirectPeer,
    RelaySettings,
    ServedDoor,
)
from directory.secrets import Secret, Vault

GUARD_NUMBER = "0"
"""What a call button dials when nothing narrower follows from its place."""


class DeviceSettingsReader:
    """The autop server's way into the directory."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    async def by_token(self, token: str) -> DeviceSettings | None:
        """The device with that autop token; None when there is none."""
        digest = hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
        return await self._one(Device.autop_token_hash == digest)

    async def by_mac(self, mac: str) -> DeviceSettings | None:
        """The device with that MAC (twelve hexadecimal digits); None when there is none."""
        return await self._one(Device.mac == mac.upper())

    async def mark_delivered(self, command_ids: Collection[int], at: float) -> frozenset[int]:
        """Note that one-time commands reached their device, so that they are not repeated (F244).

        Commands that stay are left as they are. Returns the ids of those that had not been
        delivered before: of two fetches at the same moment, each command belongs to one.
        """
        statement = (
            update(AutopCommand)
            .where(
                AutopCommand.id.in_(command_ids),
                AutopCommand.once,
                AutopCommand.delivered_at.is_(None),
            )
            .values(delivered_at=at)
            .returning(AutopCommand.id)
        )
        async with self._database.begin_write() as connection, connection.begin():
            return frozenset(await connection.scalars(statement))

    async def _one(self, condition: ColumnElement[bool]) -> DeviceSettings | None:
        async with self._database.connect() as connection:
            row = (await connection.execute(_device_query(condition))).one_or_none()
            return None if row is None else await self._settings(connection, row)

    async def _settings(
        self, connection: AsyncConnection, row: Row[*tuple[Any, ...]]
    ) -> DeviceSettings:
        device_type: DeviceType = row.type
        place = Place(
            row.site_id,
            row.scope,
            row.building_id,
            row.department_id,
            row.apartment_id,
            row.person_id,
        )
        token = self._vault.open(row.autop_token, token_context(row.autop_token_hash))
        return DeviceSettings(
            device_id=row.id,
            site_id=row.site_id,
            site_name=row.site_name,
            name=row.name,
            type=device_type,
            vendor=row.vendor,
            model=row.model,
            mac=row.mac or "",
            token=Secret(token),
            armed_until=row.armed_until,
            account=await self._account(connection, row.id),
            transport=row.transport,
            call_mode=row.apartment_call_mode or row.person_call_mode or CallMode.SIP,
            timezone=row.timezone,
            time_format=row.time_format,
            date_format=row.date_format,
            contact_display=row.contact_display,
            monitor_allowed=row.monitor_allowed,
            relays=(await _relays(connection, Relay.device_id == row.id)).get(row.id, ()),
            doors=await _doors(connection, row, place),
            contacts=await _contacts(connection, row, place),
            call_numbers=await _call_numbers(connection, row, place),
            direct_calls=await _direct_calls(connection, row, place),
            commands=await _commands(connection, row.id),
            longest_ring=await longest_ring(connection, row.site_id),
        )

    async def _account(self, connection: AsyncConnection, device_id: int) -> DeviceAccount | None:
        query = (
            select(Account.user, Account.password, Account.display, usable)
            .select_from(accounts_with_owner)
            .where(Account.device_id == device_id)
        )
        row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        user, sealed, display, enabled = row
        password = self._vault.open(sealed, password_context(user))
        return DeviceAccount(user, Secret(password), display, bool(enabled))


def _device_query(condition: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """The device with what its site and its place add."""
    query: Select[*tuple[Any, ...]] = (
        select(
            *Device.__table__.c,
            Site.name.label("site_name"),
            Site.timezone,
            Site.time_format,
            Site.date_format,
            Apartment.call_mode.label("apartment_call_mode"),
            Person.call_mode.label("person_call_mode"),
            Person.kind.label("person_kind"),
        )
        .join(Site, Device.site_id == Site.id)
        .outerjoin(Apartment, Device.apartment_id == Apartment.id)
        .outerjoin(Person, Device.person_id == Person.id)
        .where(condition)
    )
    return query


async def _relays(
    connection: AsyncConnection, condition: ColumnElement[bool]
) -> dict[int, tuple[RelaySettings, ...]]:
    """Relays by device, in index order."""
    query: Select[*tuple[Any, ...]] = (
        select(
            Relay.device_id,
            Relay.position,
            Relay.name,
            Relay.dtmf_code,
            Relay.in_call,
            Relay.hold_seconds,
        )
        .where(condition)
        .order_by(Relay.device_id, Relay.position)
    )
    relays: dict[int, tuple[RelaySettings, ...]] = {}
    for device_id, *row in await connection.execute(query):
        relays[device_id] = (*relays.get(device_id, ()), RelaySettings(*row))
    return relays


async def _doors(
    connection: AsyncConnection, row: Row[*tuple[Any, ...]], place: Place
) -> tuple[ServedDoor, ...]:
    """The doors a monitor or guard phone serves, by name; none for other devices."""
    if row.type not in (DeviceType.INDOOR_MONITOR, DeviceType.GUARD_PHONE):
        return ()
    condition = doors_serving(place, row.person_kind is PersonKind.ADVANCED)
    query = (
        select(Device.id, Device.name, Account.user, Device.monitor_allowed)
        .outerjoin(Account, Account.device_id == Device.id)
        .where(condition)
        .order_by(Device.name, Device.id)
    )
    found = (await connection.execute(query)).all()
    relays = await _relays(connection, Relay.device_id.in_(select(Device.id).where(condition)))
    return tuple(
        ServedDoor(device_id, name, user or "", relays.get(device_id, ()), monitor_allowed)
        for device_id, name, user, monitor_allowed in found
    )


async def _contacts(
    connection: AsyncConnection, row: Row[*tuple[Any, ...]], place: Place
) -> tuple[ContactEntry, ...]:
    if row.type in DOORS:
        return await contacts_of_door(connection, place, row.contact_display, row.contacts)
    if row.type is DeviceType.INDOOR_MONITOR:
        return await contacts_of_monitor(connection, place)
    if row.type is DeviceType.GUARD_PHONE:
        return await contacts_of_guard(connection, place)
    return ()


async def _call_numbers(
    connection: AsyncConnection, row: Row[*tuple[Any, ...]], place: Place
) -> tuple[str, ...]:
    """What the call button dials: what was set, else its own household, else the guard."""
    if row.call_number:
        return (row.call_number,)
    private = place.scope in (DeviceScope.APARTMENT, DeviceScope.PERSON)
    if row.type in DOORS and private:
        return tuple(owner.number for owner in await owners_served(connection, place))
    if row.type in (*DOORS, DeviceType.INDOOR_MONITOR) and await guards(connection, place):
        return (GUARD_NUMBER,)
    return ()


async def _direct_calls(
    connection: AsyncConnection, row: Row[*tuple[Any, ...]], place: Place
) -> tuple[DirectPeer, ...]:
    """Whom the call button of a household's own door calls by address (F067)."""
    private = place.scope in (DeviceScope.APARTMENT, DeviceScope.PERSON)
    if row.call_number or row.type not in DOORS or not private:
        return ()
    owners = await owners_served(connection, place)
    return tuple(peer for owner in owners for peer in owner.direct)


async def _commands(connection: AsyncConnection, device_id: int) -> tuple[Command, ...]:
    """Lines that wait for the device, in the order they were entered."""
    query = (
        select(AutopCommand.id, AutopCommand.key, AutopCommand.value, AutopCommand.once)
        .where(AutopCommand.device_id == device_id, AutopCommand.delivered_at.is_(None))
        .order_by(AutopCommand.id)
    )
    return tuple(Command(*row) for row in await connection.execute(query))
