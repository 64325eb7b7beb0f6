"""Files of every kind as rows of texts, or as one clear error."""

import io
import zipfile
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.worksheet.datavalidation import DataValidation

from directory.exchange import workbook
from directory.exchange.sheet_row import SheetRow, UnreadableSheetError
from directory.exchange.workbook import MAX_ROWS, read_rows
from tests.support import sheets

SHEET = "xl/worksheets/sheet1.xml"


def refusal(content: bytes) -> str:
    with pytest.raises(UnreadableSheetError) as raised:
        read_rows(content)
    return raised.value.message


def texts(content: bytes) -> list[tuple[int, tuple[str, ...]]]:
    return [(row.number, row.cells) for row in read_rows(content)]


def with_part(name: str, body: bytes) -> bytes:
    """A workbook with another content in one of its parts."""
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(sheets.workbook([["a"]]))) as before,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        for part in before.namelist():
            if part != name:
                after.writestr(part, before.read(part))
        after.writestr(name, body)
    return made.getvalue()


def worksheet(inner: bytes) -> bytes:
    xmlns = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return b'<worksheet xmlns="' + xmlns + b'"><sheetData>' + inner + b"</sheetData></worksheet>"


# --- Workbooks ------------------------------------------------------------------------------------


def test_cells_are_texts_as_they_look() -> None:
    content = sheets.workbook([["Ann ", 44, 3.0, 2.5, True, None, "0001", None]])

    assert texts(content) == [(1, ("Ann", "44", "3", "2.5", "TRUE", "", "0001"))]


def test_blank_rows_are_left_out_and_the_others_keep_their_numbers() -> None:
    assert texts(sheets.workbook([["a"], [], [None, " "], ["b"]])) == [(1, ("a",)), (4, ("b",))]


def test_a_cell_without_a_plain_value_is_a_fault() -> None:
    content = sheets.workbook([["=A2", datetime(2027, 1, 15, tzinfo=UTC).replace(tzinfo=None)]])
    error = with_part(SHEET, worksheet(b'<row r="1"><c r="A1" t="e"><v>#N/A</v></c></row>'))

    (row,), (other,) = read_rows(content), read_rows(error)

    assert [fault.partition(";")[0] for fault in row.faults.values()] == [
        "holds a formula, whose result is not looked at",
        "holds a date or time",
    ]
    assert other.faults == {0: "holds an error of the spreadsheet program; write a value"}


def test_a_cell_that_is_too_long_is_a_fault() -> None:
    (row,) = read_rows(sheets.workbook([["x" * 4000, "x" * 4001]]))

    assert (len(row.cell(0)), [*row.faults]) == (4000, [1])


def test_the_first_visible_sheet_counts() -> None:
    book = Workbook()
    book.active.append(["lists"])
    book.active.sheet_state = "hidden"
    book.create_sheet().append(["people"])

    assert texts(sheets.saved(book)) == [(1, ("people",))]


def test_drop_down_lists_and_wrong_dimensions_do_not_matter() -> None:
    book = Workbook()
    for number in range(3):
        book.active.append([number])
    book.active.add_data_validation(DataValidation(type="list", formula1='"0,1"'))
    plain = texts(sheets.saved(book))
    small = with_part(
        SHEET,
        worksheet(b'<row r="1"><c r="A1"><v>7</v></c></row>')
        .replace(b"<sheetData>", b'<dimension ref="A1:A1"/><sheetData>')
        .replace(b"</row>", b'</row><row r="9"><c r="B9"><v>8</v></c></row>'),
    )

    assert plain == [(1, ("0",)), (2, ("1",)), (3, ("2",))]
    assert texts(small) == [(1, ("7",)), (9, ("", "8"))]


# --- Bounds ---------------------------------------------------------------------------------------


def test_as_many_rows_as_one_transaction_takes() -> None:
    rows: list[list[object]] = [["title"]]
    rows += [[number] for number in range(MAX_ROWS)]

    assert len(read_rows(sheets.workbook(rows))) == MAX_ROWS + 1
    assert refusal(sheets.workbook([*rows, ["more"]])) == (
        f"has more than {MAX_ROWS} rows: split it into several files"
    )


def test_a_large_file_is_not_opened() -> None:
    assert refusal(b"PK" + bytes(workbook.MAX_FILE)).startswith("is larger than 2048 KiB")


