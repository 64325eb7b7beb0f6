"""Whose certificate is it: the identities of a SIP domain (RFC 5922 §7.1, §7.2)."""

from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from typing import Any

from sipcore.kernel.errors import BadMessage
from sipcore.message.uri import Uri


def identities(certificate: Mapping[str, Any]) -> frozenset[str]:
    """Hosts this certificate, as `SSLSocket.getpeercert` shows it, speaks for, in lower case.

    SIP URIs without user part, DNS names and addresses of subjectAltName; the common name counts
    only when there is no subjectAltName at all. Wildcards are no identities (§7.2).
    """
    alternatives: Iterable[tuple[str, str]] = certificate.get("subjectAltName", ())
    found = set()
    for kind, value in alternatives:
        if kind == "URI":
            host = _host_of(value)
        elif kind == "IP Address":
            host = str(ip_address(value.strip()))  # OpenSSL spells out every zero of IPv6
        elif kind == "DNS":
            host = value.lower().rstrip(".")
        else:
            host = ""
        if host and "*" not in host:
            found.add(host)
    if not alternatives:
        found |= {
            value.lower()
            for part in certificate.get("subject", ())
            for name, value in part
            if name == "commonName" and "*" not in value
        }
    return frozenset(found)


def _host_of(uri: str) -> str:
    """The host of a `sip:` URI that names a domain, "" of any other."""
    try:
        parsed = Uri.parse(uri)
    except BadMessage:
        return ""
    return parsed.host.lower() if parsed.scheme == "sip" and not parsed.user else ""
