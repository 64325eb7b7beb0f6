"""What the server calls itself on each flow."""

import pytest

from sipcore.endpoint.addressing import LocalAddressing
from sipcore.endpoint.settings import BoundListener
from sipcore.kernel.flow import Flow

LISTENERS = (
    BoundListener("UDP", "192.0.2.100", 5060),
    BoundListener("TCP", "192.0.2.100", 5062),
    BoundListener("UDP", "2001:db8::1", 5060),
    BoundListener("UDP", "0.0.0.0", 5070),  # noqa: S104 - what a listener on all interfaces says
    BoundListener("TCP", "::", 5071),
    BoundListener("TLS", "192.0.2.100", 5061),
    BoundListener("WS", "192.0.2.100", 8080),
    BoundListener("WSS", "192.0.2.100", 8443),
    BoundListener("TLS", "2001:db8::1", 5061, "sip.example.org", 443),
)


@pytest.mark.parametrize(
    ("flow", "via", "contact"),
    [
        (
            Flow("UDP", 0, "192.0.2.1", 5060),
            b"Via: SIP/2.0/UDP 192.0.2.100:5060;rport;branch=z9hG4bKx",
            b"Contact: <sip:192.0.2.100:5060>",
        ),
        (
            Flow("TCP", 1, "192.0.2.1", 40000, 9),
            b"Via: SIP/2.0/TCP 192.0.2.100:5062;rport;branch=z9hG4bKx",
            b"Contact: <sip:192.0.2.100:5062;transport=tcp>",
        ),
        (
            Flow("UDP", 2, "2001:db8::7", 5060),
            b"Via: SIP/2.0/UDP [2001:db8::1]:5060;rport;branch=z9hG4bKx",
            b"Contact: <sip:[2001:db8::1]:5060>",
        ),
        (
            Flow("UDP", 3, "127.0.0.1", 5060),
            b"Via: SIP/2.0/UDP 127.0.0.1:5070;rport;branch=z9hG4bKx",
            b"Contact: <sip:127.0.0.1:5070>",
        ),
        (
            Flow("TCP", 4, "::1", 5060, 3),
            b"Via: SIP/2.0/TCP [::1]:5071;rport;branch=z9hG4bKx",
            b"Contact: <sip:[::1]:5071;transport=tcp>",
        ),
        (
            Flow("TLS", 5, "192.0.2.1", 40000, 9),
            b"Via: SIP/2.0/TLS 192.0.2.100:5061;rport;branch=z9hG4bKx",
            b"Contact: <sip:192.0.2.100:5061;transport=tls>",
        ),
        (
            Flow("WS", 6, "192.0.2.1", 40000, 9),
            b"Via: SIP/2.0/WS 192.0.2.100:8080;rport;branch=z9hG4bKx",
            b"Contact: <sip:192.0.2.100:8080;transport=ws>",
        ),
        (
            Flow("WSS", 7, "192.0.2.1", 40000, 9),
            b"Via: SIP/2.0/WSS 192.0.2.100:8443;rport;branch=z9hG4bKx",
            b"Contact: <sip:192.0.2.100:8443;transport=ws>",
        ),
        (
            Flow("TLS", 8, "2001:db8::7", 40000, 9),
            b"Via: SIP/2.0/TLS sip.example.org:443;rport;branch=z9hG4bKx",
            b"Contact: <sip:sip.example.org:443;transport=tls>",
        ),
    ],
)
def test_via_and_contact_name_the_listener_of_the_flow(
    flow: Flow, via: bytes, contact: bytes
) -> None:
    addressing = LocalAddressing("doorline.test", "", LISTENERS)

    assert (addressing.via(flow, b"z9hG4bKx"), addressing.contact(flow, secure=False)) == (
        via,
        contact,
    )


@pytest.mark.parametrize(
    ("flow", "contact"),
    [
        (Flow("TLS", 5, "192.0.2.1", 40000, 9), b"Contact: <sips:192.0.2.100:5061>"),
        (Flow("WSS", 7, "192.0.2.1", 40000, 9), b"Contact: <sips:192.0.2.100:8443;transport=ws>"),
        (Flow("UDP", 0, "192.0.2.1", 5060), b"Contact: <sips:192.0.2.100:5061>"),
        (Flow("TCP", 1, "192.0.2.1", 40000, 9), b"Contact: <sips:192.0.2.100:5061>"),
        (Flow("UDP", 2, "2001:db8::7", 5060), b"Contact: <sips:sip.example.org:443>"),
        (Flow("WS", 6, "192.0.2.1", 40000, 9), b"Contact: <sips:192.0.2.100:8080;transport=ws>"),
    ],
)
def test_a_dialog_that_demands_it_gets_a_sips_contact(flow: Flow, contact: bytes) -> None:
    """RFC 3261 §8.1.1.8; §26.2.2: it names where TLS is spoken, whatever the flow."""
    assert LocalAddressing("doorline.test", "", LISTENERS).contact(flow, secure=True) == contact


