"""The requests a call sends on its legs: INVITE, CANCEL, ACK, BYE and what it carries across."""

from collections.abc import Mapping, Sequence
from typing import Final

from sipcore.b2bua import header_policy
from sipcore.b2bua.actions import Expire
from sipcore.b2bua.frame import CallFrame
from sipcore.b2bua.header_policy import MOST_BREADTH
from sipcore.b2bua.invitation import Invitation
from sipcore.b2bua.large_requests import (
    STREAM_TIMEOUT,
    prefer_stream,
    transmit_ack,
    with_via,
)
from sipcore.b2bua.leg import Leg, Purpose, Use
from sipcore.b2bua.ports import Addressing, Route
from sipcore.dialog.dialog import Dialog, Opening
from sipcore.dialog.reach import is_too_large
from sipcore.dialog.routing import request_target, wants_sips
from sipcore.kernel.errors import BadMessage
from sipcore.kernel.flow import Flow
from sipcore.kernel.timers import T1
from sipcore.message import build
from sipcore.message.demands import NO_DEMANDS
from sipcore.message.message import Message, Response, parse
from sipcore.message.sdp import SDP, is_sdp, narrowed, refused
from sipcore.transaction.derived import cancel_for

_MAX_ATTEMPTS: Final = 4
"""How often a request that is answered 422 is sent again."""
_WITHOUT_CREDENTIALS: Final = {b"Authorization: ": b"", b"Proxy-Authorization: ": b""}
FAILOVER_TIMEOUT: Final = 8 * T1
"""Seconds without any response until the next flow of a route is tried: four transmissions.

Timer B (32 s) is longer than a stage rings. A server that lives answers within 200 ms (§17.2.1).
"""
_MAX_FORWARDS: Final = tuple(b"Max-Forwards: %d" % hops for hops in range(256))
_MAX_BREADTH: Final = tuple(b"Max-Breadth: %d" % ways for ways in range(MOST_BREADTH + 1))
"""Lines of every INVITE, written beforehand."""


def send_invite(
    frame: CallFrame, leg: Leg, route: Route, invitation: Invitation, breadth: int
) -> Opening:
    """Start a B-leg with a Call-ID, tag, branch, Via and Contact of its own.

    `breadth` is how many ways it may be divided into further on (RFC 5393 §5.3.3).
    """
    entropy, addressing = frame.ports.entropy, frame.ports.addressing
    use = Use(leg, Purpose.INVITE, b"INVITE", leg.flow, None)
    use.branch = entropy.branch()
    use.cseq = 1
    use.has_offer = bool(invitation.body)
    from_, identity, is_private = invitation.from_, route.identity, invitation.is_private
    if identity is not None:
        from_ = identity.sender(invitation.caller, is_private=is_private)
    to = b"<%b>" % route.to_uri
    tag, call_id = entropy.tag(), entropy.call_id()
    use.opening = opening = Opening(route.request_uri, call_id, tag, from_, to)
    # A Path is a route set in the making; its first hop may be a strict router (RFC 3327 §5.1).
    uri, hops = request_target(route.request_uri, route.path)
    secure = wants_sips(route.request_uri, route.path)
    via, contact = addressing.via_and_contact(leg.flow, use.branch, secure=secure)
    more = b""
    for hop in hops:
        more += b"Route: %b\r\n" % hop
    if identity is not None:
        contact += identity.lines(is_private=is_private)
    body, rest = invitation.body, invitation.rest
    narrows = bool(route.codecs) and is_sdp(invitation.content_type)
    if narrows or leg.confirms:
        body = narrowed(body, route.codecs) if narrows else body
        lines = invitation.unreliable if leg.confirms else invitation.lines
        rest = build.ending(lines, body, invitation.content_type)
    if is_private and route.trunk is not None:
        contact += b"\r\nPrivacy: id"
    # `transaction.derived` knows the order of these lines: an ACK and a CANCEL are cut out of them.
    use.data = (
        b"INVITE %b SIP/2.0\r\n%b\r\n%b\r\n%b\r\n%bFrom: %b;tag=%b\r\nTo: %b\r\n"
        b"Call-ID: %b\r\nCSeq: 1 INVITE\r\n%b\r\n%b"
        % (
            uri,
            via,
            _MAX_FORWARDS[invitation.max_forwards],
            _MAX_BREADTH[breadth],
            more,
            from_,
            tag,
            to,
            call_id,
            contact,
            rest,
        )
    )
    leg.invite = use
    leg.description = (body, invitation.content_type)
    if route.large and is_too_large(use.data, leg.flow):
        _direct(frame, use, route.large)
    else:
        _direct(frame, use, (leg.flow, *route.alternatives))
    frame.open(use)
    return opening


