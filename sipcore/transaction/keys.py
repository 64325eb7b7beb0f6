"""What identifies a transaction: the matching rules of RFC 3261 §17.1.3, §17.2.3, §9.2, §8.2.2.2.

Keys are bytes, made by joining pieces of the message as received with CRLF, which no header value
can contain. A retransmission repeats its values octet by octet, so raw comparison is right where
the RFC asks for the comparison rules of each header field.

Every function raises BadMessage when a header it needs is missing or malformed.
"""

from typing import Final

from sipcore.kernel.flow import DEFAULT_PORTS
from sipcore.kernel.memo import remember
from sipcore.message.message import Request, Response
from sipcore.message.via import Via

CRLF: Final = b"\r\n"
MAGIC_COOKIE: Final = b"z9hG4bK"
"""Beginning of every branch made by an RFC 3261 client (§8.1.1.7)."""

_sent_bys: Final[dict[bytes, bytes]] = {}
"""What `_sent_by` makes of the beginning of a Via: every phone has one, which never changes."""


def server_key(request: Request) -> bytes:
    """Key of the server transaction that `request` opens or repeats; for an ACK, of its INVITE."""
    if request.key:
        return request.key
    method = request.method
    branch = request.branch
    if branch[:7] == MAGIC_COOKIE:
        sent_by = _sent_by(request)
        key = b"%b\r\n%b\r\n%b" % (branch, sent_by, b"INVITE" if method == b"ACK" else method)
        request.key = key
        return key
    if method == b"ACK":
        return legacy_ack_key(request)
    return _legacy_key(request, method)


def cancelled_key(cancel: Request, method: bytes) -> bytes:
    """Key of the request with this method that `cancel` means (§9.2)."""
    branch = cancel.branch
    if branch[:7] == MAGIC_COOKIE:
        return b"%b\r\n%b\r\n%b" % (branch, _sent_by(cancel), method)
    return _legacy_key(cancel, method)


def is_legacy(request: Request) -> bool:
    """Whether an RFC 2543 client made the request, whose branch identifies nothing."""
    return request.branch[:7] != MAGIC_COOKIE


def legacy_ack_key(request: Request) -> bytes:
    """What an RFC 2543 INVITE and the ACKs for its responses have in common.

    The To tag is not part of it: the caller compares it with that of the response (§17.2.3).
    """
    return CRLF.join((*_legacy_parts(request), b"ACK"))


def merge_key(request: Request) -> bytes:
    """From tag, Call-ID and CSeq: equal in copies that took different paths (§8.2.2.2)."""
    call_id, cseq = _call_and_cseq(request)
    return b"%b\r\n%b\r\n%b" % (request.from_tag, call_id, cseq)


def client_key(branch: bytes, method: bytes) -> bytes:
    """Key of a client transaction (§17.1.3)."""
    return branch + CRLF + method


def response_key(response: Response) -> bytes:
    """Key of the client transaction a response belongs to (§17.1.3)."""
    return client_key(response.branch, response.cseq.method)


def is_for(response: Response, request: bytes) -> bool:
    """Whether the top Via of a response has the sent-by of `request`, as we sent it (§18.1.2).

    Nearly everybody repeats it octet by octet; case, white space and a port that goes without
    saying do not matter (§20.42).
    """
    at = request.find(b"\r\nVia: ") + 7
    end = request.find(b";", at)
    via = response.index.get(b"via") or b""
    if end < at:
        return False
    if request.startswith(via[: end - at + 1], at):
        return True
    ours, theirs = Via.parse(request[at:end]), response.via
    return _hop(ours) == _hop(theirs)


def _hop(via: Via) -> tuple[str, str, str, int]:
    port = via.port or DEFAULT_PORTS.get(via.transport, DEFAULT_PORTS["UDP"])
    return via.protocol, via.transport, via.host.lower(), port


def _sent_by(request: Request) -> bytes:
    """Protocol and sent-by of the top Via, without white space and case (§18.1.1)."""
    written = request.sent_by or (request.index.get(b"via") or b"").partition(b";")[0]
    sent_by = _sent_bys.get(written)
    if sent_by is None:
        sent_by = remember(_sent_bys, written, b"".join(written.split()).lower())
    return sent_by


def _call_and_cseq(request: Request) -> tuple[bytes, bytes]:
    return request.index.get(b"call-id") or b"", request.index.get(b"cseq") or b""


def _legacy_parts(request: Request) -> tuple[bytes, ...]:
    call_id, cseq = _call_and_cseq(request)
    number = b"".join(cseq.split()[:1])
    via = request.index.get(b"via") or b""
    return request.uri, request.from_tag, call_id, number, via


def _legacy_key(request: Request, method: bytes) -> bytes:
    return CRLF.join((*_legacy_parts(request), request.to_tag, method))
