"""A server on a wire of lists, and the words of a phone: every line of a message can be replaced.

What comes back is read by `tests.support.plain_message`, which shares no code with the server.
"""

from typing import Final

from sipcore.kernel.flow import Flow
from sipcore.message.message import Request
from tests.support.plain_message import Received, read
from tests.support.wire import DOOR, MONITOR, Wire, requests, stage

DOMAIN: Final = "doorline.test"
SDP: Final = (
    b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
    b"m=audio 4000 RTP/AVP 0\r\n"
)
VIA: Final = "Via: SIP/2.0/UDP 192.0.2.1:5062;rport;branch=z9hG4bK-1"


def phone(
    method: str = "OPTIONS",
    uri: str = f"sip:{DOMAIN}",
    *extra: str,
    body: bytes = b"",
    kind: str = "application/sdp",
    **replaced: str | None,
) -> bytes:
    """A correct request of the door with some lines replaced, left out (None) or added.

    Keywords: start, via, hops, source, to, call_id, cseq, contact, kind_line, length.
    """
    usual: dict[str, str | None] = {
        "start": f"{method} {uri} SIP/2.0",
        "via": VIA,
        "hops": "Max-Forwards: 70",
        "source": f"From: <sip:1000000001@{DOMAIN}>;tag=door-tag",
        "to": f"To: <{uri}>",
        "call_id": "Call-ID: visit@door",
        "cseq": f"CSeq: 1 {method}",
        "contact": "Contact: <sip:1000000001@192.0.2.1:5062>",
        "kind_line": f"Content-Type: {kind}" if body else None,
        "length": f"Content-Length: {len(body)}",
    }
    if method in ("CANCEL", "ACK"):
        usual["contact"] = None
    usual |= replaced
    written = [line for line in usual.values() if line is not None]
    at = len(written) - (usual["length"] is not None)
    lines = [*written[:at], *extra, *written[at:]]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + body


def dial(
    *extra: str, body: bytes = SDP, kind: str = "application/sdp", **replaced: str | None
) -> bytes:
    """The door's INVITE for flat 1001."""
    return phone("INVITE", f"sip:1001@{DOMAIN}", *extra, body=body, kind=kind, **replaced)


class Line:
    """The server, with one monitor registered."""

    def __init__(self, wire: Wire | None = None) -> None:
        self.wire = wire or Wire(stage("indoor", "monitor"), contacts={"monitor": [MONITOR]})
        self.sent: list[tuple[Received, Flow]] = []
        """Everything the server ever sent."""

    def say(self, data: bytes, flow: Flow = DOOR) -> list[Received]:
        """A message arrives; what the server sends at once."""
        return self._keep([(read(m.raw), to) for m, to in self.wire.receive(data, flow)])

    def wait(self, seconds: float, step: float = 0.02) -> list[Received]:
        """Time passes; what the server sends meanwhile."""
        return self._keep([(read(m.raw), to) for m, to in self.wire.advance(seconds, step)])

    def ring(self, data: bytes = b"") -> Request:
        """The door dials; the INVITE that the monitor gets."""
        sent = self.wire.receive(data or dial(), DOOR)
        self._keep([(read(m.raw), to) for m, to in sent])
        (leg,) = requests(sent, b"INVITE")
        return leg

    def to(self, flow: Flow) -> list[Received]:
        """What was ever sent to that phone."""
        return [message for message, to in self.sent if to == flow]

    def _keep(self, sent: list[tuple[Received, Flow]]) -> list[Received]:
        self.sent += sent
        return [message for message, _ in sent]


def answer(data: bytes, flow: Flow = DOOR) -> Received:
    """The only thing a fresh server sends in reaction."""
    (one,) = Line().say(data, flow)
    return one


def final(data: bytes, flow: Flow = DOOR) -> Received:
    """The final response of a fresh server."""
    return next(one for one in Line().say(data, flow) if one.status >= 200)


def summary(sent: list[Received]) -> list[str]:
    """`INVITE`, `180 INVITE`, …: what was sent, without its headers."""
    return [f"{one.status} {one.method}" if one.status else one.method for one in sent]
