"""Memos: what was made of something that comes again and again, kept in a bounded dictionary."""

from typing import Final, TypeVar

MOST: Final = 4096
"""Keys of a memo."""
_LONGEST: Final = 160

Key = TypeVar("Key")
Octets = TypeVar("Octets", bytes, str, bytes | str)
Made = TypeVar("Made")


def keep(memo: dict[Key, Made], key: Key, value: Made) -> Made:
    """Keep `value` for `key`, and give it back; a full memo begins anew."""
    if len(memo) >= MOST:
        memo.clear()
    memo[key] = value
    return value


def remember(memo: dict[Octets, Made], key: Octets, value: Made) -> Made:
    """The same for what strangers write: long keys are not kept, so nobody can make it large."""
    return keep(memo, key, value) if len(key) <= _LONGEST else value
