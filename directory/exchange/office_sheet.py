"""The office sheet: users and devices of departments together, twelve columns (F076).

Both templates of the guides, "Add User to Office" and "Add Devices to Department", have these
columns; only identities and call type codes differ, which is what the dialect says. A row without
a user adds devices alone.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from directory import checks, fields
from directory.exchange.call_codes import Dialect, read_call_code
from directory.exchange.cell_problem import CellError, CellProblem
from directory.exchange.device_cell import DeviceCell, parse_device_cell
from directory.exchange.row_reader import RowReader, Seen, calling_code, number_check
from directory.exchange.sheet_row import SheetRow
from directory.exchange.template import Column, Template
from directory.kinds import CallType, DeviceType, PersonKind

DEPARTMENT = "Department"
DEVICE = "Device"
IDENTITY = "Identity"
FIRST_NAME = "First Name"
LAST_NAME = "Last Name"
EXTERNAL_ID = "ID"
EMAIL = "Email"
MOBILE = "Mobile Number"
CALLING_CODE = "Telephone Calling Code"
APP = "SmartPlus Intercom Feature"
PHONE = "Phone"
CALL_TYPE = "Call Type"

OFFICE = Template(
    "office",
    (
        Column(DEPARTMENT, "write the name or number of a department that the office has"),
        Column(DEVICE, "write name,type,MAC and a semicolon between two devices"),
        Column(IDENTITY, "write basic or advanced"),
        Column(FIRST_NAME, "write a first name of at most 64 characters"),
        Column(LAST_NAME, "write a last name of at most 64 characters, or leave the cell empty"),
        Column(EXTERNAL_ID, "give every person an ID of their own, or leave the cell empty"),
        Column(EMAIL, "write an address that no other person of the site has, or nothing"),
        Column(MOBILE, "write the number with its area code, or leave the cell empty"),
        Column(CALLING_CODE, "write the digits of the country code, or nothing for the site's"),
        Column(APP, "enter 1 for people who use the app, 0 for the others"),
        Column(PHONE, "write the number with its area code, or leave the cell empty"),
        Column(CALL_TYPE, "enter a code of the template, or nothing for the site's call type"),
    ),
)
PERSONAL = tuple(
    column.title for column in OFFICE.columns if column.title not in (DEPARTMENT, DEVICE)
)
"""Columns that say something about a user."""
PRIVATE = frozenset({DeviceType.INDOOR_MONITOR, DeviceType.SINGLE_TENANT_DOOR})
"""Devices that belong to the row's user; all others serve the department."""

_IDENTITIES = {"basic": PersonKind.BASIC, "advanced": PersonKind.ADVANCED}
_IDENTITIES_OF_A = {"personnel": PersonKind.BASIC, "staff": PersonKind.ADVANCED}


@dataclass(frozen=True, slots=True)
class OfficeUser:
    """The user of a row, every value checked."""

    kind: PersonKind
    first_name: str
    last_name: str = ""
    external_id: str | None = None
    email: str | None = None
    mobile: str | None = field(default=None, repr=False)
    """E.164; for account registration, never dialled (F066)."""
    country: str | None = None
    """None for the site's."""
    app_enabled: bool = False
    landlines: tuple[str, ...] = field(default=(), repr=False)
    """E.164; what receives calls (F073)."""
    call_type: CallType | None = None
    """None for the site's."""


@dataclass(frozen=True, slots=True)
class OfficeRow:
    """One row, every value checked."""

    number: int
    department: str
    """Name or number."""
    devices: tuple[DeviceCell, ...] = ()
    user: OfficeUser | None = None


def read_office_row(
    row: SheetRow, *, dialect: Dialect | None, country: str, seen: Seen
) -> tuple[OfficeRow | None, tuple[CellProblem, ...]]:
    """The row, or what is wrong with it.

    `country` reads national numbers of rows without a calling code; `seen` is one dictionary for
    all rows of a sheet.
    """
    cells = RowReader(OFFICE, row, seen)
    department = cells.required(DEPARTMENT, checks.PLACE_NAME, "")
    none: tuple[DeviceCell, ...] = ()
    devices = cells.required(DEVICE, parse_device_cell, none)
    for device in devices:
        cells.unique(DEVICE, device.mac)
    has_user = any(cells.is_filled(title) for title in PERSONAL)
    user = _read_user(cells, dialect, country) if has_user else None
    if not has_user:
        _check_devices_alone(cells, devices)
    if cells.problems:
        return None, tuple(cells.problems)
    return OfficeRow(row.number, department, devices, user), ()


def _read_user(cells: RowReader, dialect: Dialect | None, country: str) -> OfficeUser:
    code = cells.optional(CALLING_CODE, calling_code)
    region = code or country
    known = not cells.has_refused(CALLING_CODE)
    phone = cells.optional(PHONE, number_check(fields.landline, region, region_is_known=known))
    user = OfficeUser(
        kind=cells.required(IDENTITY, _identity_in(dialect), PersonKind.BASIC),
        first_name=cells.required(FIRST_NAME, checks.FIRST_NAME, ""),
        last_name=cells.required(LAST_NAME, checks.LAST_NAME, ""),
        external_id=cells.optional(EXTERNAL_ID, checks.EXTERNAL_ID),
        email=cells.optional(EMAIL, fields.email),
        mobile=cells.optional(
            MOBILE, number_check(fields.phone_number, region, region_is_known=known)
        ),
        country=code,
        app_enabled=cells.required(APP, app_switch, False),
        landlines=(phone,) if phone else (),
        call_type=cells.optional(CALL_TYPE, lambda text: read_call_code(text, dialect)),
    )
    for title, value in ((EXTERNAL_ID, user.external_id), (EMAIL, user.email)):
        if value is not None:
            cells.unique(title, value)
    return user


def _check_devices_alone(cells: RowReader, devices: tuple[DeviceCell, ...]) -> None:
    """A row without a user brings devices, and none that needs one."""
    if not devices and not cells.has_refused(DEVICE):
        cells.refuse(FIRST_NAME, "the row has neither a user nor a device", "fill it, or delete it")
    for number, device in enumerate(devices, start=1):
        if device.type is DeviceType.INDOOR_MONITOR:
            cells.refuse(
                DEVICE,
                f"device {number}: an indoor monitor belongs to a person",
                "put it into the row of the user whose it is",
            )


def app_switch(text: str) -> bool:
    """Whether the user may use the app: `1` or `0` and nothing else (F069)."""
    if text not in ("0", "1"):
        raise ValueError("must be 1 or 0")
    return text == "1"


def read_identity(text: str, dialect: Dialect | None) -> PersonKind:
    """What an identity means (F054).

    Staff and personnel are words of template A alone, and are taken only where that is said (X03).
    """
    word = " ".join(text.casefold().split()).removesuffix(" user")
    found = _IDENTITIES.get(word)
    if found is None and dialect is Dialect.A:
        found = _IDENTITIES_OF_A.get(word)
    if found is not None:
        return found
    if word in _IDENTITIES_OF_A:
        raise CellError(
            "must be basic or advanced; staff and personnel are the words of template A",
            "write basic or advanced, or import the sheet with dialect A, "
            "which takes staff as advanced and personnel as basic",
        )
    raise ValueError("must be basic or advanced")


def _identity_in(dialect: Dialect | None) -> Callable[[str], PersonKind]:
    return lambda text: read_identity(text, dialect)
