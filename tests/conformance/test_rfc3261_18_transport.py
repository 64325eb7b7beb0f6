"""Transport of RFC 3261 §18 on streams, and the security of §26.2 and §26.3."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sipcore.endpoint.settings import BoundListener, ListenAddress
from sipcore.message.message import Response, parse
from sipcore.transport.tls import client_context, server_context
from tests.support.certificates import authority
from tests.support.wire import Wire, stage

PATIENCE = 5.0
OPTIONS = (
    b"OPTIONS sip:doorline.test SIP/2.0\r\nVia: SIP/2.0/TCP %b;branch=z9hG4bK1%b\r\n"
    b"From: <sip:a@doorline.test>;tag=1\r\nTo: <sip:doorline.test>\r\nCall-ID: 1\r\n"
    b"CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n%b\r\n"
)
BARE = b"Content-Length: 0\r\n"


@asynccontextmanager
async def serving() -> AsyncIterator[tuple[Wire, BoundListener]]:
    wire = Wire(stage("indoor", "monitor"))
    (listener,) = await wire.listen(ListenAddress("TCP", "127.0.0.1", 0))
    try:
        yield wire, listener
    finally:
        await wire.endpoint.stop()


async def exchange(listener: BoundListener, data: bytes) -> tuple[list[Response], bool]:
    """The answers to some octets, and whether the server then closed the stream."""
    reader, writer = await asyncio.open_connection(listener.host, listener.port)
    writer.write(data)
    octets = b""
    is_closed = False
    try:
        async with asyncio.timeout(0.3):
            while more := await reader.read(65536):
                octets += more
            is_closed = True
    except TimeoutError:
        pass
    writer.close()
    answers = [parse(part + b"\r\n\r\n") for part in octets.split(b"\r\n\r\n") if part.strip()]
    return [answer for answer in answers if isinstance(answer, Response)], is_closed


@pytest.mark.parametrize(
    ("sent_by", "received"),
    [(b"127.0.0.1", None), (b"phone.example", "127.0.0.1"), (b"192.0.2.9:5070", "127.0.0.1")],
)
async def test_received_is_added_when_sent_by_is_not_the_source(
    sent_by: bytes, received: str | None
) -> None:
    """§18.2.1."""
    async with serving() as (_, listener):
        (answer,), is_closed = await exchange(listener, OPTIONS % (sent_by, b"", BARE))

    assert (answer.status, answer.via.received, is_closed) == (200, received, False)


async def test_rport_is_filled_in_on_streams_too() -> None:
    """RFC 3581 §4."""
    async with serving() as (_, listener):
        (answer,), _ = await exchange(listener, OPTIONS % (b"phone.example", b";rport", BARE))

    assert (answer.via.received, (answer.via.rport or 0) > 0) == ("127.0.0.1", True)


async def test_a_request_without_content_length_is_answered_400_and_closed() -> None:
    """§18.3, §20.14: on a stream nothing tells where the message ends."""
    async with serving() as (_, listener):
        (answer,), is_closed = await exchange(listener, OPTIONS % (b"127.0.0.1", b"", b""))

    assert (answer.status, is_closed) == (400, True)


@pytest.mark.parametrize(
    ("extra", "status"),
    [
        (b"Content-Length: 70000\r\n", 513),
        (b"Content-Length: 65536\r\n", 513),
        (b"Content-Length: -999\r\n", 400),
        (b"Content-Length: 0\r\nl: 5\r\n", 400),
        (b"X: " + b"y" * 20_000 + b"\r\n", 513),
    ],
)
async def test_a_message_that_cannot_be_taken_is_answered_and_closed(
    extra: bytes, status: int
) -> None:
    """§21.5.7, RFC 4475 §3.1.2.3: one limit for a whole message, over every transport."""
    async with serving() as (_, listener):
        (answer,), is_closed = await exchange(listener, OPTIONS % (b"127.0.0.1", b"", extra))

    assert (answer.status, is_closed) == (status, True)


async def test_a_broken_request_inside_good_framing_does_not_end_the_stream() -> None:
    """§18.3 asks for framing only: the next message is served."""
    broken = (OPTIONS % (b"127.0.0.1", b"", BARE)).replace(b"CSeq: 1 OPTIONS", b"CSeq: x")
    good = OPTIONS % (b"127.0.0.1", b"", BARE)
    async with serving() as (_, listener):
        answers, is_closed = await exchange(listener, broken + good)

    assert ([answer.status for answer in answers], is_closed) == ([400, 200], False)


@pytest.mark.parametrize(
    "noise", [b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"\x16\x03\x01\x00\xa5\x01", b"\0" * 64]
)
async def test_what_is_not_sip_is_closed_without_an_answer(noise: bytes) -> None:
    """§7: no start line of SIP begins like this."""
    async with serving() as (wire, listener):
        answers, is_closed = await exchange(listener, noise)

    assert (answers, is_closed) == ([], True)
    assert wire.endpoint.counters["stream_errors"] == 1


async def test_tls_means_version_1_2_or_newer_with_names_checked(tmp_path: Path) -> None:
    """§26.2.1, §26.3.1; RFC 5922 §7.2: no wildcards, and the name is checked by us."""
    certificate, key = authority().sign().files(tmp_path, "server")

    for context in (server_context(certificate, key), client_context(authority().file(tmp_path))):
        assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert client_context(authority().file(tmp_path)).verify_mode is ssl.CERT_REQUIRED
