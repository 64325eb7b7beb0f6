"""When a request changes its transport; calls with it are in tests/conformance."""

import pytest

from sipcore.b2bua.actions import OpenClient, Transmit
from sipcore.b2bua.frame import CallFrame
from sipcore.b2bua.large_requests import (
    STREAM_TIMEOUT,
    prefer_stream,
    transmit_ack,
    try_datagrams,
    with_via,
)
from sipcore.b2bua.leg import Leg, Purpose, Use
from sipcore.b2bua.plan import Party
from sipcore.dialog.dialog import Dialog
from sipcore.dialog.reach import MAX_UNRELIABLE
from sipcore.endpoint.settings import BoundListener
from sipcore.kernel.flow import Flow
from sipcore.transaction.non_invite_client import NonInviteClient
from tests.support.transactions import request
from tests.support.wire import MONITOR, Wire

STREAM = MONITOR._replace(transport="TCP", listener=1)
UDP_VIA = b"Via: SIP/2.0/UDP 192.0.2.100:5060;rport;branch="
TCP_VIA = b"Via: SIP/2.0/TCP 192.0.2.100:5062;rport;branch="
BRANCH = b"z9hG4bK1"


def sent(octets: int = MAX_UNRELIABLE + 1) -> tuple[Wire, CallFrame, Use, Dialog]:
    """An INFO of so many octets that is about to be sent."""
    wire = Wire()
    wire.contacts.streams = {MONITOR: STREAM}
    wire.endpoint.addressing.listeners = (
        BoundListener("UDP", "192.0.2.100", 5060),
        BoundListener("TCP", "192.0.2.100", 5062),
    )
    contact = f"Contact: <sip:m@{MONITOR.host}:{MONITOR.port}>"
    dialog = Dialog.from_request(request(extra=(contact,)), b"ours", MONITOR)
    use = Use(Leg(1, Party("indoor", "m"), MONITOR), Purpose.FORWARD, b"INFO", MONITOR, dialog)
    use.branch = BRANCH
    use.data = (b"INFO sip:m SIP/2.0\r\n" + UDP_VIA + BRANCH + b"\r\n").ljust(octets, b"x")
    return wire, CallFrame("call", wire.endpoint.ports, 0.0), use, dialog


def opened(use: Use) -> None:
    """The shell has opened a transaction for it."""
    use.transaction = NonInviteClient(b"key", use.data, use.flow, None, 0.0)


@pytest.mark.parametrize(("octets", "flow"), [(1300, MONITOR), (1301, STREAM)])
def test_only_what_is_too_large_changes_its_transport(octets: int, flow: Flow) -> None:
    wire, frame, use, dialog = sent(octets)

    prefer_stream(frame, use, dialog)

    assert use.flow == flow
    assert (TCP_VIA + BRANCH in use.data) is (flow is STREAM)
    assert use.alternatives == ((MONITOR,) if flow is STREAM else ())
    assert use.patience == (STREAM_TIMEOUT if flow is STREAM else None)
    assert use.leg.flow == dialog.flow == MONITOR
    assert wire.contacts.next_hops == ([dialog.remote_target] if flow is STREAM else [])


def test_it_is_sent_over_udp_when_nobody_took_it() -> None:
    wire, frame, use, dialog = sent()
    prefer_stream(frame, use, dialog)
    opened(use)

    assert try_datagrams(frame, use)

    assert (use.flow, use.alternatives, use.patience, use.transaction) == (MONITOR, (), None, None)
    assert use.branch != BRANCH
    assert UDP_VIA + use.branch in use.data
    assert frame.flush() == [OpenClient(b"INFO", use.branch, use.data, MONITOR, use)]
    assert wire.contacts.failed == [(STREAM, None)]
    assert not try_datagrams(frame, use)


@pytest.mark.parametrize("why", ["heard of", "not wanted", "never sent", "starts a leg"])
def test_it_is_not_sent_again_when_that_makes_no_sense(why: str) -> None:
    wire, frame, use, dialog = sent()
    prefer_stream(frame, use, dialog)
    opened(use)
    use.heard = why == "heard of"
    use.cancel_lines = (b"Reason: x",) if why == "not wanted" else ()
    use.transaction = None if why == "never sent" else use.transaction
    use.dialog = None if why == "starts a leg" else dialog

    assert not try_datagrams(frame, use)

    assert (wire.contacts.failed, use.flow, use.branch) == ([], STREAM, BRANCH)


@pytest.mark.parametrize(("octets", "flow"), [(1300, MONITOR), (1301, STREAM)])
def test_an_ack_goes_where_there_is_room_for_it(octets: int, flow: Flow) -> None:
    _, frame, use, dialog = sent(octets)

    transmit_ack(frame, use.data, BRANCH, dialog)

    ((ack, at),) = [(a.data, a.flow) for a in frame.flush() if isinstance(a, Transmit)]
    assert at == flow
    assert (TCP_VIA + BRANCH in ack) is (flow is STREAM)


def test_a_via_of_the_same_text_in_the_body_stays() -> None:
    wire, _, use, _ = sent()
    data = use.data + b"\r\n\r\n" + UDP_VIA + BRANCH

    changed = with_via(wire.endpoint.addressing, data, BRANCH, MONITOR, STREAM)

    assert changed == use.data.replace(UDP_VIA, TCP_VIA) + b"\r\n\r\n" + UDP_VIA + BRANCH
