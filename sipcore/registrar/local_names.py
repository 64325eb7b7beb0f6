"""Which hosts are this server: the domain, its other names and its addresses."""

from collections.abc import Iterable
from ipaddress import ip_address
from typing import Final

from sipcore.kernel.errors import BadMessage
from sipcore.message.uri import Uri

_CACHE: Final = 1024
"""How many URIs the answer is remembered for; then the memory is emptied."""
_CACHED_LENGTH: Final = 256
"""Octets of the longest URI that is remembered."""


def _plain(host: str) -> str:
    """Host name or address as it is compared: lower case, no brackets, no final dot."""
    host = host.lower()
    if host.startswith("["):
        return host.strip("[]")
    return host.rstrip(".")


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


class LocalNames:
    """The domain this server is responsible for (RFC 3261 §10.3 step 1).

    `hosts` are further names and addresses that clients may write instead of the domain: the
    advertised host, the addresses of the listeners. With `any_address` every IP literal counts as
    ours: a listener on all interfaces does not know under which address it is reached, and many
    door phones are given an address where a domain belongs.
    """

    def __init__(self, domain: str, hosts: Iterable[str] = (), *, any_address: bool = False):
        self.domain = _plain(domain)
        self._hosts = frozenset(map(_plain, hosts)) | {self.domain}
        self._any_address = any_address
        self._known: dict[bytes, tuple[str, bool] | None] = {}

    def covers(self, host: str) -> bool:
        """Whether a host part means this server; the port is not looked at."""
        host = _plain(host)
        return host in self._hosts or (self._any_address and _is_address(host))

    def look(self, uri: bytes) -> tuple[str, bool] | None:
        """User part (decoded, maybe empty) of a SIP URI and whether its host is ours.

        None when it is no SIP or SIPS URI. The answer is remembered because nearly all requests
        carry one of few URIs.
        """
        known = self._known
        try:
            return known[uri]
        except KeyError:
            pass
        answer: tuple[str, bool] | None = None
        try:
            parsed = Uri.parse(uri)
        except BadMessage:
            parsed = None
        if parsed is not None and parsed.scheme in ("sip", "sips"):
            answer = (parsed.decoded_user, self.covers(parsed.host))
        if len(uri) <= _CACHED_LENGTH:  # long ones come from nobody but attackers
            if len(known) >= _CACHE:
                known.clear()
            known[uri] = answer
        return answer
