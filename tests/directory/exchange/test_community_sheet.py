"""Rows of the community sheet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.exchange.community_sheet import (
    COMMUNITY,
    WIDE_COMMUNITY,
    ResidentRow,
    account_type,
    community_template,
    read_floors,
    read_resident_row,
    unkept_columns,
)
from directory.exchange.sheet_row import SheetRow
from directory.exchange.template import Template
from directory.kinds import PersonKind
from tests.support.sheets import Values, header, resident, sheet_row

NUMBER = "must be 1 to 6 digits, and not 0: the guard phones' number"


def read(values: Values, template: Template = COMMUNITY) -> ResidentRow | list[tuple[str, str]]:
    """The row, or title and expectation of each problem."""
    row, problems = read_resident_row(sheet_row(template, values), template, country="GB", seen={})
    assert (row is None) == bool(problems)
    return row or [(problem.title, problem.expected) for problem in problems]


def test_a_resident_needs_flat_account_type_and_name_only() -> None:
    assert read(resident()) == ResidentRow(2, "1", "1001", PersonKind.MASTER, "Ann")


def test_a_full_row_is_a_resident_with_three_telephones() -> None:
    values = resident(
        Accessible_Floors="-1; 3,G0",
        Apt_Name="The Lees",
        Account_Type="1",
        Last_Name="Lee",
        Email="ann@example.org",
        Mobile_Number="07400 123456",
        Telephone_Calling_Code="44",
        Remark="tenant",
    )
    values["Phone1/2/3"] = "01632 960001; +44 1632 960002;01632 960003"

    assert read(values) == ResidentRow(
        2,
        "1",
        "1001",
        PersonKind.MEMBER,
        "Ann",
        "Lee",
        apartment_name="The Lees",
        floors=("-1", "3", "G0"),
        email="ann@example.org",
        mobile="+447400123456",
        country="GB",
        landlines=("+441632960001", "+441632960002", "+441632960003"),
        remark="tenant",
    )


def test_telephones_may_have_a_column_each() -> None:
    row = read(resident(Phone1="01632 960001", Phone3="01632 960003"), WIDE_COMMUNITY)

    assert isinstance(row, ResidentRow)
    assert row.landlines == ("+441632960001", "+441632960003")


@pytest.mark.parametrize(
    ("title", "text", "expected"),
    [
        ("Building", "", "must not be empty"),
        ("Building", "x" * 129, "at most 128 characters"),
        ("Apt", "1234567", NUMBER),
        ("Apt", "12a", NUMBER),
        ("Apt", "0", NUMBER),
        ("Account Type", "2", "must be 0 or 1"),
        ("Accessible Floors", "G3", "a floor is -10 to 128, G0, G1, G2 or All"),
        ("Telephone Calling Code", "UK", "must be a country calling code such as 44 or +44"),
        ("Phone1/2/3", "01632 960001;1;2;3", "at most 3 numbers"),
        (
            "Phone1/2/3",
            "01632 960001; 12",
            "number 2: must be a telephone number of the right length for its country",
        ),
        ("Remark", "x" * 129, "at most 128 characters"),
    ],
)
def test_each_wrong_cell_is_told_by_its_column(title: str, text: str, expected: str) -> None:
    assert read({**resident(), title: text}) == [(title, expected)]


def test_which_template_it_is_shows_in_the_telephone_columns() -> None:
    def of(titles: list[str]) -> Template:
        return community_template(SheetRow(1, tuple(titles)))

    assert of(header(COMMUNITY)) is COMMUNITY
    assert of(header(WIDE_COMMUNITY)) is WIDE_COMMUNITY
    assert of(["Building", "phone 1 (optional)"]) is WIDE_COMMUNITY


def test_account_types() -> None:
    assert (account_type("0"), account_type("1")) == (PersonKind.MASTER, PersonKind.MEMBER)


@pytest.mark.parametrize(
    ("text", "floors"),
    [("", ()), ("3; 4 ,4;", ("3", "4")), ("1;All Floors", ("All",)), ("all floors", ("All",))],
)
def test_floors(text: str, floors: tuple[str, ...]) -> None:
    assert read_floors(text) == floors


def test_filled_columns_that_nobody_keeps_are_counted() -> None:
    rows = [
        sheet_row(COMMUNITY, resident(PIN="1234", RF_Card="77")),
        sheet_row(COMMUNITY, resident(PIN="1235")),
    ]

    assert unkept_columns(COMMUNITY, rows) == {"RF Card": 1, "PIN": 2}


@given(st.lists(st.text(max_size=20), max_size=18), st.booleans())
def test_any_cells_are_a_row_or_problems(cells: list[str], wide: bool) -> None:
    template = WIDE_COMMUNITY if wide else COMMUNITY
    row, problems = read_resident_row(SheetRow(2, tuple(cells)), template, country="GB", seen={})

    assert (row is None) == bool(problems)
