"""JSON Web Tokens (RFC 7519, RFC 7518 §3) by which the server tells providers who it is."""

import base64
import json
from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

_HALF = 32
"""Octets of each of the two numbers of an ES256 signature."""


def rs256(key: RSAPrivateKey, header: Mapping[str, object], claims: Mapping[str, object]) -> str:
    """A token signed with RSASSA-PKCS1-v1_5 and SHA-256."""
    text = _unsigned({**header, "alg": "RS256", "typ": "JWT"}, claims)
    return f"{text}.{_encode(key.sign(text.encode(), PKCS1v15(), SHA256()))}"


def es256(
    key: EllipticCurvePrivateKey, header: Mapping[str, object], claims: Mapping[str, object]
) -> str:
    """A token signed with ECDSA on P-256 and SHA-256; both numbers one behind the other."""
    text = _unsigned({**header, "alg": "ES256"}, claims)
    r, s = decode_dss_signature(key.sign(text.encode(), ECDSA(SHA256())))
    return f"{text}.{_encode(r.to_bytes(_HALF, 'big') + s.to_bytes(_HALF, 'big'))}"


def _unsigned(header: Mapping[str, object], claims: Mapping[str, object]) -> str:
    return f"{_encode(json.dumps(header).encode())}.{_encode(json.dumps(claims).encode())}"


def _encode(octets: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()
