"""Values: compared by what they hold, and told apart by what they are."""

from typing import ClassVar

import pytest

from sipcore.kernel.value import Value


class Told(Value):
    """Somebody said something."""

    __slots__: ClassVar = ("who", "words")

    def __init__(self, who: str, words: str) -> None:
        self.who = who
        self.words = words


class Asked(Value):
    """Somebody wanted to know something."""

    __slots__: ClassVar = ("who", "words")

    def __init__(self, who: str, words: str) -> None:
        self.who = who
        self.words = words


def test_two_of_a_kind_are_equal_when_they_hold_the_same() -> None:
    assert Told("a", "b") == Told("a", "b")
    assert Told("a", "b") != Told("a", "c")


def test_two_kinds_are_never_equal_whatever_they_hold() -> None:
    assert Told("a", "b") != Asked("a", "b")
    assert Told("a", "b") != ("a", "b")


def test_a_value_shows_what_it_is_and_holds() -> None:
    assert repr(Told("a", "b")) == "Told(who='a', words='b')"


def test_a_value_is_no_key() -> None:
    with pytest.raises(TypeError):
        hash(Told("a", "b"))
