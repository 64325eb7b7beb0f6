"""What the endpoint is told at the start."""

from sipcore.endpoint.settings import BoundListener


def test_a_bound_listener_reads_like_the_line_the_operator_sees() -> None:
    assert str(BoundListener("UDP", "127.0.0.1", 5060)) == "sip/udp 127.0.0.1:5060"
    assert str(BoundListener("TCP", "::1", 5061)) == "sip/tcp [::1]:5061"
