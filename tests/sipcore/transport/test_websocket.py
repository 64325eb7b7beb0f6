"""SIP over WebSocket in memory, with the library's client as the other side (RFC 7118)."""

import logging
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import State
from websockets.typing import Origin, Subprotocol
from websockets.uri import parse_uri

from sipcore.transport.connection import HANDSHAKE_TIMEOUT, PARTIAL_TIMEOUT, StreamConnection
from sipcore.transport.framing import MAX_HEADER, MAX_MESSAGE
from sipcore.transport.websocket import MAX_HANDSHAKE, WebSocketFraming, WebSocketPolicy
from tests.support.streams import Stream, Table

MESSAGE = b"OPTIONS sip:a SIP/2.0\r\nCall-ID: \xc3\xbc\r\n\r\n"
QUIET = logging.Logger("quiet", logging.CRITICAL + 1)
HANDSHAKE = (
    b"%b %b %b\r\nHost: sip.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n%b\r\n"
)
SIP = b"Sec-WebSocket-Protocol: sip\r\n"


class Browser:
    """A WebSocket client on a connection of the table."""

    def __init__(
        self,
        connection: StreamConnection,
        stream: Stream,
        *,
        path: str = "/",
        origin: str | None = None,
        subprotocol: str = "sip",
    ) -> None:
        self.connection, self.stream = connection, stream
        self.ws = ClientProtocol(
            parse_uri(f"ws://sip.example{path}"),
            origin=None if origin is None else Origin(origin),
            subprotocols=[Subprotocol(subprotocol)] if subprotocol else None,
            logger=QUIET,
        )
        self.ws.send_request(self.ws.connect())

    def flush(self) -> bytes:
        """What the client has to say."""
        return b"".join(self.ws.data_to_send())

    def talk(self) -> "Browser":
        """Let both sides exchange what they have to say."""
        self.connection.data_received(self.flush())
        if written := self.stream.taken():
            self.ws.receive_data(written)
        return self

    def heard(self) -> list[tuple[Opcode, bytes]]:
        """The frames that came since the last look."""
        frames = [event for event in self.ws.events_received() if isinstance(event, Frame)]
        return [(frame.opcode, bytes(frame.data)) for frame in frames]


def browser(table: Table, transport: str = "WS", **how: str) -> Browser:
    """A client that has shaken hands."""
    made = Browser(*table.connect(transport=transport), **how)  # type: ignore[arg-type]
    return made.talk()


def answer_to(request: bytes, policy: WebSocketPolicy | None = None) -> tuple[int, bytes, str]:
    """Status and octets of the answer to an HTTP request, and how the stream was left."""
    table = Table(web=policy or WebSocketPolicy())
    connection, stream = table.connect(transport="WS")
    connection.data_received(request)
    return int(stream.written[9:12]), stream.written, stream.ended


def test_a_browser_that_asks_for_sip_gets_it() -> None:
    """RFC 7118 §4.1."""
    made = browser(Table())

    (response,) = (event for event in made.ws.events_received() if isinstance(event, Response))
    assert (made.ws.state, made.ws.subprotocol, response.status_code) == (State.OPEN, "sip", 101)


@pytest.mark.parametrize("path", ["/", "/ws", "/sip", "/ws?token=x"])
def test_the_usual_paths_are_served(path: str) -> None:
    assert browser(Table(), path=path).ws.state is State.OPEN


@pytest.mark.parametrize(
    ("target", "status"),
    [
        (b"http://sip.example/ws", 101),
        (b"https://sip.example/sip?token=http://x/other", 101),
        (b"ws://sip.example", 101),
        (b"http://sip.example/other", 404),
        (b"http://sip.example/x?://y/ws", 404),
    ],
)
def test_the_path_may_come_with_its_host(target: bytes, status: int) -> None:
    """RFC 6455 §4.2.1: a resource name, or an absolute URI that has it."""
    assert answer_to(HANDSHAKE % (b"GET", target, b"HTTP/1.1", SIP))[0] == status


