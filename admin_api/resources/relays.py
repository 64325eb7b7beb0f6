"""`/relays` and `/devices/{device_id}/relays`: names and DTMF codes (F125-F127, F131, F257)."""

from typing import Annotated, Literal

from pydantic import Field

from admin_api.crud import Crud, as_items, flat_operations, nested_operations
from admin_api.schemas.base import Body, FilterText, Id, Instant, Item, Page, PageQuery, left_out
from directory.service import relays


class Relay(Item):
    """One electrical output of a device."""

    id: int
    site_id: int
    device_id: int
    position: Annotated[int, Field(description="1 is relay A.")]
    name: str
    dtmf_code: str
    in_call: Annotated[bool, Field(description="Digits of a call may open it.")]
    hold_seconds: int
    created_at: Instant


class RelayPage(Page[Relay]):
    """Relays within reach."""


class DeviceRelayQuery(PageQuery):
    """Which relays of one device are wanted."""

    name: Annotated[FilterText | None, Field(description="Part of the name.")] = None
    sort: Literal["name", "-name", "position", "-position", "id", "-id"] = "id"


class RelayQuery(DeviceRelayQuery):
    """Which relays are wanted."""

    site_id: Id | None = None
    device_id: Id | None = None


class RelaySettings(Body):
    """Everything about a relay that may be left out."""

    dtmf_code: Annotated[str, Field(description="One to four of 0-9 * #.")] = left_out()
    in_call: bool = left_out()
    hold_seconds: int = left_out()


class DeviceRelayCreate(RelaySettings):
    """A new relay of the device of the path."""

    name: str
    position: Annotated[int | None, Field(description="The first free one when left out.")] = (
        left_out()
    )


class RelayCreate(DeviceRelayCreate):
    """A new relay."""

    device_id: Id


class RelayEdit(RelaySettings):
    """Changes of a relay."""

    name: str = left_out()


RELAYS = Crud("relay", "relays", relays, as_items(Relay), RelayPage, parent="device_id")

OPERATIONS = (
    *flat_operations(RELAYS, query=RelayQuery, create=RelayCreate, edit=RelayEdit, item=Relay),
    *nested_operations(
        RELAYS, within="devices", query=DeviceRelayQuery, create=DeviceRelayCreate, item=Relay
    ),
)
