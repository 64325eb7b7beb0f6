"""Keep-alives of RFC 5626: CRLF on streams and datagrams, STUN on the UDP port; a dead flow."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sipcore.endpoint.settings import BoundListener, ListenAddress
from tests.support.wire import Wire, stage

PATIENCE = 5.0
COOKIE = struct.pack(">I", 0x2112A442)
BINDING = struct.pack(">HH", 1, 0) + COOKIE + b"transaction!"


@asynccontextmanager
async def serving(transport: str) -> AsyncIterator[tuple[Wire, BoundListener]]:
    wire = Wire(stage("indoor", "monitor"))
    (listener,) = await wire.listen(ListenAddress(transport, "127.0.0.1", 0))
    try:
        yield wire, listener
    finally:
        await wire.endpoint.stop()


async def answers(listener: BoundListener, *datagrams: bytes) -> tuple[list[bytes], int]:
    """What comes back before the answer to a last ping, and the port they were sent from."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.setblocking(False)
        phone.bind(("127.0.0.1", 0))
        for datagram in (*datagrams, b"\r\n\r\n"):
            await loop.sock_sendto(phone, datagram, (listener.host, listener.port))
        got = []
        async with asyncio.timeout(PATIENCE):
            while (data := await loop.sock_recv(phone, 2048)) != b"\r\n":
                got.append(data)
        return got, int(phone.getsockname()[1])


async def test_a_ping_on_a_stream_gets_its_pong() -> None:
    """§3.5.1, §4.4.1: double CRLF, answered by a single one, within ten seconds."""
    async with serving("TCP") as (_, listener):
        reader, writer = await asyncio.open_connection(listener.host, listener.port)
        for piece in (b"\r\n\r\n", b"\r\n", b"\r\n", b"\r", b"\n\r\n"):
            writer.write(piece)
            await writer.drain()
        async with asyncio.timeout(PATIENCE):
            pongs = await reader.readexactly(6)
        writer.close()

    assert pongs == b"\r\n\r\n\r\n"


async def test_only_a_whole_ping_is_answered_on_udp() -> None:
    """A single CRLF, which is our own answer, must never be answered: two servers would go on
    for ever."""
    async with serving("UDP") as (wire, listener):
        got, _ = await answers(listener, b"\r\n", b"\0", b"", b"\r\n\r\n\r\n", b"\r\n\r", b"\n")

    assert got == []
    assert wire.endpoint.counters["bad_messages"] == 0


async def test_a_binding_request_on_the_sip_port_is_answered() -> None:
    """§8: a Binding Response that MUST include XOR-MAPPED-ADDRESS."""
    async with serving("UDP") as (_, listener):
        (answer,), port = await answers(listener, BINDING)

    assert answer[:8] == struct.pack(">HH", 0x0101, 12) + COOKIE
    assert answer[8:20] == b"transaction!"
    kind, length, family, mapped = struct.unpack_from(">HHxBH", answer, 20)
    assert (kind, length, family, mapped ^ 0x2112) == (0x0020, 8, 1, port)
    octets = bytes(a ^ b for a, b in zip(answer[28:32], COOKIE, strict=True))
    assert octets == socket.inet_aton("127.0.0.1")


async def test_what_only_looks_like_stun_is_not_answered() -> None:
    """RFC 8489 §6.3: no cookie, a wrong length, an indication, a response: discarded."""
    async with serving("UDP") as (_, listener):
        got, _ = await answers(
            listener,
            BINDING[:4] + bytes(4) + BINDING[8:],
            BINDING + b"\0\0\0\0",
            b"\0\x11" + BINDING[2:],
            b"\1\1" + BINDING[2:],
            BINDING[:19],
        )

    assert got == []


async def test_an_attribute_that_must_be_understood_gets_420() -> None:
    """RFC 8489 §6.3.1: 420 with UNKNOWN-ATTRIBUTES."""
    request = struct.pack(">HH", 1, 8) + BINDING[4:] + struct.pack(">HHI", 0x7F00, 4, 0)
    async with serving("UDP") as (_, listener):
        (answer,), _ = await answers(listener, request)

    assert answer[:2] == b"\x01\x11"
    assert b"\0\0\x04\x14" in answer
    assert struct.pack(">HHH", 0x000A, 2, 0x7F00) in answer


async def test_stun_and_sip_share_the_port() -> None:
    """§8: mixed over the same flow."""
    sip = (
        b"OPTIONS sip:doorline.test SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bK1\r\n"
        b"From: <sip:a@doorline.test>;tag=1\r\nTo: <sip:doorline.test>\r\nCall-ID: 1\r\n"
        b"CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n\r\n"
    )
    async with serving("UDP") as (_, listener):
        got, _ = await answers(listener, BINDING, sip, BINDING)

    assert [data[:2] for data in got] == [b"\1\1", b"SI", b"\1\1"]
