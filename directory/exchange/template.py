"""A template: the columns of a sheet in their order, and whether a sheet's header has them."""

import re
from dataclasses import dataclass

from directory.exchange.cell_problem import CellProblem
from directory.exchange.sheet_row import SheetRow, column_letter

_DECORATION = re.compile(r"\(optional\)|\*|:\s*$", re.IGNORECASE)
_LONGEST_ECHO = 40


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its title, and what to do about a cell that is refused."""

    title: str
    mend: str


@dataclass(frozen=True, slots=True)
class Template:
    """A sheet that can be imported."""

    name: str
    columns: tuple[Column, ...]

    def place(self, title: str) -> int:
        """Where the column of that title is, from 0."""
        return [column.title for column in self.columns].index(title)

    def problem(self, row: int, title: str, expected: str, mend: str | None = None) -> CellProblem:
        """A problem of a cell; how to mend it is the column's word if none is given."""
        place = self.place(title)
        mend = self.columns[place].mend if mend is None else mend
        return CellProblem(row, column_letter(place), title, expected, mend)

    def fits(self, header: SheetRow) -> bool:
        """Whether the header is this template's."""
        return not self.check_header(header)

    def check_header(self, header: SheetRow) -> tuple[CellProblem, ...]:
        """A problem for each column whose title is wrong, missing, or too much.

        Of titles that stand in another column's place only the first is told: when a column is
        missing, all that follow it do. A row without any of the titles is one problem.
        """
        known = {plain_title(column.title) for column in self.columns}
        found = [plain_title(text) for text in header.cells]
        first = self.columns[0].title
        if known.isdisjoint(found):
            return (self.problem(header.number, first, "no title is known", self._order),)
        problems: list[CellProblem] = []
        shifted = False
        for place in range(max(len(self.columns), len(found))):
            title = found[place] if place < len(found) else ""
            wanted = self.columns[place].title if place < len(self.columns) else ""
            if title == plain_title(wanted) or (shifted and title in known):
                continue
            shifted = shifted or title in known
            problems.append(self._wrong_title(header, place, wanted))
        return tuple(problems)

    @property
    def _order(self) -> str:
        titles = ", ".join(column.title for column in self.columns)
        return f"the columns of the {self.name} sheet are, in this order: {titles}"

    def _wrong_title(self, header: SheetRow, place: int, wanted: str) -> CellProblem:
        shown = _shown(header.cell(place))
        if not wanted:
            expected, mend = f"the sheet ends with {self.columns[-1].title}", "delete the column"
        else:
            expected = f"the title must be {wanted}, not {shown or 'empty'}"
            mend = "write that title, or insert the column that is missing"
        return CellProblem(header.number, column_letter(place), wanted or shown, expected, mend)


def plain_title(text: str) -> str:
    """A title without case, line breaks, `*`, and `(Optional)`."""
    return " ".join(_DECORATION.sub(" ", text).casefold().split())


def _shown(title: str) -> str:
    """A title that somebody wrote, fit to be repeated."""
    text = " ".join(title.split())
    return "".join(one for one in text if one.isprintable())[:_LONGEST_ECHO]
