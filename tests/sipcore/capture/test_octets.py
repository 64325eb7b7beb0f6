"""IP addresses as packets carry them."""

import pytest

from sipcore.capture.octets import address_octets, both_octets


@pytest.mark.parametrize(
    ("host", "octets"),
    [
        ("192.0.2.1", b"\xc0\x00\x02\x01"),
        ("2001:db8::7", bytes.fromhex("20010db8000000000000000000000007")),
        ("fe80::1%eth0", bytes.fromhex("fe800000000000000000000000000001")),
        ("phone.example.org", bytes(4)),
        ("", bytes(4)),
    ],
)
def test_a_host_becomes_its_octets(host: str, octets: bytes) -> None:
    assert address_octets(host) == octets


def test_two_ends_are_always_of_one_family() -> None:
    six = bytes.fromhex("20010db8000000000000000000000007")
    mapped = bytes.fromhex("00000000000000000000ffffc0000201")

    assert both_octets("192.0.2.1", "2001:db8::7") == (mapped, six)
    assert both_octets("2001:db8::7", "192.0.2.1") == (six, mapped)
    assert both_octets("192.0.2.1", "192.0.2.1") == (b"\xc0\x00\x02\x01",) * 2
