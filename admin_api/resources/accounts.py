"""`/accounts`: SIP accounts; a password is shown once, when it is made or reset (F168, F169)."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from admin_api.crud import Crud, flat_operations, nested_operations
from admin_api.operation import ApiRequest, Reply, acts, creates
from admin_api.schemas.base import (
    Body,
    FilterText,
    Id,
    Instant,
    Item,
    Moment,
    NoBody,
    NoQuery,
    Out,
    Page,
    PageQuery,
    left_out,
)
from admin_api.schemas.presence import Presence, presence_of
from admin_api.services import Services
from directory.account_status import status_of
from directory.kinds import AccountKind, AccountStatus
from directory.model import Account as AccountRow
from directory.scope import Scope
from directory.service import accounts
from directory.unit import Unit


class Account(Item):
    """A SIP account without its password."""

    volatile: ClassVar[frozenset[str]] = frozenset({"presence", "password"})

    id: int
    site_id: int
    user: str
    kind: AccountKind
    display: str
    enabled: bool
    status: Annotated[
        AccountStatus, Field(description="Of the account itself: `blocked` when not enabled.")
    ]
    expires_at: Instant | None
    device_id: int | None
    person_id: int | None
    building_id: int | None
    apartment_id: int | None
    department_id: int | None
    operator_id: Annotated[
        int | None, Field(description="The property manager whose app it is; null for others.")
    ]
    created_at: Instant
    presence: Presence


class NewAccount(Account):
    """An account with its password, shown this once."""

    password: str


class AccountPassword(Out):
    """A new password, shown this once."""

    id: int
    user: str
    password: str


class AccountPage(Page[Account]):
    """Accounts within reach."""


class SiteAccountQuery(PageQuery):
    """Which accounts of one site are wanted."""

    kind: AccountKind | None = None
    building_id: Id | None = None
    apartment_id: Id | None = None
    person_id: Id | None = None
    device_id: Id | None = None
    operator_id: Id | None = None
    user: Annotated[FilterText | None, Field(description="Beginning of the user.")] = None
    sort: Literal["user", "-user", "display", "-display", "id", "-id"] = "user"


class AccountQuery(SiteAccountQuery):
    """Which accounts are wanted."""

    site_id: Id | None = None


class SiteAccountCreate(Body):
    """A new account in the site of the path; user and password are generated when left out."""

    kind: AccountKind
    user: str = left_out()
    password: str = left_out()
    display: str = left_out()
    building_id: Id | None = left_out()
    apartment_id: Id | None = left_out()
    department_id: Id | None = left_out()
    operator_id: Annotated[
        Id | None,
        Field(description="The property manager whose app it is: of kind `app`, without a place."),
    ] = left_out()
    enabled: bool = left_out()
    expires_at: Annotated[Moment | None, Field(description="Null: never.")] = left_out()


class AccountCreate(SiteAccountCreate):
    """A new account."""

    site_id: Id


class AccountEdit(Body):
    """Changes of an account."""

    display: str = left_out()
    enabled: bool = left_out()
    expires_at: Annotated[Moment | None, Field(description="Null: never.")] = left_out()


async def show(services: Services, unit: Unit, rows: Sequence[AccountRow]) -> Sequence[Item]:
    """Accounts with their presence; never a password."""
    present = services.live.presence([row.user for row in rows])
    return [
        Account(
            id=row.id,
            site_id=row.site_id,
            user=row.user,
            kind=row.kind,
            display=row.display,
            enabled=row.enabled,
            status=status_of(True, not row.enabled, row.expires_at, unit.now),
            expires_at=row.expires_at,
            device_id=row.device_id,
            person_id=row.person_id,
            building_id=row.building_id,
            apartment_id=row.apartment_id,
            department_id=row.department_id,
            operator_id=row.operator_id,
            created_at=row.created_at,
            presence=presence_of(present.get(row.user)),
        )
        for row in rows
    ]


ACCOUNTS = Crud("account", "accounts", accounts, show, AccountPage)


async def create_account(request: ApiRequest[NoQuery, AccountCreate]) -> Reply:
    """Make an account; the answer is the only place that shows its password."""
    return await _create(request.services, request.scope, request.given())


async def create_site_account(request: ApiRequest[NoQuery, SiteAccountCreate]) -> Reply:
    """Make an account in the site of the path."""
    given = request.given() | {"site_id": request.id("site_id")}
    return await _create(request.services, request.scope, given)


async def reset_password(request: ApiRequest[NoQuery, NoBody]) -> Reply:
    """Give an account a new password; the old one is refused at once."""
    account_id = request.id("account_id")
    async with request.services.directory.unit(request.scope) as unit:
        account = await accounts.get(unit, account_id)
        secret = await accounts.reset_password(unit, account_id)
        return Reply(AccountPassword(id=account_id, user=account.user, password=secret.reveal()))


async def _create(services: Services, scope: Scope, values: Mapping[str, Any]) -> Reply:
    async with services.directory.unit(scope) as unit:
        row = await accounts.create(unit, **values)
        item = await ACCOUNTS.item(services, unit, row)
        secret = await accounts.password(unit, row.id)
        shown = NewAccount(**dict(item), password=secret.reveal())
        return Reply(shown, location=f"/accounts/{row.id}")


_LIST, _CREATE, *_ONE = flat_operations(
    ACCOUNTS, query=AccountQuery, create=AccountCreate, edit=AccountEdit, item=Account
)
_LIST_OF_SITE, _ = nested_operations(
    ACCOUNTS, within="sites", query=SiteAccountQuery, create=SiteAccountCreate, item=Account
)

OPERATIONS = (
    _LIST,
    creates(
        "create_account",
        "/accounts",
        "Make a new account; shows its password once",
        create_account,
        body=AccountCreate,
        out=NewAccount,
    ),
    *_ONE,
    _LIST_OF_SITE,
    creates(
        "create_site_account",
        "/sites/{site_id}/accounts",
        "Make a new account in a site; shows its password once",
        create_site_account,
        body=SiteAccountCreate,
        out=NewAccount,
    ),
    acts(
        "reset_account_password",
        "/accounts/{account_id}/reset-password",
        "Give an account a new password; shows it once",
        reset_password,
        out=AccountPassword,
    ),
)
