"""Certificates and keys that the settings name."""

from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from doorline.settings import PushSettings, Settings, SipSettings, TlsSettings
from doorline.settings.files import expiring, unusable_files
from doorline.settings.tree import ApnsSettings, FcmSettings, WebhookSettings
from tests.support.certificates import NOW, authority
from tests.support.pushes import key_files


def good(folder: Path, **changes: str) -> TlsSettings:
    """Settings with files that can be used, but for these changes."""
    certificate, key = authority().sign().files(folder, "server")
    ca = authority().file(folder)
    tls = TlsSettings(certificate, key, ca, "required", ca)
    return replace(tls, **changes)  # type: ignore[arg-type]


def faults(tls: TlsSettings, folder: Path) -> list[tuple[str, str]]:
    """Last part of each key and what is said of it, without the folder."""
    settings = Settings(sip=SipSettings(tls=tls))
    return [
        (key[-1], message.replace(f"{folder}/", "")) for key, message in unusable_files(settings)
    ]


def test_good_files_are_well(tmp_path: Path) -> None:
    assert faults(good(tmp_path), tmp_path) == []
    assert faults(TlsSettings(), tmp_path) == []


@pytest.mark.parametrize("key", ["certificate", "private_key", "client_ca", "server_ca"])
def test_a_file_that_is_not_there_is_told(tmp_path: Path, key: str) -> None:
    tls = good(tmp_path, **{key: str(tmp_path / "none.pem")})

    assert faults(tls, tmp_path) == [(key, "none.pem does not exist; correct the path")]


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    ((key, message),) = faults(good(tmp_path, client_ca=str(tmp_path)), tmp_path)

    assert (key, message.rpartition(": ")[2]) == ("client_ca", "Is a directory")


@pytest.mark.parametrize(
    ("key", "what", "begin"),
    [
        ("certificate", "certificate", "CERTIFICATE"),
        ("private_key", "private key", "PRIVATE KEY"),
        ("server_ca", "certificate", "CERTIFICATE"),
    ],
)
def test_a_file_with_something_else_is_told(
    tmp_path: Path, key: str, what: str, begin: str
) -> None:
    (tmp_path / "other").write_text("something else")

    assert faults(good(tmp_path, **{key: str(tmp_path / "other")}), tmp_path) == [
        (key, f"other holds no {what} in PEM; expected text with -----BEGIN {begin}-----")
    ]


def test_the_key_of_another_certificate_is_told(tmp_path: Path) -> None:
    _, other = authority().sign().files(tmp_path, "other")

    assert faults(good(tmp_path, private_key=other), tmp_path) == [
        (
            "private_key",
            "other.key is not the key of server.pem; "
            "name the key that the certificate was asked for with",
        )
    ]


def test_an_encrypted_key_is_told_with_the_way_to_open_it(tmp_path: Path) -> None:
    tls = good(tmp_path)
    path = Path(tls.private_key)
    key = load_pem_private_key(path.read_bytes(), None)
    path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x"))
    )

    assert faults(tls, tmp_path) == [
        (
            "private_key",
            "server.key is encrypted, and nobody is there to give its password; "
            "run: openssl pkey -in server.key -out NEW, and name NEW here",
        )
    ]


@pytest.mark.parametrize(
    ("days", "told"),
    [(40, ""), (12.5, "ends on {day}, in 12 days"), (-2, "ended on {day}")],
)
def test_the_end_of_a_certificate_is_told_in_time(tmp_path: Path, days: float, told: str) -> None:
    certificate, key = authority().sign(days=days).files(tmp_path, "server")

    lines = list(expiring(TlsSettings(certificate, key), NOW.timestamp()))

    assert len(lines) == bool(told)
    if told:
        assert lines[0].startswith(f"sip.tls.certificate: {certificate} ")
        ends = NOW.timestamp() + days * 86_400
        assert told.format(day=f"{type(NOW).fromtimestamp(ends, NOW.tzinfo):%Y-%m-%d}") in lines[0]


def test_a_file_that_cannot_be_read_has_no_end_to_tell(tmp_path: Path) -> None:
    assert list(expiring(TlsSettings(str(tmp_path / "none")), NOW.timestamp())) == []


def test_keys_of_push_providers_are_looked_at(tmp_path: Path) -> None:
    account, key, secret = key_files(tmp_path)

    def push(account: str, key: str, secret: str) -> Settings:
        return Settings(
            push=PushSettings(
                fcm=FcmSettings(account),
                apns=ApnsSettings(key),
                webhook=WebhookSettings("https://hook.test", secret),
            )
        )

    assert list(unusable_files(push(account, key, secret))) == []
    assert [key for key, _ in unusable_files(push(key, account, str(tmp_path / "missing")))] == [
        ("push", "fcm", "service_account"),
        ("push", "apns", "key_file"),
        ("push", "webhook", "secret_file"),
    ]
