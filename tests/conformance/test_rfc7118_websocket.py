"""SIP over WebSocket: RFC 7118, and what RFC 6455 asks of a server."""

import pytest

from sipcore.endpoint.addressing import LocalAddressing
from sipcore.endpoint.settings import BoundListener
from sipcore.kernel.flow import Flow
from sipcore.message.via import Via
from sipcore.transport.websocket import WebSocketFraming, WebSocketPolicy

HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: sip-ws.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://www.example.com\r\n"
    b"Sec-WebSocket-Protocol: sip\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
"""The example of RFC 7118 §4.1."""

MESSAGE = b"REGISTER sip:example.com SIP/2.0\r\nVia: SIP/2.0/WS a.invalid;branch=z9hG4bK1\r\n\r\n"


def opened() -> WebSocketFraming:
    framing = WebSocketFraming(WebSocketPolicy())
    framing.feed(HANDSHAKE)
    framing.to_send()
    return framing


def frame(
    payload: bytes, opcode: int, *, fin: bool = True, mask: bytes = b"\x01\x02\x03\x04"
) -> bytes:
    """One frame of a client (RFC 6455 §5.2)."""
    masked = bytes(octet ^ mask[at % 4] for at, octet in enumerate(payload))
    first = (0x80 if fin else 0) | opcode
    return bytes((first, 0x80 | 126)) + len(payload).to_bytes(2) + mask + masked


def test_the_handshake_of_the_rfc_is_answered_as_in_the_rfc() -> None:
    """§4.1: the accept value and the sub-protocol of the example."""
    framing = WebSocketFraming(WebSocketPolicy())
    framing.feed(HANDSHAKE)
    answer = framing.to_send()

    assert answer.startswith(b"HTTP/1.1 101 Switching Protocols\r\n")
    assert b"\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in answer
    assert b"\r\nSec-WebSocket-Protocol: sip\r\n" in answer
    assert framing.is_ready


def test_without_the_sub_protocol_there_is_no_connection() -> None:
    """§4.1: the client MUST include "sip", and the server selects it."""
    framing = WebSocketFraming(WebSocketPolicy())
    framing.feed(HANDSHAKE.replace(b"Sec-WebSocket-Protocol: sip\r\n", b""))

    assert framing.to_send().startswith(b"HTTP/1.1 400 ")
    assert not framing.is_ready


def test_frames_that_do_not_wait_for_the_answer_are_answered_after_it() -> None:
    """RFC 6455 §4.1, §4.2.2: who does not wait for the 101 gets it first all the same."""
    framing = WebSocketFraming(WebSocketPolicy())

    messages = framing.feed(HANDSHAKE + b"\x89\x80\0\0\0\0" + frame(MESSAGE, 1))
    answer, _, frames = framing.to_send().partition(b"\r\n\r\n")

    assert messages == [MESSAGE]
    assert (answer[:12], frames) == (b"HTTP/1.1 101", b"\x8a\x00")


@pytest.mark.parametrize("cut", [1, 3, len(HANDSHAKE) - 3, len(HANDSHAKE) - 1, len(HANDSHAKE)])
def test_frames_behind_a_refused_handshake_are_not_read(cut: int) -> None:
    """RFC 6455 §4.2.2: without the handshake there is no WebSocket, whatever follows."""
    framing = WebSocketFraming(WebSocketPolicy(paths=("/sip",)))
    data = HANDSHAKE + b"\x89\x80\0\0\0\0" + frame(MESSAGE, 1)

    messages = framing.feed(data[:cut]) + framing.feed(data[cut:])

    assert (messages, framing.is_over) == ([], True)
    assert framing.to_send().startswith(b"HTTP/1.1 404 ")


@pytest.mark.parametrize("opcode", [1, 2])
def test_text_and_binary_frames_are_accepted(opcode: int) -> None:
    """§4.2: clients and servers MUST accept both."""
    assert opened().feed(frame(MESSAGE, opcode)) == [MESSAGE]


def test_a_message_that_is_not_utf8_goes_out_in_a_binary_message() -> None:
    """§4.2: with one non-UTF-8 octet the whole message MUST be binary."""
    framing = opened()

    assert framing.wrap(MESSAGE)[0] == 0x81
    assert framing.wrap(MESSAGE + b"\xff")[0] == 0x82


def test_each_message_is_one_websocket_message() -> None:
    """§5: a SIP message in one WebSocket message, fragments and all, without Content-Length."""
    framing = opened()
    pieces = frame(MESSAGE[:30], 1, fin=False) + frame(MESSAGE[30:], 0) + frame(MESSAGE, 1)

    assert framing.feed(pieces) == [MESSAGE, MESSAGE]


@pytest.mark.parametrize("transport", ["WS", "WSS"])
def test_via_says_ws_or_wss_and_the_uri_says_ws(transport: str) -> None:
    """§5.1, §5.2."""
    addressing = LocalAddressing("example.com", "", (BoundListener(transport, "192.0.2.1", 443),))
    flow = Flow(transport, 0, "198.51.100.1", 5000, 7)
    via = Via.parse(addressing.via(flow, b"z9hG4bK1").removeprefix(b"Via: "))

    assert via.transport == transport
    assert addressing.contact(flow, secure=False) == b"Contact: <sip:192.0.2.1:443;transport=ws>"


def test_a_flow_over_websocket_is_reliable() -> None:
    """§5: transactions follow the timers of reliable transports."""
    assert all(Flow(transport, 0, "192.0.2.1", 1, 1).reliable for transport in ("WS", "WSS"))


def test_a_ping_frame_is_answered_with_its_own_data() -> None:
    """§6; RFC 6455 §5.5.3."""
    framing = opened()
    framing.feed(frame(b"keep me", 9).replace(b"\x89\xfe\x00\x07", b"\x89\x87"))

    assert framing.to_send() == b"\x8a\x07keep me"


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (b"\x81\x02hi", 1002),
        (frame(b"x", 3), 1002),
        (frame(b"x", 0), 1002),
        (frame(b"\xff", 1), 1007),
        (b"\x89\xfe" + (200).to_bytes(2) + bytes(204), 1002),
        (b"\x82\xff" + (1 << 20).to_bytes(8) + bytes(4), 1009),
    ],
)
def test_frames_against_the_rules_fail_the_connection(octets: bytes, code: int) -> None:
    """RFC 6455 §5.1 (unmasked), §5.2 (opcode), §5.4 (continuation), §8.1, §5.5, §7.4.1."""
    framing = opened()
    framing.feed(octets)
    sent = framing.to_send()

    assert (sent[0], int.from_bytes(sent[2:4]), framing.is_over) == (0x88, code, True)
