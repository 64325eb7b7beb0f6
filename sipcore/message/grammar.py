"""Grammar fragments of RFC 3261 §25.1 shared by all headers, and the names of header fields.

Everything here is linear in the length of its input: the input is hostile.
"""

import re
from typing import Final

from sipcore.kernel.errors import BadMessage
from sipcore.kernel.memo import remember

Params = tuple[tuple[str, str | None], ...]
"""Parameters in received order: name as written, value as written (quotes kept) or None."""

TOKEN: Final = r"[A-Za-z0-9\-.!%*_+`'~]+"  # noqa: S105
"""`token`."""
_ALPHANUMERIC: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_TOKEN_OCTETS: Final = _ALPHANUMERIC + b"-.!%*_+`'~"
VISIBLE_OCTETS: Final = bytes(range(0x21, 0x7F))
"""What a Call-ID may be made of here."""
PLAIN_OCTETS: Final = _ALPHANUMERIC + b".-_"
"""What tags and branches are ordinarily made of."""
HOST_OCTETS: Final = _ALPHANUMERIC + b".-"
"""What hosts are ordinarily made of."""
USER_OCTETS: Final = _ALPHANUMERIC + b".-_+*"
"""What user parts are ordinarily made of."""
DISPLAY_OCTETS: Final = _ALPHANUMERIC + b" .-_"
"""What display names in quotes are ordinarily made of."""
_call_ids: Final[dict[bytes, bool]] = {}
"""Whether these are Call-IDs: a call repeats its own in every message."""
QUOTED_STRING: Final = r'"(?:[^"\\]|\\.)*+"'
"""`quoted-string` after unfolding."""

# Long names as registered by IANA; the compact forms carry the RFC that defines them.
_COMPACT: Final = {
    b"a": b"accept-contact",  # RFC 3841 §9.2
    b"b": b"referred-by",  # RFC 3892 §2
    b"c": b"content-type",  # RFC 3261 §20.15
    b"d": b"request-disposition",  # RFC 3841 §9.1
    b"e": b"content-encoding",  # RFC 3261 §20.12
    b"f": b"from",  # RFC 3261 §20.20
    b"i": b"call-id",  # RFC 3261 §20.8
    b"j": b"reject-contact",  # RFC 3841 §9.3
    b"k": b"supported",  # RFC 3261 §20.37
    b"l": b"content-length",  # RFC 3261 §20.14
    b"m": b"contact",  # RFC 3261 §20.10
    b"o": b"event",  # RFC 6665 §8.2.1
    b"r": b"refer-to",  # RFC 3515 §2.1
    b"s": b"subject",  # RFC 3261 §20.36
    b"t": b"to",  # RFC 3261 §20.39
    b"u": b"allow-events",  # RFC 6665 §8.2.2
    b"v": b"via",  # RFC 3261 §20.42
    b"x": b"session-expires",  # RFC 4028 §4
    b"y": b"identity",  # RFC 8224 §4
}
_USUAL: Final = (
    b"Accept Accept-Encoding Accept-Language Alert-Info Allow Allow-Events Authorization Call-ID "
    b"Call-Info Contact Content-Disposition Content-Encoding Content-Language Content-Length "
    b"Content-Type CSeq Date Diversion Error-Info Event Expires From History-Info In-Reply-To "
    b"Join Max-Forwards MIME-Version Min-Expires Min-SE Organization P-Access-Network-Info "
    b"P-Asserted-Identity P-Preferred-Identity Path Priority Privacy Proxy-Authenticate "
    b"Proxy-Authorization Proxy-Require RAck RSeq Reason Record-Route Refer-To Referred-By "
    b"Remote-Party-ID Replaces Reply-To Require Retry-After Route Server Service-Route "
    b"Session-Expires Subject Subscription-State Supported Timestamp To Unsupported User-Agent "
    b"Via Warning WWW-Authenticate"
).split()

_ASKED_FOR: Final = (
    *(b"accept", b"allow", b"authorization", b"call-id", b"contact", b"content-length"),
    *(b"content-type", b"cseq", b"event", b"expires", b"from", b"join", b"max-forwards", b"min-se"),
    *(b"path", b"privacy", b"proxy-authorization", b"rack", b"reason", b"record-route"),
    *(b"refer-to", b"replaces", b"require", b"retry-after", b"route", b"rseq", b"session-expires"),
    *(b"supported", b"timestamp", b"to", b"user-agent", b"via"),
)
"""What messages are asked for. The compiled engine has one object for all places where a name is
written out like here, and finds what has that very object for its name without comparing octets."""
_long_names: Final[dict[bytes, bytes]] = {name: name for name in _ASKED_FOR}

HEADER_NAMES: Final[dict[bytes, bytes]] = {
    spelling: _long_names.setdefault(name.lower(), name.lower())
    for name in _USUAL
    for spelling in (name, name.lower())
} | {
    spelling: _long_names.get(long, long)
    for c, long in _COMPACT.items()
    for spelling in (c, c.upper())
}
"""Usual spellings of header names and their lower-case long form, for the fast path."""


