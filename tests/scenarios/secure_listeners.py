"""Listeners for TLS and WebSocket: whether there are any, and a certificate for them."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from doorline.settings import Address, ListenSettings, Settings, SipSettings
from doorline.settings.rules import broken_rules
from doorline.settings.tree import TlsSettings


def needs_listener(name: str) -> pytest.MarkDecorator:
    """Skips a test when the settings refuse a `tls`, `ws` or `wss` listener as not there yet."""
    listen = ListenSettings(**{name: (Address("127.0.0.1", 0),)})
    tls = TlsSettings(certificate="certificate.pem", private_key="key.pem")
    refused = [key for key, _ in broken_rules(Settings(sip=SipSettings(listen=listen, tls=tls)))]
    is_missing = ("sip", "listen", name) in refused
    return pytest.mark.skipif(is_missing, reason=f"no {name} listener in this version")


def self_signed(folder: Path, address: str) -> tuple[Path, Path]:
    """Files of a certificate for an IP address, valid for a day, and of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, address)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), False)
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = folder / "certificate.pem", folder / "key.pem"
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    key_file.chmod(0o600)
    return certificate_file, key_file
