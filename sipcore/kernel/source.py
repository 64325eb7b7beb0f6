"""Which addresses count as one source, and which are trusted."""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

_PREFIX: Final = 64
"""Bits of an IPv6 address that make a source: whoever has one address of a /64 has all of it."""
_REMEMBERED: Final = 4096


class SourceNames:
    """From a remote address to the name its source has in every table.

    That is the address itself for IPv4, and the /64 for IPv6 (`2001:db8::/64`).
    """

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def of(self, host: str) -> str:
        """The name of the source that `host` belongs to; cheap for IPv4."""
        if ":" not in host:
            return host
        known = self._known.get(host)
        if known is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[host] = source_name(host)
        return known


def source_name(text: str) -> str:
    """`192.0.2.1`, or `2001:db8::/64` for an address or a /64 of IPv6.

    Raises ValueError for what is no address.
    """
    written = text.strip().strip("[]").partition("%")[0]
    address = ip_address(written.removesuffix(f"/{_PREFIX}") if ":" in written else written)
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ip_network((int(address) >> _PREFIX << _PREFIX, _PREFIX)))


class TrustedNetworks:
    """Networks that are exempt from every limit and ban."""

    def __init__(self, networks: Iterable[str] = ()) -> None:
        """Raises ValueError for what is neither an address nor a network."""
        self._networks: tuple[IPv4Network | IPv6Network, ...] = tuple(
            ip_network(text, strict=False) for text in networks
        )

    def cover(self, source: str) -> bool:
        """Whether a source, by its name, lies in one of them (or, for a /64, touches one)."""
        if not self._networks:
            return False
        try:
            network = ip_network(source)
        except ValueError:
            return False
        return any(
            trusted.version == network.version and trusted.overlaps(network)
            for trusted in self._networks
        )
