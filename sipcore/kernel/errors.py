"""Errors of the SIP engine; each knows the SIP status that answers it.

SipError                 status 500
├── BadMessage           status 400: what arrived is not a SIP message we can act on
└── LimitReached         status 503: a bounded table is full
"""

from typing import ClassVar


class SipError(Exception):
    """Anything that went wrong while handling a message."""

    STATUS: ClassVar[int] = 500
    """Status of one that does not say another."""

    def __init__(self, reason: str, status: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = self.STATUS if status is None else status


class BadMessage(SipError):
    """The peer sent something that breaks the grammar or a rule (RFC 3261 §8.2, §16.3)."""

    STATUS: ClassVar[int] = 400


class LimitReached(SipError):
    """A table is full; the sender may try again later (RFC 3261 §21.5.4)."""

    STATUS: ClassVar[int] = 503
