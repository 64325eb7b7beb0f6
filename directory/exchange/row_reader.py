"""RowReader: takes the cells of one row through their checks and gathers what is wrong."""

from collections.abc import Callable
from typing import TypeVar

from directory import fields
from directory.exchange.cell_problem import CellError, CellProblem
from directory.exchange.sheet_row import SheetRow
from directory.exchange.template import Template

T = TypeVar("T")

Seen = dict[tuple[str, str], int]
"""Rows by title and value of what may be in one row of a sheet only."""


class RowReader:
    """One row while it is read; `problems` is complete when every cell has been asked for."""

    def __init__(self, template: Template, row: SheetRow, seen: Seen) -> None:
        self._template = template
        self._row = row
        self._seen = seen
        self.problems: list[CellProblem] = []

    def text(self, title: str) -> str:
        """The text of a cell, unchecked; empty for one that cannot be read."""
        return self._row.cell(self._template.place(title))

    def is_filled(self, title: str) -> bool:
        """Whether anything stands in the cell."""
        return bool(self.text(title)) or self._template.place(title) in self._row.faults

    def required(self, title: str, check: Callable[[str], T], otherwise: T) -> T:
        """The checked value; `otherwise` stands in for one that was refused."""
        fault = self._row.faults.get(self._template.place(title))
        if fault is not None:
            self.refuse(title, *fault.split("; ", 1))
            return otherwise
        try:
            return check(self.text(title))
        except CellError as error:
            self.refuse(title, str(error), error.mend)
        except ValueError as error:
            self.refuse(title, str(error))
        return otherwise

    def optional(self, title: str, check: Callable[[str], T]) -> T | None:
        """Like `required`; None for an empty cell and for one that was refused."""
        if not self.is_filled(title):
            return None
        return self.required(title, check, None)

    def unique(self, title: str, value: str) -> None:
        """Refuse a value that an earlier row of the sheet has."""
        first = self._seen.setdefault((title, value), self._row.number)
        if first != self._row.number:
            self.refuse(title, f"is in row {first} as well", "leave it in one of the rows only")

    def refuse(self, title: str, expected: str, mend: str | None = None) -> None:
        """Note a problem of the cell."""
        self.problems.append(self._template.problem(self._row.number, title, expected, mend))

    def has_refused(self, title: str) -> bool:
        """Whether the cell has a problem."""
        return any(problem.title == title for problem in self.problems)


def calling_code(text: str) -> str:
    """The main country of a calling code, `44` or `+44`; no other text is one (F070, X04)."""
    digits = text.removeprefix("+")
    if not (digits.isascii() and digits.isdigit() and 1 <= len(digits) <= 3):
        raise ValueError("must be a country calling code such as 44 or +44")
    return fields.country_or_calling_code(digits)


def number_check(
    check: Callable[[object, str], str], region: str, *, region_is_known: bool
) -> Callable[[str], str]:
    """A check of telephone numbers as E.164, national ones read in `region` (F065, F073).

    While the region is not known, because its own cell is wrong, only what begins with + is
    checked: the others may be right.
    """

    def inner(text: str) -> str:
        if not region_is_known and not text.startswith("+"):
            return ""
        return check(text, region)

    return inner
