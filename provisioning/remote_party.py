"""Who a device says it is talking to: what it puts for `$remote` (device facts §3.5)."""

import ipaddress
import re
from typing import NamedTuple

_STARRED = re.compile(r"[0-9]{1,3}(\*[0-9]{1,3}){3}")
"""An address as it is dialled on keys that have no dot (`UseStarForIP`)."""
_PORT = re.compile(r":[0-9]{1,5}")


class RemoteParty(NamedTuple):
    """A number, an address, or a number at an address."""

    user: str
    address: str
    """In its usual form; empty for a number alone, or a number at a name."""


def remote_party(text: str) -> RemoteParty:
    """Read `1001`, `10.0.0.5`, `10*0*0*5`, `sip:1001@10.0.0.5:5062`, `"Hall" <sip:…>`.

    What has no known form is a number.
    """
    written = text.strip()
    if "<" in written:
        written = written.partition("<")[2].partition(">")[0]
    written = re.sub(r"^sips?:", "", written, flags=re.IGNORECASE).partition(";")[0]
    user, at, host = written.rpartition("@")
    if not at:
        user, host = "", written
    address = _address(host)
    if not address and not at:
        return RemoteParty(host, "")
    return RemoteParty(user, address)


def _address(host: str) -> str:
    if _STARRED.fullmatch(host):
        host = host.replace("*", ".")
    elif host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = _PORT.sub("", host)
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return ""
