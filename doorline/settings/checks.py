"""Conditions that a field of the settings states beside its type."""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from phonenumbers import SUPPORTED_REGIONS

from directory.tariff import KINDS, WORLD
from doorline.settings.address import Address, is_host, name_server

_IDENTITIES = frozenset(("pai", "ppi", "diversion"))


@dataclass(frozen=True, slots=True)
class Within:
    """A number from `low` to `high`, both included."""

    low: float
    high: float
    unit: str = ""

    @property
    def expected(self) -> str:
        """In words, for the message."""
        unit = f" {self.unit}" if self.unit else ""
        return f"{self.low:g} to {self.high:g}{unit}"

    def holds(self, value: object) -> bool:
        """Whether the number lies within."""
        return isinstance(value, int | float) and self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class Shape:
    """A text, or each text of a list, that a function accepts."""

    expected: str
    accepts: Callable[[str], bool]

    def holds(self, value: object) -> bool:
        """Whether the text or all the texts are accepted."""
        texts = value if isinstance(value, tuple) else (value,)
        return all(isinstance(text, str) and self.accepts(text) for text in texts)


def _network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _name_server(text: str) -> bool:
    try:
        name_server(text)
    except ValueError:
        return False
    return True


def _web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return (
            parts.scheme in ("http", "https")
            and is_host(parts.hostname or "")
            and (parts.port is None or parts.port > 0)
            and not parts.query
            and not parts.fragment
            and parts.username is None
        )
    except ValueError:
        return False


def _hook_address(text: str) -> bool:
    """A web address that may have a query, as hooks often do."""
    return _web_address(text.partition("?")[0]) and text.isprintable() and " " not in text


def _url_path(text: str) -> bool:
    is_plain = text.isascii() and text.isprintable()
    return text.startswith("/") and is_plain and not set(text) & set(" ?#")


def _origin(text: str) -> bool:
    """Scheme, host and perhaps a port, as browsers write them (RFC 6454 §6.2)."""
    return _web_address(text) and not urlsplit(text).path and text == text.lower()


def _database(text: str) -> bool:
    return text == "" or text.startswith("sqlite+aiosqlite:///")


def _user_part(text: str) -> bool:
    return all(sign.isascii() and (sign.isalnum() or sign in "-_.!~*'()&=+$,;?/%") for sign in text)


def _target(text: str) -> bool:
    """Whether something can be sent there."""
    try:
        address = Address.parse(text)
    except ValueError:
        return False
    return " " not in text and address.port > 0 and not address.everywhere


def _printable(text: str) -> bool:
    return text.isprintable()


HOST = Shape("a host name or an IP address", is_host)
HOST_OR_NOTHING = Shape("a host name, an IP address or nothing", lambda t: t == "" or is_host(t))
ADDRESS_OR_NOTHING = Shape(
    'an address such as "10.0.0.9:9060", or nothing', lambda t: t == "" or _target(t)
)
NETWORKS = Shape("a list of IP addresses or networks such as 10.0.0.0/8", _network)
NAME_SERVERS = Shape(
    'a list of addresses of name servers such as "192.0.2.53" or "127.0.0.1:5353"', _name_server
)
WEB_ADDRESS = Shape(
    "an http:// or https:// address without query, or nothing", lambda t: t == "" or _web_address(t)
)
URL_PATHS = Shape('a list of paths such as "/ws"', _url_path)
ORIGINS = Shape('a list of origins such as "https://panel.example.org"', _origin)
DATABASE = Shape("sqlite+aiosqlite:///PATH (this version keeps its data in SQLite only)", _database)
USER_PART = Shape("the user part of a SIP address", _user_part)
AGENTS = Shape(
    "a list of parts of User-Agent values, each of 3 to 128 characters",
    lambda text: text.isprintable() and 3 <= len(text.strip()) <= 128,
)
IDENTITIES = Shape('a list of "pai" or "ppi", and "diversion"', _IDENTITIES.__contains__)
NUMBER_KINDS = Shape(f"a list of {', '.join(KINDS)}", KINDS.__contains__)
CODECS = Shape(
    'a list of codecs such as "PCMA"',
    lambda text: text.replace("-", "").replace(".", "").isalnum() and text.isascii(),
)
COUNTRIES = Shape(
    'a list of two-letter countries such as "DE", or "001" for numbers that belong to none',
    lambda text: text == WORLD or text in SUPPORTED_REGIONS,
)
ONE_LINE = Shape("one line of text", _printable)
HOOK_ADDRESS = Shape(
    "an http:// or https:// address, or nothing", lambda t: t == "" or _hook_address(t)
)
APPLE_ID = Shape(
    "an id of ten letters and digits, or nothing",
    lambda t: t == "" or (len(t) == 10 and t.isascii() and t.isalnum()),
)
TOPICS = Shape(
    'a list of bundle ids such as "org.example.app.voip"',
    lambda t: t != "" and t.isascii() and all(sign.isalnum() or sign in ".-" for sign in t),
)
