"""TLS without sockets: octets of the network in, plain text out, and the other way round.

OpenSSL works on memory here. So a handshake is a connection like any other, counted and timed by
the connection table from its first octet on, and no coroutine waits for it.
"""

import ssl
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Literal

from sipcore.kernel.errors import BadMessage
from sipcore.transport.identity import identities

ClientCertificate = Literal["none", "optional", "required"]
"""Whether those who connect have to show a certificate."""

_RECORD: Final = 16384
"""Octets of plain text in one record at most (RFC 8446 §5.1)."""


class TlsError(BadMessage):
    """The handshake failed or the stream is no TLS; what OpenSSL says, without addresses."""


@dataclass(frozen=True, slots=True)
class TlsContexts:
    """The certificates in use; a reload replaces the whole, open connections keep theirs."""

    server: ssl.SSLContext | None = None
    """For TLS and secure WebSocket listeners."""
    client: ssl.SSLContext | None = None
    """For connections that this server makes."""


NO_TLS: Final = TlsContexts()
"""A server without certificates."""


def server_context(
    certificate: str,
    private_key: str,
    client_ca: str = "",
    client_certificate: ClientCertificate = "none",
) -> ssl.SSLContext:
    """TLS 1.2 or newer with this certificate; `client_ca` signs the clients' certificates.

    Raises OSError (ssl.SSLError is one) when a file cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _harden(context)
    context.load_cert_chain(certificate, private_key, password=_no_password)
    if client_certificate != "none":
        context.verify_mode = (
            ssl.CERT_REQUIRED if client_certificate == "required" else ssl.CERT_OPTIONAL
        )
        context.load_verify_locations(client_ca)
    return context


def client_context(
    server_ca: str = "", certificate: str = "", private_key: str = ""
) -> ssl.SSLContext:
    """TLS 1.2 or newer towards servers whose certificate `server_ca`, or the system, vouches for.

    The certificate, when there is one, is shown to servers that ask for it. Raises OSError.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    _harden(context)
    # The name is checked by `TlsLayer`: RFC 5922 §7.2 knows SIP URIs and forbids wildcards.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    if server_ca:
        context.load_verify_locations(server_ca)
    else:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    if certificate:
        context.load_cert_chain(certificate, private_key, password=_no_password)
    return context


class TlsLayer:
    """One side of one TLS connection."""

    __slots__ = ("_incoming", "_name", "_object", "_outgoing", "closed", "established", "names")

    def __init__(
        self, context: ssl.SSLContext, *, server_side: bool = True, name: str = ""
    ) -> None:
        """`name`: what the certificate of the server we connect to must show, also sent as SNI."""
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._name = name
        self._object = context.wrap_bio(
            self._incoming,
            self._outgoing,
            server_side=server_side,
            server_hostname=name or None,
        )
        self.established = False
        """Whether the handshake is over."""
        self.closed = False
        """Whether the other side said that nothing more comes."""
        self.names: frozenset[str] = frozenset()
        """Identities in the certificate of the other side, once established (RFC 5922 §7.1)."""

    def start(self) -> None:
        """Begin the handshake: a client speaks first."""
        self._shake_hands()

    def receive(self, data: bytes) -> bytes:
        """Take octets of the network; returns the plain text that is complete now.

        Raises TlsError when the connection cannot go on; `to_send` then holds the alert.
        """
        self._incoming.write(data)
        if not self.established and not self._shake_hands():
            return b""
        pieces = []
        try:
            while piece := self._object.read(_RECORD):
                pieces.append(piece)
            self.closed = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            self.closed = True
        except ssl.SSLError as error:
            if not pieces:
                raise TlsError(_reason(error)) from error
            self.closed = True  # what came before the fault is still good
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def protect(self, data: bytes) -> bytes:
        """Octets for the network that carry this plain text; b"" when it is too late for any."""
        written = 0
        view = memoryview(data)
        try:
            while written < len(data):
                written += self._object.write(view[written:])
        except ssl.SSLError:
            return b""
        return self._outgoing.read()

    def to_send(self) -> bytes:
        """What OpenSSL itself has to say: handshake, alerts, tickets."""
        return self._outgoing.read() if self._outgoing.pending else b""

    def farewell(self) -> bytes:
        """The closure alert (RFC 5923 §8.3)."""
        if self.established:
            with suppress(ssl.SSLError):  # it waits for the other side's alert, which we do not
                self._object.unwrap()
        return self.to_send()

    def _shake_hands(self) -> bool:
        """Go on with the handshake; whether it is over. Raises TlsError."""
        try:
            self._object.do_handshake()
        except ssl.SSLWantReadError:
            return False
        except ssl.SSLError as error:
            raise TlsError(_reason(error)) from error
        certificate = self._object.getpeercert()
        self.names = identities(certificate) if certificate else frozenset()
        if self._name and self._name.lower() not in self.names:
            raise TlsError(f"certificate is not for {self._name}")
        self.established = True
        return True


def _harden(context: ssl.SSLContext) -> None:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # A client that renegotiates again and again would make us work for nothing.
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION


def _no_password() -> str:
    """OpenSSL would ask on the terminal for the password of an encrypted key."""
    return ""


def _reason(error: ssl.SSLError) -> str:
    return (error.reason or "TLS failed").lower().replace("_", " ")
