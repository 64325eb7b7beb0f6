"""The account sheet: CSV with the header `user,password,display,kind,apartment`.

The last three columns are optional; the order of the columns is free.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from directory.errors import FieldError, Invalid

REQUIRED = ("user", "password")
OPTIONAL = ("display", "kind", "apartment")


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One row as written; nothing is checked yet."""

    line: int
    """Line of the file, from 1."""
    user: str
    password: str = field(repr=False)
    display: str = ""
    kind: str = ""
    apartment: str = ""
    """Number, or `building*number`."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was not taken, and why; never repeats a secret."""

    line: int
    field: str
    message: str


class BadSheet(Invalid):
    """The sheet as a whole cannot be read; `line` is where, from 1."""

    def __init__(self, line: int, field: str, message: str) -> None:
        super().__init__((FieldError(field, message),))
        self.line = line
        self.message = message


def read_account_sheet(lines: Iterable[str]) -> Iterator[AccountRow]:
    """Rows of the sheet; BadSheet names a column that is missing, unknown or doubled."""
    reader = csv.reader(lines, strict=True)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        _check_header(header)
        for cells in reader:
            if any(cell.strip() for cell in cells):
                values = dict(zip(header, cells, strict=False))
                yield AccountRow(
                    reader.line_num,
                    values["user"].strip(),
                    values.get("password", ""),
                    *(values.get(name, "").strip() for name in OPTIONAL),
                )
    except csv.Error as error:
        raise BadSheet(reader.line_num, f"line {reader.line_num}", f"not CSV: {error}") from error


def _check_header(header: list[str]) -> None:
    known = (*REQUIRED, *OPTIONAL)
    for name in REQUIRED:
        if name not in header:
            raise BadSheet(1, "header", f"the column {name} is missing")
    for name in header:
        if name not in known:
            raise BadSheet(1, "header", f"unknown column; known are {', '.join(known)}")
        if header.count(name) > 1:
            raise BadSheet(1, "header", f"the column {name} appears twice")
