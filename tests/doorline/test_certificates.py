"""From the settings to TLS contexts."""

import ssl
from pathlib import Path

import pytest

from doorline.certificates import CertificateError, tls_contexts
from doorline.settings import Settings, SipSettings, TlsSettings, TrunkSettings
from sipcore.transport.tls import NO_TLS
from tests.support.certificates import authority


def settings(tls: TlsSettings, **trunks: TrunkSettings) -> Settings:
    return Settings(sip=SipSettings(tls=tls, trunk=trunks))


def test_a_server_without_certificate_and_providers_has_no_contexts() -> None:
    assert tls_contexts(Settings()) == NO_TLS


def test_listeners_and_providers_have_contexts_of_their_own(tmp_path: Path) -> None:
    certificate, key = authority().sign().files(tmp_path, "server")
    ca = authority().file(tmp_path)
    tls = TlsSettings(certificate, key, ca, "optional", ca)

    made = tls_contexts(settings(tls, city=TrunkSettings(host="sip.example.org")))

    assert made.server is not None
    assert made.client is not None
    assert made.server.verify_mode is ssl.CERT_OPTIONAL
    assert made.client.verify_mode is ssl.CERT_REQUIRED
    assert tls_contexts(settings(tls)).client is not None  # for edge proxies


def test_the_system_vouches_for_providers_unless_told_otherwise() -> None:
    made = tls_contexts(settings(TlsSettings(), city=TrunkSettings(host="sip.example.org")))

    assert made.server is None
    assert made.client is not None


def test_what_cannot_be_used_is_told_with_its_key(tmp_path: Path) -> None:
    tls = TlsSettings(str(tmp_path / "a.pem"), str(tmp_path / "a.key"))

    with pytest.raises(CertificateError) as caught:
        tls_contexts(settings(tls))

    assert str(caught.value) == (
        f"sip.tls.certificate: {tmp_path}/a.pem does not exist; correct the path; "
        f"sip.tls.private_key: {tmp_path}/a.key does not exist; correct the path"
    )
