"""What comes and goes through the compiled way is what comes and goes through Python's sockets."""

import errno
import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipcore.kernel.flow import Flow
from sipcore.transport.udp import BATCH, Make, send_datagram, take_datagrams

pytestmark = pytest.mark.skipif(
    take_datagrams is None, reason="Python's sockets do it: its sources run, or this is no Linux"
)

FAMILIES = (socket.AF_INET, socket.AF_INET6)
LOOPBACK = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}


@pytest.fixture(params=FAMILIES, ids=["IPv4", "IPv6"])
def pair(request: pytest.FixtureRequest) -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two bound sockets of one family that do not wait."""
    with ExitStack() as stack:
        both = []
        for _ in range(2):
            one = stack.enter_context(socket.socket(request.param, socket.SOCK_DGRAM))
            one.bind((LOOPBACK[request.param], 0))
            one.setblocking(False)
            both.append(one)
        yield both[0], both[1]


def make(place: bytes, host: str, port: int) -> Flow:
    return Flow("UDP", 3, host, port)


def take(
    one: socket.socket, flows: dict[bytes, Flow], most: int = BATCH, maker: Make = make
) -> list[tuple[bytes, Flow]]:
    assert take_datagrams is not None
    return take_datagrams(one.fileno(), flows, maker, most)


def give(one: socket.socket, data: bytes, host: str, port: int) -> int:
    assert send_datagram is not None
    return send_datagram(one.fileno(), data, host, port)


def test_nothing_has_come(pair: tuple[socket.socket, socket.socket]) -> None:
    assert take(pair[0], {}) == []


@pytest.mark.parametrize("size", [0, 1, 600, 1500, 65000])
def test_a_datagram_of_any_size_arrives_with_its_source(
    pair: tuple[socket.socket, socket.socket], size: int
) -> None:
    here, there = pair
    data = bytes(number % 251 for number in range(size))
    host, port = here.getsockname()[:2]

    assert give(there, data, host, port) == 0

    assert take(here, {}) == [(data, Flow("UDP", 3, *there.getsockname()[:2]))]


def test_all_that_have_come_are_taken_in_their_order_up_to_what_is_wanted(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    here, there = pair
    for number in range(40):
        there.sendto(b"%d" % number, here.getsockname())

    batches = [[int(data) for data, _ in take(here, {}, most)] for most in (5, 32, 32, 32)]

    assert batches == [[*range(5)], [*range(5, 37)], [37, 38, 39], []]


@pytest.mark.parametrize("most", [-1, 0, BATCH + 1])
def test_more_than_there_is_room_for_is_not_asked_for(
    pair: tuple[socket.socket, socket.socket], most: int
) -> None:
    with pytest.raises(ValueError, match="room for 1 to 32 datagrams"):
        take(pair[0], {}, most)


def test_a_flow_is_made_once_for_an_address_and_the_same_from_then_on(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    here, there = pair
    flows: dict[bytes, Flow] = {}
    made = []

    def keep(place: bytes, host: str, port: int) -> Flow:
        made.append((host, port))
        return flows.setdefault(place, Flow("UDP", 3, host, port))

    for _ in range(3):
        there.sendto(b"x", here.getsockname())
    first, second, third = (flow for _, flow in take(here, flows, maker=keep))

    assert made == [there.getsockname()[:2]]
    assert first is second is third


def test_ports_and_addresses_that_share_octets_are_told_apart() -> None:
    flows: dict[bytes, Flow] = {}

    def keep(place: bytes, host: str, port: int) -> Flow:
        return flows.setdefault(place, Flow("UDP", 3, host, port))

    with ExitStack() as stack:
        here = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        here.bind(("127.0.0.1", 0))
        sources = []
        for host in ("127.0.0.1", "127.0.0.2", "127.1.0.1"):
            for _ in range(2):
                there = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
                there.bind((host, 0))
                there.sendto(b"x", here.getsockname())
                sources.append(Flow("UDP", 3, *there.getsockname()))
        came = [flow for _, flow in take(here, flows, maker=keep)]

    assert came == sources
    assert len(flows) == len(set(sources))


def test_what_the_kernel_refuses_is_told_by_its_number(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    here, there = pair
    host, port = there.getsockname()[:2]

    assert give(here, b"x" * 70_000, host, port) == errno.EMSGSIZE
    assert give(here, b"x", host, 0) == errno.EINVAL


@pytest.mark.parametrize(
    "host", ["", "door.example", "127.0.0.1\0", "127.1", "fe80::1%lo", "::ffff:1.2.3.4.5", "\udcff"]
)
def test_a_host_that_is_no_address_is_left_to_python(
    pair: tuple[socket.socket, socket.socket], host: str
) -> None:
    assert give(pair[0], b"x", host, 5060) == -1


def test_an_error_that_an_earlier_datagram_caused_hides_nothing() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as here:
        here.setblocking(False)
        here.bind(("127.0.0.1", 0))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as there:
            there.bind(("127.0.0.1", 0))
            gone = there.getsockname()
            there.sendto(b"x", here.getsockname())
        here.connect(gone)
        here.send(b"to nobody")  # the next call is told that nobody is there

        assert [data for data, _ in take(here, {})] == [b"x"]


def test_a_socket_that_was_closed_brings_nothing() -> None:
    here = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    descriptor = here.fileno()
    here.close()
    assert take_datagrams is not None

    assert take_datagrams(descriptor, {}, make, 32) == []


@given(st.ip_addresses().map(str) | st.text(max_size=45))
def test_an_address_is_read_as_python_reads_it(host: str) -> None:
    read = []
    for family in FAMILIES:
        try:
            socket.inet_pton(family, host)
            read.append(family)
        except (OSError, ValueError):
            pass
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        outcome = give(one, b"x" * 70_000, host, 9)  # too large: nothing leaves

    assert (outcome == -1) == (not read)
