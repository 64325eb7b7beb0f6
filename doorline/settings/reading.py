"""Reading a file that the settings name."""

from pathlib import Path


class UnusableFileError(Exception):
    """A file cannot be used; the text says why and what to do, and nothing of what is in it."""


def octets_of(path: Path) -> bytes:
    """What is in the file; UnusableFileError when it cannot be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise UnusableFileError(f"{path} does not exist; correct the path") from error
    except PermissionError as error:
        raise UnusableFileError(
            f"{path} may not be read; let the user that the server runs as read it"
        ) from error
    except OSError as error:
        raise UnusableFileError(f"{path} cannot be read: {error.strerror or error}") from error
