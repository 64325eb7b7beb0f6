"""The endpoint on real loopback sockets: UDP and TCP, IPv4 and IPv6."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from sipcore.endpoint.settings import BoundListener, ListenAddress
from sipcore.kernel.flow import Flow
from sipcore.message.message import Request, Response, parse
from sipcore.transport import connection
from sipcore.transport.streams import StreamLimits
from tests.support.peers import ANSWER_SDP, ack, invite, message, reply
from tests.support.wire import Wire, stage

PATIENCE = 5.0
"""Seconds until a missing answer fails a test instead of hanging it."""
LOCALHOSTS = ("127.0.0.1", "::1")


def options(host: str, port: int, number: int = 1, transport: str = "UDP") -> bytes:
    """A request that is answered at once."""
    written = f"[{host}]" if ":" in host else host
    return message(
        "OPTIONS sip:doorline.test SIP/2.0",
        [
            f"Via: SIP/2.0/{transport} {written}:{port};rport;branch=z9hG4bKo{number}",
            "From: <sip:probe@doorline.test>;tag=probe",
            "To: <sip:doorline.test>",
            f"Call-ID: probe-{number}",
            f"CSeq: {number} OPTIONS",
        ],
    )


@asynccontextmanager
async def serving(
    *addresses: ListenAddress, wire: Wire | None = None
) -> AsyncIterator[tuple[Wire, tuple[BoundListener, ...]]]:
    """An endpoint with real listeners and a wheel that only the test turns."""
    wire = wire or Wire(stage("indoor", "monitor"))
    bound = await wire.listen(*addresses)
    try:
        yield wire, bound
    finally:
        await wire.endpoint.stop()


class Datagrams(asyncio.DatagramProtocol):
    """A UDP peer."""

    def __init__(self) -> None:
        self.inbox: asyncio.Queue[bytes] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: object) -> None:
        self.inbox.put_nowait(data)

    async def get(self) -> Request | Response:
        """The next message."""
        async with asyncio.timeout(PATIENCE):
            return parse(await self.inbox.get())


@asynccontextmanager
async def udp_peer(host: str) -> AsyncIterator[tuple[Datagrams, asyncio.DatagramTransport, int]]:
    """A bound UDP peer: its inbox, its transport and its port."""
    loop = asyncio.get_running_loop()
    transport, peer = await loop.create_datagram_endpoint(Datagrams, local_addr=(host, 0))
    try:
        yield peer, transport, transport.get_extra_info("sockname")[1]
    finally:
        transport.close()


class Peer:
    """A TCP peer."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def get(self) -> Request | Response:
        """The next message, which has no body."""
        async with asyncio.timeout(PATIENCE):
            return parse(await self.reader.readuntil(b"\r\n\r\n"))

    async def rest(self) -> bytes:
        """Everything until the server hangs up."""
        async with asyncio.timeout(PATIENCE):
            try:
                return await self.reader.read()
            except ConnectionResetError:
                return b""


@asynccontextmanager
async def tcp_peer(listener: BoundListener) -> AsyncIterator[Peer]:
    """A connection to the server."""
    reader, writer = await asyncio.open_connection(listener.host, listener.port)
    try:
        yield Peer(reader, writer)
    finally:
        writer.close()


# -- UDP ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", LOCALHOSTS)
async def test_a_datagram_is_answered_where_it_came_from(host: str) -> None:
    async with (
        serving(ListenAddress("UDP", host, 0)) as (_, (listener,)),
        udp_peer(host) as (peer, transport, port),
    ):
        transport.sendto(options(host, 5999), (listener.host, listener.port))
        answer = await peer.get()

    assert isinstance(answer, Response)
    assert (answer.status, answer.via.rport, answer.via.received) == (200, port, host)


