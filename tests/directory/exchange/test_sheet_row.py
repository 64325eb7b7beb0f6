"""Rows as texts, and letters of columns."""

import pytest

from directory.exchange.sheet_row import SheetRow, UnreadableSheetError, column_letter


@pytest.mark.parametrize(
    ("place", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (701, "ZZ"), (702, "AAA")]
)
def test_columns_have_the_letters_of_a_spreadsheet_program(place: int, letters: str) -> None:
    assert column_letter(place) == letters


def test_a_short_row_has_empty_cells() -> None:
    row = SheetRow(2, ("a",))

    assert (row.cell(0), row.cell(7)) == ("a", "")


def test_a_row_with_a_cell_that_cannot_be_read_is_not_blank() -> None:
    assert SheetRow(2, ("", "")).is_blank
    assert not SheetRow(2, (), {0: "holds a formula; write a value"}).is_blank


def test_a_row_does_not_print_its_cells() -> None:
    assert "+441632960001" not in repr(SheetRow(2, ("+441632960001",)))


def test_an_unreadable_sheet_is_about_the_file() -> None:
    assert str(UnreadableSheetError("is empty")) == "file: is empty"
