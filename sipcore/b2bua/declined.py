"""An answer that accepts nothing: for an offer in a 2xx that nobody is left to answer.

RFC 3261 §13.2.2.4: when the offer in a 2xx cannot be used, the ACK carries a valid answer all the
same, and BYE follows at once. RFC 3264 §6: a stream is refused by port zero.
"""

from typing import Final

from sipcore.message.message import Message

SDP: Final = b"application/sdp"


def declined(offer: Message | None) -> tuple[bytes, bytes]:
    """Body and Content-Type that refuse every stream of the offer; empty when it is no SDP."""
    if offer is None:
        return b"", b""
    kind = (offer.first(b"content-type") or b"").partition(b";")[0].strip().lower()
    if kind != SDP:
        return b"", b""
    return b"\r\n".join(_refused(line) for line in offer.body.splitlines()) + b"\r\n", SDP


def _refused(line: bytes) -> bytes:
    """A media line with its port set to zero; any other line as it is."""
    if not line.startswith(b"m="):
        return line
    parts = line.split(b" ")
    return b" ".join((parts[0], b"0", *parts[2:]))
