"""Rows of the office sheet."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.exchange.call_codes import Dialect
from directory.exchange.device_cell import DeviceCell
from directory.exchange.office_sheet import (
    OFFICE,
    OfficeRow,
    OfficeUser,
    app_switch,
    read_identity,
    read_office_row,
)
from directory.exchange.sheet_row import SheetRow
from directory.kinds import CallType, DeviceType, PersonKind
from tests.support.sheets import Values, employee, header, sheet_row


def read(values: Values, dialect: Dialect | None = None) -> OfficeRow | list[tuple[str, str]]:
    """The row, or title and expectation of each problem."""
    row, problems = read_office_row(
        sheet_row(OFFICE, values), dialect=dialect, country="GB", seen={}
    )
    assert (row is None) == bool(problems)
    return row or [(problem.title, problem.expected) for problem in problems]


def test_the_columns_stand_as_both_templates_list_them() -> None:
    assert header(OFFICE) == [
        "Department",
        "Device",
        "Identity",
        "First Name",
        "Last Name",
        "ID",
        "Email",
        "Mobile Number",
        "Telephone Calling Code",
        "SmartPlus Intercom Feature",
        "Phone",
        "Call Type",
    ]


def test_a_full_row_is_a_user_and_devices() -> None:
    values = employee(
        Device="Gate2,0,0C11050B9814; Living Room,2,0C11050893C6",
        Identity="Advanced User",
        Last_Name="Lee",
        ID="EMP-7",
        Email="Ann@Example.ORG",
        Mobile_Number="030 1234567",
        Telephone_Calling_Code="+49",
        Phone="030 901820",
        Call_Type="5",
    )

    assert read(values) == OfficeRow(
        2,
        "Sales",
        (
            DeviceCell("Gate2", DeviceType.MULTI_TENANT_DOOR, "0C11050B9814"),
            DeviceCell("Living Room", DeviceType.INDOOR_MONITOR, "0C11050893C6"),
        ),
        OfficeUser(
            kind=PersonKind.ADVANCED,
            first_name="Ann",
            last_name="Lee",
            external_id="EMP-7",
            email="ann@example.org",
            mobile="+49301234567",
            country="DE",
            app_enabled=True,
            landlines=("+4930901820",),
            call_type=CallType.INDOOR_THEN_APP_THEN_PHONE,
        ),
    )


def test_a_user_needs_department_identity_name_and_the_app_switch_only() -> None:
    assert read(employee()) == OfficeRow(
        2, "Sales", (), OfficeUser(kind=PersonKind.BASIC, first_name="Ann", app_enabled=True)
    )


def test_a_row_without_a_user_brings_devices() -> None:
    assert read({"Department": "10", "Device": "Gate,0,0C11050B9814"}) == OfficeRow(
        2, "10", (DeviceCell("Gate", DeviceType.MULTI_TENANT_DOOR, "0C11050B9814"),)
    )


@pytest.mark.parametrize(
    ("values", "problems"),
    [
        (
            {},
            [
                ("Department", "must not be empty"),
                ("First Name", "the row has neither a user nor a device"),
            ],
        ),
        (
            {"Department": "Sales"},
            [("First Name", "the row has neither a user nor a device")],
        ),
        (
            {"Department": "Sales", "Device": "Hall,2,0C11050893C6"},
            [("Device", "device 1: an indoor monitor belongs to a person")],
        ),
        (
            {"Department": "Sales", "Device": "Hall;2"},
            [("Device", "device 1: must be name,type,MAC")],
        ),
        (
            {"Department": "Sales", "ID": "7"},
            [
                ("Identity", "must be basic or advanced"),
                ("First Name", "must not be empty"),
                ("SmartPlus Intercom Feature", "must be 1 or 0"),
            ],
        ),
    ],
)
def test_rows_that_lack_something(values: Values, problems: list[tuple[str, str]]) -> None:
    assert read(values) == problems


@pytest.mark.parametrize(
    ("title", "text", "expected"),
    [
        ("Department", "x" * 129, "at most 128 characters"),
        ("First Name", "x" * 65, "at most 64 characters"),
        ("Last Name", "two\nlines", "control characters are not allowed"),
        ("ID", "x" * 65, "at most 64 characters"),
        ("Email", "nobody", "must be an email address"),
        ("Mobile Number", "12", "must be a telephone number of the right length for its country"),
        ("Telephone Calling Code", "GB", "must be a country calling code such as 44 or +44"),
        ("Phone", "call me", "must be a telephone number: digits, blanks, + ( ) . / -"),
        (
            "Phone",
            "0909 8790001",
            "must not be a premium-rate number: calls to it would be charged for",
        ),
    ],
)
def test_each_wrong_cell_is_told_by_its_column(title: str, text: str, expected: str) -> None:
    assert read({**employee(), title: text}) == [(title, expected)]


def test_every_wrong_cell_of_a_row_is_told() -> None:
    wrong = employee(Identity="boss", Email="no", SmartPlus_Intercom_Feature="yes", Call_Type="9")

    assert sorted(title for title, _ in read(wrong)) == [  # type: ignore[union-attr]
        "Call Type",
        "Email",
        "Identity",
        "SmartPlus Intercom Feature",
    ]


@pytest.mark.parametrize("title", ["ID", "Email", "Device"])
def test_what_an_earlier_row_has_is_refused(title: str) -> None:
    value = {"ID": "7", "Email": "ann@example.org", "Device": "Gate,0,0C11050B9814"}[title]
    seen: dict[Any, int] = {}
    for number, problems in ((2, []), (3, [(title, "is in row 2 as well")])):
        _row, found = read_office_row(
            sheet_row(OFFICE, {**employee(), title: value}, number),
            dialect=None,
            country="GB",
            seen=seen,
        )
        assert [(one.title, one.expected) for one in found] == problems


def test_a_row_does_not_print_its_numbers() -> None:
    row = read(employee(Phone="01632 960001", Mobile_Number="07400 123456"))

    assert "960001" not in repr(row)
    assert "123456" not in repr(row)


@pytest.mark.parametrize("text", ["", "2", "true", "TRUE", "yes", "01", "１"])
def test_the_app_switch_is_1_or_0(text: str) -> None:
    assert (app_switch("1"), app_switch("0")) == (True, False)
    with pytest.raises(ValueError, match="must be 1 or 0"):
        app_switch(text)


@pytest.mark.parametrize(
    ("text", "dialect", "kind"),
    [
        ("Basic", None, "basic"),
        ("advanced  USER", Dialect.A, "advanced"),
        ("basic user", Dialect.B, "basic"),
        ("Staff", Dialect.A, "advanced"),
        ("personnel", Dialect.A, "basic"),
    ],
)
def test_identities(text: str, dialect: Dialect | None, kind: str) -> None:
    assert read_identity(text, dialect) == kind


@given(st.lists(st.text(max_size=20), max_size=14), st.sampled_from([None, *Dialect]))
def test_any_cells_are_a_row_or_problems(cells: list[str], dialect: Dialect | None) -> None:
    row, problems = read_office_row(
        SheetRow(2, tuple(cells)), dialect=dialect, country="GB", seen={}
    )

    assert (row is None) == bool(problems)
