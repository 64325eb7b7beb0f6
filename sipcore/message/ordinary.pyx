"""A part of the cutter: what `check` looks for in a message, found in ordinary values by pointers.

What is accepted here is exactly what `via.plain_via` and the patterns of `check` accept.
"""

from sipcore.message.grammar import (
    DISPLAY_OCTETS,
    HOST_OCTETS,
    PLAIN_OCTETS,
    USER_OCTETS,
    VISIBLE_OCTETS,
)
from sipcore.message.via import NO_RPORT, RPORT_FIRST, RPORT_LAST

cdef enum:
    # Sets of octets, a bit for each.
    DIGIT = 1
    CAPITAL = 2
    LETTER = 4
    HOST = 8
    USER = 16
    DISPLAY = 32
    PLAIN = 64
    VISIBLE = 128

cdef unsigned char[256] _sets
cdef int _no_rport = NO_RPORT
cdef int _rport_first = RPORT_FIRST
cdef int _rport_last = RPORT_LAST


cdef inline bint _is_in(char octet, int octets) noexcept:
    return _sets[<unsigned char>octet] & octets != 0


cdef inline bint _consists_of(Piece piece, int octets) noexcept:
    """Whether all octets, and at least one, are in the set."""
    cdef Py_ssize_t at
    for at in range(piece.size):
        if not _is_in(piece.at[at], octets):
            return False
    return piece.size > 0


cdef inline Piece _take(Piece* rest, int octets) noexcept:
    """Cut off what is in the set, maybe nothing."""
    cdef Piece taken
    taken.at = rest.at
    while rest.size > 0 and _is_in(rest.at[0], octets):
        rest.at += 1
        rest.size -= 1
    taken.size = rest.at - taken.at
    return taken


cdef inline bint _take_word(Piece* rest, const char* word, Py_ssize_t size) noexcept:
    """Cut this word off; False when something else stands there."""
    if rest.size < size or memcmp(rest.at, word, <size_t>size) != 0:
        return False
    rest.at += size
    rest.size -= size
    return True


cdef inline bint _take_host(Piece* rest) noexcept:
    """Cut off a host with or without a port, `via.PLAIN_HOST`."""
    cdef Piece host = _take(rest, HOST)
    cdef Piece port
    if (
        host.size == 0
        or not _is_in(host.at[0], DIGIT | LETTER)
        or not _is_in(host.at[host.size - 1], DIGIT | LETTER)
    ):
        return False
    if not _take_word(rest, b":", 1):
        return True
    port = _take(rest, DIGIT)
    if port.size == 0 or port.at[0] == c"0":
        return False
    return port.size < 5 or (port.size == 5 and memcmp(port.at, b"65535", 5) <= 0)


cdef inline bint _read_via(Piece value, Piece* sent_by, Piece* branch, int* rport) noexcept:
    """What `via.plain_via` finds in an ordinary Via; False for others."""
    cdef Piece rest = value
    if not _take_word(&rest, b"SIP/2.0/", 8) or _take(&rest, CAPITAL).size == 0:
        return False
    if not _take_word(&rest, b" ", 1) or not _take_host(&rest):
        return False
    sent_by.at = value.at
    sent_by.size = rest.at - value.at
    rport[0] = _no_rport
    if _take_word(&rest, b";rport;branch=", 14):
        rport[0] = _rport_first
    elif not _take_word(&rest, b";branch=", 8):
        return False
    branch[0] = _take(&rest, PLAIN)
    if branch.size == 0:
        return False
    if rport[0] == _no_rport and _take_word(&rest, b";rport", 6):
        rport[0] = _rport_last
    return rest.size == 0


cdef inline bint _read_tag(Piece value, Piece* tag) noexcept:
    """The tag, empty when there is none, of what `check` knows as an ordinary address."""
    cdef Piece rest = value
    cdef Piece user
    if _take_word(&rest, b'"', 1):
        _take(&rest, DISPLAY)
        if not _take_word(&rest, b'"', 1):
            return False
        _take_word(&rest, b" ", 1)
    if not _take_word(&rest, b"<sip:", 5) and not _take_word(&rest, b"<sips:", 6):
        return False
    user = rest
    if _take(&user, USER).size > 0 and _take_word(&user, b"@", 1):
        rest = user
    if not _take_host(&rest):
        return False
    if _take_word(&rest, b";transport=", 11) or _take_word(&rest, b";user=", 6):
        if _take(&rest, LETTER).size == 0:
            return False
    if not _take_word(&rest, b">", 1):
        return False
    tag[0] = rest
    return rest.size == 0 or (_take_word(tag, b";tag=", 5) and _consists_of(tag[0], PLAIN))


_DIGITS = b"0123456789"
_CAPITALS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
for _set, _members in (
    (DIGIT, _DIGITS),
    (CAPITAL, _CAPITALS),
    (LETTER, _CAPITALS + _CAPITALS.lower()),
    (HOST, HOST_OCTETS),
    (USER, USER_OCTETS),
    (DISPLAY, DISPLAY_OCTETS),
    (PLAIN, PLAIN_OCTETS),
    (VISIBLE, VISIBLE_OCTETS),
):
    for _octet in _members:
        _sets[<int>_octet] |= <unsigned char><int>_set
