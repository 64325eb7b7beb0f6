"""Burst: digits that somebody pressed in one go at a door and that completed no code.

One burst is one entry of the call's timeline, however many digits it has: "the door did not open"
is then told apart from "nobody pressed anything". The digits themselves are kept nowhere.
"""

from dataclasses import dataclass

from directory.queries.dial import DialAccount
from relay.decision import Actor
from relay.sequence import INTER_DIGIT

NO_CODE = "no_code"
"""Digits that completed no code of the door."""
NOT_UNDERSTOOD = "not_understood"
"""Something that may be digits in a spelling or type we cannot read."""


@dataclass(slots=True)
class Burst:
    """What one party pressed since the last pause or opening."""

    actor: Actor
    count: int
    """How many digits."""
    last_at: float
    """When the last one was pressed, UTC seconds."""

    def goes_on(self, actor: Actor, at: float) -> bool:
        """Whether a digit pressed now by this party still belongs to it."""
        return actor == self.actor and abs(at - self.last_at) <= INTER_DIGIT


def burst_detail(
    actor: Actor, door: DialAccount, reason: str, *, count: int = 0, forwarded: bool = True
) -> dict[str, object]:
    """For the call's timeline: JSON-able, without anything that was pressed."""
    return {
        "reason": reason,
        "count": count,
        "forwarded": forwarded,
        "device_id": door.device_id,
        "door": door.display or door.user,
        "by": actor.display or actor.user,
        "by_kind": actor.kind,
        "by_user": actor.user,
    }
