"""Builders: messages as joins of received slices, never re-serialised values."""

from collections.abc import Sequence

from sipcore.kernel.errors import BadMessage
from sipcore.message.grammar import format_params, parse_params, split_commas, text, wire
from sipcore.message.message import Request
from sipcore.message.status import reason_phrase


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
    form a dialog (§12.1.1). `extra` holds complete header lines without CRLF. Headers that a
    broken request lacks are left out.
    """
    lines = [b"SIP/2.0 %d %b" % (status, reason or reason_phrase(status))]
    vias = request.every(b"via")
    if vias:
        top = vias[0] if source is None else amend_via(vias[0], source)
        lines.append(b"Via: " + top)
        lines += [b"Via: " + via for via in vias[1:]]
    if 100 < status < 300 and request.method == b"INVITE":
        lines += [b"Record-Route: " + route for route in request.every(b"record-route")]
    first = request.first
    from_ = first(b"from")
    if from_ is not None:
        lines.append(b"From: " + from_)
    to = first(b"to")
    if to is not None:
        if to_tag and not _has_tag(request):
            lines.append(b"To: %b;tag=%b" % (to, to_tag))
        else:
            lines.append(b"To: " + to)
    call_id = first(b"call-id")
    if call_id is not None:
        lines.append(b"Call-ID: " + call_id)
    cseq = first(b"cseq")
    if cseq is not None:
        lines.append(b"CSeq: " + cseq)
    if status == 100:  # RFC 3261 §8.2.6.1
        timestamp = first(b"timestamp")
        if timestamp is not None:
            lines.append(b"Timestamp: " + timestamp)
    lines += extra
    if body and content_type:
        lines.append(b"Content-Type: " + content_type)
    lines.append(b"Content-Length: %d\r\n\r\n" % len(body))
    head = b"\r\n".join(lines)
    return head + body if body else head


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
    head = [b"%b %b SIP/2.0" % (method, uri), *lines]
    if body and content_type:
        head.append(b"Content-Type: " + content_type)
    head.append(b"Content-Length: %d\r\n\r\n" % len(body))
    return b"\r\n".join(head) + body


def amend_via(via: bytes, source: tuple[str, int]) -> bytes:
    """The Via line with `received` and `rport` of its top value set to where it came from.

    `received` is added when the sent-by host is not that address (RFC 3261 §18.2.1) or when
    rport was asked for (RFC 3581 §4); values a sender put there itself are replaced.
    """
    host, port = source
    top = split_commas(via)[0] if b"," in via else via
    others = via[len(top) :]
    sent_by, semicolon, params = top.partition(b";")
    lowered = params.lower()
    if b"rport" not in lowered and b"received" not in lowered:
        return top + _received(sent_by, host) + others
    before, found, after = (semicolon + params).partition(b";rport")
    if found and after[:1] in (b"", b";") and _is_only_rport(lowered):
        return b"%b%b;received=%b;rport=%d%b%b" % (
            sent_by,
            before,
            host.encode(),
            port,
            after,
            others,
        )
    return _amend_unusual(sent_by, params, host, port) + others


def _is_only_rport(lowered: bytes) -> bool:
    """Whether the parameters hold one rport, no received and no quoted text to mistake for them."""
    return b"received" not in lowered and lowered.count(b"rport") == 1 and b'"' not in lowered


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
