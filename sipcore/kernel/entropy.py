"""The Entropy port: the only source of unguessable identifiers."""

from typing import Protocol


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
