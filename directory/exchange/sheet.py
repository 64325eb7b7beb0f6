"""A whole sheet: which template it is, its rows as values, and everything that is wrong with it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from directory.exchange.call_codes import Dialect
from directory.exchange.cell_problem import CellProblem
from directory.exchange.community_sheet import (
    COMMUNITY,
    ResidentRow,
    community_template,
    read_resident_row,
    unkept_columns,
)
from directory.exchange.office_sheet import OFFICE, OfficeRow, read_office_row
from directory.exchange.row_reader import Seen
from directory.exchange.sheet_row import SheetRow, column_letter
from directory.exchange.template import Template
from directory.kinds import SiteKind

AnyRow = OfficeRow | ResidentRow


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a file holds for a site."""

    template: Template
    row_count: int
    """Rows below the header that hold anything."""
    rows: tuple[AnyRow, ...]
    """Those without a problem of their own."""
    problems: tuple[CellProblem, ...]
    notes: tuple[str, ...] = ()
    """What is left out although nothing is wrong with it."""


def template_of(kind: SiteKind) -> Template:
    """The template that a site of this kind is given to fill."""
    return OFFICE if kind is SiteKind.OFFICE else COMMUNITY


def read_sheet(
    found: tuple[SheetRow, ...], kind: SiteKind, *, country: str, dialect: Dialect | None
) -> Sheet:
    """The sheet for a site of this kind, whose country reads national telephone numbers.

    The first row is the header; when that is wrong, the rows are not looked at.
    """
    header, body = found[0], found[1:]
    template = OFFICE if kind is SiteKind.OFFICE else community_template(header)
    problems = _wrong_header(header, template, kind)
    if problems:
        return Sheet(template, len(body), (), problems)
    seen: Seen = {}
    if template is OFFICE:
        rows, problems = _read(
            template,
            body,
            lambda row: read_office_row(row, dialect=dialect, country=country, seen=seen),
        )
        return Sheet(template, len(body), rows, problems)
    rows, problems = _read(
        template, body, lambda row: read_resident_row(row, template, country=country, seen=seen)
    )
    notes = [
        f"{title}: {count} filled {'cell is' if count == 1 else 'cells are'} left out, because"
        " cards, codes and access groups are not kept"
        for title, count in unkept_columns(template, list(body)).items()
    ]
    return Sheet(template, len(body), rows, problems, tuple(notes))


def _read(
    template: Template,
    body: Iterable[SheetRow],
    read: Callable[[SheetRow], tuple[AnyRow | None, tuple[CellProblem, ...]]],
) -> tuple[tuple[AnyRow, ...], tuple[CellProblem, ...]]:
    rows: list[AnyRow] = []
    problems: list[CellProblem] = []
    for row in body:
        good, wrong = read(row)
        beyond = _beyond(template, row)
        problems += (*wrong, *beyond)
        if good is not None and not beyond:
            rows.append(good)
    return tuple(rows), tuple(problems)


def _beyond(template: Template, row: SheetRow) -> tuple[CellProblem, ...]:
    """Cells under no title."""
    last = len(template.columns)
    places = {place for place in range(last, len(row.cells)) if row.cell(place)}
    places |= {place for place in row.faults if place >= last}
    expected = f"the sheet ends with {template.columns[-1].title}"
    return tuple(
        CellProblem(row.number, column_letter(place), "no title", expected, "empty the cell")
        for place in sorted(places)
    )


def _wrong_header(header: SheetRow, template: Template, kind: SiteKind) -> tuple[CellProblem, ...]:
    problems = template.check_header(header)
    if not problems:
        return ()
    office = kind is SiteKind.OFFICE
    other = community_template(header) if office else OFFICE
    if not other.fits(header):
        return problems
    expected = f"this is the {other.name} sheet, and the site is {_a(kind)}"
    first = template.columns[0].title
    return (template.problem(header.number, first, expected, "choose another site, or sheet"),)


def _a(kind: SiteKind) -> str:
    return "an office" if kind is SiteKind.OFFICE else "a community"