def test_a_zip_bomb_is_not_unpacked() -> None:
    bomb = with_part("xl/media/image1.png", bytes(workbook.MAX_UNPACKED + 1))

    assert len(bomb) < workbook.MAX_UNPACKED / 100
    assert refusal(bomb).startswith("holds far more than users and devices")


def test_an_archive_of_endless_parts_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MAX_PARTS", 3)

    assert refusal(WORKBOOK).startswith("holds far more")


def test_a_part_that_lies_about_its_size_is_damaged() -> None:
    packed = bytearray(with_part("xl/media/image1.png", bytes(64 * 1024)))
    size = (64 * 1024).to_bytes(4, "little")
    assert packed.count(size) == 2  # the part's own header, and the archive's directory
    lying = bytes(packed).replace(size, (100).to_bytes(4, "little"))

    assert refusal(lying).startswith("is no .xlsx workbook, or a damaged one")


def test_a_row_of_endless_cells_is_not_built() -> None:
    cells = b"<c/>" * workbook.MAX_TAGS
    assert refusal(with_part(SHEET, worksheet(b"<row>" + cells + b"</row>"))).startswith(
        "holds far more"
    )


def test_a_row_number_beyond_any_sheet_costs_nothing() -> None:
    far = worksheet(b'<row r="99999999999999"><c><v>1</v></c></row>')

    assert refusal(with_part(SHEET, far)).startswith("is empty")


@pytest.mark.parametrize(
    "prolog",
    [
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
    ],
)
def test_entities_are_refused(prolog: bytes) -> None:
    inner = b'<row r="1"><c r="A1" t="inlineStr"><is><t>&a;</t></is></c></row>'

    assert refusal(with_part(SHEET, prolog + worksheet(inner))).startswith("is no .xlsx")


@pytest.mark.parametrize(
    ("content", "start"),
    [
        (b"", "is empty"),
        (b"\n \n,,\n", "is empty"),
        (sheets.workbook([]), "is empty"),
        (b"PK\x03\x04 not a zip", "is no .xlsx workbook"),
        (with_part("[Content_Types].xml", b"<nonsense"), "is no .xlsx workbook"),
        (with_part("xl/workbook.xml", b"<a/>"), "holds no sheet with cells"),
        (with_part(SHEET, worksheet(b"<row r='x'/>")), "is no .xlsx workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "is an old .xls workbook or protected"),
        (b"%PDF-1.7\n\xff\xfe", "is neither an .xlsx workbook nor CSV"),
        (b"a,b\0", "is neither an .xlsx workbook nor CSV"),
        (b'a,b\n"open', "is no CSV: line 2: "),
    ],
)
def test_what_is_no_sheet_is_told_so(content: bytes, start: str) -> None:
    assert refusal(content).startswith(start)


WORKBOOK = sheets.office_file(sheets.employee())  # made once: it tells when it was made


@settings(max_examples=60)
@given(st.data())
def test_a_spoilt_workbook_is_rows_or_refused(data: st.DataObject) -> None:
    octets = bytearray(WORKBOOK)
    for _ in range(data.draw(st.integers(1, 8))):
        octets[data.draw(st.integers(2, len(octets) - 1))] = data.draw(st.integers(0, 255))
    try:
        rows = read_rows(bytes(octets))
    except UnreadableSheetError:
        return

    assert all(isinstance(row, SheetRow) for row in rows)


# --- CSV ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_of_any_country_is_read(delimiter: str) -> None:
    content = f'Name{delimiter}Device\r\n\r\nMüller{delimiter}"a,2;b"\r\n'.encode("utf-8-sig")

    assert texts(content) == [(1, ("Name", "Device")), (3, ("Müller", "a,2;b"))]


def test_rows_of_csv_are_counted_as_a_spreadsheet_program_does() -> None:
    assert texts(b'a\n"two\nlines"\nb') == [(1, ("a",)), (2, ("two\nlines",)), (3, ("b",))]


@given(st.text(max_size=200))
def test_any_text_is_rows_or_refused(text: str) -> None:
    try:
        rows = read_rows(text.encode("utf-8", "surrogatepass"))
    except UnreadableSheetError:
        return

    assert rows
