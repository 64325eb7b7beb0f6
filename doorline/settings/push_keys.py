"""Keys of push providers, read from the files that `[push]` names."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from directory.secrets import Secret
from doorline.settings.reading import UnusableFileError, octets_of

MIN_SECRET = 16
"""Octets of a webhook's secret, at least."""
_FIELDS = ("project_id", "client_email", "private_key", "token_uri")


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """A Google service account that may send messages of its project."""

    project_id: str
    client_email: str
    key: RSAPrivateKey = field(repr=False)
    key_id: str
    token_uri: str
    """Where access tokens are asked for."""


def read_service_account(path: Path) -> ServiceAccount:
    """The JSON file that the Firebase console makes; UnusableFileError when it is none."""
    hint = "make a new one in the Firebase console: project settings, service accounts"
    try:
        found = json.loads(octets_of(path))
    except ValueError as error:
        raise UnusableFileError(f"{path} is no JSON; {hint}") from error
    texts = {name: found.get(name) for name in _FIELDS} if isinstance(found, dict) else {}
    missing = [name for name in _FIELDS if not isinstance(texts.get(name), str)]
    if missing:
        raise UnusableFileError(f"{path} lacks {', '.join(missing)}; {hint}")
    try:
        key = load_pem_private_key(str(texts["private_key"]).encode(), None)
    except (ValueError, TypeError) as error:
        raise UnusableFileError(f"{path}: private_key is no key in PEM; {hint}") from error
    if not isinstance(key, RSAPrivateKey):
        raise UnusableFileError(f"{path}: private_key is no RSA key; {hint}")
    return ServiceAccount(
        str(texts["project_id"]),
        str(texts["client_email"]),
        key,
        str(found.get("private_key_id", "")),
        str(texts["token_uri"]),
    )


def read_apns_key(path: Path) -> EllipticCurvePrivateKey:
    """The `.p8` file that Apple's developer pages make; UnusableFileError when it is none."""
    hint = "name the .p8 file of a key for Apple Push Notifications service"
    try:
        key = load_pem_private_key(octets_of(path), None)
    except (ValueError, TypeError) as error:
        raise UnusableFileError(
            f"{path} holds no private key in PEM without password; {hint}"
        ) from error
    if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
        raise UnusableFileError(f"{path} holds a key of another kind than P-256; {hint}")
    return key


def read_push_secret(path: Path) -> Secret:
    """The secret of a webhook, blanks at both ends trimmed; UnusableFileError for a short one."""
    try:
        text = octets_of(path).decode().strip()
    except UnicodeDecodeError as error:
        raise UnusableFileError(
            f"{path} is not text; run: openssl rand -hex 32 > {path}"
        ) from error
    if len(text.encode()) < MIN_SECRET:
        raise UnusableFileError(
            f"{path} holds fewer than {MIN_SECRET} characters; run: openssl rand -hex 32 > {path}"
        )
    return Secret(text)
