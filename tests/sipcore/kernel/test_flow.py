"""Flow: one transport association."""

import pytest

from sipcore.kernel.flow import Flow


@pytest.mark.parametrize(
    ("transport", "reliable"),
    [("UDP", False), ("TCP", True), ("TLS", True), ("WS", True), ("WSS", True)],
)
def test_only_udp_leaves_repeating_to_the_transactions(transport: str, reliable: bool) -> None:
    assert Flow(transport, 0, "192.0.2.1", 5060).reliable is reliable


def test_a_flow_reads_like_an_address() -> None:
    assert str(Flow("UDP", 0, "192.0.2.1", 5060)) == "udp:192.0.2.1:5060"


def test_an_ipv6_address_gets_its_brackets() -> None:
    assert str(Flow("TCP", 1, "2001:db8::1", 5060, 7)) == "tcp:[2001:db8::1]:5060"


def test_flows_of_different_connections_of_one_peer_differ() -> None:
    assert Flow("TCP", 0, "192.0.2.1", 5060, 1) != Flow("TCP", 0, "192.0.2.1", 5060, 2)
