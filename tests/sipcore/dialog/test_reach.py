"""Where requests for a peer go."""

import pytest

from sipcore.dialog.reach import (
    MAX_UNRELIABLE,
    flow_towards,
    is_too_large,
    may_take_streams,
    way_to,
)
from sipcore.kernel.flow import Flow

SOURCE = Flow("UDP", 0, "192.0.2.7", 40000)


@pytest.mark.parametrize(
    ("contact", "port"),
    [
        ("sip:1@192.0.2.7:5070", 5070),
        ("sip:1@192.0.2.7", 5060),
        ("sip:1@192.0.2.7:40000", 40000),
    ],
)
def test_a_contact_at_the_senders_host_decides_the_port(contact: str, port: int) -> None:
    assert flow_towards(contact, SOURCE) == Flow("UDP", 0, "192.0.2.7", port)


@pytest.mark.parametrize(
    "contact",
    ["sip:1@10.0.0.5:5060", "sip:1@phone.local", "sip:1@192.0.2.7:5070;ob", "garbage", "tel:+1"],
)
def test_any_other_contact_leaves_the_address_the_peer_spoke_from(contact: str) -> None:
    assert flow_towards(contact, SOURCE) == SOURCE


def test_a_stream_is_always_used_again() -> None:
    source = Flow("TCP", 1, "192.0.2.7", 40000, 9)

    assert flow_towards("sip:1@192.0.2.7:5070;transport=tcp", source) == source


@pytest.mark.parametrize(
    ("transport", "contact", "port"),
    [
        ("TCP", b"sip:1@192.0.2.7;transport=TCP", 5060),
        ("TCP", b"sip:1@192.0.2.7:5070;transport=tcp", 5070),
        ("TLS", b"sips:1@192.0.2.7", 5061),
        ("TLS", b"sip:1@192.0.2.7:5071;transport=tls", 5071),
    ],
)
def test_a_contact_that_listens_at_the_peers_host_can_be_connected_to(
    transport: str, contact: bytes, port: int
) -> None:
    source = Flow(transport, 1, "192.0.2.7", 40000, 9, "name")

    assert way_to(contact, source) == Flow(transport, 1, "192.0.2.7", port, 0, "name")


@pytest.mark.parametrize(
    ("transport", "contact"),
    [
        ("TCP", b"sip:1@192.0.2.8:5070;transport=tcp"),
        ("TCP", b"sip:1@192.0.2.7:40000;transport=tcp"),
        ("TCP", b"sip:1@192.0.2.7:5070"),
        ("TCP", b"sip:1@192.0.2.7:5070;transport=tcp;ob"),
        ("TCP", b"garbage"),
        ("TLS", b"sip:1@192.0.2.7:5071;transport=tcp"),
        ("WS", b"sip:1@192.0.2.7:5071;transport=ws"),
        ("UDP", b"sip:1@192.0.2.7:5071"),
    ],
)
def test_nobody_else_is_connected_to(transport: str, contact: bytes) -> None:
    assert way_to(contact, Flow(transport, 1, "192.0.2.7", 40000, 9)) is None


def test_what_was_no_connection_of_the_peers_is_none_of_ours() -> None:
    assert way_to(b"sip:1@192.0.2.7;transport=tcp", Flow("TCP", 1, "192.0.2.7", 40000)) is None


@pytest.mark.parametrize("is_server", [True, False])
def test_a_server_listens_at_the_port_that_we_had_connected_to(*, is_server: bool) -> None:
    source = Flow("TCP", 1, "192.0.2.7", 5070, 9)

    way = way_to(b"sip:1@192.0.2.7:5070;transport=tcp", source, is_server=is_server)

    assert way == (Flow("TCP", 1, "192.0.2.7", 5070) if is_server else None)


@pytest.mark.parametrize(
    ("next_hop", "may"),
    [
        ("sip:1@192.0.2.7:40000", True),
        (b"sip:192.0.2.7:40000;lr", True),
        ("sip:1@192.0.2.7", False),  # which is port 5060
        ("sip:1@192.0.2.7:5070", False),
        ("sip:1@10.0.0.5:40000", False),  # behind a NAT nobody can connect to it
        ("sip:1@192.0.2.7:40000;transport=udp", False),
        ("sip:1@192.0.2.7:40000;ob", False),
        ("garbage", False),
    ],
)
def test_only_who_names_the_very_place_may_be_connected_to(
    next_hop: bytes | str, may: bool
) -> None:
    assert may_take_streams(next_hop, SOURCE) is may


def test_an_address_of_six_is_named_in_brackets_and_port_5060_needs_no_name() -> None:
    assert may_take_streams("sip:1@[2001:db8::7]", Flow("UDP", 0, "2001:db8::7", 5060))


def test_a_stream_needs_no_other() -> None:
    assert not may_take_streams("sip:1@192.0.2.7:40000", SOURCE._replace(transport="TCP"))


@pytest.mark.parametrize(
    ("octets", "transport", "is_so"),
    [(MAX_UNRELIABLE, "UDP", False), (MAX_UNRELIABLE + 1, "UDP", True), (65000, "WSS", False)],
)
def test_what_is_too_large_for_udp(octets: int, transport: str, is_so: bool) -> None:
    assert is_too_large(b"x" * octets, SOURCE._replace(transport=transport)) is is_so
