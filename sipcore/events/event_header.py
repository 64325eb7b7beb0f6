"""EventHeader: which state a subscription is about (RFC 6665 §8.2.1)."""

import re
from typing import Final, NamedTuple

from sipcore.kernel.errors import BadMessage
from sipcore.message.grammar import Params, find_param, parse_params, text

_EVENT_TYPE: Final = re.compile(r"[A-Za-z0-9\-!%*_+`'~]+(?:\.[A-Za-z0-9\-!%*_+`'~]+)*").fullmatch


class EventHeader(NamedTuple):
    """An Event value."""

    package: str
    """Event package, with its template packages."""
    params: Params
    raw: bytes
    """As received, to be repeated in each NOTIFY: what a subscriber compares must not change."""

    @classmethod
    def parse(cls, value: bytes) -> "EventHeader":
        """Parse one value; raises BadMessage."""
        package, semicolon, params = text(value).partition(";")
        package = package.strip(" \t")
        if _EVENT_TYPE(package) is None:
            raise BadMessage("malformed Event")
        return cls(package, parse_params(params, "Event") if semicolon else (), value)

    def param(self, name: str) -> str | None:
        """Value of a parameter (lower-case name), unquoted; None when absent."""
        return find_param(self.params, name)

    def matches(self, other: "EventHeader") -> bool:
        """Whether both name the same subscription: event type and `id`, compared octet by octet."""
        return self.package == other.package and self.param("id") == other.param("id")
