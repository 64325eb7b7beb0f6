"""RFC 3261 §18.1.1: a request over 1300 octets does not go over UDP where TCP will do."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from sipcore.b2bua.facts import LegRerouted
from sipcore.dialog.reach import MAX_UNRELIABLE
from sipcore.endpoint.settings import BoundListener, ListenAddress
from sipcore.kernel.flow import Flow
from sipcore.message.message import Request
from tests.support.peers import ANSWER_SDP, SDP, ack, invite, reply
from tests.support.wire import DOOR, MONITOR, Wire, requests, responses, sent_to, stage

STREAM = MONITOR._replace(transport="TCP", listener=1)
LARGE = SDP + b"a=x:" + b"y" * 1200 + b"\r\n"
LISTENERS = (BoundListener("UDP", "192.0.2.100", 5060), BoundListener("TCP", "192.0.2.100", 5062))


def wired(*large: Flow) -> Wire:
    """A monitor reached over UDP, and what its route says about large requests."""
    wire = Wire(stage("indoor", "monitor"), contacts={"monitor": [MONITOR]})
    wire.contacts.large = large
    wire.endpoint.addressing.listeners = LISTENERS
    return wire


def sent_invite(wire: Wire, body: bytes = LARGE) -> tuple[Request, Flow]:
    """The INVITE the monitor gets for this offer, and the flow it goes over."""
    sent = wire.receive(invite(DOOR, body=body), DOOR)
    (found,) = ((m, flow) for m, flow in sent if m in requests(sent, b"INVITE"))
    assert isinstance(found[0], Request)
    return found[0], found[1]


def test_a_large_request_goes_over_tcp_and_says_so() -> None:
    """§18.1.1: if this changes the transport, the value in the top Via must be changed."""
    request, flow = sent_invite(wired(STREAM, MONITOR))

    assert len(request.raw) > MAX_UNRELIABLE
    assert flow == STREAM
    assert (request.first(b"via") or b"").startswith(b"SIP/2.0/TCP 192.0.2.100:5062;rport;branch=")
    assert request.first(b"contact") == b"<sip:192.0.2.100:5062;transport=tcp>"


def test_a_request_of_up_to_1300_octets_stays_on_udp() -> None:
    """§18.1.1: larger than 1300 octets."""
    small, _ = sent_invite(wired(STREAM, MONITOR), SDP)
    filling = b"a=x:" + b"y" * (MAX_UNRELIABLE - len(small.raw) - 7) + b"\r\n"
    # Content-Length grows by digits of its own.
    request, flow = sent_invite(wired(STREAM, MONITOR), SDP + filling)
    spare = MAX_UNRELIABLE - len(request.raw)
    exact, same = sent_invite(wired(STREAM, MONITOR), SDP + filling[:-2] + b"y" * spare + b"\r\n")
    longer, other = sent_invite(
        wired(STREAM, MONITOR), SDP + filling[:-2] + b"y" * (spare + 1) + b"\r\n"
    )

    assert flow == MONITOR
    assert (len(exact.raw), same) == (MAX_UNRELIABLE, MONITOR)
    assert other == STREAM
    assert longer.first(b"via") != exact.first(b"via")


def test_a_phone_that_cannot_take_tcp_gets_it_over_udp_after_all() -> None:
    """§18.1.1: a reset or an ICMP error makes us try again over UDP."""
    wire = wired(STREAM, MONITOR)
    wire.broken.add(STREAM)
    request, flow = sent_invite(wire)

    assert flow == MONITOR
    assert (request.first(b"via") or b"").startswith(b"SIP/2.0/UDP 192.0.2.100:5060;rport;branch=")
    assert request.first(b"contact") == b"<sip:192.0.2.100:5060>"
    assert wire.contacts.failed == [(STREAM, None)]
    assert [(f.leg, f.to) for f in wire.journal.facts if isinstance(f, LegRerouted)] == [
        (1, "udp:192.0.2.11:5060")
    ]


def test_the_connection_may_fail_later_too() -> None:
    """§18.1.1: the connection is made while nobody waits; its failure comes back as an event."""
    wire = wired(STREAM, MONITOR)
    first, _ = sent_invite(wire)
    wire.endpoint.switchboard.flow_closed(STREAM, wire.clock.monotonic())

    (second,) = requests(wire.taken(), b"INVITE")

    assert second.branch != first.branch
    assert (second.call_id, second.cseq, second.body) == (first.call_id, first.cseq, LARGE)


def test_a_phone_that_takes_the_connection_and_keeps_silent_is_tried_over_udp() -> None:
    """A port that something else than SIP listens on must not cost the visitor the call."""
    wire = wired(STREAM, MONITOR)
    sent_invite(wire)

    sent = wire.advance(2.1)

    assert sent_to(sent, MONITOR) == [(b"INVITE", b"INVITE")]


def test_without_another_way_a_large_request_goes_over_udp() -> None:
    """Behind a NAT, or where the operator says so, fragments are better than no call."""
    assert sent_invite(wired())[1] == MONITOR


def test_the_call_stays_on_the_connection() -> None:
    """§18.1.1, §12.2.1.1: what follows in the dialog goes the way the INVITE went."""
    wire = wired(STREAM, MONITOR)
    request, flow = sent_invite(wire)
    sent = wire.receive(reply(request, 200, flow=MONITOR, body=ANSWER_SDP), flow)
    (answer,) = responses(sent, lambda response: response.status == 200)
    sent += wire.receive(ack(answer, DOOR), DOOR)
    sent += wire.advance(0.1)

    assert sent_to(sent, STREAM) == [(b"ACK", b"ACK")]


@pytest.fixture
async def listening() -> tuple[Wire, tuple[BoundListener, ...]]:
    """The endpoint on real sockets of the loopback interface."""
    wire = Wire(stage("indoor", "monitor"))
    bound = await wire.listen(
        ListenAddress("UDP", "127.0.0.1", 0), ListenAddress("TCP", "127.0.0.1", 0)
    )
    return wire, bound


class Phone(asyncio.DatagramProtocol):
    """Keeps what arrives over UDP."""

    def __init__(self) -> None:
        self.got: asyncio.Queue[bytes] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Keep it."""
        self.got.put_nowait(data)


Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def phone_at_one_port(
    serve: Serve | None,
) -> tuple[asyncio.DatagramTransport, Phone, asyncio.Server | None]:
    """A phone on a port that is free on UDP and, with `serve`, on TCP as well."""
    loop = asyncio.get_running_loop()
    for _ in range(20):
        datagrams, phone = await loop.create_datagram_endpoint(Phone, ("127.0.0.1", 0))
        if serve is None:
            return datagrams, phone, None
        try:
            server = await asyncio.start_server(serve, *datagrams.get_extra_info("sockname"))
        except OSError:  # somebody else has the port on TCP
            datagrams.close()
            continue
        return datagrams, phone, server
    raise AssertionError("no port is free on UDP and TCP")


