"""Spellings of credentials: how one kind of phone writes its Authorization line, read by cutting.

Parsing credentials costs as much as checking them. But a phone writes the same line every time, and
all phones of a model write it alike, up to what stands between the quotes and the nonce count. What
is left of a line without those is its spelling. A spelling seen in credentials that proved right is
kept with the places of the values in it; a line with a known spelling is read by splitting it. The
rest (escapes, quotes where others have none, parameters of other extensions) is parsed as ever.
"""

from collections.abc import Callable
from operator import itemgetter
from typing import Final

from sipcore.kernel.errors import BadMessage
from sipcore.message.auth import parse_auth

_KEPT: Final = 256
"""Most spellings that are remembered; there are a few dozen in the field."""
_MAX_OCTETS: Final = 1024
"""Longer lines are parsed as ever."""
_COUNT: Final = 8
"""Digits of a nonce count (RFC 7616 §3.4)."""
_QUOTED: Final = (b"username", b"realm", b"nonce", b"uri", b"response", b"cnonce")
_BARE: Final = (b"algorithm", b"qop", b"nc")
"""Parameters that must stand without quotes, because there they are part of the spelling."""
_HEX: Final = b"0123456789abcdefABCDEF"
_VISIBLE: Final = bytes(octet for octet in range(0x21, 0x7F) if octet not in b'"\\')


Values = tuple[bytes, bytes, bytes, bytes, bytes, bytes]
"""username, realm, nonce, uri, response and cnonce of credentials with `qop=auth`."""
Reading = tuple[Values, bytes, str]
"""The values, the nonce count and the algorithm's name."""


class Spellings:
    """The spellings in use."""

    def __init__(self) -> None:
        self._known: dict[bytes, tuple[Callable[[list[bytes]], Values], str]] = {}
        self._unreadable: set[bytes] = set()

    def __len__(self) -> int:
        return len(self._known)

    def read(self, value: bytes) -> Reading | None:
        """The values, the nonce count and the algorithm's name; None: to be parsed.

        Escapes and line ends in the values are not looked for: whoever compares a value with what
        it must be (`cnonce` alone can be anything, and is checked here) finds them.
        """
        spelled = _spell(value)
        if spelled is None:
            return None
        pieces, count = spelled
        known = self._known.get(b'"'.join(pieces[::2]))
        if known is None:
            return None
        values = known[0](pieces)
        cnonce = values[5]
        if not count.isdigit() and count.translate(None, _HEX):
            return None
        if not cnonce.isalnum() and (not cnonce or cnonce.translate(None, _VISIBLE)):
            return None
        return values, count, known[1]

    def learn(self, value: bytes) -> None:
        """Remember the spelling of credentials that proved right, if it can be read by cutting."""
        spelled = _spell(value)
        if spelled is None or len(spelled[0]) == 1 or len(value) > _MAX_OCTETS:
            return
        pieces, count = spelled
        key = b'"'.join(pieces[::2])
        if key in self._known or key in self._unreadable or len(self._known) >= _KEPT:
            return
        if len(self._unreadable) < _KEPT:
            self._unreadable.add(key)  # unless it proves readable below
        try:
            scheme, params = parse_auth(value)
        except BadMessage:
            return
        # What stands before each quote, up to the comma before it: `, nonce=`.
        names = [piece.rpartition(b",")[2].split() for piece in pieces[:-1:2]]
        names[0] = names[0][-1:]  # `Digest username=`
        places = {name[0][:-1]: 2 * i + 1 for i, name in enumerate(names) if len(name) == 1}
        if (
            scheme != b"digest"
            or params.get(b"nc") != count
            or params.get(b"qop") != b"auth"
            or not params.keys() <= {*_QUOTED, *_BARE}
            or places.keys() != {*_QUOTED}
            or any(params[name] != pieces[place] for name, place in places.items())
        ):
            return
        getter = itemgetter(*(places[name] for name in _QUOTED))
        algorithm = params.get(b"algorithm", b"MD5").upper().decode("ascii", "replace")
        self._known[key] = (getter, algorithm)
        self._unreadable.discard(key)


def _spell(value: bytes) -> tuple[list[bytes], bytes] | None:
    """The pieces between the quotes of a line, without its nonce count, and that count.

    None when the line has no count outside quotes.
    """
    pieces = value.split(b'"')
    for index in range(len(pieces) - 1, -1, -2):
        piece = pieces[index]
        at = piece.find(b"nc=") + 3  # `cnonce=` does not contain it
        if at >= 3:
            count = piece[at : at + _COUNT]
            pieces[index] = piece[:at] + piece[at + _COUNT :]
            return (pieces, count) if len(count) == _COUNT and len(pieces) & 1 else None
    return None
