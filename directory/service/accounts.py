"""SIP accounts: generated for devices and people, or made by hand for lab and interop work."""

from collections.abc import Collection, Mapping

from sqlalchemy import select

from directory import account_status, fields, rules
from directory.errors import Conflict, Invalid, NotFound
from directory.kinds import AccountKind
from directory.model import (
    Account,
    Apartment,
    Building,
    Department,
    Device,
    Person,
    Site,
    password_context,
)
from directory.secrets import Secret
from directory.service import manager_apps, operators
from directory.service.paging import Page, page
from directory.unit import Unit

USER_DIGITS = 10
"""Digits of a generated user."""
PASSWORD_LENGTH = 20
"""Characters of a generated password: 119 bits."""
CHOSEN_PASSWORD_MINIMUM = 6
"""Fewest characters of a password that somebody chose for a lab account."""

CHECKS: Mapping[str, fields.Check] = {
    "display": fields.text(128),
    "enabled": fields.flag,
    "expires_at": account_status.CHECKS["expires_at"],
}
CREATION_CHECKS: Mapping[str, fields.Check] = {
    **CHECKS,
    "kind": fields.word(AccountKind),
    "user": fields.sip_user,
    "password": fields.password(CHOSEN_PASSWORD_MINIMUM),
}
FIXED = dict.fromkeys(
    ("user", "kind", "site_id", "apartment_id", "operator_id"), "cannot be changed"
)
SORTABLE = {"user": Account.user, "display": Account.display, "id": Account.id}


async def create(
    unit: Unit,
    *,
    site_id: int,
    kind: AccountKind,
    user: str | None = None,
    password: str | None = None,
    display: str = "",
    building_id: int | None = None,
    apartment_id: int | None = None,
    department_id: int | None = None,
    enabled: bool = True,
    expires_at: float | None = None,
    operator_id: int | None = None,
) -> Account:
    """Make an account that belongs to no device or person of the directory.

    User and password are generated when not given. Conflict when the user exists on this server.
    With `operator_id` it is the app of that property manager, under that operator's name (F090).
    """
    await unit.find(Site, site_id)
    unit.require(rules.may_keep_accounts(unit.scope), "create_account")
    given = {"user": user, "password": password}
    values = fields.clean(
        CREATION_CHECKS,
        {"kind": kind, "display": display, "enabled": enabled, "expires_at": expires_at}
        | {name: value for name, value in given.items() if value is not None},
    )
    if operator_id is not None:
        places = (apartment_id, building_id, department_id)
        operator = await operators.get(unit, operator_id)
        await manager_apps.settle(unit, site_id, operator, values, places)
    if apartment_id is not None:
        apartment = await unit.find_in_site(Apartment, apartment_id, site_id)
        building_id = apartment.building_id
    elif building_id is not None:
        await unit.find_in_site(Building, building_id, site_id)
    if department_id is not None:
        await unit.find_in_site(Department, department_id, site_id)
    if "user" in values and await unit.taken(Account.user, values["user"]):
        raise Conflict("user", "this server has an account of that name")
    secret = values.pop("password", None)
    account = Account(
        site_id=site_id,
        building_id=building_id,
        apartment_id=apartment_id,
        department_id=department_id,
        operator_id=operator_id,
        **values,
    )
    return await _store(unit, account, secret)


async def create_for_device(unit: Unit, device: Device, kind: AccountKind) -> Account:
    """The generated account a device speaks with."""
    account = Account(
        site_id=device.site_id,
        kind=kind,
        display=device.name,
        enabled=True,
        device_id=device.id,
        building_id=device.building_id,
        apartment_id=device.apartment_id,
        department_id=device.department_id,
        person_id=device.person_id,
    )
    return await _store(unit, account)


async def create_for_person(unit: Unit, person: Person, building_id: int | None) -> Account:
    """The generated account of a person's app."""
    account = Account(
        site_id=person.site_id,
        kind=AccountKind.APP,
        display=person.name,
        enabled=True,
        person_id=person.id,
        building_id=building_id,
        apartment_id=person.apartment_id,
        department_id=person.department_id,
    )
    return await _store(unit, account)


async def get(unit: Unit, account_id: int) -> Account:
    """The account, or NotFound."""
    return await unit.find(Account, account_id)


async def find(unit: Unit, user: str) -> Account:
    """The account with that user part, or NotFound."""
    account = await unit.first(select(Account).where(Account.user == user))
    if account is None:
        raise NotFound(Account.word, user)
    return account


