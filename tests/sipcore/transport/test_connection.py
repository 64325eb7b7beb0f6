"""One stream connection without a socket: framing, handshakes, answers and deadlines."""

import gc
import socket
import ssl
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipcore.kernel.flow import Flow
from sipcore.transport.connection import (
    FIRST_MESSAGE_TIMEOUT,
    HANDSHAKE_TIMEOUT,
    LINGER,
    MAX_WRITE_BUFFER,
    PARTIAL_TIMEOUT,
    VANISHED,
    StreamConnection,
)
from sipcore.transport.framing import StreamFraming
from sipcore.transport.tls import TlsContexts, server_context
from tests.support.certificates import authority
from tests.support.streams import MESSAGE, Stream, Table

HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Protocol: sip\r\n\r\n"
)


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> TlsContexts:
    folder: Path = tmp_path_factory.mktemp("certificates")
    return TlsContexts(server_context(*authority().sign().files(folder, "server")))


class TlsPeer:
    """A client that speaks TLS with a connection of the table, by hand."""

    def __init__(self, connection: StreamConnection, stream: Stream) -> None:
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = (
            authority().client().wrap_bio(self.incoming, self.outgoing, server_hostname="localhost")
        )
        self._connection = connection
        self._stream = stream

    def hello(self) -> bytes:
        """The first octets of the client."""
        with pytest.raises(ssl.SSLWantReadError):
            self.tls.do_handshake()
        return self.outgoing.read()

    def shake_hands(self) -> None:
        """The whole handshake."""
        self._connection.data_received(self.hello())
        self.incoming.write(self._stream.taken())
        self.tls.do_handshake()
        self._connection.data_received(self.outgoing.read())

    def say(self, plain: bytes) -> bytes:
        """Plain text as octets for the connection."""
        self.tls.write(plain)
        return self.outgoing.read()

    def heard(self) -> bytes:
        """Plain text of everything the connection sent since the last look."""
        self.incoming.write(self._stream.taken())
        try:
            return self.tls.read(65536)
        except ssl.SSLWantReadError:
            return b""


def test_a_message_comes_with_the_flow_of_its_connection() -> None:
    table = Table()
    connection, _ = table.connect()

    connection.data_received(MESSAGE[:10])
    connection.data_received(MESSAGE[10:] + MESSAGE)

    flow = Flow("TCP", 3, "192.0.2.7", 40001, connection.number)
    assert table.received == [(MESSAGE, flow), (MESSAGE, flow)]


def test_a_ping_is_answered_by_a_pong() -> None:
    table = Table()
    connection, stream = table.connect()

    connection.data_received(b"\r\n\r\n")

    assert (stream.written, table.received) == (b"\r\n", [])


def test_a_stream_that_lost_its_framing_is_answered_and_closed_after_its_last_message() -> None:
    table = Table()
    connection, stream = table.connect()
    broken = b"OPTIONS sip:a SIP/2.0\r\nX: y\r\n\r\n"

    connection.data_received(MESSAGE + broken)
    connection.data_received(MESSAGE)

    assert (table.messages, table.refused) == ([MESSAGE], [(broken, 400)])
    assert (stream.ended, table.streams.counters["stream_errors"]) == ("eof", 1)
    table.sweep_after(LINGER + 0.1)
    assert stream.ended == "aborted"


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"OPTIONS sip:a SIP/2.0\r\nContent-Length: 70000\r\n\r\n", 513),
        (b"OPTIONS sip:a SIP/2.0\r\nX: " + b"y" * 17000, 513),
    ],
)
def test_what_is_too_large_is_refused_with_its_status(data: bytes, status: int) -> None:
    table = Table()
    connection, stream = table.connect()

    connection.data_received(data)

    assert ([given for _, given in table.refused], stream.ended) == ([status], "eof")


@pytest.mark.parametrize("data", [b"\x16\x03\x01\x02\x00", b"GET / HTTP/1.1\r\n", b"\xff"])
def test_what_is_not_sip_is_closed_at_its_first_octets(data: bytes) -> None:
    table = Table()
    connection, stream = table.connect()

    connection.data_received(data)

    assert (stream.ended, stream.written, table.received) == ("eof", b"", [])


def test_a_peer_that_does_not_read_is_cut_off() -> None:
    table = Table()
    connection, stream = table.connect()
    stream.buffered = MAX_WRITE_BUFFER + 1

    assert not connection.write(b"x")
    assert (stream.ended, table.streams.counters["slow_readers"]) == ("aborted", 1)


