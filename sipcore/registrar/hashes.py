"""The hash functions of digest authentication as `bytes -> lower-case hexadecimal bytes`."""

import hashlib
from collections.abc import Callable
from functools import partial
from typing import Final

try:
    # The interpreter's own MD5: less than half the cost of OpenSSL's at the length of a digest
    # input, because nothing is fetched through the provider interface.
    from _md5 import md5 as _md5  # type: ignore[import-not-found]
except ImportError:  # pragma: no cover - interpreters built without it
    _md5 = partial(hashlib.md5, usedforsecurity=False)


def md5_hex(text: bytes) -> bytes:
    """H() of RFC 7616 §3.3 for `MD5`: 32 hexadecimal digits."""
    digits: str = _md5(text).hexdigest()
    return digits.encode()


def sha256_hex(text: bytes) -> bytes:
    """H() of RFC 7616 §3.3 for `SHA-256`: 64 hexadecimal digits."""
    return hashlib.sha256(text).hexdigest().encode()


Hash = Callable[[bytes], bytes]

HASHES: Final[dict[str, Hash]] = {"MD5": md5_hex, "SHA-256": sha256_hex}
"""Digest algorithms by the names of RFC 8760 §2.1."""


def ha1(algorithm: str, user: str, realm: str, password: str) -> bytes:
    """H(A1) of RFC 7616 §3.4.2 for a password in clear; what a credential store keeps or caches."""
    return HASHES[algorithm](f"{user}:{realm}:{password}".encode())
