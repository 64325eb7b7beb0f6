"""Where requests for a peer go."""

import pytest

from sipcore.dialog.reach import flow_towards
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