def test_a_peer_that_reads_nothing_of_what_waits_for_it_is_cut_off_in_time() -> None:
    table = Table()
    connection, stream = table.connect()
    connection.data_received(MESSAGE)
    connection.pause_writing()
    table.sweep_after(PARTIAL_TIMEOUT)
    connection.resume_writing()
    connection.pause_writing()
    table.sweep_after(PARTIAL_TIMEOUT)
    patient = stream.ended
    table.sweep_after(1)

    assert (patient, stream.ended) == ("", "aborted")
    assert table.streams.counters["slow_readers"] == 1


def test_a_connection_without_a_first_message_is_swept() -> None:
    table = Table()
    connection, silent = table.connect()
    connection.data_received(b"\r\n\r\n")  # pings are no message

    table.sweep_after(FIRST_MESSAGE_TIMEOUT)
    kept = silent.ended
    table.sweep_after(1)

    assert (kept, silent.ended) == ("", "aborted")
    assert table.streams.counters["idle_connections_closed"] == 1


def test_a_message_that_trickles_in_is_swept_however_often_a_byte_comes() -> None:
    table = Table()
    connection, stream = table.connect()
    connection.data_received(MESSAGE)
    for octet in MESSAGE[:10]:
        connection.data_received(bytes((octet,)))
        table.clock.advance(PARTIAL_TIMEOUT / 9)

    table.sweep_after(0)

    assert (stream.ended, table.streams.counters["slow_senders"]) == ("aborted", 1)


def test_a_connection_that_rests_between_messages_is_kept() -> None:
    table = Table()
    connection, stream = table.connect()
    connection.data_received(MESSAGE)

    table.sweep_after(3600)

    assert stream.ended == ""


@pytest.mark.parametrize(
    ("transport", "data"),
    [
        ("TCP", MESSAGE),
        ("TCP", MESSAGE + b"OPTIONS sip:a SIP/2.0\r\nX: y\r\n\r\n"),
        ("TCP", b"OPTIONS sip:a SIP/2.0\r\nX: " + b"y" * 17000),
        ("TCP", b"\0"),
        ("WS", b""),
        ("WS", b"\0\r\n"),
        ("WS", b"GET /other HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("WS", HANDSHAKE),
        ("WS", HANDSHAKE + b"\x89\x80\0\0\0\0\x01"),
        ("WS", HANDSHAKE + b"\x83\x80\0\0\0\0"),
        ("WS", HANDSHAKE + b"\x88\x80\0\0\0\0"),
        ("TLS", b""),
        ("TLS", b"\0" * 20),
        ("WSS", b""),
    ],
)
def test_nothing_of_a_closed_connection_waits_for_the_garbage_collector(
    secured: TlsContexts, transport: str, data: bytes
) -> None:
    """What lived for a while is looked at once an hour at the most (`doorline/collector.py`)."""
    table = Table(tls=secured)
    gc.collect()
    gc.disable()
    try:
        connection, stream = table.connect(transport=transport)
        if data:
            connection.data_received(data)
        connection.connection_lost(None)
        del connection, stream
        left = gc.collect()
    finally:
        gc.enable()

    assert left == 0


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="Linux has these options")
def test_the_kernel_looks_after_a_peer_that_vanished_whether_it_is_written_to_or_not() -> None:
    table = Table()
    flow = Flow("TCP", 3, "", 0, 7)
    with socket.socket() as taken:
        stream = Stream(("192.0.2.7", 40001), taken)
        StreamConnection(table.streams, flow, StreamFraming()).connection_made(stream)
        options = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
        idle, interval, probes = (taken.getsockopt(socket.IPPROTO_TCP, each) for each in options)
        unread = taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)

    assert unread == (idle + interval * probes) * 1000 == VANISHED * 1000


@pytest.mark.parametrize("line_ends", [b"\r\n", b"\r", b"\r\n\r", b"\r\n\r\n\r\n"])
def test_line_ends_after_a_message_are_no_message_that_trickles_in(line_ends: bytes) -> None:
    """RFC 3261 §7.5: phones keep a NAT open with one CRLF, or count one too few in a body."""
    table = Table()
    connection, stream = table.connect()
    connection.data_received(MESSAGE + line_ends)

    table.sweep_after(PARTIAL_TIMEOUT + 1)
    connection.data_received(MESSAGE)

    assert (stream.ended, table.messages) == ("", [MESSAGE, MESSAGE])
    assert table.streams.counters["slow_senders"] == 0


def test_a_closing_stream_that_does_not_drain_is_swept() -> None:
    table = Table()
    connection, stream = table.connect()
    connection.data_received(MESSAGE)
    connection.close()

    table.sweep_after(LINGER + 1)

    assert stream.ended == "aborted"


# -- TLS -------------------------------------------------------------------------------------------


