"""Idle connections over TCP, TLS and WebSocket: what each costs the server."""

import datetime
import ipaddress
import socket
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

TRANSPORTS = ("tcp", "tls", "ws", "wss")
WARM = 50
"""Connections made before anything is measured."""

_OPTIONS = (
    b"OPTIONS sip:bench.local SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bK1\r\n"
    b"From: <sip:a@bench>;tag=1\r\nTo: <sip:bench>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n"
    b"Max-Forwards: 70\r\nX-Size-Of-A-Register: " + b"x" * 400 + b"\r\nContent-Length: 0\r\n\r\n"
)
_HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Protocol: sip\r\n\r\n"
)


def secure(config: Path) -> None:
    """Give the server of this settings file a certificate and a listener of every kind."""
    certificate, key = config.with_name("bench.pem"), config.with_name("bench.key")
    own = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bench")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(own.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .sign(own, hashes.SHA256())
    )
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key.write_bytes(
        own.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    listen = "\n".join(f'{kind} = ["127.0.0.1:0"]' for kind in TRANSPORTS)
    text = config.read_text().replace("tcp = []", listen)
    config.write_text(f'{text}[sip.tls]\ncertificate = "{certificate}"\nprivate_key = "{key}"\n')


def connect(transport: str, address: str, certificate: Path) -> socket.socket:
    """A connection that has shaken hands and got the answer to one request."""
    host, port = address.rsplit(":", 1)
    stream = socket.create_connection((host, int(port)))
    if transport in ("tls", "wss"):
        context = ssl.create_default_context(cafile=str(certificate))
        stream = context.wrap_socket(stream, server_hostname=host)
    if transport in ("ws", "wss"):
        stream.sendall(_HANDSHAKE)
        stream.recv(4096)
        stream.sendall(b"\x82\xfe" + len(_OPTIONS).to_bytes(2) + bytes(4) + _OPTIONS)
    else:
        stream.sendall(_OPTIONS)
    answer = stream.recv(4096)
    if b"SIP/2.0 200" not in answer:
        raise ConnectionError(f"{transport}: {answer!r}")
    return stream
