"""Address: the `name-addr / addr-spec` of From, To, Route and their like (RFC 3261 §20.10)."""

import re
from typing import Final, final

from sipcore.kernel.errors import BadMessage
from sipcore.message.grammar import (
    QUOTED_STRING,
    Params,
    find_param,
    format_params,
    parse_params,
    quote,
    text,
    unquote,
)
from sipcore.message.uri import Uri

_NAME_ADDR: Final = re.compile(
    # An unquoted display name wider than *(token LWS): devices write names in UTF-8 without
    # quotes. A comma, semicolon or quote in it stays an error (RFC 4475 §3.1.2.15).
    rf"(?:({QUOTED_STRING})[ \t]*|([^\x00-\x08\x0a-\x1f\x7f\",;<>]*))<([^<>]*)>[ \t]*(?:;|\Z)",
    re.DOTALL,
).match
_PLAIN_ENDPOINT: Final = re.compile(
    rb"(?:\"[ !#-\[\]-~]*\" ?)?<([!#-;=?-~]+)>(?:;tag=[A-Za-z0-9\-.!%*_+`'~]+)?\Z"
).match
# Without brackets a comma, question mark or semicolon belongs to the header (§20).
_ADDR_SPEC: Final = re.compile(r"([^\x00-\x20\x7f<>\",;?]+)[ \t]*(?:;|\Z)").match


@final
class Address:
    """A display name, a URI and header parameters; never changed."""

    __slots__ = ("display", "params", "raw", "uri")

    display: str
    """Display name, unquoted; "" when there is none."""
    params: Params
    """Header parameters as written, in order."""
    raw: str
    """The text it was parsed from; it plays no part in comparisons."""

    def __init__(self, display: str, uri: Uri, params: Params = (), raw: str = "") -> None:
        self.display = display
        self.uri = uri
        self.params = params
        self.raw = raw

    @classmethod
    def parse(cls, written: str | bytes, where: str = "address") -> "Address":
        """Parse one header value; BadMessage names `where`."""
        source = text(written)
        display, uri, params = split_address(source, where)
        parsed = Uri.parse(uri, where)
        return cls(display, parsed, parse_params(params, where) if params else (), source)

    def param(self, name: str) -> str | None:
        """Value of a header parameter (lower-case name), unquoted; None when absent."""
        return find_param(self.params, name)

    @property
    def tag(self) -> str | None:
        """The tag parameter (RFC 3261 §19.3); None when absent."""
        return find_param(self.params, "tag") if self.params else None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Address) and self._parts() == other._parts()

    def __hash__(self) -> int:
        return hash(self._parts())

    def __repr__(self) -> str:
        return f"Address{self._parts()!r}"

    def _parts(self) -> tuple[str, Uri, Params]:
        return self.display, self.uri, self.params

    def __str__(self) -> str:
        if self.raw:
            return self.raw
        display = f"{quote(self.display)} " if self.display else ""
        return f"{display}<{self.uri}>{format_params(self.params)}"


def split_address(written: str, where: str) -> tuple[str, str, str]:
    """Cut a value into display name (unquoted), URI text and parameter text.

    The parameter text lacks its first semicolon and is "" when there is none.
    """
    match = _NAME_ADDR(written)
    if match is not None:
        quoted, plain, uri = match.groups()
        display = unquote(quoted) if quoted else plain.strip(" \t")
    else:
        match = _ADDR_SPEC(written)
        if match is None:
            raise BadMessage(f"malformed {where}")
        display, uri = "", match[1]
    end = match.end()
    if end < len(written):
        return display, uri, written[end:]
    if written.endswith(";"):
        raise BadMessage(f"empty parameter in {where}")
    return display, uri, ""


def plain_endpoint(value: bytes) -> bytes | None:
    """URI of an ordinary From or To value: bracketed, with no parameter but a tag.

    None when only parsing it can tell. It accepts less than the parser does.
    """
    match = _PLAIN_ENDPOINT(value)
    return None if match is None else match[1]


def plain_tag(value: bytes) -> bytes | None:
    """The tag of an ordinary From or To value; None when only parsing it can tell."""
    if value.find(b'"') >= 0:
        return None
    if value.find(b"<") >= 0:
        params = value.partition(b">")[2]
    else:
        at = value.find(b";")
        params = value[at:] if at >= 0 else b""
    if not params:
        return b""
    _, found, rest = params.partition(b";tag=")
    return rest.partition(b";")[0].strip(b" \t\r\n") if found else None
