"""Streams without sockets: framing, limits and the sweep. Real sockets: tests/integration."""

import asyncio
from collections import Counter

import pytest

from sipcore.kernel.flow import Flow
from sipcore.transport import tcp
from sipcore.transport.tcp import (
    FIRST_MESSAGE_TIMEOUT,
    MAX_WRITE_BUFFER,
    PARTIAL_TIMEOUT,
    TcpConnection,
    TcpTransport,
)
from tests.support.clock import ManualClock

MESSAGE = b"OPTIONS sip:a SIP/2.0\r\nContent-Length: 0\r\n\r\n"


class Stream(asyncio.Transport):
    """A stream that only remembers."""

    def __init__(self, peer: tuple[str, int]) -> None:
        super().__init__({"peername": peer})
        self.written = b""
        self.buffered = 0
        self.ended = ""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)

    def get_write_buffer_size(self) -> int:
        return self.buffered

    def is_closing(self) -> bool:
        return bool(self.ended)

    def close(self) -> None:
        self.ended = "closed"

    def abort(self) -> None:
        self.ended = "aborted"


class Table:
    """A TcpTransport, what it passed on and which flows it reported closed."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.received: list[tuple[bytes, Flow]] = []
        self.closed: list[Flow] = []
        self.tcp = TcpTransport(
            lambda data, flow: self.received.append((data, flow)),
            self.closed.append,
            self.clock,
            Counter(),
        )
        self.number = 0

    def connect(self, host: str = "192.0.2.7") -> tuple[TcpConnection, Stream]:
        """A peer connects."""
        self.number += 1
        connection = TcpConnection(self.tcp, 3, self.number)
        stream = Stream((host, 40000 + self.number))
        connection.connection_made(stream)
        return connection, stream


def test_a_message_comes_with_the_flow_of_its_connection() -> None:
    table = Table()
    connection, _ = table.connect()

    connection.data_received(MESSAGE[:10])
    connection.data_received(MESSAGE[10:] + MESSAGE)

    flow = Flow("TCP", 3, "192.0.2.7", 40001, 1)
    assert table.received == [(MESSAGE, flow), (MESSAGE, flow)]


def test_a_ping_is_answered_by_a_pong() -> None:
    table = Table()
    connection, stream = table.connect()

    connection.data_received(b"\r\n\r\n")

    assert (stream.written, table.received) == (b"\r\n", [])


def test_a_stream_that_lost_its_framing_is_closed_after_its_last_message() -> None:
    table = Table()
    connection, stream = table.connect()

    connection.data_received(MESSAGE + b"OPTIONS sip:a SIP/2.0\r\n\r\n")

    assert [data for data, _ in table.received] == [MESSAGE]
    assert (stream.ended, table.tcp.counters["stream_errors"]) == ("closed", 1)


def test_an_answer_goes_over_the_connection_of_its_flow_and_nowhere_else() -> None:
    table = Table()
    connection, stream = table.connect()

    sent = table.tcp.send(b"x", connection.flow)
    gone = table.tcp.send(b"x", connection.flow._replace(connection=99))

    assert (sent, gone, stream.written) == (True, False, b"x")


def test_a_peer_that_does_not_read_is_cut_off() -> None:
    table = Table()
    connection, stream = table.connect()
    stream.buffered = MAX_WRITE_BUFFER + 1

    assert not table.tcp.send(b"x", connection.flow)
    assert (stream.ended, table.tcp.counters["slow_readers"]) == ("aborted", 1)


def test_a_closed_connection_leaves_the_table_and_is_reported_once() -> None:
    table = Table()
    connection, _ = table.connect()

    connection.connection_lost(None)
    connection.connection_lost(None)

    assert (len(table.tcp), table.closed) == (0, [connection.flow])
    assert not table.tcp.send(b"x", connection.flow)


def test_connections_are_limited_in_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp, "MAX_CONNECTIONS", 2)
    table = Table()

    streams = [table.connect(f"192.0.2.{n}")[1] for n in range(3)]

    assert [stream.ended for stream in streams] == ["", "", "aborted"]
    assert table.tcp.counters["connections_refused"] == 1


def test_connections_are_limited_for_each_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp, "MAX_CONNECTIONS_PER_HOST", 1)
    table = Table()

    first, _ = table.connect("192.0.2.1")
    _, refused = table.connect("192.0.2.1")
    _, other = table.connect("192.0.2.2")
    first.connection_lost(None)
    _, again = table.connect("192.0.2.1")

    assert [stream.ended for stream in (refused, other, again)] == ["aborted", "", ""]


def test_a_refused_connection_is_never_reported_as_a_flow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tcp, "MAX_CONNECTIONS", 0)
    table = Table()
    connection, _ = table.connect()

    connection.connection_lost(None)

    assert table.closed == []


def test_a_connection_without_a_first_message_is_swept() -> None:
    table = Table()
    connection, silent = table.connect()
    connection.data_received(b"\r\n\r\n")  # pings are no message

    table.tcp.sweep(table.clock.monotonic() + FIRST_MESSAGE_TIMEOUT)
    kept = silent.ended
    table.tcp.sweep(table.clock.monotonic() + FIRST_MESSAGE_TIMEOUT + 1)

    assert (kept, silent.ended) == ("", "aborted")


def test_a_message_that_trickles_in_is_swept_however_often_a_byte_comes() -> None:
    table = Table()
    connection, stream = table.connect()
    connection.data_received(MESSAGE)
    for octet in MESSAGE[:10]:
        connection.data_received(bytes((octet,)))
        table.clock.advance(PARTIAL_TIMEOUT / 9)

    table.tcp.sweep(table.clock.monotonic())

    assert stream.ended == "aborted"


def test_a_connection_that_rests_between_messages_is_kept() -> None:
    table = Table()
    connection, stream = table.connect()
    connection.data_received(MESSAGE)
    table.clock.advance(3600)

    table.tcp.sweep(table.clock.monotonic())

    assert stream.ended == ""


def test_a_closing_stream_that_does_not_drain_is_swept() -> None:
    table = Table()
    connection, stream = table.connect()
    connection.data_received(MESSAGE)
    connection.close()

    table.tcp.sweep(table.clock.monotonic() + PARTIAL_TIMEOUT + 1)

    assert stream.ended == "aborted"


def test_connection_numbers_differ_between_two_starts() -> None:
    first, second = ManualClock(), ManualClock(utc=1_800_000_001.0)

    numbers = [TcpTransport(print, print, clock, Counter())._number for clock in (first, second)]

    assert numbers[1] - numbers[0] > tcp.MAX_CONNECTIONS
