"""A bound UDP socket and its drain, without an event loop. More: tests/integration."""

import errno
import socket
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace

import pytest

from sipcore.kernel.flow import Flow
from sipcore.kernel.turn import Turn
from sipcore.transport.udp import BATCH, UdpListener


class Loop:
    """Remembers who reads what, and what is to be done soon."""

    def __init__(self) -> None:
        self.readers: dict[int, Callable[[], None]] = {}
        self.soon: list[Callable[[], None]] = []

    def call_soon(self, turn: Turn, callback: Callable[[], None]) -> SimpleNamespace:
        self.soon.append(partial(turn, callback))
        return SimpleNamespace(cancel=self.soon.clear)

    def add_reader(self, descriptor: int, turn: Turn, callback: Callable[[], None]) -> None:
        self.readers[descriptor] = partial(turn, callback)

    def remove_reader(self, descriptor: int) -> None:
        del self.readers[descriptor]


def test_datagrams_are_drained_in_batches_with_their_source() -> None:
    received: list[tuple[bytes, Flow]] = []
    listener = UdpListener(5, "127.0.0.1", 0, lambda data, flow: received.append((data, flow)))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        for number in range(BATCH + 1):
            peer.sendto(b"%d" % number, (listener.host, listener.port))
        source = Flow("UDP", 5, *peer.getsockname())

        listener._readable()
        first = len(received)
        listener._readable()
        listener._readable()

    listener._socket.close()
    assert first == BATCH
    assert received == [(b"%d" % number, source) for number in range(BATCH + 1)]


def test_a_listener_reads_between_open_and_close() -> None:
    loop = Loop()
    listener = UdpListener(0, "127.0.0.1", 0, print)

    listener.open(loop)  # type: ignore[arg-type]
    during = len(loop.readers)
    listener.close(loop)  # type: ignore[arg-type]

    assert (during, loop.readers) == (1, {})


def test_a_crowded_buffer_is_emptied_and_what_it_held_is_handled_batch_by_batch() -> None:
    loop = Loop()
    received: list[bytes] = []
    listener = UdpListener(0, "127.0.0.1", 0, lambda data, flow: received.append(data))
    listener.open(loop)  # type: ignore[arg-type]
    listener._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 256 * 1024)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        for number in range(4 * BATCH):
            peer.sendto(b"BYE %03d" % number + bytes(1000), (listener.host, listener.port))
        listener._readable()
        read, waiting = len(received), len(listener.backlog)
        peer.sendto(b"BYE last", (listener.host, listener.port))
        listener._readable()  # must not overtake
        while loop.soon:
            loop.soon.pop()()
    dropped = listener.dropped
    listener.close(loop)  # type: ignore[arg-type]

    assert (read, waiting, dropped) == (BATCH, 3 * BATCH, 0)
    assert [data[:8] for data in received[BATCH:]] == [
        *(b"BYE %03d\0" % number for number in range(BATCH, 4 * BATCH)),
        b"BYE last",
    ]


def test_what_the_kernel_throws_away_is_counted() -> None:
    listener = UdpListener(0, "127.0.0.1", 0, print)
    listener._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        for _ in range(100):
            peer.sendto(bytes(1000), (listener.host, listener.port))
    dropped = listener.dropped

    listener._socket.close()
    assert 50 < dropped < 100


def test_every_batch_is_handled_within_a_turn() -> None:
    loop = Loop()
    events: list[str] = []

    def turn(work: Callable[[], None]) -> None:
        events.append("begins")
        work()
        events.append("ends")

    listener = UdpListener(0, "127.0.0.1", 0, lambda data, flow: events.append(data.decode()))
    listener.open(loop, turn)  # type: ignore[arg-type]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.sendto(b"BYE", (listener.host, listener.port))
    loop.readers[listener._socket.fileno()]()
    listener.backlog.put(b"ACK", Flow("UDP", 0, "127.0.0.1", 9))
    listener._go_on()
    loop.soon.pop()()
    listener.close(loop)  # type: ignore[arg-type]

    assert events == ["begins", "BYE", "ends", "begins", "ACK", "ends"]


def test_a_datagram_that_cannot_be_handled_takes_none_of_the_others_with_it() -> None:
    received: list[bytes] = []

    def receive(data: bytes, flow: Flow) -> None:
        received.append(data)
        if data == b"2":
            raise LookupError("cannot be handled")

    listener = UdpListener(0, "127.0.0.1", 0, receive)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        for data in (b"1", b"2", b"3", b"4"):
            peer.sendto(data, (listener.host, listener.port))

    with pytest.raises(LookupError):
        listener._readable()

    listener._socket.close()
    assert received == [b"1", b"2", b"3", b"4"]


def test_closing_forgets_what_waits() -> None:
    loop = Loop()
    received: list[bytes] = []
    listener = UdpListener(0, "127.0.0.1", 0, lambda data, flow: received.append(data))
    listener.open(loop)  # type: ignore[arg-type]
    listener.backlog.put(b"x", Flow("UDP", 0, "127.0.0.1", 9))
    listener._go_on()

    listener.close(loop)  # type: ignore[arg-type]

    assert (loop.soon, received) == ([], [])


def test_a_port_in_use_cannot_be_bound_twice() -> None:
    first = UdpListener(0, "127.0.0.1", 0, print)

    with pytest.raises(OSError, match="in use") as raised:
        UdpListener(1, "127.0.0.1", first.port, print)

    first._socket.close()
    assert raised.value.errno == errno.EADDRINUSE


def test_what_the_kernel_refuses_is_a_lost_flow() -> None:
    listener = UdpListener(0, "127.0.0.1", 0, print)
    there = Flow("UDP", 0, "127.0.0.1", listener.port)

    outcomes = [listener.send(b"x", there), listener.send(b"x" * 70_000, there)]

    listener._socket.close()
    assert (outcomes, listener.lost) == ([True, False], 1)
