"""The list of bans: bounded, and what an operator set never makes room."""

import pytest

from sipcore.defence.bans import Ban, BanList


def ban(source: str, *, deadline: float = 10.0, by_hand: bool = False) -> Ban:
    return Ban(source, 0.0, deadline, deadline, "wrong_credentials", 20.0, by_hand)


def test_a_ban_is_found_until_it_is_removed() -> None:
    bans = BanList(10)
    first = ban("a")

    assert bans.put(first) is None
    assert (len(bans), list(bans), bans.find("a")) == (1, [first], first)
    assert (bans.remove("a"), bans.remove("a"), bans.find("a")) == (first, None, None)


def test_another_ban_of_a_source_takes_the_place_of_the_first() -> None:
    bans = BanList(1)
    later = ban("a", deadline=20.0)
    bans.put(ban("a"))

    assert bans.put(later) is None
    assert list(bans) == [later]


def test_the_oldest_makes_room_but_none_that_was_set_by_hand() -> None:
    bans = BanList(3)
    by_hand, old, newer, newest = ban("a", by_hand=True), ban("b"), ban("c"), ban("d")
    for one in (by_hand, old, newer):
        bans.put(one)

    assert bans.put(newest) is old
    assert list(bans) == [by_hand, newer, newest]


def test_a_list_full_of_bans_by_hand_refuses_more() -> None:
    bans = BanList(1)
    bans.put(ban("a", by_hand=True))

    with pytest.raises(ValueError, match="too many bans"):
        bans.put(ban("b"))
    assert [one.source for one in bans] == ["a"]


def test_bans_end_at_their_deadline() -> None:
    bans = BanList(10)
    bans.put(ban("a", deadline=5.0))
    bans.put(ban("b", deadline=6.0))

    assert [one.source for one in bans.ended(5.0)] == ["a"]
    assert [one.source for one in bans] == ["b"]
