"""SIP in WebSocket messages: the sub-protocol `sip`, server side (RFC 7118, RFC 6455).

The library's sans-I/O protocol does handshake and frames; here is what SIP adds to it: one SIP
message in one WebSocket message, keep-alives, and limits on everything a stranger can send.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, cast

from websockets.frames import Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.typing import Origin, Subprotocol

from sipcore.kernel.errors import BadMessage
from sipcore.message.framing import PING, KeepAlive
from sipcore.transport.framing import MAX_HEADER, MAX_MESSAGE

MAX_HANDSHAKE: Final = 16 * 1024
"""Octets of the HTTP request that opens the connection."""

_MAX_MESSAGE: Final = MAX_HEADER + MAX_MESSAGE
_END: Final = b"\r\n\r\n"
"""Where the HTTP request is over."""
_SUBPROTOCOLS: Final = (Subprotocol("sip"),)
_GOING_AWAY: Final = 1001
_NOT_UTF8: Final = 1007
_TEXT, _BINARY, _CONT = Opcode.TEXT, Opcode.BINARY, Opcode.CONT

# The library writes several lines for each connection; strangers must not fill the log.
_SILENT: Final = logging.Logger("sip.websocket", logging.CRITICAL + 1)


@dataclass(frozen=True, slots=True)
class WebSocketPolicy:
    """Which handshakes are welcome."""

    paths: tuple[str, ...] = ("/", "/ws", "/sip")
    """Paths that are served; any other is answered 404."""
    origins: tuple[str, ...] = ()
    """Pages whose scripts may connect; empty: all. Programs that are no browser have none."""


EVERY_PAGE: Final = WebSocketPolicy()
"""Handshakes from any page, on the usual paths."""


class WebSocketFraming:
    """One WebSocket connection of a client."""

    __slots__ = (
        "_fragments",
        "_handshake",
        "_is_text",
        "_out",
        "_policy",
        "_protocol",
        "_seen",
        "failed",
        "is_over",
    )

    rejected = b""

    def __init__(self, policy: WebSocketPolicy) -> None:
        origins: Sequence[Origin | None] | None = None
        if policy.origins:
            origins = [None, *map(Origin, policy.origins)]
        self._policy = policy
        self._protocol = ServerProtocol(
            origins=origins,
            subprotocols=_SUBPROTOCOLS,
            max_size=_MAX_MESSAGE,
            logger=_SILENT,
        )
        self._handshake = 0
        self._seen = b""
        """The last octets of an HTTP request that is not complete."""
        self._fragments: bytearray | None = None
        self._is_text = False
        self._out: list[bytes] = []
        self.failed: BadMessage | None = None
        """Why the connection cannot go on."""
        self.is_over = False
        """Whether everything is said and the stream has to be closed."""

    @property
    def is_ready(self) -> bool:
        """Whether the handshake is over and nobody began to close."""
        return self._protocol.state is State.OPEN

    @property
    def is_waiting(self) -> bool:
        """Whether a message has begun to arrive."""
        return self._fragments is not None or bool(self._protocol.reader.buffer)

    def feed(self, data: bytes) -> list[bytes | KeepAlive]:
        """The SIP messages and pings that are complete now."""
        if self._protocol.state is not State.CONNECTING:
            return self._read(data)
        # Frames that came along are answered when the request is, not before (RFC 6455 §4.2.2).
        request, frames = self._cut(data)
        messages = self._read(request)
        return messages + self._read(frames) if frames else messages

    def to_send(self) -> bytes:
        """Handshake, pongs and close frames."""
        if not self._out:
            return b""
        out, self._out = b"".join(self._out), []
        return out

    def wrap(self, message: bytes) -> bytes:
        """One message in one frame: text, or binary when it is not UTF-8 (RFC 7118 §4.2)."""
        protocol = self._protocol
        if protocol.state is not State.OPEN:
            return b""
        if _is_utf8(message):
            protocol.send_text(message)
        else:
            protocol.send_binary(message)
        return b"".join(protocol.data_to_send())

    def farewell(self) -> bytes:
        """The close frame (RFC 6455 §5.5.1)."""
        if self._protocol.state is State.OPEN:
            self._protocol.send_close(_GOING_AWAY)
        return b"".join(self._protocol.data_to_send())

    def release(self) -> None:
        """The stream is gone. The library's parser and errors hold the object that holds them."""
        protocol = self._protocol
        protocol.parser.close()
        protocol.handshake_exc = protocol.parser_exc = None

    def _cut(self, data: bytes) -> tuple[bytes, bytes]:
        """What belongs to the HTTP request, and what came behind it."""
        before = len(self._seen)
        seen = self._seen + data
        end = seen.find(_END)
        self._seen = seen[-len(_END) + 1 :]
        if end < 0:
            return data, b""
        cut = end + len(_END) - before
        return data[:cut], data[cut:]

    def _read(self, data: bytes) -> list[bytes | KeepAlive]:
        """Have the library read, and take what it found."""
        if self.is_over:
            return []
        protocol = self._protocol
        if protocol.state is State.CONNECTING:
            self._handshake += len(data)
            if self._handshake > MAX_HANDSHAKE:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
                return []
        protocol.receive_data(data)
        messages: list[bytes | KeepAlive] = []
        for event in protocol.events_received():
            if isinstance(event, Request):
                self._shake_hands(event)
            elif self.failed is None:
                message = self._complete(cast(Frame, event))
                if message is not None:
                    messages.append(message)
        self._collect()
        if protocol.handshake_exc is not None and not self._out:
            self._refuse(HTTPStatus.BAD_REQUEST)  # the library hangs up without a word
        elif protocol.parser_exc is not None or protocol.handshake_exc is not None:
            self.failed = BadMessage("WebSocket broken")
        return messages

    def _shake_hands(self, request: Request) -> None:
        protocol = self._protocol
        response = self._response_to(request)
        protocol.send_response(response)
        if response.status_code != HTTPStatus.SWITCHING_PROTOCOLS:
            self.failed = BadMessage(f"WebSocket handshake refused: {response.status_code}")

    def _response_to(self, request: Request) -> Response:
        """Accepted with 101, or refused as RFC 6455 §4.2.2 and HTTP want it."""
        protocol, headers = self._protocol, request.headers
        if _path_of(request.path) not in self._policy.paths:
            return protocol.reject(HTTPStatus.NOT_FOUND, "No SIP here.\n")
        if len(headers.get_all("Host")) != 1:
            return protocol.reject(HTTPStatus.BAD_REQUEST, "One Host header is needed.\n")
        versions = headers.get_all("Sec-WebSocket-Version")
        if headers.get_all("Sec-WebSocket-Key") and versions != ["13"]:  # §4.4
            response = protocol.reject(HTTPStatus.UPGRADE_REQUIRED, "Version 13 is spoken.\n")
            response.headers["Sec-WebSocket-Version"] = "13"
            return response
        return protocol.accept(request)

    def _complete(self, frame: Frame) -> bytes | KeepAlive | None:
        """The message or ping that this frame ends, None when it ends none."""
        if frame.opcode in (_TEXT, _BINARY):
            self._is_text = frame.opcode is _TEXT
            if not frame.fin:
                self._fragments = bytearray(frame.data)
                return None
            message = bytes(frame.data)
        elif frame.opcode is _CONT and self._fragments is not None:
            self._fragments += frame.data
            if not frame.fin:
                return None
            message, self._fragments = bytes(self._fragments), None
        else:
            return None
        if self._is_text and not _is_utf8(message):  # RFC 6455 §8.1
            self._protocol.fail(_NOT_UTF8, "text that is not UTF-8")
            self.failed = BadMessage("text that is not UTF-8")
            return None
        if message == PING.value:  # RFC 7118 §6, RFC 5626 §3.5.1
            return PING
        return message if message.strip(b"\r\n") else None

    def _collect(self) -> None:
        """Take over what the protocol wants sent; an empty piece means the end."""
        for piece in self._protocol.data_to_send():
            if piece:
                self._out.append(piece)
            else:
                self.is_over = True

    def _refuse(self, status: HTTPStatus) -> None:
        """Answer what is no handshake at all."""
        self._out.append(
            b"HTTP/1.1 %d %b\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
            % (status, status.phrase.encode())
        )
        self.failed = BadMessage("no WebSocket handshake")
        self.is_over = True


def _path_of(target: str) -> str:
    """The path of what is asked for, which may be written as a whole URI (RFC 6455 §4.2.1)."""
    if not target.startswith("/"):
        target = "/" + target.partition("://")[2].partition("/")[2]
    return target.partition("?")[0]


def _is_utf8(message: bytes) -> bool:
    if message.isascii():
        return True
    try:
        message.decode()
    except UnicodeDecodeError:
        return False
    return True