def test_a_message_over_tls_is_received_and_answered(secured: TlsContexts) -> None:
    table = Table(tls=secured)
    connection, stream = table.connect(transport="TLS")
    peer = TlsPeer(connection, stream)
    peer.shake_hands()
    connection.data_received(peer.say(b"\r\n\r\n" + MESSAGE))
    connection.write(b"answer")

    assert table.received == [
        (MESSAGE, Flow("TLS", 3, "192.0.2.7", 40001, connection.number)),
    ]
    assert peer.heard() + peer.heard() == b"\r\nanswer"


@given(st.lists(st.integers(0, 2000), max_size=8).map(sorted))
def test_it_does_not_matter_how_a_tls_stream_is_cut(secured: TlsContexts, cuts: list[int]) -> None:
    table = Table(tls=secured)
    connection, stream = table.connect(transport="TLS")
    peer = TlsPeer(connection, stream)
    for flight in (peer.hello(), None):
        data = flight or peer.outgoing.read() + peer.say(MESSAGE + MESSAGE)
        edges = [0, *(cut for cut in cuts if cut < len(data)), len(data)]
        for start, end in pairwise(edges):
            connection.data_received(data[start:end])
        if flight:
            peer.incoming.write(stream.taken())
            peer.tls.do_handshake()

    assert table.messages == [MESSAGE, MESSAGE]


def test_a_handshake_one_octet_at_a_time_is_a_handshake(secured: TlsContexts) -> None:
    table = Table(tls=secured)
    connection, stream = table.connect(transport="TLS")
    peer = TlsPeer(connection, stream)
    for octet in peer.hello():
        connection.data_received(bytes((octet,)))
    peer.incoming.write(stream.taken())
    peer.tls.do_handshake()
    for octet in peer.outgoing.read() + peer.say(MESSAGE):
        connection.data_received(bytes((octet,)))

    assert table.messages == [MESSAGE]


def test_a_handshake_that_never_ends_is_swept_and_reported_to_nobody(
    secured: TlsContexts,
) -> None:
    table = Table(tls=secured)
    connection, stream = table.connect(transport="TLS")
    connection.data_received(TlsPeer(connection, stream).hello())

    table.sweep_after(HANDSHAKE_TIMEOUT + 0.1)
    connection.connection_lost(None)

    assert (stream.ended, table.streams.counters["handshakes_unfinished"]) == ("aborted", 1)
    assert table.closed == []


@pytest.mark.parametrize("data", [MESSAGE, bytes(100), b"\x16\x03\x01\x00\x05hello"])
def test_what_is_no_tls_is_closed_at_once(secured: TlsContexts, data: bytes) -> None:
    table = Table(tls=secured)
    connection, stream = table.connect(transport="TLS")

    connection.data_received(data)

    assert (stream.ended, table.streams.counters["tls_failures"]) == ("eof", 1)
    assert table.received == []


def test_a_peer_that_closes_tls_is_closed(secured: TlsContexts) -> None:
    table = Table(tls=secured)
    connection, stream = table.connect(transport="TLS")
    peer = TlsPeer(connection, stream)
    peer.shake_hands()
    with pytest.raises(ssl.SSLWantReadError):
        peer.tls.unwrap()

    connection.data_received(peer.outgoing.read())

    assert stream.ended == "closed"


@given(st.sampled_from(["TCP", "TLS"]), st.lists(st.binary(max_size=60), max_size=8))
def test_no_octets_raise_and_whoever_never_says_anything_sensible_goes(
    secured: TlsContexts, transport: str, pieces: list[bytes]
) -> None:
    table = Table(tls=secured)
    connection, stream = table.connect(transport=transport)
    for piece in pieces:
        connection.data_received(piece)
    table.sweep_after(3600)

    assert stream.ended in ("aborted", "closed")
    assert table.received == []


@given(st.binary(max_size=300), st.integers(0, 400))
def test_a_tls_stream_that_breaks_off_anywhere_raises_nothing(
    secured: TlsContexts, noise: bytes, at: int
) -> None:
    table = Table(tls=secured)
    connection, stream = table.connect(transport="TLS")
    peer = TlsPeer(connection, stream)
    hello = peer.hello()
    connection.data_received(hello[:at] + noise + hello[at:])
    table.sweep_after(3600)

    assert stream.ended == "aborted"


def test_a_reload_holds_from_the_next_connection_on(secured: TlsContexts, tmp_path: Path) -> None:
    table = Table(tls=secured)
    first = TlsPeer(*table.connect(transport="TLS"))
    first.shake_hands()
    renewed = authority().sign(("localhost",), common_name="renewed").files(tmp_path, "renewed")
    table.streams.tls = TlsContexts(server_context(*renewed))
    second = TlsPeer(*table.connect(transport="TLS"))
    second.shake_hands()

    shown = [peer.tls.getpeercert() or {} for peer in (first, second)]

    assert [dict(one["subject"][0])["commonName"] for one in shown] == ["sip", "renewed"]  # type: ignore[arg-type]
