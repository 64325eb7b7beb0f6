"""From the octets of a file to rows of texts: `.xlsx` workbooks, and CSV with the same header.

A file comes from anybody who may import, so everything is bounded before it is unpacked: octets,
parts, unpacked size, rows, columns. Entities and document types in its XML are refused by
defusedxml, which openpyxl uses where it is installed. Nothing in a workbook is calculated or run.
"""

import csv
import io
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, time, timedelta
from itertools import repeat
from operator import is_not
from typing import Any

from directory.exchange.sheet_row import SheetRow, UnreadableSheetError

MAX_FILE = 2 * 1024 * 1024
"""Octets of a file."""
MAX_UNPACKED = 8 * 1024 * 1024
"""Octets of a workbook's parts together, unpacked."""
MAX_TAGS = 400_000
"""Tags in them: each costs a hundred times its octets while it is read."""
MAX_PARTS = 500
"""Files inside a workbook."""
MAX_ROWS = 500
"""Rows below the header that hold anything: they are written in one transaction, for which others
that write have to wait some seconds."""
MAX_COLUMNS = 40
"""Columns that are looked at; a sheet that uses more is none of ours."""
MAX_CELL = 4000
"""Characters of a cell."""

_LAST_ROW = 1_048_576
"""The last row a spreadsheet program knows."""
_ZIP = b"PK"
_OLE = b"\xd0\xcf\x11\xe0"
"""How files of the Compound File Binary format begin: old workbooks, and encrypted ones."""
_TOO_MUCH = (
    "holds far more than users and devices: keep the sheet alone, without pictures,"
    " and formats of the cells that are filled only"
)
_FORMULA = (
    "holds a formula, whose result is not looked at; copy the column and paste its values only"
)
_MOMENT = "holds a date or time; set the format of the column to text and write it again"
_ERROR = "holds an error of the spreadsheet program; write a value"
_LONG = f"is longer than {MAX_CELL} characters; shorten it"


def read_rows(content: bytes) -> tuple[SheetRow, ...]:
    """The rows of the first sheet that hold anything, in order; UnreadableSheetError says why not.

    A cell without a plain value (a formula, a date) is a fault of its row.
    """
    if len(content) > MAX_FILE:
        raise UnreadableSheetError(
            f"is larger than {MAX_FILE // 1024} KiB: split it into several files"
        )
    if content.startswith(_ZIP):
        rows = _workbook_rows(content)
    elif content.startswith(_OLE):
        raise UnreadableSheetError(
            "is an old .xls workbook or protected by a password: save it as .xlsx without one"
        )
    else:
        rows = _csv_rows(content)
    if not rows:
        raise UnreadableSheetError("is empty: it must begin with the titles of the template")
    return tuple(rows)


def _workbook_rows(content: bytes) -> list[SheetRow]:
    from openpyxl import load_workbook  # takes a tenth of a second, which few commands need

    try:
        _check_parts(content)
        with warnings.catch_warnings():
            # openpyxl warns of what it leaves out: print areas, drop-down lists.
            warnings.simplefilter("ignore")
            book = load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
            try:
                if not book.worksheets:
                    raise UnreadableSheetError("holds no sheet with cells")
                return _bounded(_rows_of(_first_visible(book.worksheets)))
            finally:
                book.close()
    except UnreadableSheetError:
        raise
    except Exception:  # a made-up file finds any error there is in openpyxl
        raise UnreadableSheetError(
            "is no .xlsx workbook, or a damaged one: open it in a spreadsheet program and save it"
            " as .xlsx again"
        ) from None


def _check_parts(content: bytes) -> None:
    """Refuse an archive that would unpack to far more than a sheet of people needs.

    Python's zipfile never unpacks more of a part than the archive's directory says.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
            raise UnreadableSheetError(_TOO_MUCH)
        if sum(archive.read(part).count(b"<") for part in parts) > MAX_TAGS:
            raise UnreadableSheetError(_TOO_MUCH)


def _first_visible(sheets: list[Any]) -> Any:
    """Lists for drop-down menus are often kept in a hidden sheet."""
    return next((sheet for sheet in sheets if sheet.sheet_state == "visible"), sheets[0])


def _rows_of(sheet: Any) -> Iterator[SheetRow]:
    from openpyxl.cell.read_only import EMPTY_CELL

    cells_by_row = sheet.iter_rows(min_row=1, max_row=_LAST_ROW, max_col=MAX_COLUMNS)
    for number, cells in enumerate(cells_by_row, start=1):
        # In C, for the gap before a stray cell may be a million rows.
        if any(map(is_not, cells, repeat(EMPTY_CELL))):
            yield _row_of_cells(number, cells)


def _bounded(rows: Iterable[SheetRow]) -> list[SheetRow]:
    """Rows that hold anything; UnreadableSheetError when there are too many."""
    kept: list[SheetRow] = []
    for row in rows:
        if not row.is_blank:
            if len(kept) > MAX_ROWS:
                raise UnreadableSheetError(
                    f"has more than {MAX_ROWS} rows: split it into several files"
                )
            kept.append(row)
    return kept


def _row_of_cells(number: int, cells: Iterable[Any]) -> SheetRow:
    texts: list[str] = []
    faults: dict[int, str] = {}
    for place, cell in enumerate(cells):
        text, fault = _text_of(cell.value, cell.data_type)
        texts.append(text)
        if fault:
            faults[place] = fault
    return _row(number, texts, faults)


def _text_of(value: object, data_type: str) -> tuple[str, str]:
    """A cell's text, and what is wrong with the cell."""
    if value is None:
        return "", ""
    if data_type == "f":
        return "", _FORMULA
    if data_type == "e":
        return "", _ERROR
    if isinstance(value, date | time | timedelta):
        return "", _MOMENT
    if isinstance(value, bool):
        return str(value).upper(), ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    return str(value).strip(), ""


def _row(number: int, texts: list[str], faults: dict[int, str]) -> SheetRow:
    for place, text in enumerate(texts):
        if len(text) > MAX_CELL:
            faults[place] = _LONG
            texts[place] = ""
    while texts and not texts[-1]:
        texts.pop()
    return SheetRow(number, tuple(texts), faults)


def _csv_rows(content: bytes) -> list[SheetRow]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise UnreadableSheetError("is neither an .xlsx workbook nor CSV in UTF-8: save it as one")
    header = next((line for line in text.splitlines() if line.strip()), "")
    # A semicolon is what spreadsheet programs of many countries put between cells.
    delimiter = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        return _bounded(
            _row(number, [cell.strip() for cell in cells[:MAX_COLUMNS]], {})
            for number, cells in enumerate(reader, start=1)
        )
    except csv.Error as error:
        raise UnreadableSheetError(
            f"is no CSV: line {reader.line_num}: {error}; close every quotation mark"
        ) from None
