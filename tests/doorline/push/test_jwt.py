import base64
import json

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from doorline.push.jwt import es256, rs256
from tests.support.pushes import ec_key, rsa_key


def octets(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def test_rs256_can_be_verified_with_the_public_half() -> None:
    token = rs256(rsa_key(), {"kid": "k"}, {"iss": "me"})
    header, claims, signature = token.split(".")

    rsa_key().public_key().verify(
        octets(signature), f"{header}.{claims}".encode(), PKCS1v15(), SHA256()
    )
    assert json.loads(octets(header)) == {"kid": "k", "alg": "RS256", "typ": "JWT"}
    assert json.loads(octets(claims)) == {"iss": "me"}


def test_es256_is_two_numbers_of_32_octets() -> None:
    header, claims, signature = es256(ec_key(), {"kid": "k"}, {"iss": "me"}).split(".")

    raw = octets(signature)
    assert len(raw) == 64
    number = int.from_bytes
    ec_key().public_key().verify(
        encode_dss_signature(number(raw[:32], "big"), number(raw[32:], "big")),
        f"{header}.{claims}".encode(),
        ECDSA(SHA256()),
    )
    assert json.loads(octets(header))["alg"] == "ES256"