async def test_garbage_harms_neither_the_listener_nor_those_who_come_after() -> None:
    host = "127.0.0.1"
    async with (
        serving(ListenAddress("UDP", host, 0)) as (wire, (listener,)),
        udp_peer(host) as (peer, transport, port),
    ):
        for data in (b"", b"\0", b"\xff" * 2000, b"INVITE", b"SIP/2.0 999 x\r\n\r\n"):
            transport.sendto(data, (listener.host, listener.port))
        transport.sendto(options(host, port), (listener.host, listener.port))
        answer = await peer.get()

    assert isinstance(answer, Response)
    assert (answer.status, wire.endpoint.counters["internal_errors"]) == (200, 0)


async def test_a_burst_larger_than_a_batch_is_answered_whole() -> None:
    host = "127.0.0.1"
    async with (
        serving(ListenAddress("UDP", host, 0)) as (_, (listener,)),
        udp_peer(host) as (peer, transport, port),
    ):
        for number in range(1, 101):
            transport.sendto(options(host, port, number), (listener.host, listener.port))
        answers = [await peer.get() for _ in range(100)]

    assert {answer.cseq.number for answer in answers} == set(range(1, 101))


async def test_a_call_goes_from_a_udp_door_to_a_udp_monitor() -> None:
    host = "127.0.0.1"
    wire = Wire(stage("indoor", "monitor"))
    async with (
        serving(ListenAddress("UDP", host, 0), wire=wire) as (_, (listener,)),
        udp_peer(host) as (door, door_out, door_port),
        udp_peer(host) as (monitor, monitor_out, monitor_port),
    ):
        server = (listener.host, listener.port)
        at_door, at_monitor = (
            Flow("UDP", 0, host, door_port),
            Flow("UDP", 0, host, monitor_port),
        )
        wire.contacts.flows["monitor"] = [at_monitor]
        door_out.sendto(invite(at_door), server)
        trying, leg = await door.get(), await monitor.get()
        assert isinstance(leg, Request)
        monitor_out.sendto(reply(leg, 200, body=ANSWER_SDP, flow=at_monitor), server)
        answer, acknowledged = await door.get(), await monitor.get()
        assert isinstance(answer, Response)
        door_out.sendto(ack(answer, at_door), server)

    assert isinstance(trying, Response)
    assert (trying.status, answer.status, answer.body) == (100, 200, ANSWER_SDP)
    assert isinstance(acknowledged, Request)
    assert acknowledged.method == b"ACK"
    assert (leg.via.host, leg.via.port) == (host, listener.port)


# -- TCP ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", LOCALHOSTS)
async def test_a_stream_is_answered_over_itself(host: str) -> None:
    async with (
        serving(ListenAddress("TCP", host, 0)) as (_, (listener,)),
        tcp_peer(listener) as peer,
    ):
        peer.writer.write(options(host, 5999, transport="TCP"))
        answer = await peer.get()

    assert isinstance(answer, Response)
    assert answer.status == 200


async def test_a_message_split_at_every_byte_is_one_message() -> None:
    data = options("127.0.0.1", 5999, transport="TCP")
    async with (
        serving(ListenAddress("TCP", "127.0.0.1", 0)) as (wire, (listener,)),
        tcp_peer(listener) as peer,
    ):
        peer.writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for octet in data:
            peer.writer.write(bytes((octet,)))
            await peer.writer.drain()
            await asyncio.sleep(0)
        answer = await peer.get()

    assert isinstance(answer, Response)
    assert (answer.status, wire.endpoint.counters["requests_OPTIONS"]) == (200, 1)


async def test_every_place_to_cut_a_pair_of_messages_gives_both() -> None:
    host = "127.0.0.1"
    pair = options(host, 5999, 1, "TCP") + options(host, 5999, 2, "TCP")
    async with (
        serving(ListenAddress("TCP", host, 0)) as (_, (listener,)),
        tcp_peer(listener) as peer,
    ):
        for cut in range(0, len(pair), 7):
            peer.writer.write(pair[:cut])
            await peer.writer.drain()
            peer.writer.write(pair[cut:])
            answers = [await peer.get(), await peer.get()]
            assert [answer.cseq.number for answer in answers] == [1, 2]


