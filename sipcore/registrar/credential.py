"""What the registrar needs to know about an account, and the port it is looked up through."""

from typing import Protocol

from sipcore.registrar.hashes import HASHES


class Credential(Protocol):
    """The secret of one account, never in clear here."""

    @property
    def user(self) -> str:
        """User part of the AOR; also the digest username."""

    @property
    def enabled(self) -> bool:
        """False refuses the account exactly as if it did not exist."""

    def ha1(self, algorithm: str) -> bytes:
        """Hexadecimal H(user:realm:password) for `MD5` or `SHA-256` (RFC 7616 §3.4.2).

        Called once per message: the adapter computes it at the first call and keeps it.
        """


class CredentialStore(Protocol):
    """Accounts in memory."""

    def find(self, user: str) -> Credential | None:
        """The account with this user part, or None; synchronous and without waiting."""


class Nobody:
    """Stands in for accounts that do not exist, so that they cost the same time."""

    user = ""
    enabled = False

    def __init__(self, filler: bytes) -> None:
        self._ha1 = {name: digest(filler) for name, digest in HASHES.items()}

    def ha1(self, algorithm: str) -> bytes:
        """The hash of no password."""
        return self._ha1[algorithm]
