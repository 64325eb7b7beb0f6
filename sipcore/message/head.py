"""A message cut into start line, named values and body, before anybody asks what they mean.

RFC 3261 §7.3.
"""

from typing import Final

from sipcore.kernel.errors import BadMessage
from sipcore.kernel.memo import remember
from sipcore.message.cseq import CSeq
from sipcore.message.grammar import HEADER_NAMES, header_name, is_token

Headers = list[tuple[bytes, bytes]]
"""Lower-case long name and value without surrounding white space, one pair per header line."""
Index = dict[bytes, bytes]
"""The value of the first header line by name."""
Found = tuple[Index, Headers | None]
"""Header values by name, and all headers in order if a name occurs on more than one line."""
Seen = tuple[bytes, bytes, int, bytes, bytes, bytes, CSeq]
"""Of a message whose top Via, From, To, Call-ID, CSeq and Max-Forwards (unless absent) are all
ordinary: what `plain_via` finds, the two tags, Call-ID and CSeq."""
Ordinary = tuple[bytes, bytes, Index, Headers | None, bytes, Seen | None]
"""What `cutter.cut` makes of a message: method and Request-URI (of a response b"" and the status
line), index, all headers if a name occurs on more than one line, body, and what it has seen."""

_BLANK: Final = b" \t"
"""White space (RFC 3261 §25.1). Python counts vertical tab and form feed too, and the next hop, for
whom they belong to the value, would read another one."""
_BLANKS: Final = (b" ", b"\t")
_SPACE: Final = 0x20
_BREAKS: Final = (b"\r", b"\n")
USUAL_METHODS: Final = frozenset(
    b"ACK BYE CANCEL INFO INVITE MESSAGE NOTIFY OPTIONS PRACK PUBLISH REFER REGISTER SUBSCRIBE "
    b"UPDATE".split()
)
MAX_OCTETS: Final = 65536
"""Longest message that is looked at."""
MAX_HEADERS: Final = 256
"""Most header lines that are looked at."""

# The messages of a call repeat most of their lines, and all phones of a model many of theirs.
_NEVER_AGAIN: Final = frozenset(
    (b"authorization", b"proxy-authorization", b"proxy-authenticate", b"www-authenticate")
)
"""Lines that hardly come twice."""
_lines: Final[dict[bytes, tuple[bytes, bytes]]] = {}
"""Name and value by header line."""


def cut_head(raw: bytes) -> tuple[list[bytes], int]:
    """Lines of the head, start line first, and the offset of the body; raises BadMessage.

    Lines end in CRLF and nothing else (RFC 3261 §7, RFC 4475 knows no other): a bare CR or LF
    is refused, because what follows it could become a header of its own at the next hop.
    """
    end = raw.find(b"\r\n\r\n")
    if end < 0:
        raise BadMessage("header section is not terminated")
    lines = raw[:end].splitlines() or [b""]
    if len(lines) > MAX_HEADERS + 1:
        raise BadMessage("too many header lines")
    # splitlines also cuts at a bare CR or LF, but then fewer octets than CRLFs are missing. One at
    # the very end makes no line of its own, and would make up for another one.
    if raw.endswith(_BREAKS, 0, end) or len(b"".join(lines)) + 2 * len(lines) - 2 != end:
        raise BadMessage("line that does not end in CRLF")
    return lines, end + 4


def read_index(lines: list[bytes]) -> Found:
    """What stands in the lines of a head but the first."""
    index: Index = {}
    for line in lines[1:]:
        known = _lines.get(line)
        if known is None:
            if line[:1] in _BLANKS:
                return _read_folded(lines)
            known = _read_line(line)
        name, value = known
        index[name] = value
    if len(index) == len(lines) - 1:
        return index, None
    headers = read_headers(lines)
    return dict(reversed(headers)), headers


def _read_line(line: bytes) -> tuple[bytes, bytes]:
    """Name and value of a header line that was not seen lately."""
    written, colon, value = line.partition(b":")
    if not colon:
        raise BadMessage("header line without a colon")
    if len(value) > 1 and value[0] == _SPACE and value[1] > _SPACE and value[-1] > _SPACE:
        value = value[1:]
    else:
        value = value.strip(_BLANK)
    name = HEADER_NAMES.get(written)
    if name is None:
        name = header_name(written)
    if name in _NEVER_AGAIN:
        return name, value
    return remember(_lines, line, (name, value))


def _read_folded(lines: list[bytes]) -> Found:
    headers = read_headers(lines)
    index = dict(reversed(headers))
    return index, None if len(index) == len(headers) else headers


def read_headers(lines: list[bytes]) -> Headers:
    """Every header in order; folded lines are joined by one SP (RFC 3261 §7.3.1)."""
    headers: Headers = []
    for line in unfold(lines):
        headers.append(_read_line(line))
    return headers


def unfold(lines: list[bytes]) -> list[bytes]:
    """Header lines without the start line, continuation lines joined to theirs."""
    pieces: list[list[bytes]] = []
    for line in lines[1:]:
        if line[:1] not in _BLANKS:
            pieces.append([line])
        elif pieces:
            pieces[-1].append(line)
        else:
            raise BadMessage("first header line is a continuation")
    return [
        group[0] if len(group) == 1 else b" ".join(piece.strip(_BLANK) for piece in group)
        for group in pieces
    ]


def read_request_line(line: bytes) -> list[bytes]:
    """Surplus spaces are forgiven (RFC 4475 §3.1.2.9, §3.1.2.10); another version is not."""
    parts = [part for part in line.split(b" ") if part]
    if len(parts) != 3 or not is_token(parts[0]) or parts[2][:4].upper() != b"SIP/":
        raise BadMessage("malformed request line")
    if parts[2].upper() != b"SIP/2.0":
        raise BadMessage("SIP version is not 2.0", 505)
    return parts


def read_hops(value: bytes) -> int | None:
    """Hops left by Max-Forwards; None above 255 (RFC 4475 §3.1.2.4)."""
    if not value.isdigit():
        raise BadMessage("malformed Max-Forwards")
    hops = int(value) if len(value) < 10 else 256
    return hops if hops < 256 else None


def read_content_type(value: bytes) -> bytes:
    """`type/subtype` in lower case without parameters."""
    kind, slash, subtype = value.partition(b";")[0].partition(b"/")
    kind, subtype = kind.strip(), subtype.strip()
    if not slash or not is_token(kind) or not is_token(subtype):
        raise BadMessage("malformed Content-Type")
    return (kind + b"/" + subtype).lower()


def cut_body(raw: bytes, start: int, index: Index) -> bytes:
    """The body of a message, which begins at `start`; raises BadMessage if it is too short."""
    written = index.get(b"content-length")
    if written == b"0":
        return b""
    if written is None:
        return raw[start:]
    if not written.isdigit() or len(written) > 9:
        raise BadMessage("malformed Content-Length")
    end = start + int(written)
    if end > len(raw):
        raise BadMessage("body is shorter than Content-Length")
    return raw[start:end]
