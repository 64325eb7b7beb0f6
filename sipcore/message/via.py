"""Via: one hop of a message's way (RFC 3261 §20.42, RFC 3581)."""

import re
from dataclasses import dataclass, field
from typing import Final

from sipcore.kernel.errors import BadMessage
from sipcore.kernel.memo import remember
from sipcore.message.grammar import (
    HOST_OCTETS,
    TOKEN,
    Params,
    find_param,
    format_params,
    is_plain,
    parse_params,
    text,
)
from sipcore.message.uri import ipv6_host

_VIA: Final = re.compile(
    rf"({TOKEN})[ \t]*/[ \t]*({TOKEN})[ \t]*/[ \t]*({TOKEN})[ \t]+"
    r"([A-Za-z0-9_.\-]+|\[[0-9A-Fa-f:.]+\])"
    r"(?:[ \t]*:[ \t]*([0-9]{1,5}))?[ \t]*(?:;|\Z)"
).match

PLAIN_HOST: Final = (
    rb"[A-Za-z0-9](?:[%b]*[A-Za-z0-9])?(?::(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}"
    rb"|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?"
) % re.escape(HOST_OCTETS)
"""Pattern of an ordinary host with or without a port; it accepts less than parsing does."""
_PLAIN_SENT_BY: Final = re.compile(rb"SIP/2\.0/[A-Z]+ " + PLAIN_HOST).fullmatch
_plain_sent_by: Final[dict[bytes, bool]] = {}
"""Whether these are ordinary: every phone has one, which never changes."""
_RPORT: Final = b";rport"
PlainVia = tuple[bytes, bytes, int]
_plain: Final[dict[bytes, PlainVia]] = {}
"""What `plain_via` said: a value comes back in the ACK, and in all responses."""
NO_RPORT: Final = 0
RPORT_FIRST: Final = 1
RPORT_LAST: Final = 2


@dataclass(frozen=True, slots=True)
class Via:
    """One Via value; `str()` of a parsed one is the text it was parsed from."""

    protocol: str
    """`SIP/2.0`."""
    transport: str
    """Upper case: `UDP`, `TCP`, `TLS`, `WS`, `WSS` or any token."""
    host: str
    """Host of sent-by; an IPv6 address without its brackets."""
    port: int | None = None
    params: Params = ()
    raw: str = field(init=False, default="", repr=False, compare=False)

    @classmethod
    def parse(cls, written: str | bytes) -> "Via":
        """Parse one value; raises BadMessage."""
        source = text(written)
        match = _VIA(source)
        if match is None:
            raise BadMessage("malformed Via")
        name, version, transport, host, port = match.groups()
        if host[0] == "[":
            host = ipv6_host(host[1:-1])
        number = None if port is None else int(port)
        if number is not None and not 0 < number < 65536:
            raise BadMessage("port out of range in Via")
        end = match.end()
        if end < len(source):
            params = parse_params(source[end:], "Via")
        elif source.endswith(";"):
            raise BadMessage("empty parameter in Via")
        else:
            params = ()
        via = cls(f"{name}/{version}".upper(), transport.upper(), host, number, params)
        object.__setattr__(via, "raw", source)
        return via

    def param(self, name: str) -> str | None:
        """Value of a parameter (lower-case name), "" if it has no value, None if absent."""
        return find_param(self.params, name)

    @property
    def branch(self) -> str:
        """The transaction identifier; "" when there is none (RFC 2543 peers)."""
        return find_param(self.params, "branch") or ""

    @property
    def rport(self) -> int | None:
        """Port the request came from (RFC 3581 §4); 0 when asked for but not filled in yet."""
        value = find_param(self.params, "rport")
        if value is None:
            return None
        if not value:
            return 0
        if not (value.isascii() and value.isdigit()) or len(value) > 5 or int(value) > 65535:
            raise BadMessage("malformed rport in Via")
        return int(value)

    @property
    def received(self) -> str | None:
        """Address the request came from; brackets removed (RFC 5118 §4.5 knows both forms)."""
        value = find_param(self.params, "received")
        return None if value is None else value.strip("[]")

    @property
    def maddr(self) -> str | None:
        """Multicast or chosen address (RFC 3261 §18.1.1)."""
        return find_param(self.params, "maddr")

    def __str__(self) -> str:
        if self.raw:
            return self.raw
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port is None else f":{self.port}"
        return f"{self.protocol}/{self.transport} {host}{port}{format_params(self.params)}"


def plain_branch(value: bytes) -> bytes | None:
    """The branch of a value without quotes; None when only parsing it can tell."""
    at = value.find(b";branch=")
    if at < 0 or value.find(b'"') >= 0:
        return None
    return value[at + 8 :].partition(b";")[0].strip(b" \t\r\n")


def plain_via(value: bytes) -> PlainVia | None:
    """Protocol with sent-by, branch, and where rport stands, of an ordinary value.

    None when only parsing it can tell. What is accepted has no other parameters, and parses.
    """
    known = _plain.get(value)
    if known is None:
        known = _cut(value)
        if known is not None:
            remember(_plain, value, known)
    return known


def _cut(value: bytes) -> PlainVia | None:
    before, found, branch = value.partition(b";branch=")
    if not found:
        return None
    place = NO_RPORT
    if before[-6:] == _RPORT:
        before, place = before[:-6], RPORT_FIRST
    elif branch[-6:] == _RPORT:
        branch, place = branch[:-6], RPORT_LAST
    is_known = _plain_sent_by.get(before)
    if is_known is None:
        is_known = remember(_plain_sent_by, before, _PLAIN_SENT_BY(before) is not None)
    return (before, branch, place) if is_known and is_plain(branch) else None
