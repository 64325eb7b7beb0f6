"""Autop fetches: keep-alive connections that ask for one device's file again and again."""

import socket
import sys
import time

CONNECTIONS = 8


def fetch(host: str, port: int, path: str, count: int) -> tuple[int, float]:
    """Fetch `path` `count` times over a few connections; (answers with 200, seconds)."""
    request = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode()
    streams = [socket.create_connection((host, port)) for _ in range(CONNECTIONS)]
    good = 0
    started = time.monotonic()
    for first in range(0, count, CONNECTIONS):
        batch = streams[: min(CONNECTIONS, count - first)]
        for stream in batch:
            stream.sendall(request)
        good += sum(_read(stream) for stream in batch)
    seconds = time.monotonic() - started
    for stream in streams:
        stream.close()
    return good, seconds


def _read(stream: socket.socket) -> bool:
    """Read one answer with Content-Length; whether it was a 200."""
    data = b""
    while b"\r\n\r\n" not in data:
        received = stream.recv(65536)
        if not received:
            return False
        data += received
    head, _, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    while len(body) < length:
        received = stream.recv(65536)
        if not received:
            return False
        body += received
    return head.startswith(b"HTTP/1.1 200")


if __name__ == "__main__":
    good, seconds = fetch(sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
    print(good, seconds)
