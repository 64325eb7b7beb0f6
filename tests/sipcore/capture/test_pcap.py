"""pcap files, octet by octet; programs that read them: tests/scenarios/wire_capture."""

from struct import unpack

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sipcore.capture import pcap
from sipcore.capture.captured import Addresses

FOUR = Addresses("UDP", "192.0.2.7", 5062, "198.51.100.1", 5060)
SIX = Addresses("TLS", "2001:db8::7", 40001, "2001:db8::1", 5061)


def folded(octets: bytes) -> int:
    """The sum of 16-bit words as RFC 1071 says it: 0xffff for what carries a right checksum."""
    if len(octets) % 2:
        octets += b"\0"
    total = sum(int.from_bytes(octets[place : place + 2]) for place in range(0, len(octets), 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def test_the_file_says_that_packets_begin_with_ip() -> None:
    assert unpack("<IHHiIII", pcap.FILE_HEADER) == (0xA1B2C3D4, 2, 4, 0, 0, 262_144, 101)


def test_an_ipv4_packet_stands_between_the_true_addresses_and_ports() -> None:
    octets = pcap.record(1_800_000_000.25, FOUR, b"OPTIONS")
    seconds, micros, captured, length = unpack("<IIII", octets[:16])
    packet = octets[16:]

    assert (seconds, micros) == (1_800_000_000, 250_000)
    assert captured == length == len(packet) == 20 + 8 + 7
    assert packet[:1] == b"\x45"
    assert unpack("!H", packet[2:4]) == (35,)
    assert packet[9:10] == b"\x11"
    assert packet[12:20] == bytes((192, 0, 2, 7, 198, 51, 100, 1))
    assert unpack("!HHH", packet[20:26]) == (5062, 5060, 15)
    assert packet[28:] == b"OPTIONS"


def test_an_ipv6_packet_has_no_header_checksum_but_one_over_the_datagram() -> None:
    packet = pcap.record(0.0, SIX, b"OPTIONS")[16:]

    assert packet[:4] == b"\x60\0\0\0"
    assert unpack("!HB", packet[4:7]) == (15, 17)
    assert packet[8:40] == bytes.fromhex("20010db8" + "0" * 23 + "7" + "20010db8" + "0" * 23 + "1")
    assert unpack("!HHH", packet[40:46]) == (40001, 5061, 15)


@pytest.mark.parametrize("way", [FOUR, SIX])
@given(payload=st.binary(max_size=300))
@example(payload=b"")
@example(payload=b"\xff\xff")
def test_every_checksum_is_right(way: Addresses, payload: bytes) -> None:
    packet = pcap.record(0.0, way, payload)[16:]
    header = 20 if way is FOUR else 40
    ends = packet[12:20] if way is FOUR else packet[8:40]
    datagram = packet[header:]
    pseudo = ends + len(datagram).to_bytes(4) + b"\0\0\0\x11"

    assert folded(pseudo + datagram) == 0xFFFF
    assert unpack("!H", datagram[6:8]) != (0,)
    assert way is SIX or folded(packet[:20]) == 0xFFFF


@pytest.mark.parametrize("way", [FOUR, SIX])
def test_what_is_too_long_for_a_packet_is_cut(way: Addresses) -> None:
    packet = pcap.record(0.0, way, bytes(90_000))[16:]

    assert len(packet) <= 65_535
    assert len(packet) > 65_000
