"""Credentials and challenges: `Digest name=value, …` (RFC 3261 §20.7, §20.44; RFC 7616 §3)."""

import re
from typing import Final

from sipcore.kernel.errors import BadMessage
from sipcore.message.grammar import is_token

_PARAMS: Final = re.compile(
    # The ordinary case: lower-case name = "quoted" | token; the last branch swallows the rest.
    rb'([a-z0-9_\-]+)[ \t]*=[ \t]*(?:"([^"\\]*)"|([^ \t",;\\=]+))[ \t]*(?:,[ \t]*|\Z)|(.+)',
    re.DOTALL,
).findall
_PARAM_WITH_PAIRS: Final = re.compile(
    rb"[ \t,]*([A-Za-z0-9!#$%&'*+.^_`|~\-]+)[ \t]*=[ \t]*"
    rb'(?:"((?:[^"\\]|\\.)*+)"|([^\x00-\x20\x7f",]+))[ \t]*(?:,[ \t,]*|\Z)',
    re.DOTALL,
).match
_QUOTED_PAIR: Final = re.compile(rb"\\(.)", re.DOTALL)
_TOKEN68: Final = re.compile(rb"[A-Za-z0-9\-._~+/]+=*").fullmatch


def parse_auth(value: bytes) -> tuple[bytes, dict[bytes, bytes]]:
    """The scheme in lower case, and its parameters by lower-case name with values unquoted.

    A `token68` (RFC 7235 §2.1, as Bearer uses it) is returned under the name b"".
    Raises BadMessage when the value breaks the grammar or names a parameter twice.
    """
    scheme, _, rest = value.partition(b" ")
    rest = rest.strip(b" \t")
    if not is_token(scheme):
        raise BadMessage("malformed authentication scheme")
    found = _PARAMS(rest)
    if not found:
        return scheme.lower(), {}
    if found[-1][3]:
        return scheme.lower(), _unusual(rest)
    params = {name: quoted or plain for name, quoted, plain, _ in found}
    if len(params) != len(found):
        raise BadMessage("authentication parameter given twice")
    return scheme.lower(), params


def _unusual(rest: bytes) -> dict[bytes, bytes]:
    """Escapes inside quotes, empty list elements, odd characters, or a token68."""
    if _TOKEN68(rest):
        return {b"": rest}
    params: dict[bytes, bytes] = {}
    position = 0
    while position < len(rest):
        match = _PARAM_WITH_PAIRS(rest, position)
        if match is None:
            raise BadMessage("malformed authentication parameter")
        name, quoted, plain = match.groups()
        name = name.lower()
        if name in params:
            raise BadMessage("authentication parameter given twice")
        params[name] = plain if quoted is None else _QUOTED_PAIR.sub(rb"\1", quoted)
        position = match.end()
    return params
