"""IP addresses as octets, as packets carry them."""

from functools import lru_cache
from ipaddress import ip_address


@lru_cache(maxsize=4096)
def address_octets(host: str) -> bytes:
    """4 or 16 octets of an IP address without brackets; 0.0.0.0 for what is none.

    The zone of a link-local address (`fe80::1%eth0`) has no place in a packet.
    """
    try:
        return ip_address(host.partition("%")[0]).packed
    except ValueError:
        return bytes(4)


def both_octets(source: str, target: str) -> tuple[bytes, bytes]:
    """Both ends in one family: an IPv4 end facing an IPv6 one is mapped (RFC 4291 §2.5.5.2)."""
    first, second = address_octets(source), address_octets(target)
    if len(first) == len(second):
        return first, second
    return _mapped(first), _mapped(second)


def _mapped(octets: bytes) -> bytes:
    return octets if len(octets) == 16 else bytes(10) + b"\xff\xff" + octets
