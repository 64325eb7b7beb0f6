"""Headers against templates."""

import pytest

from directory.exchange.office_sheet import OFFICE
from directory.exchange.sheet_row import SheetRow
from directory.exchange.template import plain_title
from tests.support.sheets import header


def told(titles: list[str]) -> list[str]:
    return [
        f"{one.column} {one.title}: {one.expected}"
        for one in OFFICE.check_header(SheetRow(1, tuple(titles)))
    ]


def test_the_templates_own_titles_are_right() -> None:
    assert told(header(OFFICE)) == []
    assert OFFICE.fits(SheetRow(1, tuple(header(OFFICE))))


@pytest.mark.parametrize(
    "title", ["first name", "FIRST  NAME", "First\nName", "First Name *", "First Name (Optional):"]
)
def test_case_blanks_and_marks_of_a_title_do_not_matter(title: str) -> None:
    titles = header(OFFICE)
    titles[3] = title

    assert told(titles) == []


def test_each_misspelt_title_is_told_by_its_column() -> None:
    titles = header(OFFICE)
    titles[3], titles[9] = "Given name", ""

    assert told(titles) == [
        "D First Name: the title must be First Name, not Given name",
        "J SmartPlus Intercom Feature: the title must be SmartPlus Intercom Feature, not empty",
    ]


def test_a_column_that_is_missing_is_told_once() -> None:
    titles = header(OFFICE)
    del titles[4]

    assert told(titles) == [
        "E Last Name: the title must be Last Name, not ID",
        "L Call Type: the title must be Call Type, not empty",
    ]


def test_a_column_too_much_is_told() -> None:
    assert told([*header(OFFICE), "Remark"]) == ["M Remark: the sheet ends with Call Type"]


def test_a_first_row_without_any_title_is_one_problem_that_lists_them() -> None:
    (problem,) = OFFICE.check_header(SheetRow(1, ("Ann", "Lee")))

    assert (problem.column, problem.expected) == ("A", "no title is known")
    assert problem.mend.endswith("SmartPlus Intercom Feature, Phone, Call Type")


def test_what_a_title_is_told_as_is_short_and_printable() -> None:
    titles = header(OFFICE)
    titles[0] = "x\x1b[31m" + "y" * 100

    assert told(titles) == [f"A Department: the title must be Department, not x[31m{'y' * 35}"]


def test_a_cells_problem_has_the_columns_word_unless_there_is_a_better_one() -> None:
    usual = OFFICE.problem(5, "ID", "must be short")
    better = OFFICE.problem(5, "ID", "must be short", "cut it")

    assert (usual.row, usual.column, usual.mend) == (5, "F", OFFICE.columns[5].mend)
    assert better.mend == "cut it"


def test_plain_titles() -> None:
    assert plain_title(" Phone1/2/3 (OPTIONAL) ") == "phone1/2/3"
