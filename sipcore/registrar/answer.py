"""The response to a REGISTER as one join of received slices.

`message.build.response` does the same for every request there is; this is the short way for the
ordinary REGISTER, which is what this server answers most. Anything unusual goes the general way.
"""

from typing import Final
from zlib import crc32

from sipcore.kernel.flow import Flow
from sipcore.message.build import amend_via, response
from sipcore.message.message import Request
from sipcore.message.status import reason_phrase

_ORDINARY: Final = (
    b"SIP/2.0 %d %b\r\nVia: %b\r\nFrom: %b\r\nTo: %b;tag=%b\r\nCall-ID: %b\r\nCSeq: %b\r\n"
    b"%bContent-Length: 0\r\n\r\n"
)


def answer(request: Request, flow: Flow, status: int, reason: bytes, lines: list[bytes]) -> bytes:
    """A complete response without body; `lines` are header lines without CRLF.

    The To tag is made of the request, so that every retransmission gets the same one
    (RFC 3261 §8.2.7).
    """
    first = request.first
    via, to, call_id = first(b"via"), first(b"to"), first(b"call-id")
    from_, cseq = first(b"from"), first(b"cseq")
    if via is None or to is None or call_id is None or from_ is None or cseq is None:
        return _general(request, flow, status, reason, lines, b"0")
    tag = b"%08x" % crc32(via, crc32(call_id))
    if b"tag" in to or b"," in via or len(request.every(b"via")) != 1:
        return _general(request, flow, status, reason, lines, tag)
    via = amend_via(via, (flow.host, flow.port))
    lines.append(b"")
    extra = b"\r\n".join(lines)
    return _ORDINARY % (
        (status, reason or reason_phrase(status), via, from_, to, tag, call_id, cseq, extra)
    )


def _general(
    request: Request, flow: Flow, status: int, reason: bytes, lines: list[bytes], tag: bytes
) -> bytes:
    source = (flow.host, flow.port)
    return response(request, status, reason=reason, to_tag=tag, extra=lines, source=source)
