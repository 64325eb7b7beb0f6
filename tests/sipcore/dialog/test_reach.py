"""Where requests for a peer go."""

import pytest

from sipcore.dialog.reach import flow_towards, way_to
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