@pytest.mark.parametrize(
    ("request_", "status", "header"),
    [
        (HANDSHAKE % (b"GET", b"/other", b"HTTP/1.1", SIP), 404, b""),
        (HANDSHAKE % (b"GET", b"/", b"HTTP/1.1", b""), 400, b""),
        (HANDSHAKE % (b"GET", b"/", b"HTTP/1.1", b"Sec-WebSocket-Protocol: chat\r\n"), 400, b""),
        (HANDSHAKE % (b"POST", b"/", b"HTTP/1.1", SIP), 405, b"Allow: GET"),
        (HANDSHAKE % (b"GET", b"/", b"HTTP/1.0", SIP), 505, b""),
        (
            (HANDSHAKE % (b"GET", b"/", b"HTTP/1.1", SIP)).replace(b"n: 13", b"n: 8"),
            426,
            b"Sec-WebSocket-Version: 13",
        ),
        (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", 426, b"Upgrade: websocket"),
        ((HANDSHAKE % (b"GET", b"/", b"HTTP/1.1", SIP)).replace(b"Host: ", b"X: "), 400, b""),
        ((HANDSHAKE % (b"GET", b"/", b"HTTP/1.1", SIP)).replace(b"dGhl", b"dGh"), 400, b""),
        (b"OPTIONS sip:a SIP/2.0\r\n\r\n", 400, b""),
        (b"\x16\x03\x01\r\n\r\n", 400, b""),
        (b"GET / HTTP/1.1\r\nX: " + b"y" * 9000 + b"\r\n\r\n", 431, b""),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 200 + b"\r\n", 431, b""),
        (b"GET /" + b"y" * 9000 + b" HTTP/1.1\r\n\r\n", 414, b""),
        (b"GET / HTTP/1.1\r\nX: y\r\n" + b"y" * MAX_HANDSHAKE, 431, b""),
    ],
)
def test_anything_else_gets_the_http_error_it_deserves(
    request_: bytes, status: int, header: bytes
) -> None:
    got, octets, ended = answer_to(request_)

    assert (got, ended) == (status, "eof")
    assert header in octets
    assert b"\r\nConnection: close\r\n" in octets


def test_other_pages_are_refused_when_the_pages_are_listed() -> None:
    policy = WebSocketPolicy(origins=("https://panel.example",))
    table = Table(web=policy)

    welcome = [browser(table, origin="https://panel.example"), browser(table)]
    status, _, ended = answer_to(
        HANDSHAKE % (b"GET", b"/", b"HTTP/1.1", SIP + b"Origin: https://evil.example\r\n"), policy
    )

    assert [one.ws.state for one in welcome] == [State.OPEN, State.OPEN]
    assert (status, ended) == (403, "eof")


@pytest.mark.parametrize("binary", [False, True])
def test_a_message_is_one_websocket_message_text_or_binary(binary: bool) -> None:
    """RFC 7118 §4.2, §5."""
    table = Table()
    made = browser(table)
    (made.ws.send_binary if binary else made.ws.send_text)(MESSAGE)
    made.talk()

    assert table.messages == [MESSAGE]
    assert table.received[0][1].transport == "WS"


@pytest.mark.parametrize(
    ("message", "opcode"),
    [(b"SIP/2.0 200 OK\r\n\r\n\xc3\xbc", Opcode.TEXT), (b"SIP\r\n\r\n\xff", Opcode.BINARY)],
)
def test_what_is_sent_is_text_unless_it_is_not_utf8(message: bytes, opcode: Opcode) -> None:
    """RFC 7118 §4.2."""
    table = Table()
    made = browser(table)
    made.heard()

    assert table.streams.send(message, made.connection.flow)
    assert made.talk().heard() == [(opcode, message)]


def test_a_message_in_fragments_is_one_message() -> None:
    table = Table()
    made = browser(table)
    made.ws.send_text(MESSAGE[:5], fin=False)
    made.ws.send_continuation(MESSAGE[5:9], fin=False)
    made.ws.send_ping(b"between")
    made.ws.send_continuation(MESSAGE[9:], fin=True)

    assert made.talk().heard() == [(Opcode.PONG, b"between")]
    assert table.messages == [MESSAGE]


def test_keep_alives_are_answered_and_are_no_messages() -> None:
    """RFC 7118 §6: ping frames, and the CRLFs of RFC 5626 §3.5.1."""
    table = Table()
    made = browser(table)
    made.heard()
    made.ws.send_ping(b"x")
    made.ws.send_text(b"\r\n\r\n")
    made.ws.send_text(b"\r\n")
    made.ws.send_text(b"")

    assert made.talk().heard() == [(Opcode.PONG, b"x"), (Opcode.TEXT, b"\r\n")]
    assert table.received == []


