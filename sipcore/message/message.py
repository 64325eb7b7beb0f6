"""Message, Request and Response: received octets and what is read out of them when asked.

Parsing cuts the header section into named values and nothing more; every typed value is parsed
at its first use and then kept (RFC 3261 §7, §20). `check.check_request` applies the rules a
server has for requests.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

from sipcore.kernel.errors import BadMessage
from sipcore.message.address import Address, plain_endpoint, plain_tag
from sipcore.message.contact import Contact, Wildcard, parse_contacts, parse_expires
from sipcore.message.cseq import CSeq, read_cseq
from sipcore.message.echo import Echo
from sipcore.message.grammar import is_call_id, split_commas, text, wire
from sipcore.message.head import (
    MAX_OCTETS,
    USUAL_METHODS,
    Found,
    Headers,
    Index,
    Ordinary,
    Seen,
    cut_body,
    cut_head,
    read_content_type,
    read_hops,
    read_index,
    read_request_line,
)
from sipcore.message.status import read_status_line
from sipcore.message.uri import Uri
from sipcore.message.via import NO_RPORT, PlainVia, Via, plain_branch

cut: Callable[[bytes], Ordinary | None] | None
try:
    from sipcore.message.cutter import cut
except ImportError:  # Python runs the sources, which cut every message
    cut = None

_UNSET: Final[Any] = object()
"""Marks a value that was not asked for yet where None is a value."""
_NOTHING: Final[Index] = {}  # of messages that were let go of


class Message:
    """What Request and Response have in common.

    A property raises BadMessage, naming the header, when the header is malformed, or when it
    is missing and RFC 3261 §8.1.1 requires it.
    """

    __slots__ = (
        "_branch",
        "_call_id",
        "_contacts",
        "_cseq",
        "_expires",
        "_from",
        "_from_tag",
        "_headers",
        "_to",
        "_to_tag",
        "_via",
        "body",
        "index",
        "is_ordinary",
        "is_repeated",
        "raw",
        "rport",
        "sent_by",
    )

    raw: bytes
    """The octets as received."""
    body: bytes
    """Cut to Content-Length when there is one (RFC 3261 §18.3)."""
    index: Index
    """Value of the first line by lower-case long name; nobody changes it."""
    is_repeated: bool
    """Whether a header name stands on more than one line."""
    is_ordinary: bool
    """Whether what `head.Seen` names is ordinary; False when nobody has looked."""
    sent_by: bytes
    """Protocol with sent-by of the top Via when it is known to be ordinary, else b""."""
    rport: int
    """Where rport stands in a top Via that is known to be ordinary, as `plain_via` tells it."""

    def __init__(self, raw: bytes, found: Found, body: bytes) -> None:
        self.raw = raw
        self.body = body
        self.index, repeated = found
        self.is_repeated = repeated is not None
        self._headers = repeated
        self.is_ordinary = False
        self.sent_by = b""
        self.rport = NO_RPORT
        self._via: Via | None = None
        self._branch: bytes | None = None
        self._call_id: bytes | None = None
        self._cseq: CSeq | None = None
        self._from: Address | None = None
        self._from_tag: bytes | None = None
        self._to: Address | None = None
        self._to_tag: bytes | None = None
        self._contacts: tuple[Contact, ...] | Wildcard | None = None
        self._expires: Any = _UNSET

    @property
    def headers(self) -> Headers:
        """Lower-case long name and value without surrounding white space, in order."""
        headers = self._headers
        if headers is None:
            headers = self._headers = list(self.index.items())
        return headers

    def pairs(self) -> Iterable[tuple[bytes, bytes]]:
        """The same to be gone through once; nothing is kept of it."""
        return self.headers if self.is_repeated else self.index.items()

    def keep(self, via: PlainVia, from_tag: bytes, to_tag: bytes) -> None:
        """Take over what a check has seen on its way, so that nobody looks for it again."""
        self.sent_by, self._branch, self.rport = via
        self._from_tag = from_tag
        self._to_tag = to_tag

    def keep_seen(self, seen: Seen) -> None:
        """Take over what the cutter has seen, which leaves less to be checked."""
        self.is_ordinary = True
        self.sent_by, self._branch, self.rport, from_tag, to_tag, call_id, self._cseq = seen
        self._from_tag = from_tag
        self._to_tag = to_tag
        self._call_id = call_id

    def release(self) -> None:
        """Let go of octets and headers; what was asked for before can still be asked for.

        For messages that are kept because something belongs to them, and that nobody will answer.
        """
        self.raw = self.body = b""
        self._headers, self.is_repeated = None, False
        self._via = self._from = self._to = self._contacts = None
        self.index = _NOTHING
        self.is_ordinary, self.sent_by = False, b""

    def first(self, name: bytes) -> bytes | None:
        """Value of the first line with this name; None when there is none."""
        return self.index.get(name)

    def every(self, name: bytes) -> list[bytes]:
        """Values of all lines with this name, in order."""
        value = self.index.get(name)
        if value is None:
            return []
        if not self.is_repeated:
            return [value]
        return [value for written, value in self.headers if written == name]

    def values(self, name: bytes) -> list[bytes]:
        """Every element of a comma-separated header (RFC 3261 §7.3.1)."""
        return [value for line in self.every(name) for value in split_commas(line)]

    def has_option(self, header: bytes, tag: bytes) -> bool:
        """Whether an option tag (lower case) stands in `header`, Supported or Require (§19.2)."""
        return header in self.index and any(tag == it.lower() for it in self.values(header))

    @property
    def via(self) -> Via:
        """The top Via."""
        via = self._via
        if via is None:
            via = self._via = Via.parse(self._top_via())
        return via

    @property
    def branch(self) -> bytes:
        """Branch of the top Via, b"" when it has none."""
        branch = self._branch
        if branch is None:
            branch = plain_branch(self._top_via())
            if branch is None:
                branch = wire(self.via.branch)
            self._branch = branch
        return branch

    @property
    def call_id(self) -> bytes:
        """The Call-ID, compared octet by octet (RFC 3261 §20.8)."""
        call_id = self._call_id
        if call_id is None:
            call_id = self._required(b"call-id", "Call-ID")
            if not is_call_id(call_id):
                raise BadMessage("malformed Call-ID")
            self._call_id = call_id
        return call_id

    @property
    def cseq(self) -> CSeq:
        """Sequence number and method."""
        cseq = self._cseq
        if cseq is None:
            cseq = self._cseq = read_cseq(self._required(b"cseq", "CSeq"))
        return cseq

    @property
    def from_(self) -> Address:
        """From."""
        address = self._from
        if address is None:
            address = self._from = Address.parse(self._required(b"from", "From"), "From")
        return address

    @property
    def from_uri(self) -> Uri:
        """URI of From; an ordinary From is not parsed for it."""
        if self._from is None:
            uri = plain_endpoint(self._required(b"from", "From"))
            if uri is not None:
                return Uri.parse(uri, "From")
        return self.from_.uri

    @property
    def from_tag(self) -> bytes:
        """Tag of From, b"" when it has none; an ordinary From is not parsed for it."""
        tag = self._from_tag
        if tag is None:
            tag = plain_tag(self._required(b"from", "From"))
            if tag is None:
                tag = wire(self.from_.tag or "")
            self._from_tag = tag
        return tag

    @property
    def to(self) -> Address:
        """To."""
        address = self._to
        if address is None:
            address = self._to = Address.parse(self._required(b"to", "To"), "To")
        return address

    @property
    def to_tag(self) -> bytes:
        """Tag of To, b"" when it has none; an ordinary To is not parsed for it."""
        tag = self._to_tag
        if tag is None:
            tag = plain_tag(self._required(b"to", "To"))
            if tag is None:
                tag = wire(self.to.tag or "")
            self._to_tag = tag
        return tag

    @property
    def max_forwards(self) -> int | None:
        """Hops left; None when absent, or above 255 (RFC 4475 §3.1.2.4)."""
        value = self.index.get(b"max-forwards")
        return None if value is None else read_hops(value)

    @property
    def contacts(self) -> tuple[Contact, ...] | Wildcard:
        """All Contact values; empty when there is none."""
        contacts = self._contacts
        if contacts is None:
            contacts = self._contacts = parse_contacts(self.every(b"contact"))
        return contacts

    @property
    def expires(self) -> int | None:
        """Seconds; None when absent, 3600 when malformed (RFC 3261 §20.10)."""
        if self._expires is _UNSET:
            value = self.index.get(b"expires")
            self._expires = None if value is None else parse_expires(text(value))
        expires: int | None = self._expires
        return expires

    @property
    def content_type(self) -> bytes:
        """`type/subtype` in lower case without parameters, b"" when absent."""
        value = self.index.get(b"content-type")
        return b"" if value is None else read_content_type(value)

    def _required(self, name: bytes, title: str) -> bytes:
        value = self.index.get(name)
        if not value:
            raise BadMessage(f"{title} is missing")
        return value

    def _top_via(self) -> bytes:
        value = self._required(b"via", "Via")
        return value if value.find(b",") < 0 else split_commas(value)[0]


class Request(Message):
    """A request."""

    __slots__ = ("_request_uri", "echo", "key", "method", "uri")

    method: bytes
    """As written: methods are case-sensitive (RFC 3261 §7.1)."""
    uri: bytes
    """Request-URI as written."""
    key: bytes
    """Key of its server transaction as `transaction.keys` makes it; b"" until asked for."""

    def __init__(self, raw: bytes, found: Found, body: bytes, method: bytes, uri: bytes) -> None:
        super().__init__(raw, found, body)
        self.method = method
        self.uri = uri
        self.key = b""
        self.echo: Echo | None = None  # kept by `build.response`
        self._request_uri: Uri | None = None

    def release(self) -> None:
        """The same, and of what its responses repeat."""
        super().release()
        self.echo = None

    @property
    def request_uri(self) -> Uri:
        """The Request-URI as a value; raises BadMessage when it is malformed."""
        uri = self._request_uri
        if uri is None:
            uri = self._request_uri = Uri.parse(self.uri, "Request-URI")
        return uri

    def __repr__(self) -> str:
        return f"<Request {text(self.method)} {text(self.uri)!r}>"


class Response(Message):
    """A response."""

    __slots__ = ("reason", "status")

    status: int
    """100-699."""
    reason: bytes
    """Reason phrase as written."""

    def __init__(self, raw: bytes, found: Found, body: bytes, status: int, reason: bytes) -> None:
        super().__init__(raw, found, body)
        self.status = status
        self.reason = reason

    def __repr__(self) -> str:
        return f"<Response {self.status} {text(self.reason)!r}>"


def parse(data: bytes | memoryview) -> Request | Response:
    """Parse one datagram or one framed message.

    Raises BadMessage (505 for another SIP version, 513 above 64 KiB, else 400) and no other
    exception. Octets after Content-Length are ignored, a body shorter than it is an error
    (RFC 3261 §18.3).
    """
    raw = data if type(data) is bytes else bytes(data)
    if len(raw) > MAX_OCTETS:
        raise BadMessage("message too large", 513)
    cutter = cut
    ordinary = None if cutter is None else cutter(raw)
    if ordinary is None:
        return parse_any(raw)
    method, line, index, repeated, body, seen = ordinary
    message: Request | Response
    if method:
        message = Request(raw, (index, repeated), body, method, line)
    else:
        status, reason = read_status_line(line)
        message = Response(raw, (index, repeated), body, status, reason)
    if seen is not None:
        message.keep_seen(seen)
    return message if repeated is None else _framed_once(message)


def parse_any(raw: bytes) -> Request | Response:
    """What `parse` does with messages that are not ordinary."""
    lines, offset = cut_head(raw)
    start = lines[0]
    if not start:  # RFC 3261 §7.5: empty lines before the start line are ignored
        raw = raw.lstrip(b"\r\n")
        lines, offset = cut_head(raw)
        start = lines[0]
    # The start line first: another version of SIP may have other rules for what follows.
    if start.startswith(b"SIP/"):
        return _read_response(raw, lines, offset)
    parts = start.split(b" ")
    if len(parts) != 3 or parts[2] != b"SIP/2.0" or parts[0] not in USUAL_METHODS:
        if start[:4].upper() == b"SIP/":
            return _read_response(raw, lines, offset)
        parts = read_request_line(start)
    found = read_index(lines)
    body = cut_body(raw, offset, found[0])
    return _framed_once(Request(raw, found, body, parts[0], parts[1]))


def _read_response(raw: bytes, lines: list[bytes], offset: int) -> Request | Response:
    status, reason = read_status_line(lines[0])
    found = read_index(lines)
    body = cut_body(raw, offset, found[0])
    return _framed_once(Response(raw, found, body, status, reason))


def _framed_once(message: Request | Response) -> Request | Response:
    """Two Content-Length values leave the end of the message unknown (RFC 4475 §3.3.9)."""
    if message.is_repeated and len(message.every(b"content-length")) > 1:
        raise BadMessage("Content-Length given twice")
    return message
