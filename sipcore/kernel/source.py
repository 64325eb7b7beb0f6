"""Source: which addresses count as one, and which are trusted."""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

_PREFIX: Final = 64
"""Bits of an IPv6 address that make a source: whoever has one address of a /64 has all of it."""
_REMEMBERED: Final = 4096


def source_of(host: str) -> str:
    """The name that the source of a remote address has in every table; total, cheap for IPv4.

    That is the address itself for IPv4, and the /64 for IPv6 (`2001:db8::/64`).
    """
    return host if ":" not in host else _network_of(host)


@lru_cache(_REMEMBERED)
def _network_of(host: str) -> str:
    try:
        return source_name(host)
    except ValueError:
        return host


def source_name(text: str) -> str:
    """The source somebody wrote: `192.0.2.1`, or `2001:db8::/64` for an address or a /64 of IPv6.

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