async def test_pipelined_messages_are_answered_in_their_order() -> None:
    host = "127.0.0.1"
    data = b"".join(options(host, 5999, number, "TCP") for number in range(1, 51))
    async with (
        serving(ListenAddress("TCP", host, 0)) as (_, (listener,)),
        tcp_peer(listener) as peer,
    ):
        peer.writer.write(data)
        answers = [await peer.get() for _ in range(50)]

    assert [answer.cseq.number for answer in answers] == list(range(1, 51))


async def test_a_ping_between_messages_gets_its_pong() -> None:
    host = "127.0.0.1"
    async with (
        serving(ListenAddress("TCP", host, 0)) as (_, (listener,)),
        tcp_peer(listener) as peer,
    ):
        peer.writer.write(b"\r\n\r\n")
        async with asyncio.timeout(PATIENCE):
            pong = await peer.reader.readexactly(2)
        peer.writer.write(options(host, 5999, transport="TCP"))
        answer = await peer.get()

    assert isinstance(answer, Response)
    assert (pong, answer.status) == (b"\r\n", 200)


@pytest.mark.parametrize(
    "garbage",
    [
        b"OPTIONS sip:a SIP/2.0\r\nCall-ID: x\r\n\r\n",
        b"OPTIONS sip:a SIP/2.0\r\nContent-Length: -1\r\n\r\n",
        b"\xff" * 20_000,
        b"OPTIONS sip:a SIP/2.0\r\nContent-Length: 999999\r\n\r\n",
    ],
)
async def test_a_stream_that_cannot_be_framed_is_closed(garbage: bytes) -> None:
    async with (
        serving(ListenAddress("TCP", "127.0.0.1", 0)) as (_, (listener,)),
        tcp_peer(listener) as peer,
    ):
        peer.writer.write(garbage)
        assert await peer.rest() == b""


async def test_a_slow_partial_message_is_closed_by_the_sweep() -> None:
    async with (
        serving(ListenAddress("TCP", "127.0.0.1", 0)) as (wire, (listener,)),
        tcp_peer(listener) as peer,
    ):
        peer.writer.write(options("127.0.0.1", 5999, transport="TCP") + b"OPTI")
        await peer.get()
        streams = wire.endpoint.streams
        wire.clock.advance(connection.PARTIAL_TIMEOUT)
        streams.sweep(wire.clock.monotonic())
        kept = len(streams)
        wire.clock.advance(1.0)
        streams.sweep(wire.clock.monotonic())

        assert (kept, await peer.rest()) == (1, b"")


async def test_connections_beyond_the_limit_are_hung_up() -> None:
    host = "127.0.0.1"
    wire = Wire(stage("indoor", "monitor"))
    wire.endpoint.streams.limits = StreamLimits(connections_per_source=1)
    async with (
        serving(ListenAddress("TCP", host, 0), wire=wire) as (_, (listener,)),
        tcp_peer(listener) as first,
    ):
        first.writer.write(options(host, 5999, 1, "TCP"))
        before = await first.get()
        async with tcp_peer(listener) as second:
            refused = await second.rest()
        first.writer.write(options(host, 5999, 2, "TCP"))
        after = await first.get()

    assert (before.cseq.number, refused, after.cseq.number) == (1, b"", 2)


async def test_a_door_whose_stream_breaks_stops_the_ringing() -> None:
    host = "127.0.0.1"
    wire = Wire(stage("indoor", "monitor"))
    tcp_and_udp = (ListenAddress("TCP", host, 0), ListenAddress("UDP", host, 0))
    async with (
        serving(*tcp_and_udp, wire=wire) as (_, (streams, datagrams)),
        udp_peer(host) as (monitor, monitor_out, monitor_port),
    ):
        at_monitor = Flow("UDP", 1, host, monitor_port)
        wire.contacts.flows["monitor"] = [at_monitor]
        async with tcp_peer(streams) as door:
            door.writer.write(invite(Flow("TCP", 0, host, 5999)))
            leg = await monitor.get()
            assert isinstance(leg, Request)
            ringing = reply(leg, 180, flow=at_monitor)
            monitor_out.sendto(ringing, (datagrams.host, datagrams.port))
            told = [await door.get(), await door.get()]
        withdrawn = await monitor.get()

    assert [getattr(answer, "status", 0) for answer in told] == [100, 180]
    assert isinstance(withdrawn, Request)
    assert (withdrawn.method, withdrawn.branch) == (b"CANCEL", leg.branch)


