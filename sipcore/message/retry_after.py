"""Retry-After: when whoever was refused may come back (RFC 3261 §20.33, §21.5.4)."""

from typing import Final
from zlib import crc32

RETRY_FROM: Final = 5
RETRY_SPREAD: Final = 25
"""Retry-After lies from RETRY_FROM to RETRY_FROM + RETRY_SPREAD seconds."""


def retry_after(call_id: bytes) -> bytes:
    """A complete header line.

    Spread over an interval, so that those who were refused together do not come back together;
    drawn from the Call-ID, so that copies of a request are told the same.
    """
    return b"Retry-After: %d" % (RETRY_FROM + crc32(call_id) % (RETRY_SPREAD + 1))
