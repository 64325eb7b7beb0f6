"""The community sheet: residents of apartments, fifteen columns in the listed order (F224).

The telephone numbers that receive calls share one column, Phone1/2/3, with semicolons between
them; a sheet that has three columns for them is taken as well.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from directory import checks, fields
from directory.exchange.cell_problem import CellProblem
from directory.exchange.row_reader import RowReader, Seen, calling_code, number_check
from directory.exchange.sheet_row import SheetRow
from directory.exchange.template import Column, Template, plain_title
from directory.kinds import PersonKind

BUILDING = "Building"
FLOORS = "Accessible Floors"
APARTMENT = "Apt"
APARTMENT_NAME = "Apt Name"
ACCOUNT_TYPE = "Account Type"
FIRST_NAME = "First Name"
LAST_NAME = "Last Name"
EMAIL = "Email"
MOBILE = "Mobile Number"
CALLING_CODE = "Telephone Calling Code"
PHONES = "Phone1/2/3"
CARD = "RF Card"
PIN = "PIN"
ACCESS_GROUP = "Access Group ID"
REMARK = "Remark"

EACH_PHONE = ("Phone1", "Phone2", "Phone3")
NOT_KEPT = (CARD, PIN, ACCESS_GROUP)
"""Columns that are read by nobody: cards, codes and access groups are not kept."""

_NUMBER = "write numbers with their area codes, or leave the cell empty"
_BEFORE = (
    Column(BUILDING, "write the name of a building that the community has"),
    Column(FLOORS, "write floors with semicolons between them, All Floors, or nothing"),
    Column(APARTMENT, "write the number of an apartment that the building has"),
    Column(APARTMENT_NAME, "write a name of at most 128 characters, or leave the cell empty"),
    Column(ACCOUNT_TYPE, "enter 0 for the master account of a family, 1 for its members"),
    Column(FIRST_NAME, "write a first name of at most 64 characters"),
    Column(LAST_NAME, "write a last name of at most 64 characters, or leave the cell empty"),
    Column(EMAIL, "write an address that no other person of the site has, or nothing"),
    Column(MOBILE, "write the number with its area code, or leave the cell empty"),
    Column(CALLING_CODE, "write the digits of the country code, or nothing for the site's"),
)
_AFTER = (
    *(Column(title, "leave the cell empty") for title in NOT_KEPT),
    Column(REMARK, "write at most 128 characters, or leave the cell empty"),
)
COMMUNITY = Template("community", (*_BEFORE, Column(PHONES, _NUMBER), *_AFTER))
WIDE_COMMUNITY = Template(
    "community", (*_BEFORE, *(Column(title, _NUMBER) for title in EACH_PHONE), *_AFTER)
)

_KINDS = {"0": PersonKind.MASTER, "1": PersonKind.MEMBER}


@dataclass(frozen=True, slots=True)
class ResidentRow:
    """One resident, every value checked."""

    number: int
    building: str
    apartment: str
    kind: PersonKind
    first_name: str
    last_name: str = ""
    apartment_name: str = ""
    """Empty when the sheet says nothing about it."""
    floors: tuple[str, ...] = ()
    email: str | None = None
    mobile: str | None = field(default=None, repr=False)
    """E.164; for account registration, never dialled (F066)."""
    country: str | None = None
    """None for the site's."""
    landlines: tuple[str, ...] = field(default=(), repr=False)
    """Up to three, E.164; what receives calls (F072, F073, X11)."""
    remark: str = ""


def community_template(header: SheetRow) -> Template:
    """The community template that a header means: with one column for telephones or three."""
    titles = {plain_title(title).replace(" ", "") for title in header.cells}
    return WIDE_COMMUNITY if titles & {plain_title(one) for one in EACH_PHONE} else COMMUNITY


def read_resident_row(
    row: SheetRow, template: Template, *, country: str, seen: Seen
) -> tuple[ResidentRow | None, tuple[CellProblem, ...]]:
    """The row, or what is wrong with it.

    `country` reads national numbers of rows without a calling code; `seen` is one dictionary for
    all rows of a sheet.
    """
    cells = RowReader(template, row, seen)
    code = cells.optional(CALLING_CODE, calling_code)
    known = not cells.has_refused(CALLING_CODE)
    region = code or country
    resident = ResidentRow(
        number=row.number,
        building=cells.required(BUILDING, checks.PLACE_NAME, ""),
        apartment=cells.required(APARTMENT, fields.apartment_number, ""),
        kind=cells.required(ACCOUNT_TYPE, account_type, PersonKind.MASTER),
        first_name=cells.required(FIRST_NAME, checks.FIRST_NAME, ""),
        last_name=cells.required(LAST_NAME, checks.LAST_NAME, ""),
        apartment_name=cells.required(APARTMENT_NAME, checks.APARTMENT_NAME, ""),
        floors=cells.required(FLOORS, read_floors, ()),
        email=cells.optional(EMAIL, fields.email),
        mobile=cells.optional(
            MOBILE, number_check(fields.phone_number, region, region_is_known=known)
        ),
        country=code,
        landlines=_landlines(cells, template, region, known),
        remark=cells.required(REMARK, checks.REMARK, ""),
    )
    if resident.email is not None:
        cells.unique(EMAIL, resident.email)
    return (None if cells.problems else resident), tuple(cells.problems)


def account_type(text: str) -> PersonKind:
    """Master or member of a family: `0` or `1` (F154)."""
    kind = _KINDS.get(text)
    if kind is None:
        raise ValueError("must be 0 or 1")
    return kind


def read_floors(text: str) -> tuple[str, ...]:
    """Floors between semicolons or commas; `All Floors` stands for every one (F162)."""
    names = [name.strip() for name in re.split("[;,]", text) if name.strip()]
    return tuple(
        checks.FLOORS(["All" if name.casefold() == "all floors" else name for name in names])
    )


def unkept_columns(template: Template, rows: list[SheetRow]) -> dict[str, int]:
    """Columns that are filled but not kept, with the number of their filled cells."""
    places = {title: template.place(title) for title in NOT_KEPT}
    counts = {
        title: sum(bool(row.cell(place)) or place in row.faults for row in rows)
        for title, place in places.items()
    }
    return {title: count for title, count in counts.items() if count}


def _landlines(
    cells: RowReader, template: Template, region: str, region_is_known: bool
) -> tuple[str, ...]:
    check = number_check(fields.landline, region, region_is_known=region_is_known)
    if template is WIDE_COMMUNITY:
        each = [cells.optional(title, check) for title in EACH_PHONE]
        return tuple(dict.fromkeys(number for number in each if number))
    return cells.required(PHONES, lambda text: _several(text, check), ())


def _several(text: str, check: Callable[[str], str]) -> tuple[str, ...]:
    parts = [part.strip() for part in text.split(";") if part.strip()]
    if len(parts) > len(EACH_PHONE):
        raise ValueError(f"at most {len(EACH_PHONE)} numbers")
    numbers: list[str] = []
    for position, part in enumerate(parts, start=1):
        try:
            numbers.append(check(part))
        except ValueError as error:
            raise ValueError(f"number {position}: {error}") from None
    return tuple(dict.fromkeys(number for number in numbers if number))
