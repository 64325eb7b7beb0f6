"""What was read before is kept, and nobody can make the memory large."""

from sipcore.kernel.memo import MOST, keep, remember


def test_what_is_remembered_is_given_back_and_found_again() -> None:
    memo: dict[bytes, int] = {}

    assert remember(memo, b"key", 7) == 7
    assert memo == {b"key": 7}


def test_long_keys_are_not_kept() -> None:
    memo: dict[bytes, int] = {}

    assert remember(memo, bytes(161), 7) == 7
    assert memo == {}


def test_a_full_memo_begins_anew() -> None:
    memo: dict[bytes, int] = {}
    largest = 0
    for number in range(10_000):
        remember(memo, b"%d" % number, number)
        largest = max(largest, len(memo))

    assert largest == MOST
    assert memo[b"9999"] == 9999
    assert b"0" not in memo


def test_keys_of_our_own_may_be_anything() -> None:
    memo: dict[tuple[str, int], str] = {}

    assert keep(memo, ("a", 1), "x") == "x"
    assert memo == {("a", 1): "x"}
