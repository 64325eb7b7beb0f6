"""Uri: SIP, SIPS and tel URIs as values; other schemes are kept as they came (RFC 3261 §19.1)."""

import re
from functools import lru_cache
from ipaddress import AddressValueError, IPv6Address
from typing import Final, final
from urllib.parse import unquote_to_bytes

from sipcore.kernel.errors import BadMessage
from sipcore.kernel.memo import remember
from sipcore.message.grammar import Params, text

_PARTS: Final = re.compile(
    r"(sips?):"
    # userinfo: wider than §25.1, because door phones dial "1#1001" without escaping the "#".
    r"(?:([^\x00-\x20\x7f@:<>\"]+)(?::([^\x00-\x20\x7f@:<>\"]*))?@)?"
    # Host names as found in the field: one label such as "pbx1", or with "_".
    r"([A-Za-z0-9_](?:[A-Za-z0-9_.\-]*[A-Za-z0-9_])?\.?|\[[0-9A-Fa-f:.]+\])"
    r"(?::([0-9]{1,5}))?"
    r"((?:;[^\x00-\x20\x7f;?<>\"@,]+)*)"
    r"(?:\?([^\x00-\x20\x7f<>\"@,]+))?",
    re.IGNORECASE,
).fullmatch
_TEL: Final = re.compile(
    r"(tel):([^\x00-\x20\x7f;?<>\"@,]+)((?:;[^\x00-\x20\x7f;?<>\"@,]+)*)", re.IGNORECASE
).fullmatch
_OTHER: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):([^\x00-\x20\x7f<>\"]+)").fullmatch
_BAD_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})").search
_ESCAPE: Final = re.compile(r"%([0-9A-Fa-f]{2})")
_SEPARATORS: Final = re.compile(r"[-.()]").sub
# RFC 2396 "reserved": an escaped one differs from a plain one (§19.1.4).
_RESERVED: Final = frozenset(";/?:@&=+$,")
# A parameter found in one URI only makes two URIs differ when it is one of these (§19.1.4).
_NEVER_ALONE: Final = frozenset(("user", "ttl", "method", "maddr", "transport"))


@final
class Uri:
    """One URI, never changed. `str()` of a parsed value is the very text it was parsed from."""

    __slots__ = ("headers", "host", "params", "password", "port", "raw", "scheme", "user")

    scheme: str
    """Lower case: `sip`, `sips`, `tel` or any other."""
    user: str
    """User part as written, escapes included; the number of a tel URI; all that follows the
    colon for other schemes."""
    host: str
    """Host as written; an IPv6 address without its brackets; empty for other schemes than SIP."""
    port: int | None
    """1-65535, or None when the URI names no port."""
    headers: str
    """What follows the question mark, as written."""
    raw: str
    """The text it was parsed from; it plays no part in comparisons."""

    def __init__(
        self,
        scheme: str,
        user: str = "",
        password: str | None = None,
        host: str = "",
        port: int | None = None,
        params: Params = (),
        headers: str = "",
        raw: str = "",
    ) -> None:
        self.scheme = scheme
        self.user = user
        self.password = password
        self.host = host
        self.port = port
        self.params = params
        self.headers = headers
        self.raw = raw

    @classmethod
    def parse(cls, written: str | bytes, where: str = "") -> "Uri":
        """Parse one URI without surrounding brackets or spaces; BadMessage names `where`."""
        uri = _known.get(written)
        if uri is not None:
            return uri
        try:
            return remember(_known, written, _parse(written))
        except BadMessage as error:
            if where:
                raise BadMessage(f"{error.reason} in {where}") from None
            raise

    def param(self, name: str) -> str | None:
        """Value of a URI parameter (lower-case name), "" if it has no value, None if absent."""
        for written, value in self.params:
            if written == name or written.lower() == name:
                return value or ""
        return None

    @property
    def decoded_user(self) -> str:
        """The user part with its escapes decoded once, and only once (RFC 4475 §3.1.1.3)."""
        if "%" not in self.user:
            return self.user
        octets = self.user.encode("utf-8", "surrogateescape")
        return unquote_to_bytes(octets).decode("utf-8", "surrogateescape")

    @property
    def dialled(self) -> str:
        """What is dialled by this Request-URI: its user, without one its host.

        The visual separators of a tel URI mean nothing (RFC 3966 §5.1.1).
        """
        user = self.decoded_user
        if self.scheme == "tel":
            return _SEPARATORS("", user)
        return user or self.host

    def equivalent(self, other: "Uri") -> bool:
        """Whether both name the same resource by the rules of RFC 3261 §19.1.4.

        tel URIs compare after removal of visual separators (RFC 3966 §4); URIs of other
        schemes only when they are written alike.
        """
        if self.scheme != other.scheme:
            return False
        if self.scheme == "tel":
            return _number(self.user) == _number(other.user) and _params_match(self, other)
        if not self.host:
            return self.user == other.user
        return (
            _unescaped(self.user) == _unescaped(other.user)
            and _unescaped(self.password) == _unescaped(other.password)
            and _host_key(self.host) == _host_key(other.host)
            and self.port == other.port
            and _params_match(self, other)
            and _header_set(self.headers) == _header_set(other.headers)
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Uri) and self._parts() == other._parts()

    def __hash__(self) -> int:
        return hash(self._parts())

    def __repr__(self) -> str:
        # Not with its password, which is a secret if there is one (RFC 3261 §19.1.1).
        return f"Uri({self.scheme!r}, {self.user!r}, {self.host!r}, {self.port!r}, {self.params!r})"

    def __str__(self) -> str:
        return self.raw or self._compose()

    def _parts(self) -> tuple[object, ...]:
        return (
            self.scheme,
            self.user,
            self.password,
            self.host,
            self.port,
            self.params,
            self.headers,
        )

    def _compose(self) -> str:
        parts = [self.scheme, ":", self.user]
        if self.password is not None:
            parts += (":", self.password)
        if self.host:
            if self.user:
                parts.append("@")
            parts.append(f"[{self.host}]" if ":" in self.host else self.host)
        if self.port is not None:
            parts.append(f":{self.port}")
        parts += (f";{n}" if v is None else f";{n}={v}" for n, v in self.params)
        if self.headers:
            parts += ("?", self.headers)
        return "".join(parts)


