"""Reliable provisional responses: which of them a PRACK acknowledges (RFC 3262 §7)."""

from sipcore.kernel.errors import BadMessage
from sipcore.message.message import Request, Response


def response_number(response: Response) -> int:
    """The RSeq of a reliable provisional response, 0 when it is not one (§7.1).

    A response that says 100rel without a usable RSeq counts as unreliable.
    """
    if response.index.get(b"rseq") is None or not 100 < response.status < 200:
        return 0
    if not response.has_option(b"require", b"100rel"):
        return 0
    digits = response.index.get(b"rseq") or b""
    return int(digits) if digits.isdigit() and len(digits) < 11 and int(digits) < 2**32 else 0


def acknowledged(prack: Request) -> tuple[int, int, bytes]:
    """RSeq, CSeq number and method that a PRACK names in RAck (§7.2); raises BadMessage."""
    value = prack.index.get(b"rack")
    if value is None:
        raise BadMessage("RAck is missing")
    parts = value.split()
    if len(parts) != 3 or not all(part.isdigit() and len(part) < 11 for part in parts[:2]):
        raise BadMessage("malformed RAck")
    return int(parts[0]), int(parts[1]), parts[2]
