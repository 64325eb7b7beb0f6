"""Values: compared by what they hold, and told apart by what they are."""

import pytest

from sipcore.b2bua.actions import Expire, LeaveDialog
from sipcore.b2bua.events import StreamClosed
from sipcore.transaction.actions import Send, TimedOut


def test_two_of_a_kind_are_equal_when_they_hold_the_same() -> None:
    assert LeaveDialog((b"a", b"b")) == LeaveDialog((b"a", b"b"))
    assert LeaveDialog((b"a", b"b")) != LeaveDialog((b"a", b"c"))


def test_two_kinds_are_never_equal_whatever_they_hold() -> None:
    one, other, text = Send(b"x"), TimedOut("x"), b"x"

    assert not one == other  # noqa: SIM201 - equality is what is asked
    assert one != text


def test_a_value_shows_what_it_is_and_holds() -> None:
    assert repr(StreamClosed(7)) == "StreamClosed(connection=7)"


def test_a_value_is_no_key() -> None:
    with pytest.raises(TypeError):
        hash(Send(b"x"))


def test_what_a_value_holds_is_named_whether_it_is_compiled_or_not() -> None:
    assert Expire.__slots__ == ("use",)