@given(st.lists(st.integers(0, 700), max_size=10).map(sorted))
def test_it_does_not_matter_how_a_websocket_stream_is_cut(cuts: list[int]) -> None:
    table = Table()
    connection, stream = table.connect(transport="WS")
    made = Browser(connection, stream)
    handshake = made.flush()
    made.ws.state = State.OPEN  # the frames are written before the answer came
    for part in (MESSAGE, b"\r\n\r\n", MESSAGE):
        made.ws.send_text(part)
    data = handshake + made.flush()
    edges = [0, *(cut for cut in cuts if cut < len(data)), len(data)]
    for start, end in pairwise(edges):
        connection.data_received(data[start:end])

    assert table.messages == [MESSAGE, MESSAGE]


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (b"\x81\x85\0\0\0\0\xff\xfe\xff\xfe\xff", 1007),
        (b"\x81\x05hello", 1002),
        (b"\xf1\x80\0\0\0\0", 1002),
        (b"\x80\x80\0\0\0\0", 1002),
        (b"\x82\xff" + (MAX_HEADER + MAX_MESSAGE + 1).to_bytes(8) + bytes(4), 1009),
        (b"\x82\xff" + b"\x7f" + b"\xff" * 7 + bytes(4), 1009),
        (b"\x09\x80\0\0\0\0", 1002),
    ],
)
def test_a_frame_that_breaks_the_rules_ends_the_connection(frame: bytes, code: int) -> None:
    """RFC 6455 §5.1, §5.2, §5.5, §8.1; and the size nobody needs."""
    table = Table()
    made = browser(table)
    made.connection.data_received(frame)
    made.ws.receive_data(made.stream.taken())

    assert made.ws.close_rcvd is not None
    assert (made.ws.close_rcvd.code, made.stream.ended, table.received) == (code, "eof", [])


def test_fragments_add_up_to_the_same_limit() -> None:
    table = Table()
    made = browser(table)
    made.ws.send_binary(bytes(MAX_MESSAGE), fin=False)
    made.ws.send_continuation(bytes(MAX_MESSAGE), fin=True)
    made.talk()

    assert made.ws.close_rcvd is not None
    assert (made.ws.close_rcvd.code, table.received) == (1009, [])


def test_a_message_that_never_ends_is_swept() -> None:
    table = Table()
    made = browser(table)
    made.ws.send_text(MESSAGE)
    made.ws.send_text(MESSAGE[:5], fin=False)
    made.talk()
    for _ in range(5):
        made.ws.send_continuation(b"", fin=False)
        made.talk()
        table.clock.advance(PARTIAL_TIMEOUT / 4)

    table.sweep_after(0)

    assert (made.stream.ended, table.streams.counters["slow_senders"]) == ("aborted", 1)


def test_a_handshake_that_never_ends_is_swept() -> None:
    table = Table()
    connection, stream = table.connect(transport="WS")
    connection.data_received(b"GET / HTTP/1.1\r\n")

    table.sweep_after(HANDSHAKE_TIMEOUT + 0.1)

    assert (stream.ended, table.streams.counters["handshakes_unfinished"]) == ("aborted", 1)


def test_a_browser_that_says_goodbye_is_answered_and_closed() -> None:
    """RFC 6455 §5.5.1, §7.1.1."""
    table = Table()
    made = browser(table)
    made.ws.send_close(1000)
    made.talk()

    assert (made.ws.close_rcvd is not None, made.stream.ended) == (True, "closed")
    assert not made.connection.write(MESSAGE)


def test_a_server_that_stops_says_that_it_is_going_away() -> None:
    made = browser(Table())
    made.connection.close()
    made.ws.receive_data(made.stream.taken())

    assert made.ws.close_rcvd is not None
    assert (made.ws.close_rcvd.code, made.stream.ended) == (1001, "closed")


FRAMES = st.one_of(
    st.binary(max_size=40),
    st.builds(
        lambda first, length, mask, payload: bytes((first, 0x80 | length)) + mask + payload,
        st.integers(0, 255),
        st.integers(0, 127),
        st.binary(min_size=4, max_size=4),
        st.binary(max_size=130),
    ),
)


@given(st.booleans(), st.lists(FRAMES, max_size=8))
def test_no_octets_raise_or_leave_a_broken_connection_open(
    shaken: bool, pieces: list[bytes]
) -> None:
    table = Table()
    connection, stream = table.connect(transport="WS")
    if shaken:
        connection.data_received(HANDSHAKE % (b"GET", b"/", b"HTTP/1.1", SIP))
    for piece in pieces:
        connection.data_received(piece)
    table.sweep_after(3600)

    assert stream.ended in ("aborted", "closed") or not connection.is_waiting


def test_nothing_is_sent_before_the_handshake() -> None:
    framing = WebSocketFraming(WebSocketPolicy())

    assert (framing.is_ready, framing.wrap(MESSAGE), framing.farewell()) == (False, b"", b"")
