"""`/people`: residents of apartments and users of offices (F050-F075, F153-F161)."""

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
from admin_api.schemas.presence import Presence, presence_of
from admin_api.services import Services
from directory.account_status import status_of
from directory.kinds import AccountStatus, CallMode, PersonKind
from directory.model import Person as PersonRow
from directory.service import accounts, people
from directory.unit import Unit


class Person(Item):
    """A resident or an office user."""

    volatile: ClassVar[frozenset[str]] = frozenset({"app_presence", "notes"})

    id: int
    site_id: int
    kind: PersonKind
    apartment_id: int | None
    department_id: int | None
    first_name: str
    last_name: str
    external_id: str | None
    email: str | None
    country: str | None
    mobile: Annotated[str | None, Field(description="E.164; never dialled.")]
    landlines: Annotated[tuple[str, ...], Field(description="E.164, the numbers that calls ring.")]
    app_enabled: bool
    call_type: Annotated[str | None, Field(description="Office users only.")]
    call_mode: CallMode
    stage_timeout: float | None
    floors: tuple[str, ...]
    remark: str
    active: Annotated[bool, Field(description="Whether the account is activated.")]
    status: Annotated[AccountStatus, Field(description="Account status.")]
    expires_at: Instant | None
    created_at: Instant
    app_account_id: int | None
    app_presence: Annotated[
        Presence | None, Field(description="App status; null without an app account.")
    ]
    notes: Annotated[
        tuple[str, ...], Field(description="What an edit changed beside what was asked.")
    ]


class PersonPage(Page[Person]):
    """People within reach."""


class SitePersonQuery(PageQuery):
    """Which people of one site are wanted."""

    apartment_id: Id | None = None
    department_id: Id | None = None
    kind: PersonKind | None = None
    name: Annotated[FilterText | None, Field(description="Part of a name or of the remark.")] = None
    external_id: FilterText | None = None
    sort: Literal[
        "last_name",
        "-last_name",
        "first_name",
        "-first_name",
        "created_at",
        "-created_at",
        "id",
        "-id",
    ] = "last_name"


class PersonQuery(SitePersonQuery):
    """Which people are wanted."""

    site_id: Id | None = None


class PersonSettings(Body):
    """Everything about a person that may be left out."""

    last_name: str = left_out()
    kind: PersonKind = left_out()
    department_id: Id | None = left_out()
    external_id: str | None = left_out()
    email: str | None = left_out()
    country: Annotated[str | None, Field(description="`GB` or `+44`; null for the site's.")] = (
        left_out()
    )
    mobile: str | None = left_out()
    landlines: Annotated[list[str], Field(description="At most three.")] = left_out()
    app_enabled: Annotated[bool, Field(description="Makes the app account.")] = left_out()
    call_type: Annotated[
        str | None, Field(description="A type or a chain of the site; office users only.")
    ] = left_out()
    call_mode: CallMode = left_out()
    stage_timeout: float | None = left_out()
    floors: Annotated[list[str], Field(description="At most ten.")] = left_out()
    remark: str = left_out()
    active: Annotated[bool, Field(description="Activated; `status` says it in words.")] = left_out()
    status: AccountStatus = left_out()
    expires_at: Annotated[Moment | None, Field(description="Null: never.")] = left_out()


class SitePersonCreate(PersonSettings):
    """A new person in the site of the path."""

    first_name: str
    apartment_id: Id | None = left_out()


class PersonCreate(SitePersonCreate):
    """A new person."""

    site_id: Id


class PersonEdit(PersonSettings):
    """Changes of a person."""

    first_name: str = left_out()


async def show(services: Services, unit: Unit, rows: Sequence[PersonRow]) -> Sequence[Item]:
    """People with the account and the presence of their app."""
    apps = await accounts.of_people(unit, [row.id for row in rows])
    present = services.live.presence([account.user for account in apps.values()])
    items = []
    for row in rows:
        app = apps.get(row.id)
        items.append(
            Person(
                **{name: getattr(row, name) for name in _COLUMNS},
                status=status_of(row.active, row.blocked, row.expires_at, unit.now),
                app_account_id=app.id if app else None,
                app_presence=presence_of(present.get(app.user)) if app else None,
                notes=tuple(unit.notes),
            )
        )
    return items


_COLUMNS = tuple(
    name
    for name in Person.model_fields
    if name not in {"app_account_id", "app_presence", "notes", "status"}
)
"""Fields that are columns of the same name."""

PEOPLE = Crud("person", "people", people, show, PersonPage)

OPERATIONS = (
    *flat_operations(PEOPLE, query=PersonQuery, create=PersonCreate, edit=PersonEdit, item=Person),
    *nested_operations(
        PEOPLE, within="sites", query=SitePersonQuery, create=SitePersonCreate, item=Person
    ),
)
