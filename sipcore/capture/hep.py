"""HEP version 3: a SIP message as one packet for Homer (HEP3 / EEP, the network protocol
specification of the SIPCAPTURE project, generic chunks of vendor 0).

    packet:  "HEP3"  total length (2)  chunk …
    chunk:   vendor (2)  type (2)  length with this header (2)  value
"""

from functools import lru_cache
from struct import Struct
from typing import Final

from sipcore.capture.captured import Addresses
from sipcore.capture.octets import both_octets

MAGIC: Final = b"HEP3"
MAX_PACKET: Final = 65_507
"""Octets of the largest UDP datagram over IPv4; a longer message is cut to fit."""

FAMILY: Final = 0x0001
PROTOCOL: Final = 0x0002
SOURCE_IPV4: Final = 0x0003
TARGET_IPV4: Final = 0x0004
SOURCE_IPV6: Final = 0x0005
TARGET_IPV6: Final = 0x0006
SOURCE_PORT: Final = 0x0007
TARGET_PORT: Final = 0x0008
SECONDS: Final = 0x0009
MICROSECONDS: Final = 0x000A
PAYLOAD_TYPE: Final = 0x000B
CAPTURE_ID: Final = 0x000C
AUTHENTICATION_KEY: Final = 0x000E
PAYLOAD: Final = 0x000F

AF_INET: Final = 2
AF_INET6: Final = 10
SIP: Final = 1
_UDP: Final = 17
_TCP: Final = 6

_CHUNK: Final = Struct("!HHH")
_PACKET: Final = Struct("!4sH")
_MOMENT: Final = Struct("!HHHIHHHI")
_MICRO: Final = 1_000_000


class HepEncoder:
    """Makes packets; what never changes is encoded once."""

    def __init__(self, capture_id: int, password: bytes) -> None:
        """`capture_id`: 32 bits; `password`: sent as it is when not empty."""
        who = _chunk(PAYLOAD_TYPE, bytes((SIP,))) + _chunk(CAPTURE_ID, capture_id.to_bytes(4))
        self._who = who + (_chunk(AUTHENTICATION_KEY, password) if password else b"")

    def packet(self, at: float, way: Addresses, payload: bytes) -> bytes:
        """One packet; `at` is in seconds since the epoch."""
        where = _where(way)
        micros = round(at * _MICRO)
        when = _MOMENT.pack(0, SECONDS, 10, micros // _MICRO, 0, MICROSECONDS, 10, micros % _MICRO)
        fixed = _PACKET.size + len(where) + len(when) + len(self._who) + _CHUNK.size
        payload = payload[: MAX_PACKET - fixed]
        head = _PACKET.pack(MAGIC, fixed + len(payload))
        start = _CHUNK.pack(0, PAYLOAD, _CHUNK.size + len(payload))
        return b"".join((head, where, when, self._who, start, payload))


@lru_cache(maxsize=4096)
def _where(way: Addresses) -> bytes:
    """Chunks of family, protocol, addresses and ports. TLS and WebSocket are TCP to IP."""
    source, target = both_octets(way.source_host, way.target_host)
    is_four = len(source) == 4
    return b"".join(
        (
            _chunk(FAMILY, bytes((AF_INET if is_four else AF_INET6,))),
            _chunk(PROTOCOL, bytes((_UDP if way.transport == "UDP" else _TCP,))),
            _chunk(SOURCE_IPV4 if is_four else SOURCE_IPV6, source),
            _chunk(TARGET_IPV4 if is_four else TARGET_IPV6, target),
            _chunk(SOURCE_PORT, way.source_port.to_bytes(2)),
            _chunk(TARGET_PORT, way.target_port.to_bytes(2)),
        )
    )


def _chunk(kind: int, value: bytes) -> bytes:
    return _CHUNK.pack(0, kind, _CHUNK.size + len(value)) + value
