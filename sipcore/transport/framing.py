"""How messages lie in a stream: the strategies that a stream connection can have.

`StreamFraming` is for TCP and TLS (RFC 3261 §18.3); the one for WebSocket is in `websocket.py`.
"""

from typing import Final, Protocol

from sipcore.kernel.errors import BadMessage
from sipcore.message.framing import KeepAlive, StreamFramer
from sipcore.message.head import MAX_OCTETS

MAX_HEADER: Final = 16 * 1024
"""Octets of a header section; a longer one is answered 513."""
MAX_MESSAGE: Final = MAX_OCTETS
"""Octets of a message with its body; a longer one is answered 513, as over every transport."""


class Framing(Protocol):
    """Cuts what arrives into messages and wraps what is sent."""

    @property
    def is_ready(self) -> bool:
        """Whether messages can be exchanged: a WebSocket first shakes hands."""

    @property
    def is_waiting(self) -> bool:
        """Whether something has begun to arrive and is not complete."""

    @property
    def is_over(self) -> bool:
        """Whether the connection has to be closed, in good order or not."""

    @property
    def failed(self) -> BadMessage | None:
        """Why the stream cannot be read any further; None while it can."""

    @property
    def rejected(self) -> bytes:
        """What arrived of the message that could not be read."""

    def feed(self, data: bytes) -> list[bytes | KeepAlive]:
        """Take octets in; returns messages and pings that are complete now. Never raises."""

    def to_send(self) -> bytes:
        """What the framing itself has to say: handshakes, control frames."""

    def wrap(self, message: bytes) -> bytes:
        """A message as octets of the stream; b"" when none can be sent."""

    def farewell(self) -> bytes:
        """What is said before the stream is closed."""

    def release(self) -> None:
        """The stream is gone: let go of everything that would not come apart by itself."""


class StreamFraming:
    """Messages one after the other, each with its Content-Length (RFC 3261 §18.3)."""

    __slots__ = ("_framer",)

    is_ready = True

    def __init__(self) -> None:
        self._framer = StreamFramer(MAX_HEADER, MAX_MESSAGE, only_sip=True)

    @property
    def is_waiting(self) -> bool:
        """Whether a message has begun to arrive."""
        return self._framer.is_within

    @property
    def is_over(self) -> bool:
        """Without a usable Content-Length nothing that follows can be read."""
        return self._framer.failed is not None

    @property
    def failed(self) -> BadMessage | None:
        """Why the stream cannot be read any further."""
        return self._framer.failed

    @property
    def rejected(self) -> bytes:
        """What arrived of the message that could not be read."""
        return self._framer.rejected

    def feed(self, data: bytes) -> list[bytes | KeepAlive]:
        """The messages and pings that are complete now."""
        try:
            return self._framer.feed(data)
        except BadMessage:
            return []

    def to_send(self) -> bytes:
        """Nothing: there is no handshake."""
        return b""

    def wrap(self, message: bytes) -> bytes:
        """The message itself."""
        return message

    def farewell(self) -> bytes:
        """Nothing: closing says it all."""
        return b""

    def release(self) -> None:
        """Nothing here holds itself."""
