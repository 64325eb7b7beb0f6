"""Addresses as settings spell them."""

import pytest

from doorline.settings.address import Address, bracketed, is_host, name_server


@pytest.mark.parametrize(
    ("text", "address", "spelled"),
    [
        ("127.0.0.1:5060", Address("127.0.0.1", 5060), "127.0.0.1:5060"),
        ("[::1]:5060", Address("::1", 5060), "[::1]:5060"),
        ("localhost:0", Address("localhost", 0), "localhost:0"),
        (" sip.example.net:65535 ", Address("sip.example.net", 65535), "sip.example.net:65535"),
    ],
)
def test_an_address_is_read_and_written(text: str, address: Address, spelled: str) -> None:
    assert Address.parse(text) == address
    assert str(address) == spelled


@pytest.mark.parametrize("text", ["*:5060", "0.0.0.0:5060", "[::]:5060"])
def test_an_address_may_mean_every_address_of_the_machine(text: str) -> None:
    assert Address.parse(text).everywhere


@pytest.mark.parametrize(
    "text",
    ["", ":", "5060", ":5060", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "h:-1", "h:٣",
     "::1:5060", "[::1]", "[127.0.0.1]:1", "a b:1", "-a:1", "[::1:5060"],
)  # fmt: skip
def test_anything_else_is_not_an_address(text: str) -> None:
    with pytest.raises(ValueError, match="not an address"):
        Address.parse(text)


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("*:5061 as sip.example.org:5071", "sip.example.org", 5071),
        ("*:5061 as sip.example.org", "sip.example.org", 0),
        ("[::1]:5061 as [2001:db8::1]:443", "2001:db8::1", 443),
        ("[::1]:5061  as  [2001:db8::1]", "2001:db8::1", 0),
        ("127.0.0.1:0 as 192.0.2.1", "192.0.2.1", 0),
    ],
)
def test_an_address_may_say_what_others_are_told(text: str, host: str, port: int) -> None:
    address = Address.parse(text)

    assert (address.advertised_host, address.advertised_port) == (host, port)
    assert str(address) == str(Address.parse(text.partition(" as ")[0]))


@pytest.mark.parametrize(
    "text",
    ["*:1 as", "*:1 as ", "*:1 as *:5", "*:1 as 0.0.0.0", "*:1 as a:0", "*:1 as a:x", "*:1 as a b",
     "*:1 as ::1", "*:1 as [a]", "*:1 as a as b", "as a", "x as a"],
)  # fmt: skip
def test_what_others_are_told_is_an_address_too(text: str) -> None:
    with pytest.raises(ValueError, match="not an address"):
        Address.parse(text)


def test_hosts_are_addresses_and_names() -> None:
    hosts = ["192.0.2.1", "::1", "a", "a-b.example", "1.2.3.x"]
    others = ["", "a_b", "a..b", "[::1]", "a/b", "x" * 254]

    assert [is_host(host) for host in hosts] == [True] * len(hosts)
    assert [is_host(other) for other in others] == [False] * len(others)


def test_uris_put_ipv6_addresses_in_brackets() -> None:
    assert (bracketed("::1"), bracketed("192.0.2.1")) == ("[::1]", "192.0.2.1")


def test_a_name_server_is_an_address_with_a_port_or_without() -> None:
    assert [
        name_server(text) for text in ("192.0.2.53", "2001:db8::53", "192.0.2.53:5353", "[::1]:53")
    ] == [("192.0.2.53", 53), ("2001:db8::53", 53), ("192.0.2.53", 5353), ("::1", 53)]


@pytest.mark.parametrize(
    "text",
    ["dns.example", "dns.example:53", "*:53", "192.0.2.53:0", "192.0.2.53:53 as 192.0.2.1", ""],
)
def test_anything_else_is_no_name_server(text: str) -> None:
    with pytest.raises(ValueError, match="address"):
        name_server(text)


@pytest.mark.parametrize(
    ("host", "is_loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("LOCALHOST", True),
        ("::", False),
        ("192.0.2.1", False),
        ("localhost.example.org", False),
    ],
)
def test_loopback_is_what_only_this_machine_reaches(host: str, is_loopback: bool) -> None:
    assert Address(host, 8081).loopback is is_loopback
