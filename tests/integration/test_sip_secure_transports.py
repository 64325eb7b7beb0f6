"""TLS and WebSocket on real loopback sockets, with clients we did not write on the other side.

The clients: the standard library's `ssl`, and the blocking client of `websockets`.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from sipcore.endpoint.settings import BoundListener, ListenAddress
from sipcore.kernel.flow import Flow
from sipcore.message.message import Request, Response, parse
from sipcore.transport.connection import HANDSHAKE_TIMEOUT
from sipcore.transport.tls import TlsContexts, client_context, server_context
from tests.support.certificates import Authority, authority
from tests.support.peers import ANSWER_SDP, ack, invite, message, reply
from tests.support.wire import Wire, stage

PATIENCE = 10.0
"""Seconds until a missing answer fails a test instead of hanging it."""
STREAMS = ("TLS", "WS", "WSS")
LOCALHOSTS = ("127.0.0.1", "::1")
SIP = [Subprotocol("sip")]

Result = TypeVar("Result")


def options(host: str, number: int = 1, transport: str = "TLS", body: bytes = b"") -> bytes:
    """A request that is answered at once."""
    written = f"[{host}]" if ":" in host else host
    return message(
        "OPTIONS sip:doorline.test SIP/2.0",
        [
            f"Via: SIP/2.0/{transport} {written}:5999;rport;branch=z9hG4bKo{number}",
            "From: <sip:probe@doorline.test>;tag=probe",
            "To: <sip:doorline.test>",
            f"Call-ID: probe-{number}",
            f"CSeq: {number} OPTIONS",
        ],
        body,
    )


class TlsPhone:
    """A blocking TLS client."""

    def __init__(self, listener: BoundListener, context: ssl.SSLContext) -> None:
        raw = socket.create_connection((listener.host, listener.port), PATIENCE)
        try:
            self.socket = context.wrap_socket(raw, server_hostname=listener.host)
        except BaseException:
            raw.close()
            raise
        self._kept = b""

    def send(self, data: bytes) -> None:
        """Send one message."""
        self.socket.sendall(data)

    def recv(self) -> bytes:
        """The next message."""
        while True:
            head, end, rest = self._kept.partition(b"\r\n\r\n")
            if end:
                length = int(head.lower().rpartition(b"content-length:")[2].split(b"\r\n")[0])
                if len(rest) >= length:
                    self._kept = rest[length:]
                    return head + end + rest[:length]
            self._kept += self._more()

    def rest(self) -> bytes:
        """Everything until the server hangs up."""
        data = self._kept
        while more := self.socket.recv(65536):
            data += more
        return data

    def close(self) -> None:
        """Hang up."""
        self.socket.close()

    def _more(self) -> bytes:
        more = self.socket.recv(65536)
        if not more:
            raise ConnectionError("the server hung up")
        return more


class WebPhone:
    """A blocking WebSocket client."""

    def __init__(self, listener: BoundListener, context: ssl.SSLContext, path: str = "/") -> None:
        host = f"[{listener.host}]" if ":" in listener.host else listener.host
        is_secure = listener.transport == "WSS"
        scheme = "wss" if is_secure else "ws"
        if listener.transport == "WSS":
            # The client reads in a thread of its own. Before CPython 3.14 that is no lock against
            # writing at the same time, and the tickets of TLS 1.3 come just then.
            context.maximum_version = ssl.TLSVersion.TLSv1_2
        self._opened = connect(
            f"{scheme}://{host}:{listener.port}{path}",
            ssl=context if is_secure else None,
            subprotocols=SIP,
            open_timeout=PATIENCE,
            close_timeout=PATIENCE,
            compression="deflate",
            proxy=None,
        )
        self.ws: ClientConnection = self._opened.__enter__()

    def send(self, data: bytes) -> None:
        """Send one message."""
        self.ws.send(data.decode())

    def recv(self) -> bytes:
        """The next message."""
        got = self.ws.recv(PATIENCE)
        return got.encode() if isinstance(got, str) else got

    def close(self) -> None:
        """Hang up."""
        self._opened.__exit__(None, None, None)


Phone = TlsPhone | WebPhone


@pytest.fixture
def trust() -> ssl.SSLContext:
    """What a phone that knows the authority connects with."""
    return authority().client()


@pytest.fixture
def contexts(tmp_path: Path) -> TlsContexts:
    """A server certificate for loopback, and trust in our authority towards other servers."""
    certificate, key = authority().sign().files(tmp_path, "server")
    ca = authority().file(tmp_path)
    return TlsContexts(server_context(certificate, key), client_context(ca))


@asynccontextmanager
async def serving(
    contexts: TlsContexts, *transports: str, host: str = "127.0.0.1", wire: Wire | None = None
) -> AsyncIterator[tuple[Wire, tuple[BoundListener, ...]]]:
    """An endpoint with real listeners and a clock that only the test moves."""
    wire = wire or Wire(stage("indoor", "monitor"))
    wire.endpoint.use_certificates(contexts)
    bound = await wire.listen(*(ListenAddress(transport, host, 0) for transport in transports))
    try:
        yield wire, bound
    finally:
        await wire.endpoint.stop()


async def away(work: Callable[[], Result]) -> Result:
    """Blocking work of a client, beside the event loop of the server."""
    async with asyncio.timeout(PATIENCE):
        return await asyncio.to_thread(work)


def phone_at(listener: BoundListener, trust: ssl.SSLContext) -> Phone:
    """A phone that has connected."""
    if listener.transport == "TLS":
        return TlsPhone(listener, trust)
    return WebPhone(listener, trust)


@contextmanager
def calling(listener: BoundListener, trust: ssl.SSLContext) -> Iterator[Phone]:
    """A connected phone; to be used away from the event loop."""
    with closing(phone_at(listener, trust)) as phone:
        yield phone


@asynccontextmanager
async def connected(listener: BoundListener, trust: ssl.SSLContext) -> AsyncIterator[Phone]:
    """A connected phone for use in the event loop, with `away`."""
    phone = await away(lambda: phone_at(listener, trust))
    try:
        yield phone
    finally:
        await away(phone.close)


def ask(listener: BoundListener, trust: ssl.SSLContext, count: int = 1) -> list[Response]:
    """The answers to some OPTIONS on one connection."""
    answers = []
    with calling(listener, trust) as phone:
        for number in range(1, count + 1):
            phone.send(options(listener.host, number, listener.transport))
            answer = parse(phone.recv())
            assert isinstance(answer, Response)
            answers.append(answer)
    return answers


@pytest.mark.parametrize("host", LOCALHOSTS)
@pytest.mark.parametrize("transport", STREAMS)
async def test_every_kind_of_stream_answers_on_either_family(
    contexts: TlsContexts, trust: ssl.SSLContext, transport: str, host: str
) -> None:
    async with serving(contexts, transport, host=host) as (wire, (listener,)):
        answers = await away(lambda: ask(listener, trust, 3))

    assert [(answer.status, answer.cseq.number) for answer in answers] == [
        (200, n) for n in (1, 2, 3)
    ]
    assert (listener.transport, str(listener).split()[0]) == (transport, f"sip/{transport.lower()}")
    assert wire.endpoint.counters["internal_errors"] == 0


async def test_several_listeners_of_several_kinds_live_side_by_side(
    contexts: TlsContexts, trust: ssl.SSLContext
) -> None:
    async with serving(contexts, "TLS", "WS", "TLS", "WSS", "WS") as (_, bound):
        statuses = [
            [answer.status for answer in await away(lambda one=one: ask(one, trust))]  # type: ignore[misc]
            for one in bound
        ]

    assert statuses == [[200]] * 5
    assert len({listener.port for listener in bound}) == 5


async def test_messages_split_at_every_octet_of_tls_are_whole(
    contexts: TlsContexts, trust: ssl.SSLContext
) -> None:
    data = options("127.0.0.1")

    def trickle(listener: BoundListener) -> Response | Request:
        with calling(listener, trust) as phone:
            for octet in data:
                phone.send(bytes((octet,)))  # a record of its own for each
            return parse(phone.recv())

    async with serving(contexts, "TLS") as (wire, (listener,)):
        answer = await away(lambda: trickle(listener))

    assert isinstance(answer, Response)
    assert (answer.status, wire.endpoint.counters["requests_OPTIONS"]) == (200, 1)


@pytest.mark.parametrize("transport", STREAMS)
async def test_a_call_goes_from_one_stream_to_another(
    contexts: TlsContexts, trust: ssl.SSLContext, transport: str
) -> None:
    wire = Wire(stage("indoor", "monitor"))
    async with (
        serving(contexts, "TLS", transport, wire=wire) as (_, (doors, monitors)),
        connected(doors, trust) as door,
        connected(monitors, trust) as monitor,
    ):
        await away(lambda: monitor.send(options("127.0.0.1", transport=transport)))
        await away(monitor.recv)
        number = max(wire.endpoint.streams._connections)
        at_monitor = Flow(transport, 1, "127.0.0.1", 5060, number)
        wire.contacts.flows["monitor"] = [at_monitor]
        at_door = Flow("TLS", 0, "127.0.0.1", 5999)
        await away(lambda: door.send(invite(at_door)))
        trying = parse(await away(door.recv))
        leg = parse(await away(monitor.recv))
        assert isinstance(leg, Request)
        await away(lambda: monitor.send(reply(leg, 200, body=ANSWER_SDP, flow=at_monitor)))
        answer = parse(await away(door.recv))
        acknowledged = parse(await away(monitor.recv))
        assert isinstance(answer, Response)
        await away(lambda: door.send(ack(answer, at_door)))

    uri_transport = {"TLS": "tls", "WS": "ws", "WSS": "ws"}[transport]
    assert isinstance(trying, Response)
    assert isinstance(acknowledged, Request)
    assert (trying.status, answer.status, answer.body) == (100, 200, ANSWER_SDP)
    assert (leg.via.transport, leg.via.port) == (transport, monitors.port)
    assert (leg.first(b"contact") or b"").endswith(f";transport={uri_transport}>".encode())
    assert acknowledged.method == b"ACK"


@pytest.mark.parametrize("transport", STREAMS)
async def test_a_stream_that_ends_is_reported_at_once(
    contexts: TlsContexts, trust: ssl.SSLContext, transport: str
) -> None:
    closed: asyncio.Queue[Flow] = asyncio.Queue()
    async with serving(contexts, transport) as (wire, (listener,)):
        wire.endpoint.streams._closed = closed.put_nowait
        await away(lambda: ask(listener, trust))
        async with asyncio.timeout(PATIENCE):
            flow = await closed.get()

        assert (flow.transport, closed.empty()) == (transport, True)
        assert len(wire.endpoint.streams) == 0


# -- TLS -------------------------------------------------------------------------------------------


async def test_tls_1_2_is_spoken_and_1_1_is_not(
    contexts: TlsContexts, trust: ssl.SSLContext
) -> None:
    trust.maximum_version = ssl.TLSVersion.TLSv1_2
    old = authority().client()
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")

    async with serving(contexts, "TLS") as (wire, (listener,)):
        answers = await away(lambda: ask(listener, trust))
        with pytest.raises(OSError, match=r"alert|version|reset|EOF|closed"):
            await away(lambda: ask(listener, old))

    assert answers[0].status == 200
    assert wire.endpoint.counters["tls_failures"] == 1


async def test_a_client_certificate_can_be_required(tmp_path: Path) -> None:
    certificate, key = authority().sign().files(tmp_path, "server")
    asked = TlsContexts(server_context(certificate, key, authority().file(tmp_path), "required"))
    known = authority().client(authority().sign(("sip:a.example",)).files(tmp_path, "phone"))
    stranger = authority().client(Authority().sign(("sip:a.example",)).files(tmp_path, "stranger"))

    async with serving(asked, "TLS") as (wire, (listener,)):
        answers = await away(lambda: ask(listener, known))
        for context in (authority().client(), stranger):
            with pytest.raises(OSError, match=r"alert|reset|hung up|EOF|pipe"):
                await away(lambda context=context: ask(listener, context))  # type: ignore[misc]

    assert answers[0].status == 200
    assert wire.endpoint.counters["tls_failures"] == 2


async def test_certificates_are_renewed_without_dropping_anybody(
    contexts: TlsContexts, trust: ssl.SSLContext, tmp_path: Path
) -> None:
    def subject(phone: TlsPhone) -> object:
        return dict((phone.socket.getpeercert() or {})["subject"][0])["commonName"]  # type: ignore[arg-type]

    async with serving(contexts, "TLS") as (wire, (listener,)):
        first = await away(lambda: TlsPhone(listener, trust))
        renewed = authority().sign(common_name="renewed").files(tmp_path, "renewed")
        wire.endpoint.use_certificates(replace(contexts, server=server_context(*renewed)))
        second = await away(lambda: TlsPhone(listener, trust))
        await away(lambda: first.send(options("127.0.0.1", 1)))
        answer = parse(await away(first.recv))
        shown = [subject(first), subject(second)]
        first.close()
        second.close()

    assert isinstance(answer, Response)
    assert (answer.status, shown) == (200, ["sip", "renewed"])


async def test_clients_that_never_finish_the_handshake_are_closed_and_harm_nobody(
    contexts: TlsContexts, trust: ssl.SSLContext
) -> None:
    async with serving(contexts, "TLS") as (wire, (listener,)):
        silent = [await asyncio.open_connection(listener.host, listener.port) for _ in range(20)]
        for _, writer in silent[:10]:
            writer.write(b"\x16\x03\x01\x02\x00\x01\x00")
        before = await away(lambda: ask(listener, trust))
        wire.clock.advance(HANDSHAKE_TIMEOUT + 1)
        wire.endpoint.streams.sweep(wire.clock.monotonic())
        async with asyncio.timeout(PATIENCE):
            ends = [await reader.read() for reader, _ in silent]
        for _, writer in silent:
            writer.close()
        after = await away(lambda: ask(listener, trust))

    assert ends == [b""] * 20
    assert (before[0].status, after[0].status) == (200, 200)
    assert wire.endpoint.counters["handshakes_unfinished"] == 20


@pytest.mark.parametrize("transport", ["TLS", "WSS", "WS"])
async def test_plain_sip_on_the_wrong_port_is_closed_fast(
    contexts: TlsContexts, transport: str
) -> None:
    async with serving(contexts, transport) as (_, (listener,)):
        reader, writer = await asyncio.open_connection(listener.host, listener.port)
        writer.write(options("127.0.0.1", transport="TCP"))
        async with asyncio.timeout(PATIENCE):
            answer = await reader.read()
        writer.close()

    assert b"SIP/2.0" not in answer


# -- WebSocket -------------------------------------------------------------------------------------


def refused(url: str, subprotocols: list[Subprotocol] | None) -> None:
    """Try to connect; InvalidStatus when the server answers with an HTTP error."""
    with connect(url, subprotocols=subprotocols, proxy=None):
        pass


async def test_other_paths_and_subprotocols_get_an_http_error(
    contexts: TlsContexts, trust: ssl.SSLContext
) -> None:
    async with serving(contexts, "WS") as (_, (listener,)):
        url = f"ws://{listener.host}:{listener.port}"
        statuses = []
        for path, offered in (("/nowhere", SIP), ("/", None), ("/", [Subprotocol("chat")])):
            with pytest.raises(InvalidStatus) as caught:
                await away(lambda p=path, o=offered: refused(url + p, o))  # type: ignore[misc]
            statuses.append(caught.value.response.status_code)

    assert statuses == [404, 400, 400]


async def test_pings_of_websocket_and_of_sip_are_answered(
    contexts: TlsContexts, trust: ssl.SSLContext
) -> None:
    def play(listener: BoundListener) -> tuple[bool, bytes]:
        phone = WebPhone(listener, trust)
        pong = phone.ws.ping(b"still there?").wait(PATIENCE)
        phone.send(b"\r\n\r\n")
        answer = phone.recv()
        phone.close()
        return pong, answer

    async with serving(contexts, "WSS") as (_, (listener,)):
        assert await away(lambda: play(listener)) == (True, b"\r\n")


async def test_a_message_without_content_length_is_read_in_websocket_only(
    contexts: TlsContexts, trust: ssl.SSLContext
) -> None:
    """RFC 7118 §5; RFC 3261 §18.3."""
    bare = options("127.0.0.1", transport="WS").replace(b"Content-Length: 0\r\n", b"")

    def play(listener: BoundListener) -> Request | Response:
        with calling(listener, trust) as phone:
            phone.send(bare)
            return parse(phone.recv())

    async with serving(contexts, "WS", "TLS") as (_, bound):
        answers = [await away(lambda one=one: play(one)) for one in bound]  # type: ignore[misc]

    assert [answer.status for answer in answers if isinstance(answer, Response)] == [200, 400]


async def test_a_message_nobody_needs_that_large_ends_the_connection(
    contexts: TlsContexts, trust: ssl.SSLContext
) -> None:
    def play(listener: BoundListener) -> int | None:
        phone = WebPhone(listener, trust)
        try:
            phone.ws.send(b"x" * 200_000)
            phone.recv()
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd is not None else None
        finally:
            phone.close()
        return None

    async with serving(contexts, "WS") as (wire, (listener,)):
        code = await away(lambda: play(listener))

    assert code in (1009, None)  # the reset may overtake the close frame
    assert wire.endpoint.counters["stream_errors"] == 1


# -- connections that this server makes over TLS -------------------------------------------------


@asynccontextmanager
async def provider(
    folder: Path, *names: str, client_ca: bool = False
) -> AsyncIterator[tuple[int, asyncio.Queue[tuple[bytes, asyncio.StreamWriter]], list[object]]]:
    """A TLS server of somebody else: its port, what it got, and the server names asked for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority().sign(names).files(folder, "provider"))
    asked: list[object] = []
    context.sni_callback = lambda _, name, __: asked.append(name)
    if client_ca:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(authority().file(folder))
    inbox: asyncio.Queue[tuple[bytes, asyncio.StreamWriter]] = asyncio.Queue()
    writers: list[asyncio.StreamWriter] = []

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        try:
            while True:
                inbox.put_nowait((await reader.readuntil(b"\r\n\r\n"), writer))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1], inbox, asked
    finally:
        server.close()
        for writer in writers:
            writer.close()
        await asyncio.sleep(0.05)


