"""The account that credentials name: as it is, in extended notation, or hashed (RFC 7616 §3.4)."""

from typing import Final
from urllib.parse import unquote_to_bytes

from sipcore.kernel.errors import BadMessage
from sipcore.message.message import Request
from sipcore.registrar.hashes import HASHES

_EXTENDED: Final = b"username*"


def username_of(
    request: Request, params: dict[bytes, bytes], realm: str, algorithm: str
) -> str | None:
    """The user part of the AOR that credentials are for; None when they are malformed.

    A hashed name (`userhash=true`, §3.4.4) cannot be looked up; but an account acts for its own
    AOR only, so it is compared with the hash of the one the request names. A name that is not
    that one becomes "", which is nobody.
    """
    plain, extended = params.get(b"username"), params.get(_EXTENDED)
    if params.get(b"userhash", b"false").lower() == b"true":
        return None if plain is None else _named(request, plain, realm, algorithm)
    if extended is None:
        return None if plain is None else plain.decode("utf-8", "replace")
    return _decoded(extended) if plain is None else None  # §3.4: never both


def _decoded(written: bytes) -> str | None:
    """A value such as `UTF-8''J%C3%A4s%C3%B8n` (RFC 5987 §3.2.1)."""
    charset, _, rest = written.partition(b"'")
    _, mark, value = rest.partition(b"'")
    if charset.upper() != b"UTF-8" or not mark:
        return None
    try:
        return unquote_to_bytes(value).decode()
    except UnicodeDecodeError:
        return None


def _named(request: Request, hashed: bytes, realm: str, algorithm: str) -> str:
    try:
        address = request.to if request.method == b"REGISTER" else request.from_
    except BadMessage:
        return ""
    user = address.uri.decoded_user
    name = HASHES[algorithm](f"{user}:{realm}".encode("utf-8", "surrogateescape"))
    return user if name == hashed.lower() else ""
