"""`/sites`: the tenants of the server and their settings (F031-F049)."""

from typing import Annotated, Any, Literal

from pydantic import Field

from admin_api.crud import Crud, as_items, flat_operations
from admin_api.schemas.base import Body, FilterText, Instant, Item, Page, PageQuery, left_out
from admin_api.schemas.ringing import (
    DeclinedField,
    DelaysField,
    EarlyStatusField,
    GlobalFailureField,
    LandlineConfirmsField,
    LandlineKeyField,
    LongestRingField,
    RingTimesField,
    RoundsField,
)
from directory.kinds import (
    DateFormat,
    FailureScope,
    GuardOrder,
    GuardStage,
    Plan,
    SiteKind,
    TimeFormat,
)
from directory.service import sites


class Site(Item):
    """A community or an office with its settings."""

    id: int
    name: str
    kind: SiteKind
    plan: Plan
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
    ring_times: dict[str, float]
    delays: dict[str, float]
    landline_confirms: bool
    landline_key: str
    call_type: str
    guard_order: GuardOrder
    emergency_landline: str
    people_deletable: bool
    created_at: Instant


class SitePage(Page[Site]):
    """Sites within reach."""


class SiteQuery(PageQuery):
    """Which sites are wanted."""

    kind: SiteKind | None = None
    name: Annotated[FilterText | None, Field(description="Part of the name.")] = None
    sort: Literal["name", "-name", "created_at", "-created_at", "id", "-id"] = "name"


class SiteSettings(Body):
    """Settings of a site; everything may be left out."""

    kind: SiteKind = left_out()
    plan: Annotated[Plan, Field(description="Set once.")] = left_out()
    timezone: Annotated[str, Field(description="IANA name.")] = left_out()
    country: Annotated[str, Field(description="ISO 3166 code of two letters.")] = left_out()
    time_format: TimeFormat = left_out()
    date_format: DateFormat = left_out()
    street: str = left_out()
    city: str = left_out()
    post_code: str = left_out()
    state: str = left_out()
    landline_enabled: Annotated[bool, Field(description="Landline service.")] = left_out()
    guard_stage: GuardStage | None = left_out()
    stage_timeout: Annotated[float, Field(description="Seconds.")] = left_out()
    landline_timeout: Annotated[float, Field(description="Seconds.")] = left_out()
    emergency_number: str = left_out()
    allow_apartment_to_apartment: bool = left_out()
    declined: DeclinedField = left_out()
    global_failure: GlobalFailureField = left_out()
    longest_ring: LongestRingField | None = left_out()
    rounds: RoundsField = left_out()
    early_status: EarlyStatusField = left_out()
    ring_times: RingTimesField = left_out()
    delays: DelaysField = left_out()
    landline_confirms: LandlineConfirmsField = left_out()
    landline_key: LandlineKeyField = left_out()
    call_type: Annotated[
        str,
        Field(description="How apartments without a call type are called: a type or a chain."),
    ] = left_out()
    guard_order: Annotated[
        GuardOrder, Field(description="Guard phones ring together or one after the other.")
    ] = left_out()
    emergency_landline: Annotated[
        str,
        Field(description="Number outside that is called when no guard answers an emergency."),
    ] = left_out()
    people_deletable: Annotated[
        bool, Field(description="Whether a property manager may delete people.")
    ] = left_out()


class SiteCreate(SiteSettings):
    """A new site."""

    name: str


class SiteEdit(SiteSettings):
    """Changes of a site."""

    name: str = left_out()


SITES: Crud = Crud("site", "sites", sites, as_items(Site), SitePage)

OPERATIONS: tuple[Any, ...] = flat_operations(
    SITES, query=SiteQuery, create=SiteCreate, edit=SiteEdit, item=Site
)
