"""pcap: captured messages as a file that Wireshark, tshark and sngrep read.

Link type RAW: each packet begins with an IP header (tcpdump.org, "Link-Layer Header Types"). Every
message is shown as a UDP datagram between its true addresses and ports, whatever carried it: it is
whole, and already decrypted when it came by TLS. Its topmost Via names the true transport.
"""

from struct import Struct, pack
from typing import Final

from sipcore.capture.captured import Addresses
from sipcore.capture.octets import both_octets

MEDIA_TYPE: Final = "application/vnd.tcpdump.pcap"

_LINKTYPE_RAW: Final = 101
_SNAPSHOT: Final = 262_144
_UDP: Final = 17
_HOPS: Final = 64
_MICRO: Final = 1_000_000
_MAX_IP: Final = 65_535

FILE_HEADER: Final = pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, _SNAPSHOT, _LINKTYPE_RAW)
"""Little-endian, microseconds, UTC."""

_RECORD: Final = Struct("<IIII")
_IPV4: Final = Struct("!BBHHHBBH4s4s")
_IPV6: Final = Struct("!IHBB16s16s")
_PORTS: Final = Struct("!HHHH")


def record(at: float, way: Addresses, payload: bytes) -> bytes:
    """One packet record; a message too long for an IP packet is cut."""
    source, target = both_octets(way.source_host, way.target_host)
    payload = payload[: _MAX_IP - _IPV6.size - _PORTS.size]
    datagram = _datagram(way, source, target, payload)
    length = len(datagram)
    if len(source) == 4:
        header = _IPV4.pack(0x45, 0, 20 + length, 0, 0x4000, _HOPS, _UDP, 0, source, target)
        header = header[:10] + pack("!H", _checksum(header)) + header[12:]
    else:
        header = _IPV6.pack(0x60000000, length, _UDP, _HOPS, source, target)
    packet = header + datagram
    micros = round(at * _MICRO)
    seconds, fraction = divmod(micros, _MICRO)
    return _RECORD.pack(seconds, fraction, len(packet), len(packet)) + packet


def _datagram(way: Addresses, source: bytes, target: bytes, payload: bytes) -> bytes:
    """UDP header and payload with a checksum over the pseudo header (RFC 768, RFC 8200 §8.1)."""
    length = _PORTS.size + len(payload)
    pseudo = source + target + pack("!II", length, _UDP)
    bare = _PORTS.pack(way.source_port, way.target_port, length, 0)
    checksum = _checksum(pseudo + bare + payload) or 0xFFFF
    return _PORTS.pack(way.source_port, way.target_port, length, checksum) + payload


def _checksum(octets: bytes) -> int:
    """The Internet checksum (RFC 1071).

    Since 2^16 leaves the remainder 1 when divided by 2^16 - 1, the whole read as one number has
    the same remainder as the sum of its 16-bit words.
    """
    if len(octets) % 2:
        octets += b"\0"
    number = int.from_bytes(octets)
    total = number % 0xFFFF
    return 0xFFFF - (total or (0xFFFF if number else 0))
