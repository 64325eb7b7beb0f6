"""Addresses as settings spell them: `127.0.0.1:5060`, `[::1]:5060`, `*:0`.

A SIP listener's may say what others are told: `*:5061 as sip.example.org:5061`.
"""

import ipaddress
import re
from dataclasses import dataclass, replace

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)*\Z")
EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared with, not bound to


def is_host(text: str) -> bool:
    """Whether a text is an IP address without brackets or a host name."""
    return is_ip(text) or (len(text) <= 253 and _NAME.match(text) is not None)


def is_ip(text: str) -> bool:
    """Whether a text is an IPv4 or IPv6 address without brackets."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def name_server(text: str) -> tuple[str, int]:
    """Address and port of a name server: `192.0.2.53`, `192.0.2.53:5353`, `[2001:db8::53]:53`.

    Raises ValueError for anything else.
    """
    if is_ip(text):
        return text, 53
    address = Address.parse(text)
    if not is_ip(address.host) or address.everywhere or not address.port or " " in text:
        raise ValueError(f"not the address of a name server: {text}")
    return address.host, address.port


@dataclass(frozen=True, slots=True)
class Address:
    """Where a listener binds."""

    host: str
    """IP address without brackets, or a name; `*` became `0.0.0.0`."""
    port: int
    """0 picks a free port."""
    advertised_host: str = ""
    """What others are told instead of the host; empty when nothing was said."""
    advertised_port: int = 0
    """What others are told instead of the port; 0 for the port itself."""

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Read `host:port` or `host:port as host[:port]`; raises ValueError for anything else."""
        bound, said, advertised = text.strip().partition(" as ")
        if said:
            told = _advertised(advertised.strip(), text)
            return replace(cls.parse(bound), advertised_host=told[0], advertised_port=told[1])
        host, colon, port = bound.rpartition(":")
        if host.startswith("[") and host.endswith("]"):
            host = host[1:-1]
            valid = is_ip(host) and ":" in host
        elif host == "*":
            host, valid = "0.0.0.0", True  # noqa: S104 - what the operator asked for
        else:
            valid = is_host(host) and ":" not in host
        if not (colon and valid and port.isascii() and port.isdigit() and int(port) <= 65535):
            raise ValueError(f"not an address: {text}")
        return cls(host, int(port))

    @property
    def everywhere(self) -> bool:
        """Whether this means every address of the machine, so that it cannot be told to devices."""
        return self.host in EVERYWHERE

    @property
    def loopback(self) -> bool:
        """Whether only programs of this machine reach it."""
        if is_ip(self.host):
            return ipaddress.ip_address(self.host).is_loopback
        return self.host.lower() == "localhost"

    def __str__(self) -> str:
        return f"{bracketed(self.host)}:{self.port}"


def _advertised(spelled: str, text: str) -> tuple[str, int]:
    """A host, or host and port, as others are told; port 0 when it names none."""
    if spelled.startswith("[") and spelled.endswith("]"):
        host, port = spelled[1:-1], 0
        valid = is_ip(host) and ":" in host
    elif ":" in spelled:
        address = Address.parse(spelled)
        host, port = address.host, address.port
        valid = port > 0
    else:
        host, port = spelled, 0
        valid = is_host(host)
    if not valid or host in EVERYWHERE:
        raise ValueError(f"not an address: {text}")
    return host, port


def bracketed(host: str) -> str:
    """A host as URIs write it: IPv6 addresses in brackets."""
    return f"[{host}]" if ":" in host else host
