"""TLS in memory: two layers, or one and the standard library's own client."""

import ssl
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from sipcore.transport.tls import TlsError, TlsLayer, client_context, server_context
from tests.support.certificates import Authority, authority


def contexts(
    folder: Path, *names: str, ca: Authority | None = None, days: float = 90
) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Server with a certificate for these names; a client that trusts the usual authority."""
    files = (ca or authority()).sign(names, days=days).files(folder, "server")
    return server_context(*files), client_context(authority().file(folder))


def towards(context: ssl.SSLContext, name: str) -> TlsLayer:
    """Our side of a connection to a server of that name."""
    return TlsLayer(context, server_side=False, name=name)


def shake_hands(server: TlsLayer, client: TlsLayer) -> None:
    """Octets go to and fro until nobody has anything to say."""
    client.start()
    while octets := client.to_send():
        server.receive(octets)
        client.receive(server.to_send())


def test_two_layers_understand_each_other(tmp_path: Path) -> None:
    server_side, client_side = contexts(tmp_path, "sip.example.org")
    server, client = TlsLayer(server_side), towards(client_side, "SIP.example.org")
    shake_hands(server, client)
    large = b"x" * 100_000

    assert (server.established, client.established) == (True, True)
    assert client.names == {"sip.example.org"}
    assert client.receive(server.protect(large)) == large
    assert server.receive(client.protect(b"hello")) == b"hello"


@pytest.mark.parametrize(
    "names", [("other.example.org",), ("*.example.org",), ("sip:u@example.org",)]
)
def test_a_server_without_the_name_we_wanted_is_not_spoken_to(
    tmp_path: Path, names: tuple[str, ...]
) -> None:
    server_side, client_side = contexts(tmp_path, *names)
    client = towards(client_side, "sip.example.org")

    with pytest.raises(TlsError, match=r"certificate is not for sip\.example\.org"):
        shake_hands(TlsLayer(server_side), client)
    assert not client.established


@pytest.mark.parametrize("names", [("192.0.2.9",), ("sip:192.0.2.9",)])
def test_a_server_may_be_known_by_its_address(tmp_path: Path, names: tuple[str, ...]) -> None:
    server_side, client_side = contexts(tmp_path, *names)
    client = towards(client_side, "192.0.2.9")

    shake_hands(TlsLayer(server_side), client)

    assert client.established


def test_a_server_of_an_unknown_authority_is_not_spoken_to(tmp_path: Path) -> None:
    server_side, client_side = contexts(tmp_path, "a.example", ca=Authority())

    with pytest.raises(TlsError, match="certificate verify failed"):
        shake_hands(TlsLayer(server_side), towards(client_side, "a.example"))


def test_a_certificate_that_ran_out_is_not_accepted(tmp_path: Path) -> None:
    server_side, client_side = contexts(tmp_path, "a.example", days=-1)

    with pytest.raises(TlsError, match="certificate verify failed"):
        shake_hands(TlsLayer(server_side), towards(client_side, "a.example"))


def test_a_client_is_known_by_its_certificate(tmp_path: Path) -> None:
    files = authority().sign(("localhost",)).files(tmp_path, "server")
    ca = authority().file(tmp_path)
    own = authority().sign(("sip:proxy.example.org",)).files(tmp_path, "client")
    server = TlsLayer(server_context(*files, ca, "required"))

    shake_hands(server, TlsLayer(client_context(ca, *own), server_side=False, name="localhost"))

    assert server.names == {"proxy.example.org"}


@pytest.mark.parametrize(("wanted", "accepted"), [("required", False), ("optional", True)])
def test_a_client_without_certificate(tmp_path: Path, wanted: str, accepted: bool) -> None:
    files = authority().sign(("localhost",)).files(tmp_path, "server")
    ca = authority().file(tmp_path)
    server = TlsLayer(server_context(*files, ca, wanted))  # type: ignore[arg-type]
    client = TlsLayer(client_context(ca), server_side=False, name="localhost")

    if accepted:
        shake_hands(server, client)
    else:
        with pytest.raises(TlsError, match="peer did not return a certificate"):
            shake_hands(server, client)

    assert (server.established, server.names) == (accepted, frozenset())


def test_tls_before_1_2_is_refused(tmp_path: Path) -> None:
    files = authority().sign(("localhost",)).files(tmp_path, "server")

    assert server_context(*files).minimum_version == ssl.TLSVersion.TLSv1_2
    assert client_context(authority().file(tmp_path)).minimum_version == ssl.TLSVersion.TLSv1_2


def test_noise_is_an_error_with_a_reason() -> None:
    with pytest.raises(TlsError, match=r"wrong version number|http request"):
        TlsLayer(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)).receive(b"GET / HTTP/1.1\r\n\r\n")


def test_a_farewell_is_understood_and_ends_what_can_be_sent(tmp_path: Path) -> None:
    server_side, client_side = contexts(tmp_path, "a.example")
    server, client = (
        TlsLayer(server_side),
        towards(client_side, "a.example"),
    )
    shake_hands(server, client)

    client.receive(server.farewell())

    assert client.closed
    assert server.protect(b"too late") == b""
    assert TlsLayer(server_side).farewell() == b""


def test_a_fault_after_good_text_does_not_swallow_the_text(tmp_path: Path) -> None:
    server_side, client_side = contexts(tmp_path, "a.example")
    server, client = (
        TlsLayer(server_side),
        towards(client_side, "a.example"),
    )
    shake_hands(server, client)
    good = client.protect(b"good")

    assert server.receive(good + b"\x17\x03\x03\x00\x20" + bytes(32)) == b"good"
    assert server.closed
    with pytest.raises(TlsError):
        server.receive(bytes(100))


@pytest.mark.parametrize("missing", ["certificate", "key", "ca"])
def test_files_that_cannot_be_used_raise_os_error(tmp_path: Path, missing: str) -> None:
    certificate, key = authority().sign().files(tmp_path, "server")
    ca = authority().file(tmp_path)
    files = {"certificate": certificate, "key": key, "ca": ca} | {missing: str(tmp_path / "none")}

    with pytest.raises(OSError, match="No such file"):
        server_context(files["certificate"], files["key"], files["ca"], "required")


def test_an_encrypted_key_is_an_error_and_no_question_on_the_terminal(tmp_path: Path) -> None:
    certificate, _ = authority().sign().files(tmp_path, "server")
    key = tmp_path / "encrypted.key"
    key.write_bytes(
        ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )

    with pytest.raises(ssl.SSLError):
        server_context(certificate, str(key))
