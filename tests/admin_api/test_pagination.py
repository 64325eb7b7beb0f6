import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin_api.errors import Rejected
from admin_api.pagination import (
    encode_cursor,
    id_key,
    moment_key,
    page_of,
    storable_cursor,
    text_key,
)


def forged(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def test_a_page_that_holds_everything_has_no_cursor() -> None:
    assert page_of([1, 2], 2, "id", lambda row: (row,)) == ([1, 2], None)


def test_a_page_with_more_behind_it_shows_the_limit_and_a_cursor_of_its_last_row() -> None:
    rows, cursor = page_of([1, 2, 3], 2, "id", lambda row: (row,))

    assert (rows, id_key(cursor, "id")) == ([1, 2], 2)


def test_keys_come_back_as_they_went_in() -> None:
    assert moment_key(encode_cursor("-at", (12.5, "c-1")), "-at") == (12.5, "c-1")
    assert text_key(encode_cursor("user", ("ä", "sip:x")), "user") == ("ä", "sip:x")
    assert id_key(encode_cursor("id", (7,)), "id") == 7


def test_without_a_cursor_there_is_no_key() -> None:
    assert (moment_key(None, "at"), text_key(None, "user"), id_key(None, "id")) == (None,) * 3


BAD = [
    "",
    "!",
    "é",
    "AAAA",
    forged({"id": 1}),
    forged(["-id", 1]),
    forged(["id"]),
    forged(["id", 1, 2]),
    forged(["id", "1"]),
    forged(["id", 2**63]),
    forged(["id", -1]),
    base64.urlsafe_b64encode(b'["id", 1').decode(),
    base64.urlsafe_b64encode(b"[" * 600).decode(),
]


@pytest.mark.parametrize("cursor", BAD)
def test_a_cursor_of_another_making_is_a_wrong_parameter(cursor: str) -> None:
    with pytest.raises(Rejected) as refused:
        id_key(cursor, "id")

    assert refused.value.errors[0].field == "cursor"


@pytest.mark.parametrize(
    "value", [[1.5], [1, "x"], ["x", "y"], [float("nan"), "x"], [1.5, "x\x00"]]
)
def test_a_moment_key_needs_a_finite_moment_and_a_text(value: list[object]) -> None:
    with pytest.raises(Rejected):
        moment_key(forged(["at", *value]), "at")


@pytest.mark.parametrize("value", [["a"], ["a", 1], ["a", "b", "c"], [None, "a"]])
def test_a_text_key_needs_two_texts(value: list[object]) -> None:
    with pytest.raises(Rejected):
        text_key(forged(["user", *value]), "user")


def test_a_text_key_may_hold_octets_that_are_no_utf8() -> None:
    assert text_key(encode_cursor("user", ("a", "sip:\udcff")), "user") == ("a", "sip:\udcff")


@pytest.mark.parametrize("value", [2**63, -(2**64), "\ud800", "a\x00", float("inf"), float("nan")])
def test_a_forged_value_that_no_column_holds_never_reaches_the_database(value: object) -> None:
    with pytest.raises(Rejected):
        storable_cursor(forged(["name", value, 1]))


def test_a_plain_cursor_reaches_the_directory_as_it_is() -> None:
    cursor = forged(["name", "Ann", 3])

    assert (storable_cursor(cursor), storable_cursor(None)) == (cursor, None)


@given(st.text(max_size=60))
def test_any_text_is_a_cursor_or_refused(cursor: str) -> None:
    for read in (
        lambda text: id_key(text, "id"),
        lambda text: moment_key(text, "at"),
        lambda text: text_key(text, "user"),
        storable_cursor,
    ):
        try:
            read(cursor)
        except Rejected:
            continue
