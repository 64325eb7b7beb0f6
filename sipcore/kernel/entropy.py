"""The Entropy port: the only source of unguessable identifiers."""

from collections.abc import Callable
from typing import Final, Protocol, final

_BUFFERED_OCTETS: Final = 4096
_MOMENTS: Final = 1 << 48
"""Milliseconds that an identifier can tell apart, 8900 years."""


class Entropy(Protocol):
    """Identifiers as ASCII bytes, ready to be joined into a message."""

    def branch(self) -> bytes:
        """A Via branch, beginning with the magic cookie `z9hG4bK` (RFC 3261 §8.1.1.7)."""

    def tag(self) -> bytes:
        """A From or To tag with at least 32 bits of randomness (RFC 3261 §19.3)."""

    def call_id(self) -> bytes:
        """A globally unique Call-ID (RFC 3261 §8.1.1.4)."""

    def unique(self) -> bytes:
        """Sixteen hexadecimal digits that differ at each call, for nonces."""

    def record_id(self, utc: float) -> str:
        """32 hexadecimal digits that nobody can guess, for what is stored at that UTC second.

        Those of later milliseconds are greater, so that new rows stand together in every index.
        """

    def token(self) -> str:
        """A URL-safe identifier with at least 128 bits of randomness."""


@final
class DrawnEntropy:
    """The port made of a source of random octets.

    To ask the source for each identifier would cost more than all the rest of it, so 4096 octets
    are drawn at a time. None is used twice. Not to be shared between processes by fork.
    """

    __slots__ = ("_draw", "_left", "_pool")

    def __init__(self, draw: Callable[[int], bytes]) -> None:
        """`draw` gives so many octets that nobody can guess."""
        self._draw = draw
        self._pool = b""
        self._left = 0

    def _digits(self, count: int) -> bytes:
        """That many fresh hexadecimal digits."""
        if self._left < count:
            self._pool = self._draw(_BUFFERED_OCTETS).hex().encode()
            self._left = len(self._pool)
        end = self._left
        self._left = end - count
        return self._pool[end - count : end]

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
        moment = hex(_MOMENTS | (int(utc * 1000) & (_MOMENTS - 1)))
        return moment[3:] + self._digits(20).decode()

    def token(self) -> str:
        """128 random bits, safe in URLs."""
        return self._digits(32).decode()
