"""The machine's clock and randomness: the only place the program reads either for the engine."""

import os
import resource
import socket
import time
from contextlib import suppress

_BUFFERED_OCTETS = 4096


class SystemClock:
    """Clock port of `sipcore.kernel.clock`."""

    monotonic = staticmethod(time.monotonic)
    """Seconds since an arbitrary start, never going back."""
    utc = staticmethod(time.time)
    """Seconds since the Unix epoch, UTC."""


class SystemEntropy:
    """Entropy port of `sipcore.kernel.entropy`, from the operating system's generator.

    A system call for each identifier would cost more than all the rest of it, so octets are
    fetched 4096 at a time. No octet is used twice. Not to be shared between processes by fork.
    """

    __slots__ = ("_left", "_pool")

    def __init__(self) -> None:
        self._pool = b""
        self._left = 0

    def _digits(self, count: int) -> bytes:
        """That many fresh hexadecimal digits."""
        if self._left < count:
            self._pool = os.urandom(_BUFFERED_OCTETS).hex().encode()
            self._left = len(self._pool)
        self._left -= count
        return self._pool[self._left : self._left + count]

    def branch(self) -> bytes:
        """The magic cookie and 64 random bits (RFC 3261 §8.1.1.7)."""
        return b"z9hG4bK" + self._digits(16)

    def tag(self) -> bytes:
        """64 random bits (RFC 3261 §19.3 asks for 32)."""
        return self._digits(16)

    def call_id(self) -> bytes:
        """128 random bits (RFC 3261 §8.1.1.4)."""
        return self._digits(32)

    def unique(self) -> bytes:
        """Sixteen hexadecimal digits."""
        return self._digits(16)

    def record_id(self, utc: float) -> str:
        """48 bits of milliseconds and 80 random bits, as a UUIDv7 has it (RFC 9562 §5.7)."""
        return f"{int(utc * 1000) & 0xFFFFFFFFFFFF:012x}{self._digits(20).decode()}"

    def token(self) -> str:
        """128 random bits, safe in URLs."""
        return self._digits(32).decode()


def allow_many_connections() -> int:
    """Raise this process's limit on open files as far as it may; returns the limit.

    Many systems start programs with 1024, which a city's phones on TLS exceed.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def machine_address() -> str:
    """The IPv4 address this machine uses towards others; `127.0.0.1` when it has none.

    Nothing is sent: connecting a datagram socket only asks the kernel for a route (RFC 5737).
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])
