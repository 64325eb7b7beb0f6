"""Devices: place, MAC, account, token (F093-F111)."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from directory import checks, device_address, fields, rules
from directory.errors import Conflict, Invalid
from directory.kinds import (
    ContactDisplay,
    DeviceScope,
    DeviceType,
    SiteKind,
    Transport,
)
from directory.model import Account, Apartment, Device, Mac, Person, Site, token_context
from directory.secrets import Secret
from directory.service import accounts, places
from directory.service.paging import Page, page
from directory.unit import Unit

ARMED_MAXIMUM = 7 * 86400.0
"""Longest first-fetch window, seconds."""

CONTACTS_MOST = 1000
"""Entries of a chosen contact list."""

CHECKS: Mapping[str, fields.Check] = {
    "name": checks.DEVICE_NAME,
    "vendor": fields.pattern(r"[a-z0-9_-]{1,32}", "must be a lower-case name such as akuvox"),
    "model": fields.text(32),
    "mac": fields.optional(fields.mac),
    "scope": fields.word(DeviceScope),
    "building_id": fields.optional(fields.row_id),
    "department_id": fields.optional(fields.row_id),
    "apartment_id": fields.optional(fields.row_id),
    "person_id": fields.optional(fields.row_id),
    "transport": fields.word(Transport),
    "monitor_allowed": fields.flag,
    "contact_display": fields.word(ContactDisplay),
    "contacts": fields.optional(fields.keys(("apartment", "person", "account"), CONTACTS_MOST)),
    "call_number": fields.pattern(r"[A-Za-z0-9*#+._-]{0,64}", "must be something to dial"),
    "address": device_address.check,
}
CREATION_CHECKS: Mapping[str, fields.Check] = {**CHECKS, "type": fields.word(DeviceType)}
FIXED = {
    "site_id": "cannot be changed",
    "type": "cannot be changed",
    "armed_until": "is set by arming the device",
}
SORTABLE = {"name": Device.name, "created_at": Device.created_at, "id": Device.id}
PLACE_FIELDS = ("scope", "building_id", "department_id", "apartment_id", "person_id")


async def create(
    unit: Unit,
    *,
    site_id: int,
    name: str,
    type: DeviceType,  # noqa: A002 - the word of the API
    scope: DeviceScope | None = None,
    building_id: int | None = None,
    department_id: int | None = None,
    apartment_id: int | None = None,
    person_id: int | None = None,
    mac: str | None = None,
    vendor: str = "akuvox",
    model: str = "",
    transport: Transport = Transport.UDP,
    monitor_allowed: bool = True,
    contact_display: ContactDisplay = ContactDisplay.ONLY_PEOPLE,
    call_number: str = "",
    contacts: Sequence[str] | None = None,
    address: str = "",
) -> Device:
    """Make a device, bind its MAC, and make the SIP account its type speaks with.

    The scope follows from the narrowest place given: person, apartment, department, building, site.
    """
    site = await unit.find(Site, site_id)
    unit.require(rules.may_install_devices(unit.scope), "create_device")
    place = {
        "building_id": building_id,
        "department_id": department_id,
        "apartment_id": apartment_id,
        "person_id": person_id,
    }
    values = fields.clean(
        CREATION_CHECKS,
        {
            "name": name,
            "type": type,
            "scope": scope or places.narrowest(place),
            **place,
            "mac": mac,
            "vendor": vendor,
            "model": model,
            "transport": transport,
            "monitor_allowed": monitor_allowed,
            "contact_display": contact_display,
            "call_number": call_number,
            "contacts": contacts,
            "address": address,
        },
    )
    await places.settle(unit, site_id, values)
    await _check_contacts(unit, site_id, values["contacts"])
    _check_type(site, values["type"], values["scope"])
    entry = await _library_entry(unit, site_id, values["mac"])
    token = unit.entropy.token()
    device = Device(site_id=site_id, armed_until=None, **values, **_sealed_token(unit, token))
    await unit.create(device)
    if entry is not None:
        await unit.update(entry, {"device_id": device.id}, "bind")
    account_kind = device.type.account_kind
    if account_kind is not None:
        await accounts.create_for_device(unit, device, account_kind)
    return device


async def get(unit: Unit, device_id: int) -> Device:
    """The device, or NotFound."""
    return await unit.find(Device, device_id)


async def list(  # noqa: A001 - services share one set of verbs
    unit: Unit,
    *,
    site_id: int | None = None,
    type: DeviceType | None = None,  # noqa: A002 - the word of the API
    scope: DeviceScope | None = None,
    building_id: int | None = None,
    department_id: int | None = None,
    apartment_id: int | None = None,
    person_id: int | None = None,
    mac: str | None = None,
    name: str | None = None,
    sort: str = "name",
    limit: int = 100,
    cursor: str | None = None,
) -> Page[Device]:
    """Devices of the scope; `name` and `mac` find parts (F106)."""
    query = select(Device)
    if site_id is not None:
        await unit.find(Site, site_id)
        query = query.where(Device.site_id == site_id)
    wanted = {
        Device.type: type,
        Device.scope: scope,
        Device.building_id: building_id,
        Device.department_id: department_id,
        Device.apartment_id: apartment_id,
        Device.person_id: person_id,
    }
    for column, value in wanted.items():
        if value is not None:
            query = query.where(column == value)
    if mac is not None:
        query = query.where(Device.mac.icontains(mac, autoescape=True))
    if name is not None:
        query = query.where(Device.name.icontains(name, autoescape=True))
    return await page(unit, query, Device, sortable=SORTABLE, sort=sort, limit=limit, cursor=cursor)


async def update(unit: Unit, device_id: int, changes: Mapping[str, object]) -> Device:
    """Change a device; its account follows name and place, its MAC stays in step with the library.

    A new place names scope and id together; the places it leaves are cleared.
    """
    device = await unit.find(Device, device_id)
    unit.require(rules.may_edit_device(unit.scope, changes.keys()), "edit_device")
    values = fields.clean(CHECKS, changes, FIXED)
    moves = values.keys() & set(PLACE_FIELDS)
    if moves:
        site = await unit.find(Site, device.site_id)
        await _check_move(unit, site, device, values)
    await _check_contacts(unit, device.site_id, values.get("contacts"))
    if "mac" in values and values["mac"] != device.mac:
        await _rebind(unit, device, values["mac"])
    changed = await unit.update(device, values)
    account = await accounts.of_device(unit, device_id)
    if account is not None:
        await unit.update(account, _account_values(device, changed, bool(moves)))
    return device


async def delete(unit: Unit, device_id: int) -> None:
    """Delete a device with its account and relays; its MAC becomes free."""
    device = await unit.find(Device, device_id)
    unit.require(rules.may_install_devices(unit.scope), "delete_device")
    account = await accounts.of_device(unit, device_id)
    if account is not None:
        await unit.delete(account)
    await _unbind(unit, device)
    await unit.delete(device)


async def arm(unit: Unit, device_id: int, duration: float) -> Device:
    """Let the device fetch its files by MAC alone for `duration` seconds; 0 disarms it."""
    device = await unit.find(Device, device_id)
    unit.require(rules.may_install_devices(unit.scope), "arm_device")
    length: float = fields.clean(
        {"duration": fields.seconds(0, ARMED_MAXIMUM)}, {"duration": duration}
    )["duration"]
    if length and device.mac is None:
        raise Conflict("mac", "a device without a MAC cannot be armed")
    await unit.update(device, {"armed_until": unit.now + length if length else None}, "arm")
    return device


async def token(unit: Unit, device_id: int) -> Secret:
    """The token in the device's autop URL."""
    device = await unit.find(Device, device_id)
    unit.require(rules.may_install_devices(unit.scope), "read_autop_token")
    return Secret(unit.vault.open(device.autop_token, token_context(device.autop_token_hash)))


