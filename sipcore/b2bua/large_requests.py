"""Requests inside a call that are too large for UDP: over TCP, where the peer may take that.

RFC 3261 §18.1.1. Only the one request changes its transport, and its Via says so; the dialog and
its Contact stay as they are. A peer that takes no connection gets it over UDP after all: it could
not be known before, and a fragmented request is better than none.
"""

from typing import Final

from sipcore.b2bua.frame import CallFrame
from sipcore.b2bua.leg import Use
from sipcore.b2bua.ports import Addressing
from sipcore.dialog.dialog import Dialog
from sipcore.dialog.reach import is_too_large
from sipcore.kernel.flow import Flow
from sipcore.kernel.timers import T1

STREAM_TIMEOUT: Final = 4 * T1
"""Seconds without any response to an INVITE until it goes over UDP: a firewall that swallows the
connection must not cost many seconds of ringing."""


def prefer_stream(frame: CallFrame, use: Use, dialog: Dialog) -> None:
    """Let a request inside this dialog go over TCP first, if it is too large for UDP."""
    stream = _stream_for(frame, use.data, dialog)
    if stream is not None:
        use.alternatives = (use.flow,)
        use.patience = STREAM_TIMEOUT
        use.data = with_via(frame.ports.addressing, use.data, use.branch, use.flow, stream)
        use.flow = stream


def transmit_ack(frame: CallFrame, ack: bytes, branch: bytes, dialog: Dialog) -> None:
    """Send an ACK for a 2xx, which nobody answers: a repeated 2xx gets it over UDP."""
    flow, stream = dialog.flow, _stream_for(frame, ack, dialog)
    if stream is None:
        frame.transmit(ack, flow)
    else:
        frame.transmit(with_via(frame.ports.addressing, ack, branch, flow, stream), stream)


def try_datagrams(frame: CallFrame, use: Use) -> bool:
    """Send a request inside a dialog over UDP that found nobody over TCP; False when that was not
    so, or nobody waits for it any more."""
    has_another = use.dialog is not None and bool(use.alternatives)
    if not has_another or use.heard or use.cancel_lines or use.transaction is None:
        return False
    stream, flow = use.flow, use.alternatives[0]
    frame.ports.locator.unreachable(stream, None)
    old, use.branch = use.branch, frame.ports.entropy.branch()
    data = use.data.replace(old, use.branch, 1)
    use.data, use.flow = with_via(frame.ports.addressing, data, use.branch, stream, flow), flow
    use.alternatives, use.patience, use.transaction = (), None, None
    frame.open(use)
    return True


def with_via(addressing: Addressing, data: bytes, branch: bytes, former: Flow, flow: Flow) -> bytes:
    """A request that was written for one flow, with the Via of another."""
    via = addressing.via
    return data.replace(via(former, branch), via(flow, branch), 1)


def _stream_for(frame: CallFrame, data: bytes, dialog: Dialog) -> Flow | None:
    if not is_too_large(data, dialog.flow):
        return None
    return frame.ports.locator.stream_beside(dialog.next_hop, dialog.flow)
