"""Digits of a call as devices write them in SIP INFO.

What real devices send: `application/dtmf-relay` with lines `Signal=5` and `Duration=160`, in any
case, with or without blanks, quotes or the duration, lines ended by CRLF or LF; `application/dtmf`
with the character alone; and either body under either type. A signal is one of `0-9 * # A-D`, or
the event number of RFC 4733 §3.2: 10 is `*`, 11 is `#`, 12-15 are A-D, 16 is the hook flash.

Digits open doors, so nothing here logs, and no error repeats them.
"""

import re

DTMF_TYPES = frozenset(
    {
        "application/dtmf-relay",
        "application/dtmf",
        "application/telephone-event",
        "audio/telephone-event",
    }
)
"""Content types that carry digits; the last two are what some phones call `telephone-event`."""

OTHER_TYPES = frozenset({"application/media_control+xml", "application/sdp"})
"""Content types of INFO that are surely about something else: a picture is wanted, an offer."""

MAX_BODY = 256
"""Octets of the longest body that is looked at; real ones have about 24."""

_EVENTS = {"10": "*", "11": "#", "12": "A", "13": "B", "14": "C", "15": "D"}
_FLASH = frozenset({"16", "!"})
_DIGITS = re.compile(r"[0-9*#A-D]+")
_SIGNAL = re.compile(r"\s*signal\s*[=:]\s*(.*)", re.IGNORECASE)
_PARAMETER = re.compile(r"\s*[a-z-]+\s*[=:]", re.IGNORECASE)
_BLANK = " \t\r\n\0"


def media_type(content_type: str) -> str:
    """Type and subtype in lower case, without parameters."""
    return content_type.partition(";")[0].strip().lower()


def carries_digits(content_type: str) -> bool:
    """Whether a body of that type is about digits at all."""
    return media_type(content_type) in DTMF_TYPES


def is_about_something_else(content_type: str, body: bytes) -> bool:
    """Whether no phone could find digits in such a body, however carelessly it looks.

    Some read `Signal=5` or a vendor's own spelling in any INFO, whatever its type says.
    """
    return not body or media_type(content_type) in OTHER_TYPES


def parse_digits(content_type: str, body: bytes) -> str | None:
    """The digits a body carries, each one of `0-9 * # A-D`; `""` for a hook flash.

    None when the type is not about digits, or the body cannot be understood: also when it has
    two signals, because a door might read the one that we do not.
    """
    if not carries_digits(content_type) or len(body) > MAX_BODY:
        return None
    text = body.decode("latin-1").strip(_BLANK)
    lines = [line for line in re.split(r"[\r\n;]+", text) if line.strip(_BLANK)]
    signals = [found.group(1) for found in map(_SIGNAL.fullmatch, lines) if found]
    if len(signals) == 1:
        return _signal(signals[0])
    if not signals and len(lines) == 1 and not _PARAMETER.match(lines[0]):
        return _signal(lines[0])
    return None


def _signal(text: str) -> str | None:
    """What one signal stands for; None when it stands for nothing we know."""
    value = text.strip(_BLANK).strip("\"'").strip(_BLANK).upper()
    if value in _FLASH:
        return ""
    if value in _EVENTS:
        return _EVENTS[value]
    return value if _DIGITS.fullmatch(value) else None
