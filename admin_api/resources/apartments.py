"""`/apartments`, of a site and of a building: who is rung in which order (F086, F087, F151)."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from admin_api.crud import Crud, flat_operations, nested_operations
from admin_api.schemas.base import (
    Body,
    FilterText,
    Id,
    Instant,
    Item,
    Moment,
    Page,
    PageQuery,
    left_out,
)
from admin_api.schemas.ringing import (
    DeclinedField,
    DelaysField,
    EarlyStatusField,
    GlobalFailureField,
    LandlineConfirmsField,
    LongestRingField,
    RingTimesField,
    RoundsField,
)
from admin_api.services import Services
from directory.account_status import status_of
from directory.kinds import AccountStatus, CallMode, FailureScope, GuardStage
from directory.model import Apartment as ApartmentRow
from directory.model import Device, Person
from directory.service import apartments
from directory.unit import Unit


class Apartment(Item):
    """An apartment and how it is called."""

    volatile: ClassVar[frozenset[str]] = frozenset({"people", "devices", "notes"})

    id: int
    site_id: int
    building_id: int
    number: str
    name: str
    call_type: Annotated[str | None, Field(description="Null: the site's.")]
    call_mode: CallMode
    app_enabled: bool
    family_limit: int | None
    stage_timeout: float | None
    active: bool
    guard_stage: GuardStage | None
    declined: FailureScope | None
    global_failure: FailureScope | None
    longest_ring: float | None
    rounds: int | None
    early_status: int | None
    ring_times: dict[str, float]
    delays: dict[str, float]
    landline_confirms: bool | None
    status: Annotated[AccountStatus, Field(description="Account status.")]
    expires_at: Instant | None
    created_at: Instant
    people: Annotated[int, Field(description="Residents.")]
    devices: Annotated[int, Field(description="Private devices.")]
    notes: Annotated[
        tuple[str, ...], Field(description="What an edit changed beside what was asked.")
    ]


class ApartmentPage(Page[Apartment]):
    """Apartments within reach."""


class BuildingApartmentQuery(PageQuery):
    """Which apartments of one building are wanted."""

    number: Annotated[FilterText | None, Field(description="The number, whole.")] = None
    name: Annotated[FilterText | None, Field(description="Part of the name.")] = None
    call_type: FilterText | None = None
    sort: Literal["number", "-number", "name", "-name", "id", "-id"] = "number"


class SiteApartmentQuery(BuildingApartmentQuery):
    """Which apartments of one site are wanted."""

    building_id: Id | None = None


class ApartmentQuery(SiteApartmentQuery):
    """Which apartments are wanted."""

    site_id: Id | None = None


class ApartmentSettings(Body):
    """Settings of an apartment; everything may be left out."""

    name: str = left_out()
    call_type: Annotated[
        str | None,
        Field(description="A type or a chain of the site; null for the site's call type."),
    ] = left_out()
    call_mode: CallMode = left_out()
    app_enabled: Annotated[bool, Field(description="Off: indoor_only.")] = left_out()
    family_limit: Annotated[int | None, Field(description="0-63.")] = left_out()
    stage_timeout: Annotated[float | None, Field(description="Seconds; null for the site's.")] = (
        left_out()
    )
    guard_stage: Annotated[
        GuardStage | None, Field(description="Where guards ring; null for the site's choice.")
    ] = left_out()
    declined: DeclinedField | None = left_out()
    global_failure: GlobalFailureField | None = left_out()
    longest_ring: LongestRingField | None = left_out()
    rounds: RoundsField | None = left_out()
    early_status: EarlyStatusField | None = left_out()
    ring_times: RingTimesField = left_out()
    delays: DelaysField = left_out()
    landline_confirms: LandlineConfirmsField | None = left_out()
    active: Annotated[bool, Field(description="Activated; `status` says it in words.")] = left_out()
    status: AccountStatus = left_out()
    expires_at: Annotated[Moment | None, Field(description="Null: never.")] = left_out()


class BuildingApartmentCreate(ApartmentSettings):
    """A new apartment in the building of the path."""

    number: Annotated[str, Field(description="One to six digits.")]


class ApartmentCreate(BuildingApartmentCreate):
    """A new apartment."""

    building_id: Id


class ApartmentEdit(ApartmentSettings):
    """Changes of an apartment."""

    number: str = left_out()


async def show(_services: Services, unit: Unit, rows: Sequence[ApartmentRow]) -> Sequence[Item]:
    """Apartments with the number of their residents and devices."""
    ids = [row.id for row in rows]
    people = await apartments.count(unit, Person, ids)
    devices = await apartments.count(unit, Device, ids)
    return [
        Apartment(
            id=row.id,
            site_id=row.site_id,
            building_id=row.building_id,
            number=row.number,
            name=row.name,
            call_type=row.call_type,
            call_mode=row.call_mode,
            app_enabled=row.app_enabled,
            family_limit=row.family_limit,
            stage_timeout=row.stage_timeout,
            active=row.active,
            guard_stage=row.guard_stage,
            declined=row.declined,
            global_failure=row.global_failure,
            longest_ring=row.longest_ring,
            rounds=row.rounds,
            early_status=row.early_status,
            ring_times=row.ring_times,
            delays=row.delays,
            landline_confirms=row.landline_confirms,
            status=status_of(row.active, row.blocked, row.expires_at, unit.now),
            expires_at=row.expires_at,
            created_at=row.created_at,
            people=people[row.id],
            devices=devices[row.id],
            notes=tuple(unit.notes),
        )
        for row in rows
    ]


APARTMENTS = Crud("apartment", "apartments", apartments, show, ApartmentPage, parent="building_id")
_OF_SITE = Crud("apartment", "apartments", apartments, show, ApartmentPage)

OPERATIONS = (
    *flat_operations(
        APARTMENTS,
        query=ApartmentQuery,
        create=ApartmentCreate,
        edit=ApartmentEdit,
        item=Apartment,
    ),
    *nested_operations(
        APARTMENTS,
        within="buildings",
        query=BuildingApartmentQuery,
        create=BuildingApartmentCreate,
        item=Apartment,
    ),
    # An apartment is made in a building, so the site's form only lists.
    nested_operations(
        _OF_SITE,
        within="sites",
        query=SiteApartmentQuery,
        create=ApartmentCreate,
        item=Apartment,
    )[0],
)
