"""The response to a REGISTER as one join of received slices.

`message.build.response` does the same for every request there is; this is the short way for the
ordinary REGISTER, which is what this server answers most. Anything unusual goes the general way.
"""

from typing import Final
from zlib import crc32

from sipcore.kernel.errors import BadMessage
from sipcore.kernel.flow import Flow
from sipcore.message.build import amend_top_via, response
from sipcore.message.keep import answer_keep
from sipcore.message.message import Request
from sipcore.message.status import reason_phrase

OK: Final = b"SIP/2.0 200 OK"
UNAUTHORIZED: Final = b"SIP/2.0 401 Unauthorized"


def to_tag(branch: bytes, number: bytes) -> bytes:
    """The tag for the To of an answer: the same for every copy of a request (RFC 3261 §8.2.7).

    `branch` is that of the top Via, `number` the digits of CSeq.
    """
    return b"%08x" % crc32(branch, crc32(number))


def answer(request: Request, flow: Flow, status: int, reason: bytes, lines: list[bytes]) -> bytes:
    """A complete response without body; `lines` are header lines without CRLF."""
    first = request.first
    via, to, call_id = first(b"via"), first(b"to"), first(b"call-id")
    from_, cseq = first(b"from"), first(b"cseq")
    if via is None or to is None or call_id is None or from_ is None or cseq is None:
        return _general(request, flow, status, reason, lines, b"0")
    tag = to_tag(_branch(request) or call_id, cseq.partition(b" ")[0])
    is_alone = via.find(b",") < 0 and (not request.is_repeated or len(request.every(b"via")) == 1)
    if not is_alone or to.find(b"tag") >= 0:
        return _general(request, flow, status, reason, lines, tag)
    via = amend_top_via(request, via, (flow.host, flow.port))
    if status == 200 and not request.sent_by and via.find(b";keep") >= 0:
        via = answer_keep(via)
    lines.append(b"Content-Length: 0\r\n\r\n")
    return b"".join(
        (
            OK if status == 200 else b"SIP/2.0 %d %b" % (status, reason or reason_phrase(status)),
            b"\r\nVia: ",
            via,
            b"\r\nFrom: ",
            from_,
            b"\r\nTo: ",
            to,
            b";tag=",
            tag,
            b"\r\nCall-ID: ",
            call_id,
            b"\r\nCSeq: ",
            cseq,
            b"\r\n",
            b"\r\n".join(lines),
        )
    )


def _branch(request: Request) -> bytes:
    try:
        return request.branch
    except BadMessage:
        return b""


def _general(
    request: Request, flow: Flow, status: int, reason: bytes, lines: list[bytes], tag: bytes
) -> bytes:
    source = (flow.host, flow.port)
    return response(request, status, reason=reason, to_tag=tag, extra=lines, source=source)
