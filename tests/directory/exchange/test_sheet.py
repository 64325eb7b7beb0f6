"""Whole sheets."""

from directory.exchange.call_codes import Dialect
from directory.exchange.community_sheet import COMMUNITY, WIDE_COMMUNITY
from directory.exchange.office_sheet import OFFICE
from directory.exchange.sheet import Sheet, read_sheet, template_of
from directory.exchange.sheet_row import SheetRow
from directory.exchange.template import Template
from directory.kinds import SiteKind
from tests.support.sheets import Values, employee, header, resident, sheet_row


def read(template: Template, *rows: Values, kind: SiteKind = SiteKind.OFFICE) -> Sheet:
    found = [sheet_row(template, values, number) for number, values in enumerate(rows, start=2)]
    top = SheetRow(1, tuple(header(template)))
    return read_sheet((top, *found), kind, country="GB", dialect=Dialect.A)


def told(sheet: Sheet) -> list[str]:
    return [str(problem) for problem in sheet.problems]


def test_good_rows_and_problems_of_the_others() -> None:
    sheet = read(OFFICE, employee(ID="1"), employee(ID="1"), employee(Call_Type="2"))

    assert (sheet.row_count, [row.number for row in sheet.rows]) == (3, [2])
    assert [problem.row for problem in sheet.problems] == [3, 4]


def test_with_a_wrong_header_rows_are_not_looked_at() -> None:
    top = SheetRow(1, ("Department", "Devices"))
    sheet = read_sheet((top, SheetRow(2, ("?",))), SiteKind.OFFICE, country="GB", dialect=Dialect.A)

    assert (sheet.row_count, sheet.rows) == (1, ())
    assert {problem.row for problem in sheet.problems} == {1}


def test_the_sheet_of_another_kind_of_site_is_told_so() -> None:
    community = read(WIDE_COMMUNITY, resident())
    office = read(OFFICE, employee(), kind=SiteKind.COMMUNITY)

    assert told(community) == [
        "row 1, column A (Department): this is the community sheet, and the site is an office; "
        "choose another site, or sheet"
    ]
    assert told(office) == [
        "row 1, column A (Building): this is the office sheet, and the site is a community; "
        "choose another site, or sheet"
    ]


def test_a_cell_under_no_title_is_told() -> None:
    top = SheetRow(1, tuple(header(COMMUNITY)))
    cells = sheet_row(COMMUNITY, resident()).cells
    beyond = SheetRow(2, (*cells, "", "stray"), {17: "holds a formula; paste values only"})
    sheet = read_sheet((top, beyond), SiteKind.COMMUNITY, country="GB", dialect=None)

    assert sheet.rows == ()
    assert told(sheet) == [
        "row 2, column Q (no title): the sheet ends with Remark; empty the cell",
        "row 2, column R (no title): the sheet ends with Remark; empty the cell",
    ]


def test_columns_that_are_not_kept_are_noted_without_their_values() -> None:
    sheet = read(COMMUNITY, resident(PIN="4711"), kind=SiteKind.COMMUNITY)

    assert (len(sheet.rows), sheet.problems) == (1, ())
    assert sheet.notes == (
        "PIN: 1 filled cell is left out, because cards, codes and access groups are not kept",
    )


def test_each_kind_of_site_has_its_template() -> None:
    assert (template_of(SiteKind.OFFICE), template_of(SiteKind.COMMUNITY)) == (OFFICE, COMMUNITY)
