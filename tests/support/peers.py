"""Messages that phones send, as short calls."""

import re

from sipcore.kernel.flow import Flow
from sipcore.message.message import Request, Response

SDP = (
    b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
    b"m=audio 4000 RTP/AVP 0\r\n"
)
ANSWER_SDP = SDP.replace(b"192.0.2.1", b"192.0.2.9")


def message(start: str, headers: list[str], body: bytes = b"", content_type: str = "") -> bytes:
    """Bytes of a message with Content-Length."""
    lines = [start, *headers]
    if content_type:
        lines.append(f"Content-Type: {content_type}")
    lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def invite(
    flow: Flow,
    dialled: str = "1001",
    *,
    user: str = "1000000001",
    branch: str = "z9hG4bKinv",
    call_id: str = "visit@door",
    body: bytes = SDP,
    content_type: str = "application/sdp",
    extra: tuple[str, ...] = (),
) -> bytes:
    """A door phone presses a button."""
    return message(
        f"INVITE sip:{dialled}@doorline.test SIP/2.0",
        [
            f"Via: SIP/2.0/UDP {flow.host}:{flow.port};rport;branch={branch}",
            "Max-Forwards: 70",
            f'From: "Forged" <sip:{user}@doorline.test>;tag=door-tag',
            f"To: <sip:{dialled}@doorline.test>",
            f"Call-ID: {call_id}",
            "CSeq: 1 INVITE",
            f"Contact: <sip:{user}@{flow.host}:{flow.port}>",
            *extra,
        ],
        body,
        content_type if body else "",
    )


def cancel(data: bytes) -> bytes:
    """CANCEL for a request as it was sent, nearly always an INVITE."""
    return _derived(data, "CANCEL")


def unnamed(data: bytes) -> bytes:
    """The request with a From that names nobody (RFC 3323 §4.1.1.3)."""
    return re.sub(
        rb'From: "Forged" <[^>]*>', b'From: "Anonymous" <sip:anonymous@anonymous.invalid>', data
    )


def ack_failure(invite_data: bytes, failure: Response) -> bytes:
    """ACK for a 300-699 that the INVITE got: part of its transaction (RFC 3261 §17.1.1.3)."""
    to = (failure.first(b"to") or b"").decode()
    head, _, _ = _derived(invite_data, "ACK").partition(b"\r\n\r\n")
    lines = [f"To: {to}" if line[:3] == "To:" else line for line in head.decode().split("\r\n")]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def ack(answer: Response, flow: Flow, *, branch: str = "z9hG4bKack", body: bytes = b"") -> bytes:
    """The caller acknowledges a 2xx of ours."""
    return in_dialog_of_caller(
        "ACK",
        answer,
        flow,
        cseq=answer.cseq.number,
        branch=branch,
        body=body,
        content_type="application/sdp" if body else "",
    )


def _derived(data: bytes, method: str) -> bytes:
    """Another method with the headers that ACK and CANCEL share with their INVITE."""
    head = data.partition(b"\r\n\r\n")[0].decode().split("\r\n")
    kept = [
        line
        for line in head[1:]
        if line.startswith(("Via", "Max-Forwards", "From", "To", "Call-ID"))
    ]
    number = next(line for line in head if line.startswith("CSeq")).split()[1]
    _, uri, version = head[0].split(" ")
    return message(f"{method} {uri} {version}", [*kept, f"CSeq: {number} {method}"])


def reply(
    request: Request,
    status: int,
    *,
    tag: str = "callee-tag",
    body: bytes = b"",
    content_type: str = "application/sdp",
    flow: Flow | None = None,
    contact: str = "",
    extra: tuple[str, ...] = (),
) -> bytes:
    """A callee answers a request it received."""
    first = request.first
    to = (first(b"to") or b"").decode()
    headers = [f"Via: {via.decode()}" for via in request.every(b"via")]
    headers += [
        f"From: {(first(b'from') or b'').decode()}",
        f"To: {to}" if ";tag=" in to or status == 100 else f"To: {to};tag={tag}",
        f"Call-ID: {request.call_id.decode()}",
        f"CSeq: {(first(b'cseq') or b'').decode()}",
    ]
    if contact or flow is not None:
        host = "" if flow is None else f"{flow.host}:{flow.port}"
        headers.append(f"Contact: <{contact or f'sip:callee@{host}'}>")
    return message(
        f"SIP/2.0 {status} Whatever", [*headers, *extra], body, content_type if body else ""
    )


def in_dialog_of_caller(
    method: str,
    answer: Response,
    flow: Flow,
    *,
    cseq: int,
    branch: str,
    body: bytes = b"",
    content_type: str = "",
    extra: tuple[str, ...] = (),
) -> bytes:
    """A request of the caller inside the dialog that `answer` (our 2xx or 1xx) formed."""
    first = answer.first
    return message(
        f"{method} sip:192.0.2.100:5060 SIP/2.0",
        [
            f"Via: SIP/2.0/UDP {flow.host}:{flow.port};rport;branch={branch}",
            "Max-Forwards: 70",
            f"From: {(first(b'from') or b'').decode()}",
            f"To: {(first(b'to') or b'').decode()}",
            f"Call-ID: {answer.call_id.decode()}",
            f"CSeq: {cseq} {method}",
            f"Contact: <sip:door@{flow.host}:{flow.port}>",
            *extra,
        ],
        body,
        content_type,
    )


def in_dialog_of_callee(
    method: str,
    sent_invite: Request,
    flow: Flow,
    *,
    tag: str = "callee-tag",
    cseq: int = 1,
    branch: str = "z9hG4bKcallee",
    body: bytes = b"",
    content_type: str = "",
    extra: tuple[str, ...] = (),
) -> bytes:
    """A request of a callee inside the dialog that the INVITE we sent it formed."""
    first = sent_invite.first
    return message(
        f"{method} sip:192.0.2.100:5060 SIP/2.0",
        [
            f"Via: SIP/2.0/UDP {flow.host}:{flow.port};rport;branch={branch}",
            "Max-Forwards: 70",
            f"From: {(first(b'to') or b'').decode()};tag={tag}",
            f"To: {(first(b'from') or b'').decode()}",
            f"Call-ID: {sent_invite.call_id.decode()}",
            f"CSeq: {cseq} {method}",
            f"Contact: <sip:callee@{flow.host}:{flow.port}>",
            *extra,
        ],
        body,
        content_type,
    )
