"""The alias parameter of Via (RFC 5923)."""

import pytest

from sipcore.transport.alias import advertised_port

REQUEST = (
    b"OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/TLS p.example%b;branch=z9hG4bK1%b\r\n"
    b"From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\r\n"
)


@pytest.mark.parametrize(
    ("message", "port"),
    [
        (REQUEST % (b":5071", b";alias"), 5071),
        (REQUEST % (b"", b";Alias"), 5061),
        (REQUEST % (b":5071", b""), 0),
        (REQUEST % (b":5071", b";x=alias"), 0),
        (b"SIP/2.0 200 OK\r\nVia: SIP/2.0/TLS h;alias\r\n\r\n", 0),
        (b"alias", 0),
        (REQUEST.replace(b"TLS p", b"TLS/p") % (b"", b";alias"), 0),
    ],
)
def test_a_request_offers_its_connection_with_alias_only(message: bytes, port: int) -> None:
    assert advertised_port(message) == port