async def rotate_token(unit: Unit, device_id: int) -> Secret:
    """Give the device a new token; the old URL is refused at once."""
    device = await unit.find(Device, device_id)
    unit.require(rules.may_install_devices(unit.scope), "rotate_autop_token")
    plain = unit.entropy.token()
    await unit.update(device, _sealed_token(unit, plain), "rotate_autop_token")
    return Secret(plain)


def token_hash(plain: str) -> str:
    """How a token is looked up: SHA-256 in hexadecimal; the token has 256 random bits."""
    return hashlib.sha256(plain.encode()).hexdigest()


def _sealed_token(unit: Unit, plain: str) -> dict[str, Any]:
    digest = token_hash(plain)
    return {
        "autop_token": unit.vault.seal(plain, token_context(digest)),
        "autop_token_hash": digest,
    }


def _check_type(site: Site, device_type: DeviceType, scope: DeviceScope) -> None:
    """A monitor serves one household or person; nothing else is private of a guard."""
    private = scope in (DeviceScope.APARTMENT, DeviceScope.PERSON)
    if device_type is DeviceType.INDOOR_MONITOR and not private:
        place = "an apartment" if site.kind is SiteKind.COMMUNITY else "a person"
        raise Invalid.one("scope", f"an indoor monitor belongs to {place}")
    if device_type is DeviceType.GUARD_PHONE and private:
        raise Invalid.one("scope", "a guard phone serves the site, a building or a department")


