"""Message, Request and Response: received octets and what is read out of them when asked.

Parsing splits the header section and nothing more; every typed value is parsed at its first
use and then kept (RFC 3261 §7, §20). A slot that is not filled yet makes Python call
`__getattr__`, so that reading a value again costs one slot access.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from sipcore.kernel.errors import BadMessage
from sipcore.message.address import Address
from sipcore.message.contact import MALFORMED_EXPIRES, Contact, Wildcard, parse_contacts
from sipcore.message.cseq import CSeq
from sipcore.message.grammar import HEADER_NAMES, header_name, is_call_id, is_token, split_commas
from sipcore.message.uri import Uri
from sipcore.message.via import Via

Headers = list[tuple[bytes, bytes]]

MAX_OCTETS: Final = 65536
"""Longest message that is looked at."""
MAX_HEADERS: Final = 256
"""Most header lines that are looked at."""


class Message:
    """What Request and Response have in common.

    Values marked lazy raise BadMessage, naming the header, when it is missing or malformed.
    """

    __slots__ = (
        "_index",
        "body",
        "branch",
        "call_id",
        "contacts",
        "content_type",
        "cseq",
        "expires",
        "from_",
        "from_tag",
        "headers",
        "max_forwards",
        "raw",
        "to",
        "to_tag",
        "via",
    )

    raw: bytes
    """The octets as received."""
    headers: Headers
    """Lower-case long name and value without surrounding white space, in order."""
    body: bytes
    """Cut to Content-Length when there is one (RFC 3261 §18.3)."""
    via: Via
    """Top Via; lazy."""
    branch: bytes
    """Branch of the top Via, b"" when it has none; lazy."""
    call_id: bytes
    """Lazy."""
    cseq: CSeq
    """Lazy."""
    from_: Address
    """Lazy."""
    from_tag: bytes
    """b"" when From has none; lazy, without parsing the rest where the value is ordinary."""
    to: Address
    """Lazy."""
    to_tag: bytes
    """b"" when To has none; lazy like from_tag."""
    max_forwards: int | None
    """None when absent, or above 255 (RFC 4475 §3.1.2.4); lazy."""
    contacts: tuple[Contact, ...] | Wildcard
    """Empty when there is none; lazy."""
    expires: int | None
    """Seconds; None when absent, 3600 when malformed (RFC 3261 §20.10); lazy."""
    content_type: bytes
    """`type/subtype` in lower case without parameters, b"" when absent; lazy."""

    def __init__(self, raw: bytes, headers: Headers, index: dict[bytes, bytes], body: bytes):
        self.raw = raw
        self.headers = headers
        self._index = index
        self.body = body

    def first(self, name: bytes) -> bytes | None:
        """Value of the first line with this lower-case long name."""
        return self._index.get(name)

    def every(self, name: bytes) -> list[bytes]:
        """Values of all lines with this name, in order."""
        value = self._index.get(name)
        if value is None:
            return []
        if len(self._index) == len(self.headers):
            return [value]
        return [value for written, value in self.headers if written == name]

    def values(self, name: bytes) -> list[bytes]:
        """Every element of a comma-separated header (RFC 3261 §7.3.1)."""
        return [value for line in self.every(name) for value in split_commas(line)]

    if not TYPE_CHECKING:

        def __getattr__(self, name):
            parse_value = _LAZY.get(name)
            if parse_value is None:
                raise AttributeError(name)
            value = parse_value(self)
            setattr(self, name, value)
            return value


class Request(Message):
    """A request."""

    __slots__ = ("method", "request_uri", "uri")

    method: bytes
    """As written: methods are case-sensitive (RFC 3261 §7.1)."""
    uri: bytes
    """Request-URI as written."""
    request_uri: Uri
    """Lazy."""

    def __repr__(self) -> str:
        return f"<Request {self.method!r} {self.uri!r}>"


class Response(Message):
    """A response."""

    __slots__ = ("reason", "status")

    status: int
    """100-699."""
    reason: bytes
    """Reason phrase as written."""

    def __repr__(self) -> str:
        return f"<Response {self.status} {self.reason!r}>"


def _required(message: Message, name: bytes, title: str) -> bytes:
    value = message.first(name)
    if not value:
        raise BadMessage(f"{title} is missing")
    return value


def _top_via(message: Message) -> bytes:
    value = _required(message, b"via", "Via")
    return split_commas(value)[0] if b"," in value else value


def _branch(message: Message) -> bytes:
    value = _top_via(message)
    _, found, rest = value.partition(b";branch=")
    if found and b'"' not in value:
        return rest.partition(b";")[0].rstrip(b" \t")
    return message.via.branch.encode("utf-8", "surrogateescape")


def _tag(value: bytes, typed: Callable[[], Address]) -> bytes:
    """The tag of a From or To value, cheaply where no quote can hide one."""
    if b'"' not in value:
        if b"<" in value:
            params = value.partition(b">")[2]
        else:
            params = value.partition(b";")[2]
            if params:
                params = b";" + params
        if not params:
            return b""
        _, found, rest = params.partition(b";tag=")
        if found:
            return rest.partition(b";")[0].rstrip(b" \t")
    tag = typed().tag
    return b"" if tag is None else tag.encode("utf-8", "surrogateescape")


def _from_tag(message: Message) -> bytes:
    return _tag(_required(message, b"from", "From"), lambda: message.from_)


def _to_tag(message: Message) -> bytes:
    return _tag(_required(message, b"to", "To"), lambda: message.to)


def _call_id(message: Message) -> bytes:
    value = _required(message, b"call-id", "Call-ID")
    if is_call_id(value) is None:
        raise BadMessage("malformed Call-ID")
    return value


def _max_forwards(message: Message) -> int | None:
    value = message.first(b"max-forwards")
    if value is None:
        return None
    if not value.isdigit():
        raise BadMessage("malformed Max-Forwards")
    hops = int(value) if len(value) < 10 else 256
    return hops if hops < 256 else None


def _expires(message: Message) -> int | None:
    value = message.first(b"expires")
    if value is None:
        return None
    if not value.isdigit() or len(value) > 10:
        return MALFORMED_EXPIRES
    seconds = int(value)
    return seconds if seconds < 2**32 else MALFORMED_EXPIRES


def _content_type(message: Message) -> bytes:
    value = message.first(b"content-type")
    if value is None:
        return b""
    kind, slash, subtype = value.partition(b";")[0].partition(b"/")
    kind, subtype = kind.strip(b" \t"), subtype.strip(b" \t")
    if not slash or is_token(kind) is None or is_token(subtype) is None:
        raise BadMessage("malformed Content-Type")
    return (kind + b"/" + subtype).lower()


_LAZY: Final[dict[str, Callable[[Any], object]]] = {
    "via": lambda m: Via.parse(_top_via(m)),
    "branch": _branch,
    "call_id": _call_id,
    "cseq": lambda m: CSeq.parse(_required(m, b"cseq", "CSeq")),
    "from_": lambda m: Address.parse(_required(m, b"from", "From"), "From"),
    "from_tag": _from_tag,
    "to": lambda m: Address.parse(_required(m, b"to", "To"), "To"),
    "to_tag": _to_tag,
    "max_forwards": _max_forwards,
    "contacts": lambda m: parse_contacts(m.every(b"contact")),
    "expires": _expires,
    "content_type": _content_type,
    "request_uri": lambda m: Uri.parse(m.uri),
}


def parse(data: bytes | memoryview) -> Request | Response:
    """Parse one datagram or one framed message.

    Raises BadMessage (505 for another SIP version, else 400) and no other exception. Octets
    after Content-Length are ignored, a body shorter than it is an error (RFC 3261 §18.3).
    """
    raw = data if type(data) is bytes else bytes(data)
    if len(raw) > MAX_OCTETS:
        raise BadMessage("message too large")
    if raw[:1] in (b"\r", b"\n"):  # RFC 3261 §7.5: empty lines before the start line
        raw = raw.lstrip(b"\r\n")
    end = raw.find(b"\r\n\r\n")
    if end < 0:
        raise BadMessage("header section is not terminated")
    lines = raw[:end].split(b"\r\n")
    headers = _read_headers(lines)
    index = dict(headers)
    if len(index) != len(headers):
        headers_back = headers[::-1]
        index = dict(headers_back)  # the first of several counts
    message = _start(lines[0], raw, headers, index)
    message.body = _cut_body(raw, end + 4, message)
    return message


def _read_headers(lines: list[bytes]) -> Headers:
    if len(lines) > MAX_HEADERS + 1:
        raise BadMessage("too many header lines")
    headers: Headers = []
    names = HEADER_NAMES
    try:
        for line in lines[1:]:
            name, _, value = line.partition(b":")
            headers.append((names[name], value.strip(b" \t")))
    except KeyError:
        return _read_unusual_headers(lines)
    return headers


def _read_unusual_headers(lines: list[bytes]) -> Headers:
    """Folded lines, names that are not in the table, white space before the colon."""
    unfolded: list[bytes] = []
    for line in lines[1:]:
        if line[:1] in (b" ", b"\t"):
            if not unfolded:
                raise BadMessage("first header line is a continuation")
            # RFC 3261 §7.3.1: a fold is one SP
            unfolded[-1] = unfolded[-1].rstrip(b" \t") + b" " + line.lstrip(b" \t")
        else:
            unfolded.append(line)
    headers: Headers = []
    for line in unfolded:
        name, colon, value = line.partition(b":")
        if not colon:
            raise BadMessage("header line without a colon")
        headers.append((header_name(name), value.strip(b" \t")))
    return headers


def _start(
    line: bytes, raw: bytes, headers: Headers, index: dict[bytes, bytes]
) -> Request | Response:
    parts = line.split(b" ")
    if len(parts) == 3 and parts[2] == b"SIP/2.0" and is_token(parts[0]):
        request = Request(raw, headers, index, b"")
        request.method = parts[0]
        request.uri = parts[1]
        return request
    if line[:4].upper() == b"SIP/":
        version, _, rest = line.partition(b" ")
        code, _, reason = rest.partition(b" ")
        if version.upper() != b"SIP/2.0":
            raise BadMessage("SIP version is not 2.0", 505)
        if len(code) != 3 or not code.isdigit() or not b"100" <= code < b"700":
            raise BadMessage("malformed status line")
        response = Response(raw, headers, index, b"")
        response.status = int(code)
        response.reason = reason
        return response
    return _unusual_request(line, raw, headers, index)


def _unusual_request(
    line: bytes, raw: bytes, headers: Headers, index: dict[bytes, bytes]
) -> Request:
    """Surplus spaces are forgiven (RFC 4475 §3.1.2.9, §3.1.2.10); another version is not."""
    parts = line.split()
    if len(parts) != 3 or is_token(parts[0]) is None or parts[2][:4].upper() != b"SIP/":
        raise BadMessage("malformed request line")
    if parts[2].upper() != b"SIP/2.0":
        raise BadMessage("SIP version is not 2.0", 505)
    request = Request(raw, headers, index, b"")
    request.method = parts[0]
    request.uri = parts[1]
    return request


def _cut_body(raw: bytes, start: int, message: Message) -> bytes:
    written = message.first(b"content-length")
    if written is None:
        return raw[start:]
    if not written.isdigit() or len(written) > 9:
        raise BadMessage("malformed Content-Length")
    if len(message._index) != len(message.headers) and len(message.every(b"content-length")) > 1:
        raise BadMessage("Content-Length given twice")
    end = start + int(written)
    if end > len(raw):
        raise BadMessage("body is shorter than Content-Length")
    return raw[start:end]
