"""HEP packets, octet by octet; programs that read them: tests/scenarios/wire_capture."""

from struct import unpack

from hypothesis import given
from hypothesis import strategies as st

from sipcore.capture.captured import Addresses
from sipcore.capture.hep import MAX_PACKET, HepEncoder

UDP = Addresses("UDP", "192.0.2.7", 5062, "198.51.100.1", 5060)


def chunks(packet: bytes) -> list[tuple[int, int, bytes]]:
    """Vendor, type and value of every chunk; the lengths must add up."""
    magic, total = unpack("!4sH", packet[:6])
    assert (magic, total) == (b"HEP3", len(packet))
    found, place = [], 6
    while place < len(packet):
        vendor, kind, length = unpack("!HHH", packet[place : place + 6])
        assert length >= 6
        found.append((vendor, kind, packet[place + 6 : place + length]))
        place += length
    assert place == len(packet)
    return found


def test_a_message_over_udp_has_every_chunk_the_specification_asks_for() -> None:
    packet = HepEncoder(2001, b"key").packet(1_800_000_000.25, UDP, b"OPTIONS")

    assert chunks(packet) == [
        (0, 0x01, b"\x02"),
        (0, 0x02, b"\x11"),
        (0, 0x03, bytes((192, 0, 2, 7))),
        (0, 0x04, bytes((198, 51, 100, 1))),
        (0, 0x07, b"\x13\xc6"),
        (0, 0x08, b"\x13\xc4"),
        (0, 0x09, (1_800_000_000).to_bytes(4)),
        (0, 0x0A, (250_000).to_bytes(4)),
        (0, 0x0B, b"\x01"),
        (0, 0x0C, (2001).to_bytes(4)),
        (0, 0x0E, b"key"),
        (0, 0x0F, b"OPTIONS"),
    ]


def test_ipv6_and_streams_have_their_own_numbers_and_no_password_no_key() -> None:
    way = Addresses("WSS", "2001:db8::7", 40001, "2001:db8::1", 443)
    packet = HepEncoder(2**32 - 1, b"").packet(0.0, way, b"x")

    assert chunks(packet) == [
        (0, 0x01, b"\x0a"),
        (0, 0x02, b"\x06"),
        (0, 0x05, bytes.fromhex("20010db8000000000000000000000007")),
        (0, 0x06, bytes.fromhex("20010db8000000000000000000000001")),
        (0, 0x07, (40001).to_bytes(2)),
        (0, 0x08, (443).to_bytes(2)),
        (0, 0x09, bytes(4)),
        (0, 0x0A, bytes(4)),
        (0, 0x0B, b"\x01"),
        (0, 0x0C, b"\xff\xff\xff\xff"),
        (0, 0x0F, b"x"),
    ]


@given(st.integers(0, 90_000), st.floats(0, 2**32 - 2), st.sampled_from(["UDP", "TCP", "WS"]))
def test_every_length_and_moment_fits_into_one_datagram(
    length: int, at: float, transport: str
) -> None:
    payload = bytes(length)
    packet = HepEncoder(1, b"k" * 256).packet(at, UDP._replace(transport=transport), payload)
    *_, (_, kind, carried) = chunks(packet)

    assert len(packet) <= MAX_PACKET
    assert kind == 0x0F
    assert carried == payload[: len(carried)]
    assert len(carried) == length or len(packet) == MAX_PACKET
