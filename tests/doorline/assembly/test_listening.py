"""Where SIP is listened for."""

from doorline.assembly.listening import listen_addresses
from doorline.settings import Address, ListenSettings
from sipcore.endpoint.settings import ListenAddress


def test_listeners_stand_in_the_order_of_the_settings_by_transport() -> None:
    one, two = Address("192.0.2.1", 5060), Address("192.0.2.2", 5060)
    given = ListenSettings(udp=(one, two), tcp=(two,), tls=(one,), ws=(one,), wss=(two,))

    assert [(each.transport, each.host) for each in listen_addresses(given)] == [
        ("UDP", "192.0.2.1"),
        ("UDP", "192.0.2.2"),
        ("TCP", "192.0.2.2"),
        ("TLS", "192.0.2.1"),
        ("WS", "192.0.2.1"),
        ("WSS", "192.0.2.2"),
    ]


def test_what_others_are_told_instead_comes_with_its_listener() -> None:
    behind = Address("10.0.0.1", 5060, "sip.example", 15060)

    (told,) = listen_addresses(ListenSettings(udp=(behind,), tcp=()))

    assert told == ListenAddress("UDP", "10.0.0.1", 5060, "sip.example", 15060)
