"""RFC 3261 §18 and RFC 3581: where answers go, on real sockets of a real server."""

import re
import socket
from collections.abc import Iterator

import pytest

from tests.support.plain_message import DOMAIN, Received, read
from tests.support.program import Program
from tests.support.sockets import TIMEOUT, raw_exchange
from tests.support.trusted import trusting_loopback


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with trusting_loopback(), Program(tmp_path_factory.mktemp("transport")) as running:
        yield running
        assert running.metric("doorline_sip_internal_errors_total") == 0
        assert "Traceback" not in running.log


@pytest.fixture
def sender() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind(("127.0.0.1", 0))
        made.settimeout(TIMEOUT)
        yield made


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Another port of the same host."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind(("127.0.0.1", 0))
        made.settimeout(TIMEOUT)
        yield made


def options(via: str, *, length: int | None = 0, body: bytes = b"") -> bytes:
    lines = [
        *(f"OPTIONS sip:{DOMAIN} SIP/2.0", f"Via: {via}", "Max-Forwards: 70"),
        *(f"From: <sip:a@{DOMAIN}>;tag=1", f"To: <sip:{DOMAIN}>", "Call-ID: t1", "CSeq: 1 OPTIONS"),
    ]
    if body:
        lines.append("Content-Type: text/plain")
    if length is not None:
        lines.append(f"Content-Length: {length}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def ask(server: Program, sender: socket.socket, via: str) -> Received:
    """What comes back to the very port the request was sent from."""
    sender.sendto(options(via), server.udp)
    return read(sender.recv(65535))


def port_of(made: socket.socket) -> int:
    return int(made.getsockname()[1])


def test_with_rport_the_answer_goes_where_the_request_came_from(
    server: Program, sender: socket.socket
) -> None:
    """RFC 3581 §4: rport is filled in, received is added even when it is sent-by."""
    port = port_of(sender)
    got = ask(server, sender, "SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK1;rport")

    assert f";rport={port}" in got.get("Via")
    assert ";received=127.0.0.1" in got.get("Via")


def test_without_rport_the_answer_goes_to_the_port_of_via(
    server: Program, sender: socket.socket, listener: socket.socket
) -> None:
    """§18.2.2: the port of sent-by."""
    via = f"SIP/2.0/UDP 127.0.0.1:{port_of(listener)};branch=z9hG4bK1"
    sender.sendto(options(via), server.udp)

    assert read(listener.recv(65535)).get("Via") == via


@pytest.mark.parametrize("host", ["door.example", "192.0.2.77", "[2001:db8::7]"])
def test_another_host_in_via_gets_received_and_the_answer_comes_back(
    server: Program, sender: socket.socket, host: str
) -> None:
    """§18.2.1: received is added when sent-by is not the source. The port of Via (§18.2.2) is not
    used then: such a Via is behind a NAT, where only the port of the request can be reached."""
    got = ask(server, sender, f"SIP/2.0/UDP {host}:5099;branch=z9hG4bK1")

    assert got.status == 200
    assert ";received=127.0.0.1" in got.get("Via")


@pytest.mark.parametrize(
    "params",
    ["received=192.0.2.1;rport", "rport;received=192.0.2.1", "rport=1", "RPORT;Received=192.0.2.1"],
)
def test_what_the_sender_writes_there_itself_is_replaced(
    server: Program, sender: socket.socket, params: str
) -> None:
    """§18.2.1, RFC 3581 §4: only the server fills in received and rport."""
    got = ask(server, sender, f"SIP/2.0/UDP 192.0.2.9:5099;{params};branch=z9hG4bK1").get("Via")

    assert "192.0.2.1;" not in f"{got};"
    assert (got.lower().count("received="), got.lower().count("rport=")) == (1, 1)
    assert f"rport={port_of(sender)}" in got


def test_maddr_sends_no_answer_elsewhere(server: Program, sender: socket.socket) -> None:
    """§18.2.2 sends the answer to maddr; that lets a stranger aim our answers at anybody, and
    multicast is not served here. The answer goes where the request came from."""
    via = f"SIP/2.0/UDP 127.0.0.1:{port_of(sender)};maddr=192.0.2.1;ttl=1;branch=z9hG4bK1"

    assert ask(server, sender, via).status == 200


def test_a_maddr_that_is_the_source_gets_the_answer_at_the_port_of_via(
    server: Program, sender: socket.socket, listener: socket.socket
) -> None:
    """§18.2.2: the address of maddr, at the port of sent-by."""
    via = f"SIP/2.0/UDP door.example:{port_of(listener)};maddr=127.0.0.1;branch=z9hG4bK1"
    sender.sendto(options(via), server.udp)

    assert read(listener.recv(65535)).status == 200


def test_other_vias_come_back_untouched(server: Program, sender: socket.socket) -> None:
    """§8.2.6.2, §18.2.1: only the top value is amended."""
    others = "SIP/2.0/TCP b.example;branch=z9hG4bK2;received=192.0.2.2, SIP/2.0/UDP c;hidden"
    got = ask(server, sender, f"SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bK1, {others}")

    assert got.get("Via").endswith(others)


def test_the_answer_comes_from_the_address_that_was_asked(
    server: Program, sender: socket.socket
) -> None:
    """§18.2.2, RFC 3581 §4: from the same address and port, or a NAT would drop it."""
    sender.sendto(options("SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bK1"), server.udp)

    assert sender.recvfrom(65535)[1] == server.udp


def test_over_a_stream_the_answer_uses_the_connection(server: Program) -> None:
    """§18.2.2: the same connection, whatever Via says."""
    got = raw_exchange(server.tcp, options("SIP/2.0/TCP 192.0.2.9:9;branch=z9hG4bK1"), b"x\r\n\r\n")

    assert got.startswith(b"SIP/2.0 200 ")
    assert b";received=127.0.0.1" in got


def test_messages_of_a_stream_are_told_apart_by_their_length(server: Program) -> None:
    """§18.3, §20.14: many in one packet, with and without bodies."""
    via = "SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bK"
    many = b"".join(
        options(f"{via}{number}", length=number, body=b"x" * number) for number in range(12)
    )
    got = raw_exchange(server.tcp, many, b"x\r\n\r\n")

    assert got.count(b"SIP/2.0 200 ") == 12
    branches = re.findall(rb"branch=z9hG4bK(\d+)", got)
    assert [int(branch) for branch in branches] == list(range(12))


def test_a_double_crlf_is_answered_with_one(server: Program) -> None:
    """RFC 5626 §3.5.1 and §4.4.1."""
    assert raw_exchange(server.tcp, b"\r\n\r\n", b"x\r\n\r\n") == b"\r\n"


def test_a_stream_without_a_length_is_closed(server: Program) -> None:
    """§18.3: Content-Length MUST be used with streams; without it nothing can be read on."""
    via = "SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bK1"

    assert b"SIP/2.0 200" not in raw_exchange(server.tcp, options(via, length=None))


@pytest.mark.parametrize(("length", "body", "status"), [(0, b"more", 200), (9, b"less", 400)])
def test_the_length_of_a_datagram_is_compared_with_its_end(
    server: Program, sender: socket.socket, length: int, body: bytes, status: int
) -> None:
    """§18.3: more is thrown away, less is an error."""
    via = "SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bK1"
    sender.sendto(options(via, length=length, body=body), server.udp)

    assert read(sender.recv(65535)).status == status


def test_a_datagram_of_the_largest_size_is_served(server: Program, sender: socket.socket) -> None:
    """§18.1.1: every implementation must take 65,535 octets, IP and UDP headers included."""
    via = "SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bK1"
    head = options(via, length=10_000, body=b"x")[:-1]
    room = 65_507 - len(head)
    sender.sendto(options(via, length=room, body=b"x" * room), server.udp)

    assert read(sender.recv(65535)).status == 200
