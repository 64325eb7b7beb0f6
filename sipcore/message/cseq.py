"""CSeq: sequence number and method (RFC 3261 §20.16)."""

from typing import ClassVar, Final, final

from sipcore.kernel.errors import BadMessage
from sipcore.kernel.memo import remember
from sipcore.kernel.value import Value
from sipcore.message.grammar import is_token, wire

_LIMIT = 2**32
"""RFC 3261 §8.1.1.5 keeps senders below 2^31; receivers take what fits 32 bits."""


@final
class CSeq(Value):
    """Place of a request in its dialog or registration."""

    __slots__: ClassVar = ("method", "number")

    def __init__(self, number: int, method: bytes) -> None:
        self.number = number
        self.method = method

    @classmethod
    def parse(cls, written: str | bytes) -> "CSeq":
        """Parse `1*DIGIT LWS Method`; raises BadMessage."""
        octets = wire(written) if isinstance(written, str) else written
        number, _, method = octets.partition(b" ")
        if not method.isalpha() or not number.isdigit():
            number, method = _split_unusual(octets)
        if not number.isdigit() or len(number) > 16:
            raise BadMessage("malformed CSeq")
        value = int(number)
        if value >= _LIMIT:
            raise BadMessage("CSeq number out of range")
        return cls(value, method)

    def __str__(self) -> str:
        return f"{self.number} {self.method.decode('ascii')}"


def read_cseq(octets: bytes) -> CSeq:
    """A CSeq value as received: most calls begin with the same few, which are kept."""
    known = KNOWN.get(octets)
    return remember(KNOWN, octets, CSeq.parse(octets)) if known is None else known


KNOWN: Final[dict[bytes, CSeq]] = {}
"""By what they were read from."""


def _split_unusual(octets: bytes) -> tuple[bytes, bytes]:
    """Methods outside the alphabet, and white space beyond one SP."""
    parts = octets.replace(b"\t", b" ").split(b" ")
    parts = [part for part in parts if part]
    if len(parts) != 2 or not is_token(parts[1]):
        raise BadMessage("malformed CSeq")
    return parts[0], parts[1]