async def test_a_provider_is_connected_to_once_under_its_name(
    contexts: TlsContexts, tmp_path: Path
) -> None:
    data = [options("127.0.0.1", number) for number in (1, 2, 3)]
    async with (
        provider(tmp_path, "sip.provider.example") as (port, inbox, asked),
        serving(contexts, "TLS") as (wire, _),
    ):
        flow = Flow("TLS", 0, "127.0.0.1", port, server_name="sip.provider.example")
        sent = [wire.endpoint.send(one, flow) for one in data[:2]]
        async with asyncio.timeout(PATIENCE):
            received = [await inbox.get(), await inbox.get()]
            sent.append(wire.endpoint.send(data[2], flow))
            received.append(await inbox.get())
        elsewhere = wire.endpoint.send(data[0], flow._replace(server_name="b.example"))
        await wire.endpoint.streams.close()

    assert (sent, [octets for octets, _ in received]) == ([True] * 3, data)
    assert len({writer for _, writer in received}) == 1
    assert asked[0] == "sip.provider.example"
    assert elsewhere  # on a connection of its own


@pytest.mark.parametrize("names", [("other.example",), ("*.provider.example",)])
async def test_a_provider_that_shows_another_name_fails_at_once(
    contexts: TlsContexts, tmp_path: Path, names: tuple[str, ...]
) -> None:
    """RFC 5922 §7.2, §7.3."""
    closed: asyncio.Queue[Flow] = asyncio.Queue()
    async with (
        provider(tmp_path, *names) as (port, inbox, _),
        serving(contexts, "TLS") as (wire, _),
    ):
        wire.endpoint.streams._closed = closed.put_nowait
        flow = Flow("TLS", 0, "127.0.0.1", port, server_name="sip.provider.example")
        wire.endpoint.send(options("127.0.0.1"), flow)
        async with asyncio.timeout(PATIENCE):
            while await closed.get() != flow:
                pass

        assert inbox.empty()


