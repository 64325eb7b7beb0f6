"""Connection reuse (RFC 5923): whose connection may be used in the other direction."""

from pathlib import Path

import pytest

from sipcore.kernel.flow import Flow
from sipcore.transport.connection import StreamConnection
from sipcore.transport.tls import TlsContexts, TlsLayer, client_context, server_context
from tests.support.certificates import authority
from tests.support.streams import Stream, Table

REQUEST = (
    b"OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/TLS p1.example.com%b;branch=z9hG4bK1%b\r\n"
    b"From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n"
    b"Content-Length: 0\r\n\r\n"
)
HERE = Flow("TLS", 0, "192.0.2.7", 5061, server_name="p1.example.com")


class Proxy:
    """Another proxy that connects to us over TLS, with or without a certificate."""

    def __init__(self, table: Table, folder: Path, *names: str) -> None:
        ca = authority().file(folder)
        own = authority().sign(names).files(folder, "proxy") if names else ("", "")
        self._tls = TlsLayer(client_context(ca, *own), server_side=False, name="localhost")
        self.connection: StreamConnection
        self._stream: Stream
        self.connection, self._stream = table.connect(transport="TLS")
        self._tls.start()
        while octets := self._tls.to_send():
            self.connection.data_received(octets)
            self._tls.receive(self._stream.taken())

    def say(self, message: bytes) -> None:
        """Send a message."""
        self.connection.data_received(self._tls.protect(message))

    def hang_up(self) -> None:
        """End the connection."""
        self.connection.connection_lost(None)


@pytest.fixture
def table(tmp_path: Path) -> Table:
    files = authority().sign(("localhost",)).files(tmp_path, "server")
    context = server_context(*files, authority().file(tmp_path), "optional")
    return Table(tls=TlsContexts(context))


def reusable(table: Table, flow: Flow) -> bool:
    """Whether a request towards that flow would go over a connection that is open."""
    return table.streams.send(b"request", flow)


def test_an_authenticated_alias_is_used_for_its_own_name(table: Table, tmp_path: Path) -> None:
    """§8.2: the resolved address and the identity have to match."""
    Proxy(table, tmp_path, "sip:p1.example.com").say(REQUEST % (b"", b";alias"))

    assert reusable(table, HERE)
    assert not reusable(table, HERE._replace(server_name="p2.example.com"))
    assert not reusable(table, HERE._replace(port=5062))
    assert not reusable(table, HERE._replace(host="192.0.2.8"))
    assert not reusable(table, HERE._replace(server_name=""))


def test_the_port_of_sent_by_is_the_port_of_the_alias(table: Table, tmp_path: Path) -> None:
    """§8.2: if the sent-by contains a port, the server MUST use it."""
    Proxy(table, tmp_path, "p1.example.com").say(REQUEST % (b":5071", b";alias"))

    assert (reusable(table, HERE), reusable(table, HERE._replace(port=5071))) == (False, True)


def test_without_a_certificate_alias_means_nothing(table: Table, tmp_path: Path) -> None:
    """§9.2: the server MUST proceed as if the parameter was not present."""
    Proxy(table, tmp_path).say(REQUEST % (b"", b";alias"))

    assert len(table.messages) == 1
    assert not reusable(table, HERE)


def test_without_alias_a_connection_is_not_used(table: Table, tmp_path: Path) -> None:
    """§8.2: only connections whose clients said so."""
    Proxy(table, tmp_path, "p1.example.com").say(REQUEST % (b"", b""))

    assert not reusable(table, HERE)


def test_a_connection_that_ended_is_used_no_more(table: Table, tmp_path: Path) -> None:
    """§8.2: the aliased connection may no longer exist."""
    proxy = Proxy(table, tmp_path, "p1.example.com")
    proxy.say(REQUEST % (b"", b";alias"))
    proxy.hang_up()

    assert not reusable(table, HERE)
    assert table.streams._aliases == {}


def test_one_connection_makes_one_alias(table: Table, tmp_path: Path) -> None:
    """Nobody fills the alias table by naming port after port."""
    proxy = Proxy(table, tmp_path, "p1.example.com")
    for port in range(5061, 5081):
        proxy.say(REQUEST % (b":%d" % port, b";alias"))

    assert list(table.streams._aliases) == [("192.0.2.7", 5061)]
