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
    ],
)
def test_via_and_contact_name_the_listener_of_the_flow(
    flow: Flow, via: bytes, contact: bytes
) -> None:
    addressing = LocalAddressing("doorline.test", "", LISTENERS)

    assert (addressing.via(flow, b"z9hG4bKx"), addressing.contact(flow)) == (via, contact)


def test_an_advertised_host_stands_for_every_listener() -> None:
    addressing = LocalAddressing("doorline.test", "sip.example.org", LISTENERS)

    assert addressing.contact(Flow("UDP", 3, "192.0.2.1", 5060)) == (
        b"Contact: <sip:sip.example.org:5070>"
    )


def test_a_host_that_cannot_be_reached_still_gets_an_address() -> None:
    addressing = LocalAddressing("doorline.test", "", LISTENERS)

    contact = addressing.contact(Flow("UDP", 3, "not-an-address.invalid", 5060))

    assert contact == b"Contact: <sip:127.0.0.1:5070>"


@pytest.mark.parametrize(
    ("transport", "host", "index"),
    [
        ("UDP", "192.0.2.5", 0),
        ("TCP", "192.0.2.5", 1),
        ("UDP", "2001:db8::5", 2),
        ("TCP", "2001:db8::5", 4),
        ("TLS", "192.0.2.5", None),
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
        (Flow("TLS", 0, "192.0.2.7", 5061), None),
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