def test_without_tls_a_sips_contact_names_the_listener_itself() -> None:
    addressing = LocalAddressing("doorline.test", "", LISTENERS[:1])

    contact = addressing.contact(Flow("UDP", 0, "192.0.2.1", 5060), secure=True)

    assert contact == b"Contact: <sips:192.0.2.100:5060>"


def test_what_a_listener_advertises_goes_before_what_the_server_does() -> None:
    addressing = LocalAddressing("doorline.test", "intercom.example", LISTENERS)

    assert addressing.contact(Flow("TLS", 8, "2001:db8::7", 40000, 9), secure=False) == (
        b"Contact: <sip:sip.example.org:443;transport=tls>"
    )


def test_a_connection_of_ours_goes_out_in_the_name_of_a_listener() -> None:
    only_udp = LocalAddressing("doorline.test", "", LISTENERS[:1])
    flow = Flow("TLS", 0, "192.0.2.9", 5061, server_name="sip.provider.example")

    assert only_udp.outlet_for("TLS", "192.0.2.9") == 0
    assert only_udp.outlet_for("TLS", "2001:db8::9") is None
    assert only_udp.outlet_for("WS", "192.0.2.9") is None
    assert LocalAddressing("d", "", LISTENERS).outlet_for("TLS", "192.0.2.9") == 5
    assert only_udp.via(flow, b"z") == b"Via: SIP/2.0/TLS 192.0.2.100:5060;rport;branch=z"
    assert only_udp.contact(flow, secure=False) == b"Contact: <sip:192.0.2.100:5060>"


def test_an_advertised_host_stands_for_every_listener() -> None:
    addressing = LocalAddressing("doorline.test", "sip.example.org", LISTENERS)

    assert addressing.contact(Flow("UDP", 3, "192.0.2.1", 5060), secure=False) == (
        b"Contact: <sip:sip.example.org:5070>"
    )


def test_a_host_that_cannot_be_reached_still_gets_an_address() -> None:
    addressing = LocalAddressing("doorline.test", "", LISTENERS)

    contact = addressing.contact(Flow("UDP", 3, "not-an-address.invalid", 5060), secure=False)

    assert contact == b"Contact: <sip:127.0.0.1:5070>"


@pytest.mark.parametrize(
    ("transport", "host", "index"),
    [
        ("UDP", "192.0.2.5", 0),
        ("TCP", "192.0.2.5", 1),
        ("UDP", "2001:db8::5", 2),
        ("TCP", "2001:db8::5", 4),
        ("TLS", "192.0.2.5", 5),
        ("WSS", "2001:db8::5", None),
    ],
)
def test_a_listener_is_found_by_transport_and_family(
    transport: str, host: str, index: int | None
) -> None:
    assert LocalAddressing("d", "", LISTENERS).listener_for(transport, host) == index


@pytest.mark.parametrize(
    ("stored", "present"),
    [
        (Flow("UDP", 0, "192.0.2.7", 5060), Flow("UDP", 0, "192.0.2.7", 5060)),
        (Flow("UDP", 3, "192.0.2.7", 5060), Flow("UDP", 3, "192.0.2.7", 5060)),
        (Flow("UDP", 9, "192.0.2.7", 5060), Flow("UDP", 0, "192.0.2.7", 5060)),
        (Flow("UDP", 1, "192.0.2.7", 5060), Flow("UDP", 0, "192.0.2.7", 5060)),
        (Flow("UDP", 0, "2001:db8::7", 5060), Flow("UDP", 2, "2001:db8::7", 5060)),
        (Flow("TCP", 0, "192.0.2.7", 5060), Flow("TCP", 1, "192.0.2.7", 5060)),
        (Flow("TLS", 0, "192.0.2.7", 5061), Flow("TLS", 5, "192.0.2.7", 5061)),
        (Flow("WS", 0, "2001:db8::7", 5061), None),
    ],
)
def test_a_flow_of_other_settings_is_brought_to_a_listener_of_today(
    stored: Flow, present: Flow | None
) -> None:
    assert LocalAddressing("doorline.test", "", LISTENERS).present(stored) == present


@pytest.mark.parametrize(
    ("flow", "end"),
    [
        (Flow("UDP", 0, "192.0.2.1", 5060), ("192.0.2.100", 5060)),
        (Flow("UDP", 3, "127.0.0.1", 5060), ("127.0.0.1", 5070)),
        (Flow("TCP", 4, "::1", 5060, 3), ("::1", 5071)),
    ],
)
def test_the_local_end_is_the_machines_own_whatever_is_advertised(
    flow: Flow, end: tuple[str, int]
) -> None:
    assert LocalAddressing("doorline.test", "sip.example.org", LISTENERS).local_end(flow) == end
