"""Secrets: a text that does not print, and the vault that seals texts for the database.

A sealed value is `version (1) | key id (4) | nonce (12) | AES-256-GCM ciphertext and tag`. Its
associated data is the context, which names column and row, so that a sealed value moved to another
row does not open. Keys live in a file outside the database; every value names the key that sealed
it, so a new key can be added before old values are sealed again.
"""

import base64
import os
import secrets
import stat
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from directory.errors import KeyFileError, SealError

_VERSION = b"\x01"
_KEY_ID_BYTES = 4
_NONCE_BYTES = 12
_HEADER = 1 + _KEY_ID_BYTES
_TITLE = "# Doorline keys, one a line: id and key. The last one seals. Keep a copy elsewhere."


class Secret:
    """A text that shows itself only through `reveal()`."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def __repr__(self) -> str:
        return "Secret('**********')"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and secrets.compare_digest(
            self._text.encode(), other._text.encode()
        )

    def __hash__(self) -> int:
        return hash(self._text)

    def __bool__(self) -> bool:
        return bool(self._text)


class Vault:
    """Seals and opens texts with the keys of one key file."""

    def __init__(self, keys: dict[bytes, bytes], current: bytes) -> None:
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._current = current
        self._cipher = self._ciphers[current]

    @classmethod
    def generate(cls) -> "Vault":
        """A vault with one fresh key that is stored nowhere, for tests and trials."""
        key_id = secrets.token_bytes(_KEY_ID_BYTES)
        return cls({key_id: AESGCM.generate_key(256)}, key_id)

    @classmethod
    def open_file(cls, path: Path) -> "Vault":
        """Read the key file, or create it with mode 0600 when there is none.

        Raises KeyFileError when it cannot be read, is malformed, or others may read it.
        """
        if not path.exists():
            _create_key_file(path)
        keys = _read_key_file(path)
        return cls(keys, list(keys)[-1])

    def seal(self, text: str, context: str) -> bytes:
        """Encrypt a text; `context` (column and row) is needed again to open it."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, text.encode(), context.encode())
        return _VERSION + self._current + nonce + sealed

    @staticmethod
    def key_id(sealed: bytes) -> bytes:
        """Id of the key that sealed a value."""
        return sealed[1:_HEADER]

    def open(self, sealed: bytes, context: str) -> str:
        """Decrypt; SealError when key, context or bytes are wrong."""
        cipher = self._ciphers.get(self.key_id(sealed))
        if cipher is None or sealed[:1] != _VERSION:
            raise SealError("sealed with a key that is not in the key file")
        nonce = sealed[_HEADER : _HEADER + _NONCE_BYTES]
        try:
            return cipher.decrypt(
                nonce, sealed[_HEADER + _NONCE_BYTES :], context.encode()
            ).decode()
        except (InvalidTag, ValueError) as error:
            raise SealError("a sealed value does not open: wrong place or damaged") from error


def _create_key_file(path: Path) -> None:
    """Write one fresh key; the file never exists with a wider mode than 0600."""
    line = f"{secrets.token_hex(_KEY_ID_BYTES)} {_encode(AESGCM.generate_key(256))}\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise KeyFileError(f"{path}: cannot create the key file: {error.strerror}") from error
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(f"{_TITLE}\n{line}")


def _read_key_file(path: Path) -> dict[bytes, bytes]:
    """Keys by id in the order of the file."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            raise KeyFileError(f"{path}: mode is {mode:04o}, must be 0600; run: chmod 600 {path}")
        lines = path.read_text(encoding="ascii").splitlines()
    except OSError as error:
        raise KeyFileError(f"{path}: cannot read the key file: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise KeyFileError(f"{path}: not a key file: it holds bytes that are not text") from error
    keys: dict[bytes, bytes] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        key_id, key = _parse_key_line(path, number, line)
        keys[key_id] = key
    if not keys:
        raise KeyFileError(f"{path}: holds no key; restore it from its copy")
    return keys


def _parse_key_line(path: Path, number: int, line: str) -> tuple[bytes, bytes]:
    """Key id and key of one line; the message never repeats the line."""
    try:
        id_text, key_text = line.split()
        key_id, key = bytes.fromhex(id_text), base64.b64decode(key_text, validate=True)
    except ValueError as error:
        raise KeyFileError(f"{path}:{number}: expected a key id and a key") from error
    if len(key_id) != _KEY_ID_BYTES or len(key) != 32:
        raise KeyFileError(f"{path}:{number}: expected 4 bytes of id and 32 bytes of key")
    return key_id, key


def _encode(key: bytes) -> str:
    return base64.b64encode(key).decode()
