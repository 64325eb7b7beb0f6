import pytest

from directory.queries.stored_ringing import from_json, ringing_of
from directory.ringing import OPEN, Ringing


def test_a_row_is_read_with_its_json() -> None:
    row = ("visit", None, 60.0, 2, 0, None, '{"app": 9}', "{}", 0, "5")

    assert ringing_of(row) == Ringing("visit", None, 60.0, 2, 0, None, {"app": 9.0}, {}, False, "5")


def test_a_row_that_says_nothing_is_open() -> None:
    assert ringing_of((None,) * 6 + ("{}", "{}", None, None)) is OPEN


@pytest.mark.parametrize("text", ["{", "nul", '{"app": "long"}', "[" * 5000, "NaN", '"x"'])
def test_a_column_that_holds_nonsense_is_named(text: str) -> None:
    read = ringing_of((None,) * 6 + (text, "{}", None, None))

    assert read.times == {}
    assert read.faults


def test_a_value_that_is_no_text_stays_what_it_is() -> None:
    assert (from_json(None), from_json(b"\xff"), from_json("[1]")) == (None, b"\xff", [1])
