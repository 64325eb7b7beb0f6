"""Templates to be filled."""

import io

import pytest
from openpyxl import load_workbook

from directory.exchange.blank_workbook import blank_workbook
from directory.exchange.community_sheet import COMMUNITY
from directory.exchange.office_sheet import OFFICE
from directory.exchange.template import Template
from directory.exchange.workbook import read_rows


@pytest.mark.parametrize("template", [OFFICE, COMMUNITY])
def test_a_template_has_the_header_that_an_import_wants(template: Template) -> None:
    (header,) = read_rows(blank_workbook(template))

    assert template.fits(header)


def test_what_is_filled_in_stays_text_and_each_column_is_explained() -> None:
    book = load_workbook(io.BytesIO(blank_workbook(COMMUNITY)))
    sheet, words = book.worksheets

    assert {sheet.column_dimensions[letter].number_format for letter in "ACKO"} == {"@"}
    assert [tuple(row) for row in words.values] == [
        (column.title, column.mend) for column in COMMUNITY.columns
    ]
