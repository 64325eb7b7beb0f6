"""STUN Binding on the SIP port: the keep-alive of RFC 5626 §8, as RFC 8489 writes it today.

A pure function: the request's octets and where they came from give the response's octets. Nothing
is remembered and nobody is authenticated (Binding is idempotent, RFC 8489 §6.3.1); the response is
never more than a few octets longer than its request.
"""

import struct
from ipaddress import ip_address
from typing import Final
from zlib import crc32

MAGIC_COOKIE: Final = 0x2112A442
"""What makes a datagram STUN (RFC 8489 §5)."""
HEADER: Final = 20
"""Octets before the first attribute."""
MAX_REQUEST: Final = 548
"""Octets; a longer Binding Request is no keep-alive (RFC 8489 §6.1)."""

_BINDING_REQUEST: Final = 0x0001
_BINDING_SUCCESS: Final = 0x0101
_BINDING_ERROR: Final = 0x0111
_ERROR_CODE: Final = 0x0009
_UNKNOWN_ATTRIBUTES: Final = 0x000A
_XOR_MAPPED_ADDRESS: Final = 0x0020
_FINGERPRINT: Final = 0x8028
_FINGERPRINT_MASK: Final = 0x5354554E
_OPTIONAL: Final = 0x8000
"""From here on an attribute may be ignored by those who do not know it (§14)."""
_INTEGRITY: Final = frozenset((0x0008, 0x001C))
"""MESSAGE-INTEGRITY and its SHA-256 form: what follows them, but a fingerprint, is ignored."""
_KNOWN: Final = _INTEGRITY | {
    0x0001,
    0x0006,
    0x0009,
    0x000A,
    0x0014,
    0x0015,
    0x001D,
    0x001E,
    0x0020,
}
"""Attributes of RFC 8489 §14 that must be understood; in this usage none of them means anything."""


def is_stun(data: bytes) -> bool:
    """Whether a datagram is STUN; no SIP message begins with such an octet (RFC 5626 §8)."""
    return (
        len(data) >= HEADER
        and data[0] < 0x40
        and data[4:8] == MAGIC_COOKIE.to_bytes(4)
        and int.from_bytes(data[2:4]) == len(data) - HEADER
        and len(data) % 4 == 0
    )


def binding_response(data: bytes, host: str, port: int) -> bytes | None:
    """The answer to a Binding Request that came from this address; None when there is none.

    Indications, responses, other methods, a wrong fingerprint and attributes without a sensible
    length are discarded in silence (RFC 8489 §6.3).
    """
    if len(data) > MAX_REQUEST or not is_stun(data):
        return None
    if int.from_bytes(data[:2]) != _BINDING_REQUEST:
        return None
    kinds = _attributes(data)
    if kinds is None:
        return None
    transaction = data[4:HEADER]
    has_fingerprint = bool(kinds) and kinds[-1] == _FINGERPRINT
    unknown = [kind for kind in kinds if kind < _OPTIONAL and kind not in _KNOWN]
    if unknown:
        listed = struct.pack(f">{len(unknown)}H", *unknown)
        body = _attribute(_ERROR_CODE, b"\0\0\x04\x14Unknown") + _attribute(
            _UNKNOWN_ATTRIBUTES, listed
        )
        return _message(_BINDING_ERROR, transaction, body, has_fingerprint)
    mapped = _attribute(_XOR_MAPPED_ADDRESS, _xor_address(host, port, transaction))
    return _message(_BINDING_SUCCESS, transaction, mapped, has_fingerprint)


def _attributes(data: bytes) -> list[int] | None:
    """Types of the attributes that count, in order; None when the message is to be discarded."""
    kinds: list[int] = []
    at = HEADER
    is_sealed = False
    while at < len(data):
        if at + 4 > len(data):
            return None
        kind, length = struct.unpack_from(">HH", data, at)
        value = at + 4
        end = value + (length + 3) // 4 * 4
        if end > len(data):
            return None
        if kind == _FINGERPRINT:
            # §14.7: the last attribute, over everything before it.
            expected = crc32(data[:at]) ^ _FINGERPRINT_MASK
            if length != 4 or end != len(data) or data[value:end] != expected.to_bytes(4):
                return None
            kinds.append(kind)
        elif not is_sealed:
            kinds.append(kind)
        is_sealed = is_sealed or kind in _INTEGRITY
        at = end
    return kinds


def _xor_address(host: str, port: int, transaction: bytes) -> bytes:
    """RFC 8489 §14.2; `transaction` begins with the magic cookie."""
    is_six = ":" in host
    octets = ip_address(host.partition("%")[0]).packed
    masked = bytes(octet ^ mask for octet, mask in zip(octets, transaction, strict=False))
    return struct.pack(">BBH", 0, 2 if is_six else 1, port ^ (MAGIC_COOKIE >> 16)) + masked


def _attribute(kind: int, value: bytes) -> bytes:
    return struct.pack(">HH", kind, len(value)) + value + bytes(-len(value) % 4)


def _message(kind: int, transaction: bytes, body: bytes, with_fingerprint: bool) -> bytes:
    length = len(body) + (8 if with_fingerprint else 0)
    message = struct.pack(">HH", kind, length) + transaction + body
    if with_fingerprint:
        seal = crc32(message) ^ _FINGERPRINT_MASK
        message += _attribute(_FINGERPRINT, seal.to_bytes(4))
    return message
