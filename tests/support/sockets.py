"""Ports of the loopback interface, and plain sockets with patience."""

import socket
from pathlib import Path

TIMEOUT = 10.0
"""Seconds until an answer that must come has come."""


def has_ipv6() -> bool:
    """Whether this machine has an IPv6 loopback address."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def free_port() -> int:
    """A port that neither UDP nor TCP uses at this moment."""
    while True:
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams,
            socket.socket(socket.AF_INET, socket.SOCK_STREAM) as stream,
        ):
            datagrams.bind(("127.0.0.1", 0))
            port = int(datagrams.getsockname()[1])
            try:
                stream.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def is_bound(port: int) -> bool:
    """Whether some program has that UDP port; nothing is bound to find out."""
    ending = f":{port:04X}"
    return any(
        line.split()[1].endswith(ending)
        for table in (Path("/proc/net/udp"), Path("/proc/net/udp6"))
        if table.exists()
        for line in table.read_text(encoding="ascii").splitlines()[1:]
    )


def raw_exchange(address: tuple[str, int], *pieces: bytes, patience: float = TIMEOUT) -> bytes:
    """Send octets over a stream of its own and read until the other side closes it.

    What came until then when it stays open for `patience` seconds.
    """
    answer = b""
    with socket.create_connection(address, timeout=TIMEOUT) as stream:
        stream.settimeout(patience)
        try:
            for piece in pieces:
                stream.sendall(piece)
            while part := stream.recv(65535):
                answer += part
        except (TimeoutError, ConnectionError):
            pass
    return answer
