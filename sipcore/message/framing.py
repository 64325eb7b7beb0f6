"""Framing of SIP messages in a byte stream (RFC 3261 §18.3, §7.5; RFC 5626 §3.5.1)."""

from enum import Enum
from typing import Final

from sipcore.kernel.errors import BadMessage
from sipcore.message.head import MAX_OCTETS, unfold


class KeepAlive(Enum):
    """What may stand between two messages of a stream."""

    PING = b"\r\n\r\n"
    """Double CRLF; the answer is a single CRLF (RFC 5626 §3.5.1)."""


PING: Final = KeepAlive.PING
PONG: Final = b"\r\n"
"""Answer to a PING."""

_TOKEN_OCTETS: Final = frozenset(
    b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.!%*_+`'~"
)
_LENGTH_NAMES: Final = frozenset((b"content-length", b"l"))


class StreamFramer:
    """Cuts what a stream connection brings into messages.

    A stream whose next message has no certain end cannot be read any further (RFC 4475 §3.1.2.3,
    §3.3.9): `feed` raises BadMessage, then and at each later call, and the connection has to be
    closed. Messages completed by the same octets are returned first; `failed` is set already, and
    `rejected` holds what arrived of the message that cannot be read, so that it can be answered.
    """

    __slots__ = (
        "_buffer",
        "_max_header",
        "_max_message",
        "_only_sip",
        "_searched",
        "_total",
        "failed",
        "rejected",
    )

    def __init__(
        self, max_header: int = 16384, max_message: int = MAX_OCTETS, *, only_sip: bool = False
    ) -> None:
        """Limits in octets of the header section and of the whole message.

        With `only_sip` a stream of something else (HTTP, TLS, noise) fails at its first octet or
        line instead of at the end of what would be its header section.
        """
        self.failed: BadMessage | None = None
        self.rejected = b""
        self._only_sip = only_sip
        self._max_header = max_header
        self._max_message = max_message
        self._buffer = bytearray()
        self._searched = 0
        self._total = 0

    def feed(self, data: bytes) -> list[bytes | KeepAlive]:
        """Take octets in; return every message that is complete now, and keep-alives."""
        if self.failed is not None:
            raise BadMessage(self.failed.reason, self.failed.status)
        self._buffer += data
        found: list[bytes | KeepAlive] = []
        try:
            while (item := self._next()) is not None:
                found.append(item)
        except BadMessage as error:
            # Not the error itself: its traceback leads back here, a ring that holds all that came.
            self.failed = BadMessage(error.reason, error.status)
            self.rejected = bytes(self._buffer[: self._max_header])
            self._buffer.clear()
            if not found:
                raise
        return found

    @property
    def is_within(self) -> bool:
        """Whether a message has begun; line ends in front of one are none (RFC 3261 §7.5)."""
        buffer = self._buffer
        return bool(buffer) and buffer[0] not in b"\r\n"

    def _next(self) -> bytes | KeepAlive | None:
        buffer = self._buffer
        if not self._total:
            if buffer.startswith((b"\r", b"\n")) and (keep_alive := self._skip_empty_lines()):
                return keep_alive
            if not buffer or buffer[0] in b"\r\n" or not self._measure():
                return None
        if len(buffer) < self._total:
            return None
        message = bytes(buffer[: self._total])
        del buffer[: self._total]
        self._total = 0
        return message

    def _skip_empty_lines(self) -> KeepAlive | None:
        """Remove what precedes a start line; a double CRLF is a ping, anything else nothing.

        The last octets stay while they may still become a double CRLF.
        """
        buffer = self._buffer
        while buffer.startswith((b"\r", b"\n")):
            if buffer.startswith(b"\r\n\r\n"):
                del buffer[:4]
                return PING
            if b"\r\n\r\n".startswith(buffer):
                return None
            del buffer[:1]
        return None

    def _measure(self) -> bool:
        """Find out how long the message at the front is; False while its head is incomplete."""
        if self._only_sip:
            self._check_start()
        end = self._buffer.find(b"\r\n\r\n", self._searched)
        if end < 0:
            self._searched = max(0, len(self._buffer) - 3)
            if len(self._buffer) > self._max_header:
                raise BadMessage("header section too large", 513)
            return False
        self._searched = 0
        if end + 4 > self._max_header:
            raise BadMessage("header section too large", 513)
        length = _content_length(bytes(self._buffer[:end]))
        total = end + 4 + length
        if total > self._max_message:
            raise BadMessage("message too large", 513)
        self._total = total
        return True

    def _check_start(self) -> None:
        """Raise BadMessage when the stream cannot be SIP (RFC 3261 §7.1, §7.2)."""
        buffer = self._buffer
        if buffer[0] not in _TOKEN_OCTETS:
            raise BadMessage("not SIP")
        end = buffer.find(b"\r\n")
        if end >= 0 and b"SIP/" not in buffer[:end].upper():
            raise BadMessage("not SIP")


def _content_length(head: bytes) -> int:
    values = []
    for line in unfold(head.split(b"\r\n")):
        name, _, value = line.partition(b":")
        if name.rstrip(b" \t").lower() in _LENGTH_NAMES:
            values.append(value.strip(b" \t"))
    if not values:
        raise BadMessage("Content-Length is missing on a stream")
    if len(values) > 1:
        raise BadMessage("Content-Length given twice")
    if not values[0].isdigit() or len(values[0]) > 9:
        raise BadMessage("malformed Content-Length")
    return int(values[0])
