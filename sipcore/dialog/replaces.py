"""Replaces and Refer-To: naming a dialog and what is to be called instead (RFC 3891, RFC 3515)."""

from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from sipcore.kernel.errors import BadMessage
from sipcore.message.address import Address
from sipcore.message.grammar import text, wire
from sipcore.message.message import Request


class Replaces(NamedTuple):
    """The dialog that a new INVITE takes the place of (RFC 3891 §6.1)."""

    call_id: bytes
    to_tag: bytes
    """Tag of the side that receives the INVITE: ours. Empty for a peer of RFC 2543 without tags."""
    from_tag: bytes
    early_only: bool = False
    """Whether the dialog must not have been answered yet."""


class ReferTo(NamedTuple):
    """Whom a REFER wants called (RFC 3515 §2.1)."""

    host: str
    dialled: str
    """User part, decoded; the number of a tel URI."""
    method: str
    replaces: Replaces | None


def read_replaces(request: Request) -> Replaces | None:
    """The Replaces header of an INVITE, None when it has none.

    Raises BadMessage when it is malformed or there is more than one (RFC 3891 §3).
    """
    values = request.every(b"replaces")
    if not values:
        return None
    if len(values) > 1 or request.index.get(b"join") is not None:
        raise BadMessage("more than one Replaces or Join")
    return parse_replaces(values[0])


def parse_replaces(value: bytes) -> Replaces:
    """Parse `call-id;to-tag=…;from-tag=…[;early-only]`; raises BadMessage."""
    call_id, *params = (part.strip() for part in value.split(b";"))
    tags: dict[bytes, bytes] = {}
    for param in params:
        name, _, written = param.partition(b"=")
        name = name.strip().lower()
        if name in tags:
            raise BadMessage("parameter given twice in Replaces")
        tags[name] = written.strip()
    if not call_id or not tags.get(b"to-tag") or not tags.get(b"from-tag"):
        raise BadMessage("malformed Replaces")
    return Replaces(
        call_id,
        b"" if tags[b"to-tag"] == b"0" else tags[b"to-tag"],
        b"" if tags[b"from-tag"] == b"0" else tags[b"from-tag"],
        b"early-only" in tags,
    )


def read_refer_to(request: Request) -> ReferTo:
    """Whom a REFER wants called; BadMessage unless one usable Refer-To says so (§2.4.1)."""
    values = request.values(b"refer-to")
    if len(values) != 1:
        raise BadMessage("REFER without exactly one Refer-To")
    uri = Address.parse(values[0], "Refer-To").uri
    if uri.scheme not in ("sip", "sips", "tel"):
        raise BadMessage("Refer-To is not a SIP or tel URI")
    replaces = None
    for pair in uri.headers.split("&"):
        name, _, value = pair.partition("=")
        if name.lower() == "replaces":
            replaces = parse_replaces(unquote_to_bytes(wire(value)))
    method = (uri.param("method") or "INVITE").upper()
    return ReferTo(uri.host, text(wire(uri.decoded_user)), method, replaces)
