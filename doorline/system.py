"""The machine's clock and randomness: the only place the program reads either for the engine."""

import os
import resource
import socket
import time
from contextlib import suppress
from typing import Final

from sipcore.kernel.entropy import DrawnEntropy

SPARE_FILES: Final = 256
"""Open files kept for the database, for HTTP and for connections of our own."""


class SystemClock:
    """Clock port of `sipcore.kernel.clock`."""

    monotonic = staticmethod(time.monotonic)
    """Seconds since an arbitrary start, never going back."""
    utc = staticmethod(time.time)
    """Seconds since the Unix epoch, UTC."""


def system_entropy() -> DrawnEntropy:
    """Entropy port of `sipcore.kernel.entropy`, from the operating system's generator."""
    return DrawnEntropy(os.urandom)


def allow_many_connections() -> int:
    """Raise this process's limit on open files as far as it may; returns the limit.

    Many systems start programs with 1024, which a city's phones on TLS exceed.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def connections_that_fit(wanted: int) -> int:
    """How many of so many connections the limit on open files leaves room for.

    Without any file left neither bindings nor calls could be stored, and nobody be refused.
    """
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if files == resource.RLIM_INFINITY:
        return wanted
    return min(wanted, max(files - SPARE_FILES, files // 2))


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