def send_in_dialog(
    frame: CallFrame,
    leg: Leg,
    dialog: Dialog,
    purpose: Purpose,
    method: bytes,
    *,
    extra: Sequence[bytes] = (),
    body: bytes = b"",
    content_type: bytes = b"",
) -> Use:
    """Send a request other than ACK inside one of the leg's dialogs."""
    use = Use(leg, purpose, method, dialog.flow, dialog)
    use.branch = frame.ports.entropy.branch()
    use.has_offer = bool(body)
    use.data = _in_dialog(
        frame.ports.addressing, dialog, method, use.branch, extra, body, content_type
    )
    use.cseq = dialog.local_seq
    prefer_stream(frame, use, dialog)
    frame.open(use)
    return use


def say_bye(frame: CallFrame, leg: Leg, dialog: Dialog, reason_lines: tuple[bytes, ...]) -> None:
    """End one of the leg's dialogs."""
    send_in_dialog(frame, leg, dialog, Purpose.BYE, b"BYE", extra=reason_lines)


def acknowledge(
    frame: CallFrame, use: Use, dialog: Dialog, body: bytes = b"", content_type: bytes = b""
) -> None:
    """Send the ACK for a 2xx of the INVITE `use` and keep it for the repeated 2xx (§13.2.2.4)."""
    branch = frame.ports.entropy.branch()
    ack = _in_dialog(
        frame.ports.addressing,
        dialog,
        b"ACK",
        branch,
        (use.authorization,) if use.authorization else (),
        body,
        content_type,
        cseq=use.cseq,
    )
    use.delayed_offer = None
    if use.acks is None:
        use.acks = {}
    use.acks[dialog.remote_tag] = (ack, dialog.flow)
    transmit_ack(frame, ack, branch, dialog)


def decline(frame: CallFrame, use: Use, dialog: Dialog, offer: Message | None) -> None:
    """Acknowledge a 2xx that nobody wants; an offer in it is refused."""
    if use.has_offer or offer is None or not is_sdp(header_policy.raw_content_type(offer)):
        acknowledge(frame, use, dialog)
    else:  # RFC 3261 §13.2.2.4: the ACK carries a valid answer all the same
        acknowledge(frame, use, dialog, refused(offer.body), SDP)


def acknowledge_again(frame: CallFrame, use: Use, tag: bytes) -> bool:
    """Answer a repeated 2xx; False when this 2xx was not acknowledged before."""
    ack = None if use.acks is None else use.acks.get(tag)
    if ack is None:
        return False
    frame.transmit(*ack)
    return True


def prack(frame: CallFrame, use: Use, tag: bytes, number: int) -> None:
    """Acknowledge a reliable provisional response that the caller will not hear of (RFC 3262 §4).

    `tag` is its To tag, `number` its RSeq.
    """
    dialog = use.leg.dialog_with(tag)
    if dialog is not None:
        rack = rack_line(use, number)
        send_in_dialog(frame, use.leg, dialog, Purpose.PRACK, b"PRACK", extra=(rack,))


def rack_line(use: Use, number: int) -> bytes:
    """The RAck line that acknowledges a reliable response to an INVITE of ours (RFC 3262 §7.2)."""
    return b"RAck: %d %d INVITE" % (number, use.cseq)