@pytest.mark.parametrize("takes_tcp", [True, False])
async def test_with_real_sockets(
    listening: tuple[Wire, tuple[BoundListener, ...]], takes_tcp: bool
) -> None:
    """§18.1.1: a phone with a TCP port gets it there; a door phone without one over UDP at once."""
    wire, _ = listening
    streamed: asyncio.Queue[bytes] = asyncio.Queue()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        streamed.put_nowait(await reader.readuntil(b"\r\n\r\n"))
        writer.close()

    datagrams, phone, server = await phone_at_one_port(serve if takes_tcp else None)
    host, port = datagrams.get_extra_info("sockname")
    over_udp = Flow("UDP", 0, host, port)
    wire.contacts.flows["monitor"] = [over_udp]
    wire.contacts.large = (Flow("TCP", 1, host, port), over_udp)
    try:
        wire.endpoint.reception.take(invite(DOOR, body=LARGE), Flow("UDP", 0, host, 9))
        got = await asyncio.wait_for((streamed if takes_tcp else phone.got).get(), 5)
    finally:
        if server is not None:
            server.close()
        datagrams.close()
        await wire.endpoint.stop()

    assert got.startswith(b"INVITE sip:monitor@")
    assert (b"\r\nVia: SIP/2.0/TCP " in got) is takes_tcp
