"""Cells through their checks."""

import pytest

from directory import fields
from directory.exchange.office_sheet import CALLING_CODE, EXTERNAL_ID, FIRST_NAME, OFFICE, PHONE
from directory.exchange.row_reader import RowReader, Seen, calling_code, number_check
from directory.exchange.sheet_row import SheetRow
from tests.support.sheets import employee, sheet_row


def reader(number: int = 2, seen: Seen | None = None, **cells: object) -> RowReader:
    return RowReader(
        OFFICE, sheet_row(OFFICE, employee(**cells), number), {} if seen is None else seen
    )


def told(cells: RowReader) -> list[str]:
    return [str(problem) for problem in cells.problems]


def test_a_right_cell_is_its_checked_value() -> None:
    cells = reader(ID="EMP-7")

    assert cells.required(EXTERNAL_ID, fields.text(64, 1), "") == "EMP-7"
    assert cells.optional(EXTERNAL_ID, fields.text(64, 1)) == "EMP-7"
    assert told(cells) == []


def test_an_empty_cell_is_none_or_refused() -> None:
    cells = reader(First_Name="")

    assert cells.optional(FIRST_NAME, fields.text(64, 1)) is None
    assert cells.required(FIRST_NAME, fields.text(64, 1), "stands in") == "stands in"
    assert told(cells) == [
        "row 2, column D (First Name): must not be empty; "
        "write a first name of at most 64 characters"
    ]
    assert cells.has_refused(FIRST_NAME)
    assert not cells.has_refused(EXTERNAL_ID)


def test_a_cell_that_cannot_be_read_is_refused_with_its_fault() -> None:
    cells = RowReader(OFFICE, SheetRow(4, (), {3: "holds a formula; paste values only"}), {})

    assert cells.is_filled(FIRST_NAME)
    assert cells.optional(FIRST_NAME, fields.text(64, 1)) is None
    assert told(cells) == ["row 4, column D (First Name): holds a formula; paste values only"]


def test_what_must_be_unique_names_the_earlier_row() -> None:
    seen: Seen = {}
    first, second, other = reader(2, seen), reader(3, seen), reader(4, seen)
    for cells in (first, second):
        cells.unique(EXTERNAL_ID, "7")
    other.unique(EXTERNAL_ID, "8")

    assert (told(first), told(other)) == ([], [])
    assert told(second) == [
        "row 3, column F (ID): is in row 2 as well; leave it in one of the rows only"
    ]


@pytest.mark.parametrize(("text", "country"), [("44", "GB"), ("+44", "GB"), ("1", "US")])
def test_a_calling_code_is_a_country(text: str, country: str) -> None:
    assert calling_code(text) == country


@pytest.mark.parametrize(
    "text", ["GB", "Gate2,0,0C11050B9814", "", "+", "0044", "999", "4 4", "٤٤"]
)
def test_text_is_no_calling_code(text: str) -> None:
    with pytest.raises(ValueError, match=r"must be a .*country calling code such as 44"):
        calling_code(text)


def test_national_numbers_are_read_with_the_rows_country() -> None:
    check = number_check(fields.landline, "GB", region_is_known=True)

    assert check("01632 960001") == "+441632960001"
    with pytest.raises(ValueError, match="right length"):
        check("12")


def test_while_the_country_is_wrong_only_international_numbers_are_checked() -> None:
    check = number_check(fields.landline, "GB", region_is_known=False)

    assert (check("030 901820"), check("+4930901820")) == ("", "+4930901820")
    with pytest.raises(ValueError, match="right length"):
        check("+49 12")


def test_columns_are_asked_by_title() -> None:
    cells = reader(Phone="01632 960001")

    assert (cells.text(PHONE), cells.text(CALLING_CODE)) == ("01632 960001", "")
