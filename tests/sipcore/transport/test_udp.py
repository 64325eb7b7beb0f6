"""A bound UDP socket and its drain, without an event loop. More: tests/integration."""

import errno
import socket

import pytest

from sipcore.kernel.flow import Flow
from sipcore.transport.udp import BATCH, UdpListener


class Loop:
    """Remembers who reads what."""

    def __init__(self) -> None:
        self.readers: dict[int, object] = {}

    def add_reader(self, descriptor: int, callback: object) -> None:
        self.readers[descriptor] = callback

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
