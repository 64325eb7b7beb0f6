"""Why the server cannot start, in one line that tells an operator what to mend."""

import errno
from pathlib import Path

_REASONS = {
    errno.EADDRINUSE: "the port is in use by another program; stop it or choose another port",
    errno.EADDRNOTAVAIL: "this machine does not have that address",
    errno.EACCES: "not allowed; ports below 1024 need the right to bind them",
}


class StartError(Exception):
    """The server, or a command, cannot begin; the text is one line."""


def cannot_listen(listener: str, error: OSError) -> StartError:
    """A listener whose address cannot be bound; `listener` is like `sip/udp 127.0.0.1:5060`."""
    # A failed name lookup has a number of its own kind, and its text.
    reason = _REASONS.get(error.errno or 0, error.strerror or str(error))
    return StartError(f"cannot listen on {listener}: {reason}")


def lost_key(database: Path) -> str:
    """What to do when there is no key file beside a database that needs one."""
    return (
        f"missing, but {database} holds passwords that were sealed with it; "
        "restore the key file from its copy"
    )
