"""Memos: what was made of octets that come again and again, kept in a bounded dictionary."""

from typing import Final, TypeVar

_MOST: Final = 4096
_LONGEST: Final = 160

K = TypeVar("K", bytes, str, bytes | str)
V = TypeVar("V")


def remember(memo: dict[K, V], key: K, value: V) -> V:
    """Keep `value` for `key`, and give it back.

    Long keys are not kept and a full memo begins anew, so nobody outside can make it large.
    """
    if len(key) <= _LONGEST:
        if len(memo) >= _MOST:
            memo.clear()
        memo[key] = value
    return value
