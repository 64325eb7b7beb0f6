"""Randomness as a port, so that tests and the demo can count instead of draw."""

import secrets
import string
from typing import Protocol

_LETTERS_AND_DIGITS = string.ascii_letters + string.digits


class Entropy(Protocol):
    """Where generated users, passwords and tokens come from."""

    def digits(self, count: int) -> str:
        """That many decimal digits; the first one is not 0."""

    def password(self, length: int) -> str:
        """That many of A-Z, a-z, 0-9."""

    def token(self) -> str:
        """At least 256 bits as text that fits a URL path."""


class SystemEntropy:
    """The operating system's generator."""

    def digits(self, count: int) -> str:
        """That many decimal digits; the first one is not 0."""
        lowest: int = 10 ** (count - 1)
        return str(lowest + secrets.randbelow(9 * lowest))

    def password(self, length: int) -> str:
        """That many of A-Z, a-z, 0-9: 5.95 bits each."""
        drawn = ""
        while len(drawn) < length:
            # Bytes from the last multiple of 62 on are dropped, or A-H would come more often.
            drawn += "".join(
                _LETTERS_AND_DIGITS[byte % 62] for byte in secrets.token_bytes(length) if byte < 248
            )
        return drawn[:length]

    def token(self) -> str:
        """256 bits in base64url."""
        return secrets.token_urlsafe(32)
