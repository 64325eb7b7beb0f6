"""Making values safe to write into a device's file.

Names come from people and from imported sheets; a line break or a `&` in one of them must never
become another setting. Every value a template
writes passes `cfg_value` or `xml_value`, whether the template asks for it or not; the filters
below are for values that need more care.
"""

import re
import unicodedata

LABEL_BYTES = 63
"""Longest label devices take."""
URL_LENGTH = 127
"""Longest address devices take."""
_BREAKS = frozenset("\t\n\v\f\r\x85\u2028\u2029")
_DIRECTION = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_SOFTENED = str.maketrans({"=": "-", "%": " ", "'": "\u2019", "&": "+", ";": ","})
_DIALLED = re.compile(r"[A-Za-z0-9*#+._-]{1,64}")
_BLANKS = re.compile(r" {2,}")


class UnfitValue(ValueError):  # noqa: N818 - the name is the answer
    """A value cannot be written as it is and may not be altered; never repeats the value."""


def one_line(text: str) -> str:
    """Text without line breaks, control characters and anything XML 1.0 or UTF-8 cannot hold.

    Line breaks and tabs become blanks, runs of blanks become one, blanks at the ends go.
    """
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip(" ")
    kept = "".join(" " if char in _BREAKS else char for char in text if _writable(char))
    return _BLANKS.sub(" ", kept).strip(" ")


def _writable(char: str) -> bool:
    if char in _BREAKS:
        return True
    if char in _DIRECTION or (ord(char) & 0xFFFE) == 0xFFFE:
        return False
    return unicodedata.category(char) not in ("Cc", "Cs")


def label(text: str) -> str:
    """A name people read: one line, at most `LABEL_BYTES` of UTF-8.

    `=`, `%`, `'`, `&` and `;`, which some firmware refuses or takes for separators, become
    characters that look alike.
    """
    soft = one_line(text.translate(_SOFTENED))
    return soft.encode()[:LABEL_BYTES].decode(errors="ignore").rstrip(" ")


def exact(text: str) -> str:
    """A value that works only unaltered (password, user, host, address): itself, or UnfitValue."""
    if not text or one_line(text) != text:
        raise UnfitValue("a value that may not be altered is empty or holds control characters")
    return text


def dialled(text: str) -> str:
    """A number devices dial: letters, digits and `*#+._-`, or UnfitValue.

    No `@`: a door that finds `user@host` calls that host and not this server.
    """
    if not _DIALLED.fullmatch(text):
        raise UnfitValue("a number to dial holds characters that no device can dial")
    return text


def is_dialled(text: str) -> bool:
    """Whether `dialled` takes the text."""
    return _DIALLED.fullmatch(text) is not None


def cfg_value(value: object) -> str:
    """What a template may write into a `key = value` line: text on one line, a number, a switch."""
    if isinstance(value, str):
        return one_line(value)
    if isinstance(value, int):  # True and False are switches: 1 and 0
        return str(int(value))
    raise TypeError(f"a template writes a {type(value).__name__}")


def xml_value(value: object) -> str:
    """The same for XML; the template engine escapes the result."""
    return cfg_value(value)
