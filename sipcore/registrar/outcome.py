"""What can become of a REGISTER, as values."""

from enum import Enum
from typing import Final, NamedTuple

from sipcore.kernel.errors import SipError
from sipcore.registrar.binding import Changes


class Accepted(NamedTuple):
    """Answer 200 listing `changes.after` (RFC 3261 §10.3 step 8)."""

    changes: Changes
    path: tuple[str, ...] = ()
    """Path values to be copied into the 200 (RFC 3327 §5.3)."""
    is_outbound: bool = False
    """Whether the 200 says `Require: outbound` (RFC 5626 §6)."""


class Fault(Enum):
    """What is held against the sender of a rejected request, besides that it was rejected."""

    CREDENTIALS = "credentials"
    """Wrong password, unknown user or disabled account (RFC 3261 §22.4)."""
    FORGED = "forged"
    """Right credentials for another account's identity."""
    FOREIGN = "foreign"
    """Asked for a domain that is not ours."""


class Rejected(NamedTuple):
    """Answer with this status; nothing changes."""

    status: int
    reason: bytes = b""
    """Reason phrase; empty for the usual one."""
    extra: tuple[bytes, ...] = ()
    """Complete header lines without CRLF."""
    is_old: bool = False
    """The CSeq was not higher than that of a binding with the same Call-ID."""
    fault: Fault | None = None


Decision = Accepted | Rejected

FOREIGN: Final = Rejected(404, fault=Fault.FOREIGN)
FORGED: Final = Rejected(403, fault=Fault.FORGED)
OUT_OF_ORDER: Final = Rejected(500, b"CSeq Out Of Order", is_old=True)
"""RFC 3261 §10.3 steps 6 and 7: "the update MUST be aborted and the request fails"; a request
of which any part fails MUST fail with 500."""
TOO_MANY: Final = Rejected(403, b"Too Many Contacts")
"""More contacts than the policy allows. Not 503, which would send the phone to another server."""


class Refused(SipError):  # noqa: N818 - a fact in the past tense, like the errors of the kernel
    """Unwinds the staging of a REGISTER that fails; `decide` turns it into its answer."""

    def __init__(self, answer: Rejected) -> None:
        super().__init__(answer.reason.decode("ascii", "replace"), answer.status)
        self.answer = answer