def withdraw(frame: CallFrame, use: Use, reason_lines: tuple[bytes, ...]) -> None:
    """Cancel an INVITE: at once, or as soon as a provisional response came (RFC 3261 §9.1)."""
    use.cancel_lines = reason_lines
    if use.heard:
        _cancel(frame, use)


def take_provisional(frame: CallFrame, use: Use) -> None:
    """A provisional response came: a CANCEL that waited for it goes out."""
    if use.cancel_lines:
        _cancel(frame, use)


def try_again(frame: CallFrame, use: Use, response: Response) -> bool:
    """Answer a trunk's challenge: new branch, CSeq + 1, credentials (RFC 3261 §22.2, §22.3).

    A second one only where `Demands` sees sense in it.
    """
    route = use.leg.route
    if response.status not in (401, 407) or route is None or route.trunk is None:
        return False
    demands = (use.demands or NO_DEMANDS).joined_by(response)
    if demands is None or use.cancel_lines:
        return False
    head, _, body = use.data.partition(b"\r\n\r\n")
    uri = head.split(b" ", 2)[1]
    lines: list[bytes] = []
    answer = frame.ports.credentials.authorization
    for challenge, count in demands.standing:
        line = answer(route.trunk, use.method, uri, body, challenge, count)
        if line is None:
            return False
        lines.append(line)
    use.demands, use.authorization = demands, b"\r\n".join(lines)
    _send_again(frame, use, _WITHOUT_CREDENTIALS, *lines)
    return True


def try_longer(frame: CallFrame, use: Use, response: Response) -> bool:
    """Answer a 422: the same request again with a longer session interval (RFC 4028 §7.3)."""
    leg = use.leg
    if response.status != 422 or use.cancel_lines or use.attempts >= _MAX_ATTEMPTS:
        return False
    timer = leg.timer_of(frame.ports.session)
    if not timer.raise_floor(response):
        return False
    use.attempts += 1
    expires, *least = timer.request_lines()
    _send_again(frame, use, {b"Session-Expires: ": expires, b"Min-SE: ": b""}, *least)
    return True


def try_elsewhere(frame: CallFrame, use: Use, status: int, response: Response | None) -> bool:
    """Send a leg's INVITE over the next flow of its route; False when that will not do.

    RFC 3263 §4.3: after a 503 of a trunk, a flow that failed or no response in time, the request
    goes to the next server, the same but for its branch and what depends on the flow. Other 5xx are
    no failure of that kind; they count as one where the trunk's settings say so. A phone that rang
    already is not called twice.
    """
    route = use.leg.route
    if use.cancel_lines or use.leg.rang or route is None:
        return False
    if response is None:
        may = use.found_nobody(status)
    else:
        is_error = status == 503 or (route.any_error and 500 <= status < 600)
        may = is_error and route.trunk is not None
    others = use.alternatives
    has_more = others or (route.trunk and (route.alternatives or route.fallback))
    if not may or not has_more:
        return False
    if response is None or status == 503:
        frame.ports.locator.unreachable(use.flow, _retry_after(response))
    if not others:
        return False
    if use.authorization:
        # The nonce was another server's.
        use.data = use.data.replace(use.authorization + b"\r\n", b"", 1)
        use.authorization, use.demands = b"", None
    old, use.branch = use.branch, frame.ports.entropy.branch()
    use.data = use.data.replace(old, use.branch, 1)
    _direct(frame, use, others)
    use.heard, use.transaction = False, None
    frame.open(use)
    return True


def dialog_of(use: Use, response: Response) -> Dialog:
    """The dialog that a 2xx to a B-leg's INVITE forms (RFC 3261 §12.1.2).

    Somebody has answered, so a Contact or Record-Route that cannot be read is no reason to give
    up: requests then go where the INVITE went.
    """
    known = use.leg.early or use.parted
    early = None if known is None else known.get(response.to_tag)
    if isinstance(early, Dialog):  # it has carried requests: its CSeq numbers go on
        early.accept_response(response)
        early.confirmed = True
        return early
    opening = use.opening
    assert opening is not None  # noqa: S101 - send_invite wrote it
    try:
        return Dialog.from_response(opening, use.cseq, response, use.flow)
    except BadMessage:
        return Dialog.from_response(opening, use.cseq, _without_route(response), use.flow)


