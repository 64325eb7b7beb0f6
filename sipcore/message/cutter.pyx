# cython: language_level=3, boundscheck=False, wraparound=False
"""Cuts ordinary messages in one pass; `head` and `message` decide about all others.

It follows the rules of the sources, and whatever is not plain (a folded line, a bare CR or LF, a
method or a header name that is none, a Content-Length that does not fit) is left to them, who raise
what they raise. What it does cut, they would cut into the same values. So it is with what `check`
looks for, which is told when all of it is ordinary (see `ordinary.pyx`).

Every pointer stays between the begin and the end of the octets it was made from, which are held
by the caller and never change; references are counted by Cython alone.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.dict cimport PyDict_SetDefault
from cpython.list cimport PyList_GET_ITEM
from cpython.ref cimport PyObject
from libc.stdint cimport uint64_t
from libc.string cimport memchr, memcmp, memcpy, memset

from sipcore.kernel.errors import BadMessage
from sipcore.kernel.memo import remember
from sipcore.message.cseq import KNOWN, read_cseq
from sipcore.message.grammar import HEADER_NAMES, header_name
from sipcore.message.head import USUAL_METHODS

cdef extern from *:
    # What Cython makes a dictionary of known size with.
    dict _dict_of "__Pyx_PyDict_NewPresized"(Py_ssize_t size)

cdef enum:
    MOST_LINES = 64  # header lines of an ordinary message; a power of two is not needed
    SPELLINGS = 1024  # places for spellings of names: a power of two, several times their number
    VALUES = 4096  # places for values: a power of two
    LONGEST = 160  # octets of a value that is kept
    # Headers that are looked into.
    VIA = 1
    FROM = 2
    TO = 3
    CALL_ID = 4
    CSEQ = 5
    MAX_FORWARDS = 6
    CONTENT_LENGTH = 7
    ROLES = 8

cdef struct Piece:
    const char* at
    Py_ssize_t size

cdef struct Spelling:
    Piece octets
    PyObject* meaning  # held by _held
    int role  # of a header that is looked into, else 0

cdef Spelling[SPELLINGS] _names
cdef Spelling[SPELLINGS] _methods
cdef list _held = []
"""What the two tables point into; it only grows while they are filled."""
cdef dict _long_names = {}
"""One object for each long name, so that its hash is reckoned once."""
cdef dict _other_names = {}
"""Long names by spellings that are none of the usual ones."""
cdef list _values = [b""] * VALUES
"""The last value seen of those that share a place: most lines of a call come again in it, and many
lines of a phone in all its messages. One that comes again is the same object, as is its hash."""
cdef dict _ROLES = {
    b"via": VIA,
    b"from": FROM,
    b"to": TO,
    b"call-id": CALL_ID,
    b"cseq": CSEQ,
    b"max-forwards": MAX_FORWARDS,
    b"content-length": CONTENT_LENGTH,
}
cdef dict _cseqs = KNOWN


include "ordinary.pyx"


cdef inline uint64_t _mixed(Piece piece) noexcept:
    """A number that differs for most pieces that differ."""
    cdef uint64_t mixed = 0x9E3779B97F4A7C15ULL * <uint64_t>piece.size
    cdef uint64_t word = 0
    cdef Py_ssize_t at = 0
    if piece.size < 8:
        while at < piece.size:
            word = (word << 8) | <unsigned char>piece.at[at]
            at += 1
    else:
        while at + 8 < piece.size:
            memcpy(&word, piece.at + at, 8)
            mixed = (mixed ^ word) * 0xFF51AFD7ED558CCDULL
            mixed ^= mixed >> 32
            at += 8
        memcpy(&word, piece.at + piece.size - 8, 8)
    mixed = (mixed ^ word) * 0xFF51AFD7ED558CCDULL
    return mixed ^ (mixed >> 32)


cdef inline bint _same(Piece one, const char* at, Py_ssize_t size) noexcept:
    return one.size == size and memcmp(one.at, at, <size_t>size) == 0


cdef inline Piece _piece(bytes octets) noexcept:
    cdef Piece piece
    piece.at = PyBytes_AS_STRING(octets)
    piece.size = PyBytes_GET_SIZE(octets)
    return piece


cdef int _enter(Spelling* table, bytes spelling, bytes meaning, int role) except -1:
    """Put a spelling into a table, which must not become full."""
    cdef Piece piece = _piece(spelling)
    cdef uint64_t place = _mixed(piece) & (SPELLINGS - 1)
    if len(_held) >= SPELLINGS:
        raise ImportError("more names than places for them")
    while table[place].meaning != NULL:
        place = (place + 1) & (SPELLINGS - 1)
    _held.append((spelling, meaning))
    table[place].octets = piece
    table[place].meaning = <PyObject*>meaning
    table[place].role = role
    return 0


cdef inline Spelling* _known(Spelling* table, Piece written) noexcept:
    """What stands in a table for this spelling; without a meaning when it is not there."""
    cdef uint64_t place = _mixed(written) & (SPELLINGS - 1)
    while table[place].meaning != NULL:
        if _same(written, table[place].octets.at, table[place].octets.size):
            break
        place = (place + 1) & (SPELLINGS - 1)
    return &table[place]


cdef bytes _other_name(Piece written):
    """The long name for an unusual spelling; None when it is no name."""
    cdef bytes octets = PyBytes_FromStringAndSize(written.at, written.size)
    known = _other_names.get(octets)
    if known is None:
        try:
            known = header_name(octets)
        except BadMessage:
            return None
        known = remember(_other_names, octets, _long_names.get(known, known))
    return known


cdef inline bytes _octets(Piece piece):
    """The octets as an object; of what was seen lately, the same one."""
    cdef bytes known
    cdef Py_ssize_t place
    if piece.size > LONGEST:
        return PyBytes_FromStringAndSize(piece.at, piece.size)
    place = <Py_ssize_t>(_mixed(piece) & (VALUES - 1))
    known = <bytes>PyList_GET_ITEM(_values, place)
    if _same(piece, PyBytes_AS_STRING(known), PyBytes_GET_SIZE(known)):
        return known
    known = PyBytes_FromStringAndSize(piece.at, piece.size)
    _values[place] = known
    return known


cdef inline bint _take_line(Piece* rest, Piece* line) noexcept:
    """Cut the next line off; False when none ends in CRLF, or when a bare CR or LF is in it."""
    cdef const char* end = <const char*>memchr(rest.at, c"\r", <size_t>rest.size)
    cdef Py_ssize_t size
    if end == NULL:
        return False
    size = end - rest.at
    if rest.size - size < 2 or end[1] != c"\n" or memchr(rest.at, c"\n", <size_t>size) != NULL:
        return False
    line.at = rest.at
    line.size = size
    rest.at = end + 2
    rest.size -= size + 2
    return True


cdef inline bint _is_blank(char octet) noexcept:
    return octet == c" " or octet == c"\t"


cdef inline Piece _value_after(Piece line, Py_ssize_t at) noexcept:
    """What follows in a line, without white space around it."""
    cdef Piece value
    value.at = line.at + at
    value.size = line.size - at
    while value.size > 0 and _is_blank(value.at[0]):
        value.at += 1
        value.size -= 1
    while value.size > 0 and _is_blank(value.at[value.size - 1]):
        value.size -= 1
    return value


cdef inline Py_ssize_t _number(Piece piece) noexcept:
    """The number of at most nine digits; -1 when it is none."""
    cdef Py_ssize_t number = 0
    cdef Py_ssize_t at
    if piece.size < 1 or piece.size > 9:
        return -1
    for at in range(piece.size):
        if not c"0" <= piece.at[at] <= c"9":
            return -1
        number = number * 10 + (piece.at[at] - c"0")
    return number


cdef tuple _seen(Piece* values, PyObject** objects):
    """What `head.Seen` tells of an ordinary message; None for others. `objects` are held elsewhere."""
    cdef Piece sent_by, branch, from_tag, to_tag
    cdef int rport
    if (
        values[VIA].at == NULL
        or values[FROM].at == NULL
        or values[TO].at == NULL
        or values[CALL_ID].at == NULL
        or values[CSEQ].at == NULL
        or not _read_via(values[VIA], &sent_by, &branch, &rport)
        or not _read_tag(values[FROM], &from_tag)
        or not _read_tag(values[TO], &to_tag)
        or not _consists_of(values[CALL_ID], VISIBLE)
        or (values[MAX_FORWARDS].at != NULL and not _consists_of(values[MAX_FORWARDS], DIGIT))
    ):
        return None
    cseq = _cseqs.get(<bytes>objects[CSEQ])
    if cseq is None:
        try:
            cseq = read_cseq(<bytes>objects[CSEQ])
        except BadMessage:
            return None
    return (
        _octets(sent_by),
        PyBytes_FromStringAndSize(branch.at, branch.size),
        rport,
        _octets(from_tag),
        _octets(to_tag),
        <bytes>objects[CALL_ID],
        cseq,
    )


cdef inline bint _cut_start(Piece line, PyObject** method, Piece* rest) noexcept:
    """Method and Request-URI of a request line; no method and the whole line of a response."""
    cdef const char* space
    cdef Piece word
    if line.size > 8 and memcmp(line.at, b"SIP/2.0 ", 8) == 0:
        method[0] = NULL
        rest[0] = line
        return True
    space = <const char*>memchr(line.at, c" ", <size_t>line.size)
    if space == NULL:
        return False
    word.at = line.at
    word.size = space - line.at
    method[0] = _known(_methods, word).meaning
    # Between the two spaces must be a URI without spaces: at least one octet.
    rest.at = space + 1
    rest.size = line.size - word.size - 9
    return (
        method[0] != NULL
        and rest.size > 0
        and memcmp(rest.at + rest.size, b" SIP/2.0", 8) == 0
        and memchr(rest.at, c" ", <size_t>rest.size) == NULL
    )


def cut(bytes raw not None):
    """Method and Request-URI (of a response b"" and its status line), first value by name, all
    pairs in order if a name occurs twice (else None), body, and what was seen on the way; None
    for `parse` to decide.
    """
    cdef Piece[MOST_LINES] lines
    cdef Piece[ROLES] values
    cdef PyObject* objects[ROLES]
    cdef Piece rest = _piece(raw)
    cdef Piece start, text, written, piece
    cdef PyObject* method
    cdef Spelling* usual
    cdef const char* colon
    cdef Py_ssize_t count = 0
    cdef Py_ssize_t at, size
    cdef int role
    cdef bytes name, value
    cdef list pairs = None
    cdef dict index
    if not _take_line(&rest, &start) or not _cut_start(start, &method, &text):
        return None
    while True:
        if count == MOST_LINES or not _take_line(&rest, &lines[count]):
            return None
        if lines[count].size == 0:
            break
        count += 1
    memset(values, 0, sizeof(values))
    index = _dict_of(count if count > 8 else 9)
    for at in range(count):
        colon = <const char*>memchr(lines[at].at, c":", <size_t>lines[at].size)
        if colon == NULL or _is_blank(lines[at].at[0]):
            return None
        written.at = lines[at].at
        written.size = colon - lines[at].at
        piece = _value_after(lines[at], written.size + 1)
        usual = _known(_names, written)
        if usual.meaning != NULL:
            name = <bytes>usual.meaning
            role = usual.role
        else:
            name = _other_name(written)
            if name is None:
                return None
            role = _ROLES.get(name, 0)
        value = _octets(piece)
        PyDict_SetDefault(index, name, value)
        if role and values[role].at == NULL:
            # The first with its name: the dictionary holds the object.
            values[role] = piece
            objects[role] = <PyObject*>value
        if pairs is not None:
            pairs.append((name, value))
        elif len(index) <= at:
            # Until now no name has come again: the dictionary has them all, in their order.
            pairs = list(index.items())
            pairs.append((name, value))
    size = rest.size
    if values[CONTENT_LENGTH].at != NULL:
        size = _number(values[CONTENT_LENGTH])
        if size < 0 or size > rest.size:
            return None
    return (
        b"" if method == NULL else <bytes>method,
        _octets(text),
        index,
        pairs,
        PyBytes_FromStringAndSize(rest.at, size),
        _seen(values, objects),
    )


for _method in USUAL_METHODS:
    _enter(_methods, _method, _method, 0)
for _long in HEADER_NAMES.values():
    _long_names.setdefault(_long, _long)
for _spelling, _long in HEADER_NAMES.items():
    _enter(_names, _spelling, _long_names[_long], _ROLES.get(_long, 0))
