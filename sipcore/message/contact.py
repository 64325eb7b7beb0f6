"""Contact, the owner of `*` (RFC 3261 §20.10)."""

import re
from typing import Final, final

from sipcore.kernel.errors import BadMessage
from sipcore.kernel.memo import remember
from sipcore.message.address import split_address
from sipcore.message.grammar import (
    Params,
    find_param,
    format_params,
    parse_params,
    quote,
    split_commas,
    text,
)
from sipcore.message.uri import Uri

MALFORMED_EXPIRES: Final = 3600
"""Seconds that stand for a malformed expiry (RFC 3261 §20.10)."""
_MAX_EXPIRES: Final = 2**32 - 1


class Wildcard:
    """The Contact value `*`: all bindings (RFC 3261 §10.2.2). There is one, `WILDCARD`."""

    __slots__ = ()

    def __str__(self) -> str:
        return "*"

    def __repr__(self) -> str:
        return "WILDCARD"


WILDCARD: Final = Wildcard()
"""The only Wildcard."""


@final
class Contact:
    """One contact: where a user can be reached; never changed."""

    __slots__ = ("display", "expires", "params", "q", "raw", "uri")

    params: Params
    """Header parameters as written, q and expires included."""
    q: float
    """Preference 0-1; 1 when the contact names none."""
    expires: int | None
    """Seconds; None when the contact names none."""
    raw: str
    """The text it was parsed from; it plays no part in comparisons."""

    def __init__(
        self,
        uri: Uri,
        params: Params = (),
        q: float = 1.0,
        expires: int | None = None,
        display: str = "",
        raw: str = "",
    ) -> None:
        self.uri = uri
        self.params = params
        self.q = q
        self.expires = expires
        self.display = display
        self.raw = raw

    @classmethod
    def parse(cls, written: str | bytes) -> "Contact":
        """Parse one value that is not `*`; raises BadMessage."""
        source = text(written)
        display, uri, rest = split_address(source, "Contact")
        if not rest:
            return cls(Uri.parse(uri, "Contact"), display=display, raw=source)
        params = parse_params(rest, "Contact")
        q, expires = find_param(params, "q"), find_param(params, "expires")
        return cls(
            Uri.parse(uri, "Contact"),
            params,
            1.0 if q is None else parse_q(q),
            None if expires is None else parse_expires(expires),
            display,
            source,
        )

    def param(self, name: str) -> str | None:
        """Value of a header parameter (lower-case name), unquoted; None when absent."""
        return find_param(self.params, name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Contact) and self._parts() == other._parts()

    def __hash__(self) -> int:
        return hash(self._parts())

    def __repr__(self) -> str:
        return f"Contact{self._parts()!r}"

    def _parts(self) -> tuple[object, ...]:
        return self.uri, self.params, self.q, self.expires, self.display

    def __str__(self) -> str:
        if self.raw:
            return self.raw
        display = f"{quote(self.display)} " if self.display else ""
        return f"{display}<{self.uri}>{format_params(self.params)}"


def parse_contacts(lines: list[bytes]) -> tuple[Contact, ...] | Wildcard:
    """All values of the Contact header lines; `*` must stand alone (RFC 3261 §10.3 step 6)."""
    if len(lines) == 1:
        if lines[0] == b"*":
            return WILDCARD
        if lines[0] and lines[0].find(b",") < 0:
            return (Contact.parse(lines[0]),)
    values = [value for line in lines for value in split_commas(line)]
    if b"*" in values:
        raise BadMessage("Contact: * beside other contacts")
    return tuple(Contact.parse(value) for value in values)


_PLAIN: Final = re.compile(
    rb"<(sips?:(?:[A-Za-z0-9.\-_+*]+@)?[A-Za-z0-9](?:[A-Za-z0-9.\-]*[A-Za-z0-9])?"
    rb"(?::[1-9][0-9]{0,3}|:[1-5][0-9]{4})?)>"
).fullmatch
_plain: Final[dict[bytes, bytes]] = {}
"""URI by value: a phone names the same contact again and again."""


def plain_contact(value: bytes) -> bytes | None:
    """URI of a contact that is one bracketed URI and nothing else; None for `parse_contacts`.

    It accepts less than the parser does, and what it accepts the parser would.
    """
    uri = _plain.get(value)
    if uri is None:
        match = _PLAIN(value)
        if match is None:
            return None
        uri = remember(_plain, value, match[1])
    return uri


def parse_q(value: str) -> float:
    """A qvalue (RFC 3261 §25.1); raises BadMessage outside 0-1."""
    whole, _, fraction = value.partition(".")
    digits = (whole or "0") + (fraction or "0")
    if not value or len(value) > 16 or not (digits.isascii() and digits.isdigit()):
        raise BadMessage("malformed q in Contact")
    q = float(f"{whole or '0'}.{fraction or '0'}")
    if q > 1.0:
        raise BadMessage("q above 1 in Contact")
    return q


def parse_expires(value: str) -> int:
    """Delta seconds; a malformed or too large value counts as 3600 (RFC 3261 §20.10)."""
    if not (value.isascii() and value.isdigit()) or len(value) > 10:
        return MALFORMED_EXPIRES
    seconds = int(value)
    return seconds if seconds <= _MAX_EXPIRES else MALFORMED_EXPIRES
