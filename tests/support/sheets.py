"""Sheets as people fill them: office and community rows by title, as workbooks and as CSV."""

import csv
import io
from collections.abc import Iterable

from openpyxl import Workbook

from directory.exchange.community_sheet import COMMUNITY
from directory.exchange.office_sheet import OFFICE
from directory.exchange.sheet_row import SheetRow
from directory.exchange.template import Template

EMPLOYEE = {
    "Department": "Sales",
    "Identity": "basic",
    "First Name": "Ann",
    "SmartPlus Intercom Feature": "1",
}
"""The least that an office user needs."""
RESIDENT = {"Building": "1", "Apt": "1001", "Account Type": "0", "First Name": "Ann"}
"""The least that a resident needs."""

Values = dict[str, object]


def employee(**cells: object) -> Values:
    """An office user; `Mobile_Number="…"` fills the column Mobile Number."""
    return {**EMPLOYEE, **_by_title(cells)}


def resident(**cells: object) -> Values:
    """A resident of flat 1001."""
    return {**RESIDENT, **_by_title(cells)}


def header(template: Template) -> list[str]:
    """The titles of a template."""
    return [column.title for column in template.columns]


def line(template: Template, values: Values) -> list[object]:
    """The cells of a row in the template's order."""
    return [values.get(title) for title in header(template)]


def sheet_row(template: Template, values: Values, number: int = 2) -> SheetRow:
    """A row as it comes out of a file."""
    texts = ["" if cell is None else str(cell) for cell in line(template, values)]
    return SheetRow(number, tuple(texts))


def workbook(rows: Iterable[Iterable[object]]) -> bytes:
    """An `.xlsx` file with one sheet."""
    book = Workbook()
    for row in rows:
        book.active.append(list(row))
    return saved(book)


def saved(book: Workbook) -> bytes:
    """A workbook's octets."""
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def office_file(*rows: Values) -> bytes:
    """A filled office template as `.xlsx`."""
    return workbook([header(OFFICE), *(line(OFFICE, row) for row in rows)])


def community_file(*rows: Values) -> bytes:
    """A filled community template as `.xlsx`."""
    return workbook([header(COMMUNITY), *(line(COMMUNITY, row) for row in rows)])


def csv_file(template: Template, *rows: Values, delimiter: str = ",") -> bytes:
    """A filled template as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(header(template))
    writer.writerows(line(template, row) for row in rows)
    return text.getvalue().encode()


def _by_title(cells: dict[str, object]) -> Values:
    return {name.replace("_", " "): value for name, value in cells.items()}
