"""A request outside calls over TCP, and over UDP when that came to nothing."""

import pytest

from sipcore.endpoint.owners import TransactionUser
from sipcore.endpoint.settings import BoundListener
from sipcore.endpoint.stream_attempt import AttemptPorts, StreamAttempt
from sipcore.message.message import Request, Response
from tests.support.peers import message, reply
from tests.support.wire import MONITOR, Sent, Wire, requests, sent_to

pytestmark = pytest.mark.interpreted
STREAM = MONITOR._replace(transport="TCP", listener=1)
BRANCH = b"z9hG4bK1"


class Listener(TransactionUser):
    """Keeps what it hears."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[int] = []

    def response(self, response: Response, now: float) -> None:
        """Keep its status."""
        self.heard.append(response.status)

    def no_response(self, status: int, now: float) -> None:
        """Keep the status that stands for it."""
        self.heard.append(-status)


@pytest.fixture
def wire() -> Wire:
    """An endpoint that listens on UDP and TCP."""
    made = Wire()
    made.endpoint.addressing.listeners = (
        BoundListener("UDP", "192.0.2.100", 5060),
        BoundListener("TCP", "192.0.2.100", 5062),
    )
    return made


@pytest.fixture
def listener() -> Listener:
    """Whoever waits for the answer."""
    return Listener()


def start(wire: Wire, listener: Listener) -> Sent:
    """Send a NOTIFY that is too large for UDP; returns what goes out."""
    data = message(
        "NOTIFY sip:monitor SIP/2.0",
        [
            f"Via: SIP/2.0/UDP 192.0.2.100:5060;rport;branch={BRANCH.decode()}",
            "Max-Forwards: 70",
            "From: <sip:a>;tag=1",
            "To: <sip:b>;tag=2",
            "Call-ID: watch",
            "CSeq: 3 NOTIFY",
        ],
        b"x" * 1300,
    )
    board = wire.endpoint.switchboard
    ports = AttemptPorts(
        board, wire.contacts, wire.endpoint.addressing, wire.endpoint.ports.entropy
    )
    attempt = StreamAttempt(ports, b"NOTIFY", BRANCH, data, MONITOR, STREAM, listener)
    attempt.start(wire.clock.monotonic())
    return wire.taken()


def test_an_answer_over_tcp_is_the_answer(wire: Wire, listener: Listener) -> None:
    ((notify, flow),) = start(wire, listener)
    assert isinstance(notify, Request)

    wire.receive(reply(notify, 200), STREAM)

    assert (flow, notify.branch) == (STREAM, BRANCH)
    assert (notify.first(b"via") or b"").startswith(b"SIP/2.0/TCP 192.0.2.100:5062;")
    assert (listener.heard, wire.contacts.failed) == ([200], [])


def test_without_a_connection_it_goes_over_udp(wire: Wire, listener: Listener) -> None:
    wire.broken.add(STREAM)

    ((notify, flow),) = start(wire, listener)
    assert isinstance(notify, Request)
    wire.receive(reply(notify, 200), MONITOR)

    assert (flow, notify.branch == BRANCH) == (MONITOR, False)
    assert (notify.first(b"via") or b"").startswith(b"SIP/2.0/UDP 192.0.2.100:5060;")
    assert (listener.heard, wire.contacts.failed) == ([200], [(STREAM, None)])


def test_silence_on_both_is_told_once(wire: Wire, listener: Listener) -> None:
    start(wire, listener)

    over_udp = wire.advance(32.1)
    assert sent_to(over_udp, MONITOR)[0] == (b"NOTIFY", b"NOTIFY")
    assert listener.heard == []

    wire.advance(32.1)
    assert listener.heard == [-408]
    assert requests(wire.taken(), b"NOTIFY") == []
