"""Reading one dataclass: types, unknown and missing keys, named tables."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

import pytest

from doorline.settings.checks import Within
from doorline.settings.places import Key
from doorline.settings.reader import expectation, read, shown


@dataclass(frozen=True)
class Leaf:
    """One leaf."""

    size: Annotated[int, Within(1, 9, "cm")]
    colour: Literal["red", "green"] = "red"
    is_dry: bool = False


@dataclass(frozen=True)
class Tree:
    """A tree of leaves."""

    first: Leaf = Leaf(1)
    others: Mapping[str, Leaf] = field(default_factory=dict)


def attempt(table: Mapping[str, object]) -> tuple[Tree | None, list[tuple[Key, str]]]:
    reports: list[tuple[Key, str]] = []
    tree = read(Tree, table, (), lambda key, message: reports.append((key, message)))
    return tree, reports


def test_what_fits_becomes_the_tree() -> None:
    table = {"first": {"size": 3, "colour": "green", "is_dry": True}, "others": {"a": {"size": 4}}}

    assert attempt(table) == (Tree(Leaf(3, "green", True), {"a": Leaf(4)}), [])


@pytest.mark.parametrize(
    ("table", "reports"),
    [
        ({"first": 3}, [(("first",), "got 3, expected a table")]),
        ({"others": []}, [(("others",), "got [], expected a table for each name")]),
        ({"others": {"a": 1}}, [(("others", "a"), "got 1, expected a table")]),
        (
            {"first": {}},
            [(("first", "size"), "missing; expected a whole number, 1 to 9 cm")],
        ),
        (
            {"others": {"a": {"size": 10, "shape": 1}}},
            [
                (("others", "a", "shape"), "unknown key; known here: size, colour, is_dry"),
                (("others", "a", "size"), "got 10, expected a whole number, 1 to 9 cm"),
            ],
        ),
        (
            {"first": {"size": 2.5, "colour": 1, "is_dry": 1}},
            [
                (("first", "size"), "got 2.5, expected a whole number, 1 to 9 cm"),
                (("first", "colour"), 'got 1, expected one of "red", "green"'),
                (("first", "is_dry"), "got 1, expected true or false"),
            ],
        ),
    ],
)
def test_what_does_not_fit_is_reported(
    table: Mapping[str, object], reports: list[tuple[Key, str]]
) -> None:
    assert attempt(table) == (None, reports)


def test_values_are_shown_short_and_in_the_words_of_the_file() -> None:
    assert shown(True) == "true"
    assert shown("x" * 100) == f'"{"x" * 57}…"'
    assert shown("a\nb") == '"a\\nb"'
    assert shown(list(range(7))) == "[0, 1, 2, 3, 4, …]"
    assert shown({"a": 1}) == "a table"


def test_every_field_says_what_it_expects() -> None:
    assert expectation(Leaf) == "a table"
    assert expectation(str) == "text"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("postgresql+asyncpg://doorline:s3cret@db/x", '"postgresql+asyncpg://doorline:***@db/x"'),
        ("https://me:s3:c@ret@proxy.example", '"https://me:***@proxy.example"'),
        ("http://me:s3/c@proxy.example", '"http://me:***@proxy.example"'),
        ("http://proxy.example:8080/a", '"http://proxy.example:8080/a"'),
    ],
)
def test_a_password_inside_an_address_is_not_repeated(value: str, told: str) -> None:
    assert shown(value) == told
