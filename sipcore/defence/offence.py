"""Offences: what counts towards a ban, and how much (RFC 3261 §26).

The unit is one wrong password. What a mistaken or broken phone does as well weighs little, so
that only many of them make a ban: the first challenge of a handshake and a retransmission weigh
nothing at all.
"""

from enum import Enum


class Offence(Enum):
    """Kind of a failure, as bans and the API name it, and its weight."""

    CREDENTIALS = ("wrong_credentials", 1.0)
    """Wrong password, unknown user or disabled account: the three look alike (§22.4)."""
    FORGED = ("forged_identity", 1.0)
    """Right credentials for another account's From or To."""
    SCANNER = ("scanner", 1.0)
    """A User-Agent of the programs that search for victims."""
    FOREIGN = ("foreign_domain", 0.5)
    """A registration or a call for a domain that is not ours: who tries to be relayed."""
    NUMBER = ("unknown_number", 0.2)
    """A call to a number that does not exist: who dials through them."""
    UNFINISHED = ("unanswered_challenges", 0.02)
    """One more challenge for a source that has answered none of many for longer than a
    transaction lives."""
    FLOOD = ("flood", 0.002)
    """A message beyond the allowance, well-formed or not."""

    @property
    def word(self) -> str:
        """As bans and the API name it."""
        return self.value[0]

    @property
    def weight(self) -> float:
        """Wrong passwords it counts for."""
        return self.value[1]