async def _check_contacts(unit: Unit, site_id: int, contacts: Sequence[str] | None) -> None:
    """Invalid for an entry that names nobody of the site (F102)."""
    models = {"apartment": Apartment.id, "person": Person.id, "account": Account.id}
    wanted = contacts or ()
    for kind, column in models.items():
        ids = {int(key.partition(":")[2]) for key in wanted if key.startswith(f"{kind}:")}
        if not ids:
            continue
        query = select(column).where(column.class_.site_id == site_id, column.in_(ids))
        missing = ids - set(await unit.session.scalars(query))
        if missing:
            place = [*wanted].index(f"{kind}:{min(missing)}") + 1
            raise Invalid.one(f"contacts.{place}", f"names no {kind} of this site")


async def _check_move(unit: Unit, site: Site, device: Device, values: dict[str, Any]) -> None:
    """Complete the new place and check that the device may be there."""
    place = {name: values.get(name) for name in PLACE_FIELDS[1:]}
    values.update(place)
    values.setdefault("scope", places.narrowest(place))
    await places.settle(unit, site.id, values)
    _check_type(site, device.type, values["scope"])


async def _library_entry(unit: Unit, site_id: int, mac: str | None) -> Mac | None:
    """The free library entry of a MAC; Conflict says why it cannot be used (F096)."""
    if mac is None:
        return None
    entry = await unit.first(select(Mac).where(Mac.mac == mac, Mac.site_id == site_id))
    if entry is None:
        raise Conflict("mac", "not_in_library: the MAC is not in the library of this site")
    if entry.device_id is not None:
        raise Conflict("mac", "already_bound: another device of this site has the MAC")
    return entry


async def _unbind(unit: Unit, device: Device) -> None:
    entry = await unit.first(select(Mac).where(Mac.device_id == device.id))
    if entry is not None:
        await unit.update(entry, {"device_id": None}, "unbind")


async def _rebind(unit: Unit, device: Device, mac: str | None) -> None:
    entry = await _library_entry(unit, device.site_id, mac)
    await _unbind(unit, device)
    if entry is not None:
        await unit.update(entry, {"device_id": device.id}, "bind")


def _account_values(device: Device, changed: tuple[str, ...], moved: bool) -> dict[str, Any]:
    values: dict[str, Any] = {"display": device.name} if "name" in changed else {}
    if moved:
        values |= {
            "building_id": device.building_id,
            "apartment_id": device.apartment_id,
            "department_id": device.department_id,
            "person_id": device.person_id,
        }
    return values
