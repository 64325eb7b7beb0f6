"""Requests that repeat another one: ACK for a failure (§17.1.1.3) and CANCEL (§9.1).

Both go to where the INVITE went and carry its Request-URI, its top Via, From, Call-ID, CSeq number
and Route, so that every hop finds the INVITE's transaction.
"""

from sipcore.kernel.errors import BadMessage
from sipcore.message import build
from sipcore.message.message import Request, Response, parse


def ack_for(invite: bytes, response: Response) -> bytes:
    """The ACK for a 300-699 response to `invite`; its To is that of the response (§17.1.1.3).

    Raises BadMessage when `invite` is not a request.
    """
    return _derive(b"ACK", invite, response.first(b"to"), ())


def cancel_for(invite: bytes, *extra: bytes) -> bytes:
    """The CANCEL for `invite`; `extra` are header lines such as Reason (RFC 3326 §2).

    To is that of the INVITE, even when a provisional response brought a tag (§9.1).
    Raises BadMessage when `invite` is not a request.
    """
    return _derive(b"CANCEL", invite, None, extra)


def _derive(method: bytes, invite: bytes, to: bytes | None, extra: tuple[bytes, ...]) -> bytes:
    request = parse(invite)
    if not isinstance(request, Request):
        raise BadMessage("an ACK or CANCEL derives from a request")
    lines = [b"Via: " + via for via in request.values(b"via")[:1]]
    lines.append(b"Max-Forwards: 70")
    lines += [b"Route: " + route for route in request.every(b"route")]
    lines.append(b"From: " + (request.first(b"from") or b""))
    lines.append(b"To: " + (to or request.first(b"to") or b""))
    lines.append(b"Call-ID: " + (request.first(b"call-id") or b""))
    lines.append(b"CSeq: %d %s" % (request.cseq.number, method))
    return build.request(method, request.uri, [*lines, *extra])
