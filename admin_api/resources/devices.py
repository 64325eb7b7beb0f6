"""`/devices`: door phones, monitors, guard phones and terminals (F093-F111, F257)."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from admin_api.crud import Crud, flat_operations, nested_operations
from admin_api.resources.models import why_no_files
from admin_api.rows import Presence as PresenceRow
from admin_api.schemas.base import (
    Body,
    FilterText,
    Id,
    Instant,
    Item,
    Page,
    PageQuery,
    left_out,
)
from admin_api.schemas.presence import Presence, presence_of
from admin_api.services import Services
from directory.kinds import ContactDisplay, DeviceScope, DeviceType, Transport
from directory.model import Account
from directory.model import Device as DeviceRow
from directory.queries.direct_peers import network_group
from directory.service import accounts, apartments, buildings, devices
from directory.unit import Unit


class Device(Item):
    """A device with its place, its account and whether it is online (F108)."""

    volatile: ClassVar[frozenset[str]] = frozenset({"notes", "presence"})

    id: int
    site_id: int
    name: str
    type: DeviceType
    type_code: Annotated[int, Field(description="Number of the type in sheets.")]
    vendor: str
    model: str
    mac: str | None
    scope: Annotated[DeviceScope, Field(description="Whom it serves.")]
    building_id: int | None
    building: str | None
    apartment_id: int | None
    apartment: str | None
    department_id: int | None
    person_id: int | None
    transport: Transport
    monitor_allowed: bool
    contact_display: ContactDisplay
    contacts: tuple[str, ...] | None
    call_number: str
    address: Annotated[str, Field(description="Its IP address in its own network; or empty.")]
    network_group: Annotated[
        str,
        Field(
            description="Devices of one group reach each other by address: `building:3`, `site:1`."
        ),
    ]
    armed_until: Instant | None
    account_id: int | None
    account_user: str | None
    presence: Annotated[Presence | None, Field(description="Null when it places no calls.")]
    notes: Annotated[tuple[str, ...], Field(description="What will not work, in sentences.")]
    created_at: Instant


class DevicePage(Page[Device]):
    """Devices within reach."""


class SiteDeviceQuery(PageQuery):
    """Which devices of one site are wanted (F106)."""

    type: DeviceType | None = None
    scope: DeviceScope | None = None
    building_id: Id | None = None
    department_id: Id | None = None
    apartment_id: Id | None = None
    person_id: Id | None = None
    mac: Annotated[FilterText | None, Field(description="Part of the MAC.")] = None
    name: Annotated[FilterText | None, Field(description="Part of the name.")] = None
    sort: Literal["name", "-name", "created_at", "-created_at", "id", "-id"] = "name"


class DeviceQuery(SiteDeviceQuery):
    """Which devices are wanted."""

    site_id: Id | None = None


class DeviceSettings(Body):
    """Everything about a device that may be left out."""

    scope: DeviceScope = left_out()
    building_id: Id | None = left_out()
    department_id: Id | None = left_out()
    apartment_id: Id | None = left_out()
    person_id: Id | None = left_out()
    mac: Annotated[str | None, Field(description="Must be free in the site's MAC library.")] = (
        left_out()
    )
    vendor: str = left_out()
    model: str = left_out()
    transport: Transport = left_out()
    monitor_allowed: bool = left_out()
    contact_display: ContactDisplay = left_out()
    contacts: Annotated[
        list[str] | None,
        Field(
            description="Exactly who is in the contact list of a door: `apartment:12`, `person:7`, "
            "`account:31`; null for everybody it serves."
        ),
    ] = left_out()
    call_number: Annotated[
        str, Field(description="What the call button dials; empty for the place's own.")
    ] = left_out()
    address: Annotated[
        str,
        Field(
            description="Its IP address in its own network, for calls past the server; empty for "
            "the one it registers from."
        ),
    ] = left_out()


class SiteDeviceCreate(DeviceSettings):
    """A new device in the site of the path."""

    name: str
    type: DeviceType


class DeviceCreate(SiteDeviceCreate):
    """A new device."""

    site_id: Id


class DeviceEdit(DeviceSettings):
    """Changes of a device."""

    name: str = left_out()


async def show(services: Services, unit: Unit, rows: Sequence[DeviceRow]) -> Sequence[Item]:
    """Devices with place names, account and presence."""
    spoken = await accounts.of_devices(unit, [row.id for row in rows])
    names = await buildings.names(unit, {row.building_id for row in rows if row.building_id})
    numbers = await apartments.numbers(unit, {row.apartment_id for row in rows if row.apartment_id})
    present = services.live.presence([account.user for account in spoken.values()])
    catalogue = services.catalogue()
    return [
        Device(
            **{name: getattr(row, name) for name in _COLUMNS},
            type_code=row.type.code,
            network_group=network_group(row.site_id, row.building_id),
            building=names.get(row.building_id or 0),
            apartment=numbers.get(row.apartment_id or 0),
            **_account_fields(spoken.get(row.id), present),
            notes=()
            if (note := why_no_files(catalogue, row.vendor, row.model)) is None
            else (note,),
        )
        for row in rows
    ]


def _account_fields(account: Account | None, present: Mapping[str, PresenceRow]) -> dict[str, Any]:
    """A device that places no calls has no account."""
    if account is None:
        return {"account_id": None, "account_user": None, "presence": None}
    return {
        "account_id": account.id,
        "account_user": account.user,
        "presence": presence_of(present.get(account.user)),
    }


_DERIVED = frozenset(
    {
        "type_code",
        "building",
        "apartment",
        "network_group",
        "account_id",
        "account_user",
        "presence",
        "notes",
    }
)
_COLUMNS = tuple(name for name in Device.model_fields if name not in _DERIVED)
"""Fields that are columns of the same name."""

DEVICES = Crud("device", "devices", devices, show, DevicePage)

OPERATIONS = (
    *flat_operations(DEVICES, query=DeviceQuery, create=DeviceCreate, edit=DeviceEdit, item=Device),
    *nested_operations(
        DEVICES, within="sites", query=SiteDeviceQuery, create=SiteDeviceCreate, item=Device
    ),
)
