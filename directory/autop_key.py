"""Keys of configuration lines: what is one, and when two are the same (F241, F243)."""

import re

PATTERN = r"[A-Za-z][A-Za-z0-9_.]{0,127}"
"""A key as a whole, such as `Config.Account1.GENERAL.Label`."""
_KEY = re.compile(PATTERN)


def is_key(text: str) -> bool:
    """Whether a text can stand before the equals sign of a line."""
    return _KEY.fullmatch(text) is not None


def folded(key: str) -> str:
    """What equal keys have in common: devices compare them without case."""
    return key.casefold()
