"""Which addresses are one source, and which are trusted."""

import pytest

from sipcore.kernel.source import TrustedNetworks, source_name, source_of


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("192.0.2.1", "192.0.2.1"),
        (" 192.0.2.1 ", "192.0.2.1"),
        ("2001:DB8::1", "2001:db8::/64"),
        ("[2001:db8::ffff:1]", "2001:db8::/64"),
        ("2001:db8::/64", "2001:db8::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
    ],
)
def test_a_source_is_an_ipv4_address_or_a_network_of_ipv6(written: str, name: str) -> None:
    assert source_name(written) == name


@pytest.mark.parametrize("text", ["", "nobody", "192.0.2.0/24", "2001:db8::/32", "1.2.3"])
def test_anything_else_is_no_source(text: str) -> None:
    with pytest.raises(ValueError, match="address"):
        source_name(text)


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:1", "2001:db8::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("no:address", "no:address"),
    ],
)
def test_every_remote_address_belongs_to_a_source(host: str, name: str) -> None:
    assert source_of(host) == name
    assert source_of(name) == name


@pytest.mark.parametrize(
    ("source", "is_trusted"),
    [
        ("10.1.2.3", True),
        ("192.0.2.7", True),
        ("192.0.2.8", False),
        ("2001:db8:1:2::/64", True),
        ("2001:db9::/64", False),
        ("2001:dead:beef::/64", True),
        ("", False),
    ],
)
def test_trust_is_given_to_networks_and_addresses(source: str, is_trusted: bool) -> None:
    trusted = TrustedNetworks(("10.0.0.0/8", "192.0.2.7", "2001:db8::/32", "2001:dead:beef::1"))

    assert trusted.cover(source) is is_trusted


def test_without_networks_nobody_is_trusted() -> None:
    assert not TrustedNetworks().cover("127.0.0.1")
