"""PushResult: what became of a push."""

from dataclasses import dataclass
from enum import StrEnum


class PushOutcome(StrEnum):
    """What became of a push, in one word; figures and the API carry it."""

    SENT = "sent"
    """The provider took it; whether the phone got it, only its REGISTER tells."""
    DEAD = "dead"
    """The provider does not know the token any more."""
    REFUSED = "refused"
    """The provider refused it: credentials, project or payload are wrong."""
    UNREACHABLE = "unreachable"
    """The provider did not answer in time, failed, or is too busy."""
    WITHDRAWN = "withdrawn"
    """It was not wanted any more before it was sent."""
    FULL = "full"
    """Too many pushes wait already."""


@dataclass(frozen=True, slots=True)
class PushResult:
    """What the provider answered."""

    outcome: PushOutcome
    detail: str = ""
    """The provider's own words, such as `Unregistered`; never a token."""
    may_retry: bool = False
    """Whether the same push may succeed a moment later."""
    retry_after: float = 0.0
    """Seconds the provider asks to wait before that."""


SENT = PushResult(PushOutcome.SENT)


def of_status(status: int, detail: str, retry_after: str = "") -> PushResult:
    """What an HTTP status means when the provider's own codes say nothing else."""
    if 200 <= status < 300:
        return SENT
    if status == 429 or status >= 500:
        wait = float(retry_after) if retry_after.isdigit() and len(retry_after) < 6 else 0.0
        return PushResult(PushOutcome.UNREACHABLE, detail or str(status), True, wait)
    return PushResult(PushOutcome.REFUSED, detail or str(status))
