"""RingPolicy: what becomes of a call as a whole when somebody declines, or nobody answers."""

from typing import ClassVar, Final, final

from sipcore.kernel.value import Value

LEG: Final = "leg"
"""Ends the leg of the phone that said so; the others ring on."""
STAGE: Final = "stage"
"""Ends the stage; the next one begins at once."""
VISIT: Final = "visit"
"""Ends the whole call (RFC 3261 §16.7 step 5)."""
SCOPES: Final = (LEG, STAGE, VISIT)
USUAL_KEY: Final = "1"


@final
class RingPolicy(Value):
    """How far the word of one phone goes, how long all may ring, and what the caller hears first.

    G01, G02, G04.
    """

    __slots__: ClassVar = ("declined", "early", "global_failure", "key", "longest")

    def __init__(
        self,
        declined: str = LEG,
        global_failure: str = LEG,
        longest: float | None = None,
        early: int = 0,
        key: str = USUAL_KEY,
    ) -> None:
        self.declined = declined
        """What a person who declines ends: one of `SCOPES`."""
        self.global_failure = global_failure
        """What any other 6xx ends: one of `SCOPES`."""
        self.longest = longest
        """Seconds after which a call that nobody answered ends; None when only its stages say."""
        self.early = early
        """180 or 183 when the caller is told at once, before anybody is known to ring; 0 when it
        is told as soon as a phone rings."""
        self.key = key
        """What somebody at a telephone presses to take the call, where that is asked for (G04)."""


USUAL: Final = RingPolicy()
"""One phone decides for itself alone."""
