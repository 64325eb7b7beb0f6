"""Where SIP is listened for."""

from doorline.settings import ListenSettings
from sipcore.endpoint.settings import ListenAddress


def listen_addresses(listen: ListenSettings) -> tuple[ListenAddress, ...]:
    """The SIP listeners in the order of the settings."""
    return tuple(
        ListenAddress(
            transport,
            address.host,
            address.port,
            address.advertised_host,
            address.advertised_port,
        )
        for transport, addresses in (
            ("UDP", listen.udp),
            ("TCP", listen.tcp),
            ("TLS", listen.tls),
            ("WS", listen.ws),
            ("WSS", listen.wss),
        )
        for address in addresses
    )
