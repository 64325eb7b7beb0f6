"""Files that the settings name: whether the server can use what is in them.

Other commands get along without reading them, so only `serve` and `check` look.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from doorline.settings.places import Key
from doorline.settings.push_keys import (
    read_apns_key,
    read_push_secret,
    read_service_account,
)
from doorline.settings.reading import UnusableFileError, octets_of
from doorline.settings.tree import PushSettings, Settings, TlsSettings
from sipcore.transport.tls import client_context, server_context

WARNING_DAYS = 30
"""Days before the end of a certificate from which on it is told."""

_SECONDS_OF_A_DAY = 86_400
_PLACE = ("sip", "tls")
_HOLDS_NONE = "{path} holds no {what} in PEM; expected text with -----BEGIN {begin}-----"


def unusable_files(settings: Settings) -> Iterator[tuple[Key, str]]:
    """Key and fault of every file that is named and cannot be used."""
    yield from _push_keys(settings.push)
    yield from _tls_files(settings.sip.tls)


def _push_keys(push: PushSettings) -> Iterator[tuple[Key, str]]:
    readers: tuple[tuple[Key, str, Callable[[Path], object]], ...] = (
        (("push", "fcm", "service_account"), push.fcm.service_account, read_service_account),
        (("push", "apns", "key_file"), push.apns.key_file, read_apns_key),
        (("push", "webhook", "secret_file"), push.webhook.secret_file, read_push_secret),
    )
    for key, path, read in readers:
        if path:
            try:
                read(Path(path))
            except UnusableFileError as error:
                yield key, str(error)


def _tls_files(tls: TlsSettings) -> Iterator[tuple[Key, str]]:
    good = True
    for name in ("certificate", "private_key", "client_ca", "server_ca"):
        path = getattr(tls, name)
        if not path:
            continue
        try:
            (_key if name == "private_key" else _chain)(Path(path))
        except UnusableFileError as error:
            good = False
            yield (*_PLACE, name), str(error)
    if not good:
        return
    if tls.certificate:
        if _public_of_certificate(tls) != _key(Path(tls.private_key)):
            yield (
                (*_PLACE, "private_key"),
                f"{tls.private_key} is not the key of {tls.certificate}; "
                "name the key that the certificate was asked for with",
            )
            return
        yield from _refused_by_openssl(tls)


def expiring(tls: TlsSettings, now: float) -> Iterator[str]:
    """A line for each certificate that ends soon or has ended; `now` is seconds of UTC."""
    for name in ("certificate", "client_ca", "server_ca"):
        path = getattr(tls, name)
        if not path:
            continue
        try:
            chain = _chain(Path(path))
        except UnusableFileError:
            continue  # told elsewhere
        ends = min(one.not_valid_after_utc for one in chain)
        left = (ends - datetime.fromtimestamp(now, UTC)).total_seconds() / _SECONDS_OF_A_DAY
        day = f"{ends:%Y-%m-%d}"
        if left < 0:
            yield f"sip.tls.{name}: {path} ended on {day}; put a new one there and send SIGHUP"
        elif left < WARNING_DAYS:
            yield f"sip.tls.{name}: {path} ends on {day}, in {int(left)} days; have it renewed"


def _refused_by_openssl(tls: TlsSettings) -> Iterator[tuple[Key, str]]:
    """What only the TLS library itself minds, such as keys that are too short."""
    try:
        server_context(tls.certificate, tls.private_key, tls.client_ca, tls.client_certificate)
        client_context(tls.server_ca, tls.certificate, tls.private_key)
    except OSError as error:
        yield (*_PLACE, "certificate"), f"{tls.certificate} cannot be used: {error}"


def _chain(path: Path) -> list[x509.Certificate]:
    """The certificates of a file, at least one."""
    try:
        return x509.load_pem_x509_certificates(octets_of(path))
    except ValueError as error:
        message = _HOLDS_NONE.format(path=path, what="certificate", begin="CERTIFICATE")
        raise UnusableFileError(message) from error


def _key(path: Path) -> bytes:
    """The public half of the private key in a file."""
    try:
        key = load_pem_private_key(octets_of(path), None)
    except TypeError as error:
        raise UnusableFileError(
            f"{path} is encrypted, and nobody is there to give its password; "
            f"run: openssl pkey -in {path} -out NEW, and name NEW here"
        ) from error
    except ValueError as error:
        message = _HOLDS_NONE.format(path=path, what="private key", begin="PRIVATE KEY")
        raise UnusableFileError(message) from error
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _public_of_certificate(tls: TlsSettings) -> bytes:
    own = _chain(Path(tls.certificate))[0]
    return own.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
