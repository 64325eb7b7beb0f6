"""ReliableProvisional: repeats a provisional response until its PRACK comes (RFC 3262 §3).

0.5, 1.5, 3.5, 7.5, 15.5, 31.5 s after the first one (the interval doubles without a cap), and it
is given up after 64*T1: the INVITE is then to be refused. The first one leaves through the
INVITE's transaction; this machine begins with the first repetition.
"""

from dataclasses import dataclass
from math import inf

from sipcore.kernel.errors import BadMessage
from sipcore.kernel.timers import T1, TIMEOUT
from sipcore.message.message import Request, Response
from sipcore.transaction.actions import Send


@dataclass(slots=True)
class PrackMissing:
    """64*T1 passed without a PRACK: the INVITE should be refused."""


class ReliableProvisional:
    """One provisional response that waits for its PRACK."""

    __slots__ = ("_ends_at", "_interval", "_send", "deadline", "number")

    def __init__(self, number: int, data: bytes, now: float) -> None:
        """`number` is the RSeq written in the response `data`."""
        self.number = number
        self._send = Send(data)
        self._interval = T1
        self._ends_at = now + TIMEOUT
        self.deadline = now + T1
        """Monotonic time of the next wake-up; infinity when none is wanted."""

    def stop(self) -> None:
        """The PRACK came, or a final response made it unnecessary (§3)."""
        self.deadline = inf

    def on_deadline(self, now: float) -> Send | PrackMissing | None:
        """Repeat the response, or give up; None when called too early."""
        if now < self.deadline:
            return None
        if now >= self._ends_at:
            self.deadline = inf
            return PrackMissing()
        self._interval *= 2
        self.deadline = min(now + self._interval, self._ends_at)
        return self._send


def response_number(response: Response) -> int:
    """The RSeq of a reliable provisional response, 0 when it is not one (§7.1).

    A response that says 100rel without a usable RSeq counts as unreliable.
    """
    if response.first(b"rseq") is None or not 100 < response.status < 200:
        return 0
    if not response.has_option(b"require", b"100rel"):
        return 0
    digits = response.first(b"rseq") or b""
    return int(digits) if digits.isdigit() and len(digits) < 11 and int(digits) < 2**32 else 0


def acknowledged(prack: Request) -> tuple[int, int, bytes]:
    """RSeq, CSeq number and method that a PRACK names in RAck (§7.2); raises BadMessage."""
    value = prack.first(b"rack")
    if value is None:
        raise BadMessage("RAck is missing")
    parts = value.split()
    if len(parts) != 3 or not all(part.isdigit() and len(part) < 11 for part in parts[:2]):
        raise BadMessage("malformed RAck")
    return int(parts[0]), int(parts[1]), parts[2]