def _direct(frame: CallFrame, use: Use, flows: tuple[Flow, ...]) -> None:
    """Let the INVITE go over the first of these flows, and over the others if that fails."""
    flow, others, route = flows[0], flows[1:], use.leg.route
    use.alternatives = others
    use.patience = None
    if route is not None and route.trunk is not None and (others or route.fallback is not None):
        use.patience = FAILOVER_TIMEOUT
    elif others and flow.reliable and not flow.connection:
        use.patience = STREAM_TIMEOUT
    if flow == use.flow:
        return
    contact = frame.ports.addressing.contact
    secure = route is not None and wants_sips(route.request_uri, route.path)
    data = with_via(frame.ports.addressing, use.data, use.branch, use.flow, flow)
    use.data = data.replace(contact(use.flow, secure=secure), contact(flow, secure=secure), 1)
    use.flow = use.leg.flow = flow


def _retry_after(response: Response | None) -> float | None:
    """Seconds for which the server of a 503 wants to be left alone (RFC 3261 §21.5.4)."""
    value = None if response is None else response.index.get(b"retry-after")
    digits = (value or b"").split(b";")[0].split(b"(")[0].strip()
    return float(digits) if digits.isdigit() and len(digits) <= 6 else None


def _cancel(frame: CallFrame, use: Use) -> None:
    if use.cancelled or not use.is_open:
        return
    use.cancelled = True
    cancel = Use(use.leg, Purpose.CANCEL, b"CANCEL", use.flow, use.dialog)
    cancel.branch = use.branch
    cancel.data = cancel_for(use.data, use.cancel_lines)
    frame.open(cancel)
    frame.put(Expire(use))


def _in_dialog(
    addressing: Addressing,
    dialog: Dialog,
    method: bytes,
    branch: bytes,
    extra: Sequence[bytes],
    body: bytes,
    content_type: bytes,
    cseq: int | None = None,
) -> bytes:
    return dialog.next_request(
        method,
        via=addressing.via(dialog.flow, branch),
        contact=addressing.contact(dialog.flow, secure=dialog.wants_sips),
        extra=extra,
        body=body,
        content_type=content_type,
        cseq=cseq,
    )


def _send_again(frame: CallFrame, use: Use, replaced: Mapping[bytes, bytes], *added: bytes) -> None:
    """Send a request once more as a new one: another branch, CSeq + 1, other header lines.

    `replaced` gives the new line, or b"" for none, by what the old one begins with.
    """
    if use.dialog is None:
        cseq = use.cseq + 1
    else:
        cseq = use.dialog.local_seq = use.dialog.local_seq + 1
    branch = frame.ports.entropy.branch()
    head, _, body = use.data.partition(b"\r\n\r\n")
    lines: list[bytes] = []
    for line in head.split(b"\r\n"):
        if line.startswith(b"CSeq: "):
            line = b"CSeq: %d %b" % (cseq, use.method)
        elif line.startswith(b"Via: "):
            line = line.replace(use.branch, branch)
        else:
            start = next((start for start in replaced if line.startswith(start)), None)
            if start is not None:
                line = replaced[start]
        if line:
            lines.append(line)
    lines[-1:-1] = added
    use.data = b"\r\n".join(lines) + b"\r\n\r\n" + body
    use.branch, use.cseq, use.heard = branch, cseq, False
    frame.open(use)


def _without_route(response: Response) -> Response:
    """The status and To of a response, all that a dialog needs of it at the least."""
    to = response.index.get(b"to") or b""
    plain = parse(b"SIP/2.0 %d OK\r\nTo: %b\r\n\r\n" % (response.status, to))
    assert isinstance(plain, Response)  # noqa: S101 - a status line makes a response
    return plain
