"""One server for each database: what two would write, neither would know of the other.

The lock is the kernel's, so a server that was killed leaves none behind; the empty file stays.
Other commands do not ask for it: they work beside a running server.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from doorline.failures import StartError

_SUFFIX = ".lock"


@contextmanager
def sole_server(database: Path) -> Iterator[None]:
    """Hold the lock beside the database, whose folder is there, for as long as the server lives.

    Raises StartError when another server holds it, or the file cannot be had.
    """
    # Resolved, because two servers may come to one database by different names.
    path = database.resolve().with_suffix(_SUFFIX)
    try:
        lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StartError(f"{path}: cannot open the lock: {error.strerror}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(lock)
        raise StartError(
            f"another server uses this database ({database}): stop it, or give this one its own "
            "server.data_dir"
        ) from error
    except OSError as error:
        os.close(lock)
        raise StartError(f"{path}: cannot be locked: {error.strerror}") from error
    try:
        yield
    finally:
        os.close(lock)
