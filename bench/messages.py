"""What the phones of the benches read and write by hand: one header line, and a response."""


def line_of(message: bytes, name: bytes) -> bytes:
    """The value of the first line of that name, written as our server writes it; empty: none."""
    return message.partition(b"\r\n%b: " % name)[2].partition(b"\r\n")[0]


def reply(request: bytes, status: bytes, lines: bytes = b"", body: bytes = b"") -> bytes:
    """A phone's response (RFC 3261 §8.2.6) with these whole lines, and a description as body."""
    to = line_of(request, b"To")
    if b";tag=" not in to:
        to += b";tag=" + line_of(request, b"Call-ID")[:10]
    kind = b"Content-Type: application/sdp\r\n" if body else b""
    return (
        b"SIP/2.0 %b\r\nVia: %b\r\nFrom: %b\r\nTo: %b\r\nCall-ID: %b\r\nCSeq: %b\r\n%b%b"
        b"Content-Length: %d\r\n\r\n%b"
    ) % (
        status, line_of(request, b"Via"), line_of(request, b"From"), to,
        line_of(request, b"Call-ID"), line_of(request, b"CSeq"), lines, kind, len(body), body,
    )  # fmt: skip