async def test_a_verified_peer_may_be_called_back_on_its_own_connection(tmp_path: Path) -> None:
    """RFC 5923 §8.2: alias, and only for the name that the certificate shows."""
    certificate, key = authority().sign().files(tmp_path, "server")
    ca = authority().file(tmp_path)
    mutual = TlsContexts(server_context(certificate, key, ca, "optional"), client_context(ca))
    own = authority().sign(("sip:p.example",)).files(tmp_path, "peer")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        aliased = options("127.0.0.1").replace(b"127.0.0.1:5999;", b"p.example:%d;alias;" % port)
        async with serving(mutual, "TLS") as (wire, (listener,)):
            flow = Flow("TLS", 0, "127.0.0.1", port, server_name="p.example")
            heard = []
            for context in (authority().client(), authority().client(own)):
                peer = await away(lambda c=context: TlsPhone(listener, c))  # type: ignore[misc]
                await away(lambda p=peer: p.send(aliased))  # type: ignore[misc]
                await away(peer.recv)
                reused = wire.endpoint.streams._reusable(flow)
                other = wire.endpoint.streams._reusable(flow._replace(server_name="q.example"))
                heard.append((reused is not None, other is not None))
                if reused is not None:
                    wire.endpoint.send(options("127.0.0.1", 7), flow)
                    back = parse(await away(peer.recv))
                peer.close()

    assert heard == [(False, False), (True, False)]
    assert isinstance(back, Request)
    assert back.cseq.number == 7