def _parse(octets: str | bytes) -> Uri:
    written = text(octets)
    match = _PARTS(written)
    if match is None:
        return _parse_other(written)
    scheme, user, password, host, port, params, headers = match.groups()
    if "%" in written and _BAD_ESCAPE(written):
        raise BadMessage("malformed escape in URI")
    if host[0] == "[":
        host = ipv6_host(host[1:-1])
    number = None if port is None else int(port)
    if number is not None and not 0 < number < 65536:
        raise BadMessage("port out of range in URI")
    return Uri(
        scheme.lower(),
        user or "",
        password,
        host,
        number,
        _split_params(params) if params else (),
        headers or "",
        written,
    )


_known: Final[dict[str | bytes, Uri]] = {}
"""By what they were parsed from: a building's URIs come again and again."""


def _parse_other(written: str) -> Uri:
    match = _TEL(written)
    if match is not None:
        number, params = match[2], _split_params(match[3]) if match[3] else ()
        return Uri("tel", number, params=params, raw=written)
    match = _OTHER(written)
    if match is None or match[1].lower() in ("sip", "sips", "tel"):
        raise BadMessage("malformed URI")
    return Uri(match[1].lower(), match[2], raw=written)


def _split_params(written: str) -> Params:
    """Split `;a;b=c`; a name twice is an error (§19.1.1)."""
    params: list[tuple[str, str | None]] = []
    for piece in written[1:].split(";"):
        name, equals, value = piece.partition("=")
        if not name:
            raise BadMessage("parameter without name in URI")
        params.append((name, value if equals else None))
    if len(params) > 1 and len({name.lower() for name, _ in params}) != len(params):
        raise BadMessage("parameter given twice in URI")
    return tuple(params)


@lru_cache(maxsize=256)
def ipv6_host(written: str) -> str:
    """An IPv6 address by the grammar of RFC 5954 §4.1; raises BadMessage.

    The third colon that RFC 3261's grammar allowed before an IPv4 tail is taken out
    (RFC 5118 §4.10 asks receivers to tolerate it).
    """
    address = written.replace(":::", "::", 1) if "." in written else written
    try:
        IPv6Address(address)
    except AddressValueError:
        raise BadMessage("malformed IPv6 address") from None
    return address


def _unescaped(component: str | None) -> str | None:
    """Escapes of characters outside the reserved set replaced by the characters themselves."""
    if component is None or "%" not in component:
        return component

    def plain(match: re.Match[str]) -> str:
        character = chr(int(match[1], 16))
        if character in _RESERVED or not " " < character < "\x7f" or character == "%":
            return match[0].upper()
        return character

    return _ESCAPE.sub(plain, component)


def _folded(component: str | None) -> str:
    return (_unescaped(component) or "").lower()


def _host_key(host: str) -> str:
    if ":" not in host:
        return host.lower().rstrip(".")
    try:
        return IPv6Address(host).exploded
    except AddressValueError:  # a value that was not made by parse
        return host.lower()


def _number(user: str) -> str:
    return _SEPARATORS("", user).lower()


def _params_match(one: Uri, other: Uri) -> bool:
    mine = {_folded(name): _folded(value) for name, value in one.params}
    theirs = {_folded(name): _folded(value) for name, value in other.params}
    for name in mine.keys() | theirs.keys():
        if name in mine and name in theirs:
            if mine[name] != theirs[name]:
                return False
        elif name in _NEVER_ALONE:
            return False
    return True


def _header_set(headers: str) -> list[tuple[str, str]]:
    pairs = (pair.partition("=") for pair in headers.split("&") if pair)
    return sorted((_folded(name), _unescaped(value) or "") for name, _, value in pairs)
