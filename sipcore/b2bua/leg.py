"""Leg: one side of a call, with its dialog, and the requests we send on it."""

from collections.abc import Sequence
from enum import Enum, auto
from typing import TYPE_CHECKING

from sipcore.b2bua.plan import Party
from sipcore.b2bua.ports import Addressing, Route
from sipcore.b2bua.use import Purpose, Use
from sipcore.dialog.dialog import Dialog
from sipcore.dialog.reach import flow_towards
from sipcore.kernel.entropy import Entropy
from sipcore.kernel.flow import Flow
from sipcore.message import build
from sipcore.message.message import Response, parse

if TYPE_CHECKING:
    from sipcore.b2bua.call import Call


class LegState(Enum):
    """Where a leg is in its life."""

    CALLING = auto()
    """INVITE sent or received, nothing heard yet."""
    RINGING = auto()
    """A provisional response was seen: from now on CANCEL may be sent (RFC 3261 §9.1)."""
    RELEASING = auto()
    """CANCEL is due or sent; the final response is awaited."""
    TALKING = auto()
    """A 2xx was exchanged."""
    ENDED = auto()


class Leg:
    """One side of a call. Number 0 is the caller's; B-legs count from 1."""

    __slots__ = (
        "authorization",
        "call",
        "dialog",
        "flow",
        "number",
        "party",
        "pending_invite",
        "rang",
        "release_header",
        "route",
        "stage",
        "state",
        "use",
    )

    def __init__(
        self, call: "Call", number: int, party: Party, flow: Flow, stage: int = -1
    ) -> None:
        self.call = call
        self.number = number
        self.party = party
        self.flow = flow
        self.stage = stage
        self.state = LegState.CALLING
        self.dialog: Dialog | None = None
        self.route: Route | None = None
        self.use: Use | None = None
        """The INVITE that started a B-leg."""
        self.rang = False
        self.release_header = b""
        """Reason line for the CANCEL that waits for a provisional response."""
        self.pending_invite: Use | None = None
        """A re-INVITE that was sent on this leg and is not finished."""
        self.authorization = b""
        """Credentials line of the INVITE, repeated in the ACK (RFC 3261 §22.1)."""

    @property
    def is_caller(self) -> bool:
        """Whether this is the A-leg."""
        return self.number == 0


def invite_of(
    leg: Leg,
    route: Route,
    entropy: Entropy,
    addressing: Addressing,
    *,
    from_uri: bytes,
    max_forwards: int,
    lines: Sequence[bytes],
    body: bytes,
    content_type: bytes,
) -> Use:
    """Compose the INVITE that starts a B-leg; its own Call-ID, tag, branch, Via and Contact."""
    use = Use(leg.call, leg, Purpose.INVITE)
    use.branch = entropy.branch()
    use.cseq = 1
    use.has_offer = bool(body)
    head = [
        addressing.via(leg.flow, use.branch),
        b"Max-Forwards: %d" % max_forwards,
        *(b"Route: " + path for path in route.path),
        b"From: " + from_uri + b";tag=" + entropy.tag(),
        b"To: <" + route.to_uri + b">",
        b"Call-ID: " + entropy.call_id(),
        b"CSeq: 1 INVITE",
        addressing.contact(leg.flow),
    ]
    use.data = build.request(b"INVITE", route.request_uri, [*head, *lines], body, content_type)
    leg.use = use
    return use


def invite_again(use: Use, authorization: bytes, entropy: Entropy) -> None:
    """Turn a challenged INVITE into the next one: new branch, CSeq + 1, credentials (§22.2)."""
    head, _, body = use.data.partition(b"\r\n\r\n")
    branch = entropy.branch()
    cseq = use.cseq + 1
    lines = []
    for line in head.split(b"\r\n"):
        if line.startswith(b"CSeq: "):
            line = b"CSeq: %d INVITE" % cseq
        elif line.startswith((b"Authorization: ", b"Proxy-Authorization: ")):
            continue
        elif line.startswith(b"Via: "):
            line = line.replace(use.branch, branch)
        lines.append(line)
    lines.insert(-1, authorization)
    use.data = b"\r\n".join(lines) + b"\r\n\r\n" + body
    use.branch = branch
    use.cseq = cseq


def cancel_of(invite: Use, reason: bytes) -> bytes:
    """CANCEL for a sent INVITE: same Request-URI, top Via, To, From, Call-ID, Route (§9.1)."""
    head = invite.data.partition(b"\r\n\r\n")[0].split(b"\r\n")
    uri = head[0].split(b" ")[1]
    kept = [
        line
        for line in head[1:]
        if line.startswith(
            (b"Via: ", b"Max-Forwards: ", b"Route: ", b"From: ", b"To: ", b"Call-ID: ")
        )
    ]
    return build.request(b"CANCEL", uri, [*kept, b"CSeq: %d CANCEL" % invite.cseq, reason])


def dialog_of(use: Use, response: Response) -> Dialog:
    """The dialog that a tagged response to a B-leg's INVITE forms (RFC 3261 §12.1.2)."""
    request = parse(use.data)
    return Dialog.from_response(request, response, use.leg.flow)  # type: ignore[arg-type]


def reach_of(dialog: Dialog, source: Flow) -> Flow:
    """Where requests inside the dialog go, given the flow its peer spoke over.

    With a route set the peer is a proxy, and the flow is the proxy's.
    """
    return source if dialog.route_set else flow_towards(dialog.remote_target, source)


def in_dialog(
    leg: Leg,
    dialog: Dialog,
    method: bytes,
    branch: bytes,
    addressing: Addressing,
    *,
    extra: Sequence[bytes] = (),
    body: bytes = b"",
    content_type: bytes = b"",
    cseq: int | None = None,
) -> bytes:
    """A request inside one of the leg's dialogs, sent over the leg's flow."""
    return dialog.next_request(
        method,
        via=addressing.via(leg.flow, branch),
        contact=addressing.contact(leg.flow),
        extra=extra,
        body=body,
        content_type=content_type,
        cseq=cseq,
    )
