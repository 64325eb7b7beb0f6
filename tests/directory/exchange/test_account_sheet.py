"""Reading the account sheet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.errors import Invalid
from directory.exchange.account_sheet import AccountRow, read_account_sheet


def read(*lines: str) -> list[AccountRow]:
    return list(read_account_sheet(lines))


def refusal(*lines: str) -> str:
    with pytest.raises(Invalid) as raised:
        read(*lines)
    return str(raised.value)


def test_user_and_password_are_enough() -> None:
    assert read("user,password\n", "u1,pw1\n", "u2,pw2\n") == [
        AccountRow(2, "u1", "pw1"),
        AccountRow(3, "u2", "pw2"),
    ]


def test_columns_may_stand_in_any_order_and_case() -> None:
    assert read("Apartment, PASSWORD ,user,kind,display", '1001,"a,b",u1,app,"Ann ""A"" Lee"') == [
        AccountRow(2, "u1", "a,b", 'Ann "A" Lee', "app", "1001")
    ]


def test_blank_lines_are_skipped_and_short_rows_have_empty_cells() -> None:
    assert read("user,password,display", "", " , ,", "u1") == [AccountRow(4, "u1", "")]


def test_blanks_in_a_password_are_kept() -> None:
    assert read("user,password", " u1 , pw ") == [AccountRow(2, "u1", " pw ")]


def test_a_row_does_not_print_its_password() -> None:
    assert "secret" not in repr(AccountRow(2, "u1", "secret"))


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("", "header: the column user is missing"),
        ("user", "header: the column password is missing"),
        ("user,password,pin", "header: unknown column; known are user, password, display, kind,"),
        ("user,password,user", "header: the column user appears twice"),
    ],
)
def test_a_wrong_header_names_the_column(header: str, message: str) -> None:
    assert refusal(header, "u1,pw1").startswith(message)


def test_what_is_not_csv_is_named_by_its_line() -> None:
    assert refusal("user,password", 'u1,"open') == "line 2: not CSV: unexpected end of data"


@given(st.lists(st.text(max_size=20)))
def test_any_lines_are_rows_or_refused(lines: list[str]) -> None:
    try:
        rows = read("user,password,display,kind,apartment", *lines)
    except Invalid:
        return

    assert len(rows) <= len(lines)