# -- connections that this server makes ----------------------------------------------------------


async def test_a_flow_without_connection_is_connected_once_and_used_again() -> None:
    inbox: asyncio.Queue[bytes] = asyncio.Queue()
    connections = 0

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        for _ in range(3):
            inbox.put_nowait(await reader.readuntil(b"\r\n\r\n"))
        writer.close()

    provider = await asyncio.start_server(accept, "127.0.0.1", 0)
    port = provider.sockets[0].getsockname()[1]
    async with serving(ListenAddress("TCP", "127.0.0.1", 0)) as (wire, _):
        flow = Flow("TCP", 0, "127.0.0.1", port)
        data = [options("127.0.0.1", 5999, number, "TCP") for number in (1, 2, 3)]
        sent = [wire.endpoint.send(data[0], flow), wire.endpoint.send(data[1], flow)]
        async with asyncio.timeout(PATIENCE):
            received = [await inbox.get(), await inbox.get()]
            sent.append(wire.endpoint.send(data[2], flow))
            received.append(await inbox.get())
    provider.close()
    await provider.wait_closed()

    assert (sent, received, connections) == ([True] * 3, data, 1)


async def test_a_provider_that_cannot_be_reached_fails_the_leg_at_once() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        dead = Flow("TCP", 0, "127.0.0.1", closed.getsockname()[1])
        wire = Wire(stage("landline", "provider"), contacts={"provider": [dead]})
        async with (
            serving(
                ListenAddress("TCP", "127.0.0.1", 0),
                ListenAddress("UDP", "127.0.0.1", 0),
                wire=wire,
            ) as (_, (_, udp)),
            udp_peer("127.0.0.1") as (door, transport, port),
        ):
            transport.sendto(invite(Flow("UDP", 1, "127.0.0.1", port)), (udp.host, udp.port))
            trying, failed = await door.get(), await door.get()

    assert isinstance(trying, Response)
    assert isinstance(failed, Response)
    assert (trying.status, failed.status) == (100, 500)


# -- life cycle --------------------------------------------------------------------------------


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
async def test_a_port_in_use_is_an_error_that_names_it_and_frees_the_others(
    transport: str,
) -> None:
    kind = socket.SOCK_DGRAM if transport == "UDP" else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as taken, socket.socket() as probe:
        taken.bind(("127.0.0.1", 0))
        if transport == "TCP":
            taken.listen()
        port = taken.getsockname()[1]
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
        probe.close()
        wire = Wire(stage("indoor", "monitor"))

        with pytest.raises(OSError, match=f"sip {transport.lower()} 127.0.0.1:{port}: .*in use"):
            await wire.listen(
                ListenAddress("TCP", "127.0.0.1", free), ListenAddress(transport, "127.0.0.1", port)
            )

    async with serving(ListenAddress("TCP", "127.0.0.1", free)) as (_, (listener,)):
        assert listener.port == free


async def test_a_stopped_endpoint_hangs_up_and_frees_its_ports() -> None:
    async with (
        serving(ListenAddress("TCP", "127.0.0.1", 0)) as (wire, (listener,)),
        tcp_peer(listener) as peer,
    ):
        peer.writer.write(options("127.0.0.1", 5999, transport="TCP"))
        await peer.get()
        await wire.endpoint.stop()

        assert await peer.rest() == b""

    async with serving(ListenAddress("TCP", listener.host, listener.port)) as (_, (again,)):
        assert again == listener
