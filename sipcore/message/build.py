"""Builders: messages as joins of received slices, never re-serialised values."""

from collections.abc import Sequence
from typing import Final

from sipcore.kernel.errors import BadMessage
from sipcore.message.echo import Echo
from sipcore.message.grammar import format_params, parse_params, split_commas, text, wire
from sipcore.message.keep import KEPT_METHODS, answer_keep
from sipcore.message.message import Request
from sipcore.message.retry_after import retry_after
from sipcore.message.status import reason_phrase
from sipcore.message.via import NO_RPORT, RPORT_FIRST, plain_via

_SEMICOLON: Final = 0x3B
_status_lines: Final[dict[int, bytes]] = {}


def response(
    request: Request,
    status: int,
    *,
    reason: bytes = b"",
    to_tag: bytes = b"",
    extra: Sequence[bytes] = (),
    body: bytes = b"",
    content_type: bytes = b"",
    source: tuple[str, int] | None = None,
) -> bytes:
    """A response to `request` (RFC 3261 §8.2.6).

    Via values, From, To, Call-ID and CSeq are those of the request; To gets `to_tag` when it
    has no tag. `source`, the address and port the request came from, is written into the top
    Via (§18.2.1, RFC 3581 §4). Record-Route is copied into the responses to INVITE that can
    form a dialog (§12.1.1). A 503 says when to come back (§21.5.4). `extra` holds complete header
    lines without CRLF. Headers that a broken request lacks are left out.
    """
    echo = request.echo
    if echo is None or echo.source != source:
        echo = _echo(request, source)
        if request.method == b"INVITE":  # others have one response
            request.echo = echo
    index = request.index
    via, more = echo.via, echo.more_vias
    if 100 < status < 300:
        if echo.is_open and request.method in KEPT_METHODS:
            via = answer_keep(via)
        if request.method == b"INVITE" and b"record-route" in index:
            routes = request.every(b"record-route")
            more += b"".join([b"\r\nRecord-Route: " + route for route in routes])
    start = b"SIP/2.0 %d %b" % (status, reason) if reason else _status_line(status)
    tag = b";tag=" + to_tag if to_tag and not echo.is_tagged else b""
    lines = [b"%b%b%b%b%b%b" % (start, via, more, echo.parties, tag, echo.call)]
    if status == 100 and (value := index.get(b"timestamp")) is not None:  # RFC 3261 §8.2.6.1
        lines.append(b"Timestamp: " + value)
    if status == 503:
        lines.append(retry_after(index.get(b"call-id") or b""))
    lines += extra
    if not body:
        lines.append(b"Content-Length: 0\r\n\r\n")
        return b"\r\n".join(lines)
    if content_type:
        lines.append(b"Content-Type: " + content_type)
    lines.append(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
    return b"\r\n".join(lines)


def _echo(request: Request, source: tuple[str, int] | None) -> Echo:
    index = request.index
    via, to = index.get(b"via"), index.get(b"to")
    amended = via if via is None or source is None else amend_top_via(request, via, source)
    others = request.every(b"via")[1:] if request.is_repeated else []
    return Echo(
        source,
        _line(b"\r\nVia: ", amended),
        b"".join([b"\r\nVia: " + other for other in others]),
        _line(b"\r\nFrom: ", index.get(b"from")) + _line(b"\r\nTo: ", to),
        _line(b"\r\nCall-ID: ", index.get(b"call-id")) + _line(b"\r\nCSeq: ", index.get(b"cseq")),
        is_tagged=to is None or _has_tag(request),
        is_open=not request.sent_by and amended is not None and amended.find(b";keep") >= 0,
    )


def _line(name: bytes, value: bytes | None) -> bytes:
    return b"" if value is None else name + value


def _status_line(status: int) -> bytes:
    line = _status_lines.get(status)
    if line is None:
        line = _status_lines[status] = b"SIP/2.0 %d %b" % (status, reason_phrase(status))
    return line


def request(
    method: bytes,
    uri: bytes,
    lines: Sequence[bytes],
    body: bytes = b"",
    content_type: bytes = b"",
) -> bytes:
    """A request with these complete header lines (without CRLF).

    Content-Type is added when there is a body, Content-Length always.
    """
    return b"%b %b SIP/2.0\r\n%b" % (method, uri, ending(lines, body, content_type))


def ending(lines: Sequence[bytes], body: bytes, content_type: bytes) -> bytes:
    """The end of a message: these header lines (without CRLF), Content-Type if any, the body."""
    if not body:
        return b"\r\n".join((*lines, b"Content-Length: 0\r\n\r\n"))
    kind = b"Content-Type: %b\r\n" % content_type if content_type else b""
    length = b"%bContent-Length: %d\r\n\r\n%b" % (kind, len(body), body)
    return b"\r\n".join((*lines, length))


def amend_top_via(request: Request, via: bytes, source: tuple[str, int]) -> bytes:
    """What `amend_via` makes of the first Via line of a request, if somebody has looked into it."""
    if not request.sent_by or request.rport == NO_RPORT:
        return amend_via(via, source)
    return _plainly_amended(request.sent_by, request.branch, request.rport, source)


def amend_via(via: bytes, source: tuple[str, int]) -> bytes:
    """The Via line with `received` and `rport` of its top value set to where it came from.

    `received` is added when the sent-by host is not that address (RFC 3261 §18.2.1) or when
    rport was asked for (RFC 3581 §4); values a sender put there itself are replaced.
    """
    plain = plain_via(via)
    if plain is not None and plain[2] != NO_RPORT:
        return _plainly_amended(plain[0], plain[1], plain[2], source)
    host, port = source
    lowered = via.lower()
    at = lowered.find(b";rport")
    if at >= 0:
        end = at + 6
        is_empty = end == len(lowered) or lowered[end] == _SEMICOLON
        if is_empty and lowered.find(b";rport", end) < 0 and _is_plain(lowered):
            return b"%b;received=%b;rport=%d%b" % (via[:at], host.encode(), port, via[end:])
    top = via if via.find(b",") < 0 else split_commas(via)[0]
    others = via[len(top) :]
    sent_by, _, params = top.partition(b";")
    lowered = params.lower()
    if b"rport" in lowered or b"received" in lowered:
        return _amend_unusual(sent_by, params, host, port) + others
    return top + _received(sent_by, host) + others


def _plainly_amended(sent_by: bytes, branch: bytes, rport: int, source: tuple[str, int]) -> bytes:
    host, port = source
    if rport == RPORT_FIRST:
        return b"%b;received=%b;rport=%d;branch=%b" % (sent_by, host.encode(), port, branch)
    return b"%b;branch=%b;received=%b;rport=%d" % (sent_by, branch, host.encode(), port)


def _is_plain(via: bytes) -> bool:
    """Whether it is one value, without a received and without quotes that could hide one."""
    return b"received" not in via and b"," not in via and b'"' not in via


def _amend_unusual(sent_by: bytes, params: bytes, host: str, port: int) -> bytes:
    try:
        parsed = parse_params(text(params), "Via")
    except BadMessage:  # answering a broken request: its Via goes back as it came
        return sent_by + b";" + params
    kept = tuple(item for item in parsed if item[0].lower() not in ("rport", "received"))
    rest = wire(format_params(kept))
    if any(name.lower() == "rport" for name, _ in parsed):
        return b"%b%b;received=%b;rport=%d" % (sent_by, rest, host.encode(), port)
    return sent_by + rest + _received(sent_by, host)


def _received(sent_by: bytes, host: str) -> bytes:
    """The received parameter that has to be added, b"" when sent-by already is the address."""
    written = sent_by.rstrip(b" \t").rpartition(b" ")[2]
    octets = host.encode()
    if written.startswith(b"["):
        written = written[1:].partition(b"]")[0].lower()
    else:
        written = written.partition(b":")[0]
    return b"" if written == octets else b";received=" + octets


def _has_tag(request: Request) -> bool:
    try:
        return bool(request.to_tag)
    except BadMessage:  # answering a broken request: a second tag would be worse than none
        return b"tag" in (request.first(b"to") or b"").lower()