def is_token(octets: bytes) -> bool:
    """Whether this is one `token`."""
    return len(octets) > 0 and not octets.translate(None, _TOKEN_OCTETS)


def is_plain(octets: bytes) -> bool:
    """Whether this looks like an ordinary tag or branch; fewer octets than a token may have."""
    return octets.isalnum() or (len(octets) > 0 and not octets.translate(None, PLAIN_OCTETS))


def is_call_id(octets: bytes) -> bool:
    """Whether this may be a Call-ID: more than `word [ "@" word ]`, as it is only ever compared
    and repeated."""
    known = _call_ids.get(octets)
    if known is None:
        is_visible = len(octets) > 0 and not octets.translate(None, VISIBLE_OCTETS)
        known = remember(_call_ids, octets, is_visible)
    return known


def header_name(written: bytes) -> bytes:
    """The lower-case long form of a header name in any spelling; BadMessage if not a token."""
    long = HEADER_NAMES.get(written)
    if long is not None:
        return long
    name = written.rstrip(b" \t")  # RFC 3261 §7.3.1: HCOLON allows space before the colon
    if not is_token(name):
        raise BadMessage("header name is not a token")
    name = name.lower()
    return _COMPACT.get(name, name)


def text(octets: bytes | str) -> str:
    """Octets as str such that `wire(text(x)) == x` for any octets."""
    return octets if isinstance(octets, str) else octets.decode("utf-8", "surrogateescape")


def wire(written: str) -> bytes:
    """The octets of a str made by `text`."""
    return written.encode("utf-8", "surrogateescape")


_COMMA_PIECE: Final = re.compile(
    # An unterminated quote or bracket swallows the rest, which keeps this linear.
    rb'(?:[^,"<]++|"(?:[^"\\]|\\.)*+"|<[^>]*+>|["<].*+)*+',
    re.DOTALL,
).match


def split_commas(value: bytes) -> list[bytes]:
    """Split a header value at commas outside quotes and angle brackets (RFC 3261 §7.3.1).

    An empty value is no element at all; an empty element between commas stays, as b"".
    """
    if value.find(b",") < 0:
        return [value] if value else []
    if value.find(b'"') < 0 and value.find(b"<") < 0:
        return [piece.strip(b" \t") for piece in value.split(b",")]
    pieces = []
    start = 0
    while True:
        match = _COMMA_PIECE(value, start)
        end = match.end() if match else len(value)
        pieces.append(value[start:end].strip(b" \t"))
        if end >= len(value):
            return pieces
        start = end + 1


_PARAM: Final = re.compile(
    # gen-value wider than RFC 3261: devices send "=", "/" and ":" unquoted; none is ambiguous.
    rf"[ \t]*({TOKEN})[ \t]*(?:=[ \t]*({QUOTED_STRING}|[^\x00-\x20\x7f;,\"<>]+)[ \t]*)?(?:;|\Z)",
    re.DOTALL,
).match


def parse_params(written: str, where: str) -> Params:
    """Parse header parameters: what follows the first semicolon, without it.

    Raises BadMessage naming `where` for anything that is not `generic-param`, or for a
    parameter given twice (RFC 3261 §7.3.1).
    """
    params: list[tuple[str, str | None]] = []
    position = 0
    while True:
        match = _PARAM(written, position)
        if match is None:
            raise BadMessage(f"malformed parameter in {where}")
        params.append((match[1], match[2]))
        position = match.end()
        if position >= len(written):
            break
    if written.endswith(";"):
        raise BadMessage(f"empty parameter in {where}")
    if len(params) > 1 and len({name.lower() for name, _ in params}) != len(params):
        raise BadMessage(f"parameter given twice in {where}")
    return tuple(params)


def format_params(params: Params) -> str:
    """Parameters as text, each with its leading semicolon."""
    return "".join(f";{n}" if v is None else f";{n}={v}" for n, v in params)


def find_param(params: Params, name: str) -> str | None:
    """Value of a parameter, unquoted; "" when it has none; None when it is absent.

    `name` is lower case; parameter names are compared without regard to case (§7.3.1).
    """
    for written, value in params:
        if written == name or written.lower() == name:
            return "" if value is None else unquote(value)
    return None


_QUOTED_PAIR: Final = re.compile(r"\\(.)", re.DOTALL)


def unquote(value: str) -> str:
    """Content of a quoted-string; anything else is returned as it is."""
    if len(value) < 2 or value[0] != '"' or value[-1] != '"':
        return value
    inner = value[1:-1]
    return _QUOTED_PAIR.sub(r"\1", inner) if "\\" in inner else inner


def quote(content: str) -> str:
    """A quoted-string with this content; control characters become spaces."""
    if not (content.isascii() and content.isprintable()):
        content = "".join([" " if c < " " or c == "\x7f" else c for c in content])
    return '"' + content.replace("\\", "\\\\").replace('"', '\\"') + '"'