async def of_device(unit: Unit, device_id: int) -> Account | None:
    """The account a device speaks with; None for a device that places no calls."""
    return await unit.first(select(Account).where(Account.device_id == device_id))


async def of_person(unit: Unit, person_id: int) -> Account | None:
    """The account of a person's app; None when there has never been one."""
    query = select(Account).where(Account.person_id == person_id, Account.kind == AccountKind.APP)
    return await unit.first(query)


async def of_devices(unit: Unit, device_ids: Collection[int]) -> dict[int, Account]:
    """Accounts by device, for many devices at once."""
    found = await unit.rows(select(Account).where(Account.device_id.in_(device_ids)))
    return {row.device_id: row for row in found if row.device_id is not None}


async def of_people(unit: Unit, person_ids: Collection[int]) -> dict[int, Account]:
    """Accounts of apps by person, for many people at once."""
    query = select(Account).where(
        Account.person_id.in_(person_ids), Account.kind == AccountKind.APP
    )
    return {row.person_id: row for row in await unit.rows(query) if row.person_id is not None}


async def list(  # noqa: A001 - services share one set of verbs
    unit: Unit,
    *,
    site_id: int | None = None,
    kind: AccountKind | None = None,
    building_id: int | None = None,
    apartment_id: int | None = None,
    person_id: int | None = None,
    device_id: int | None = None,
    operator_id: int | None = None,
    user: str | None = None,
    sort: str = "user",
    limit: int = 100,
    cursor: str | None = None,
) -> Page[Account]:
    """Accounts of the scope or of one site; `user` finds the beginning of users."""
    query = select(Account)
    if site_id is not None:
        await unit.find(Site, site_id)
        query = query.where(Account.site_id == site_id)
    wanted = {
        Account.kind: kind,
        Account.building_id: building_id,
        Account.apartment_id: apartment_id,
        Account.person_id: person_id,
        Account.device_id: device_id,
        Account.operator_id: operator_id,
    }
    for column, value in wanted.items():
        if value is not None:
            query = query.where(column == value)
    if user is not None:
        query = query.where(Account.user.startswith(user, autoescape=True))
    return await page(
        unit, query, Account, sortable=SORTABLE, sort=sort, limit=limit, cursor=cursor
    )


async def update(unit: Unit, account_id: int, changes: Mapping[str, object]) -> Account:
    """Change display, the enabled switch or the moment from which it counts as expired."""
    account = await unit.find(Account, account_id)
    unit.require(rules.may_keep_accounts(unit.scope), "edit_account")
    if account.operator_id is not None and "display" in changes:
        raise Invalid.one("display", manager_apps.NAMED)
    await unit.update(account, fields.clean(CHECKS, changes, FIXED))
    return account


async def password(unit: Unit, account_id: int) -> Secret:
    """The password, for the device or app that has to be set up with it."""
    account = await unit.find(Account, account_id)
    unit.require(rules.may_reset_passwords(unit.scope), "read_password")
    return Secret(unit.vault.open(account.password, password_context(account.user)))


async def reset_password(unit: Unit, account_id: int) -> Secret:
    """Give the account a new generated password; the old one is refused at once (F168)."""
    account = await unit.find(Account, account_id)
    unit.require(rules.may_reset_passwords(unit.scope), "reset_password")
    secret = unit.entropy.password(PASSWORD_LENGTH)
    sealed = unit.vault.seal(secret, password_context(account.user))
    await unit.update(account, {"password": sealed}, "reset_password")
    return Secret(secret)


async def delete(unit: Unit, account_id: int) -> None:
    """Delete an account; Conflict for one that a device or person brings along."""
    account = await unit.find(Account, account_id)
    unit.require(rules.may_keep_accounts(unit.scope), "delete_account")
    if account.device_id is not None:
        raise Conflict("device_id", "the account goes with its device")
    if account.person_id is not None:
        raise Conflict("person_id", "the account goes with its person")
    await unit.delete(account)


async def _store(unit: Unit, account: Account, password: str | None = None) -> Account:
    """Seal the password, draw a user if there is none yet, insert."""
    if not account.user:
        account.user = await _free_user(unit)
    plain = unit.entropy.password(PASSWORD_LENGTH) if password is None else password
    account.password = unit.vault.seal(plain, password_context(account.user))
    return await unit.create(account)


async def _free_user(unit: Unit) -> str:
    """A user of ten digits that this server does not have yet."""
    while True:
        user = unit.entropy.digits(USER_DIGITS)
        if not await unit.taken(Account.user, user):
            return user
