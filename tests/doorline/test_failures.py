"""Why the server cannot start, in one line."""

import errno
import socket
from pathlib import Path

import pytest

from doorline.failures import cannot_listen, lost_key


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (
            OSError(errno.EADDRINUSE, "Address already in use"),
            "the port is in use by another program; stop it or choose another port",
        ),
        (
            OSError(errno.EADDRNOTAVAIL, "Cannot assign"),
            "this machine does not have that address",
        ),
        (
            PermissionError(errno.EACCES, "Permission denied"),
            "not allowed; ports below 1024 need the right to bind them",
        ),
        (OSError(errno.EMFILE, "Too many open files"), "Too many open files"),
        (socket.gaierror(-2, "Name or service not known"), "Name or service not known"),
        (OSError("odd"), "odd"),
    ],
)
def test_a_listener_that_cannot_bind_says_why(error: OSError, reason: str) -> None:
    failure = cannot_listen("sip/udp 127.0.0.1:5060", error)

    assert str(failure) == f"cannot listen on sip/udp 127.0.0.1:5060: {reason}"


def test_a_lost_key_file_is_to_be_restored() -> None:
    assert lost_key(Path("var/doorline.db")) == (
        "missing, but var/doorline.db holds passwords that were sealed with it; "
        "restore the key file from its copy"
    )
