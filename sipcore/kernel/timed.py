"""Timed: whatever wakes up at a deadline of its own."""

from math import inf


class Timed:
    """A deadline, and where the timer wheel keeps the one that has it.

    The wheel strings those of one tick together by their own fields, so that it needs no table of
    who stands where: entering, moving and leaving are most of what it does.
    """

    __slots__ = ("after", "before", "deadline", "tick")

    def __init__(self, deadline: float = inf) -> None:
        self.deadline = deadline
        """When to look at it, monotonic seconds; infinity when that is not wanted."""
        self.tick = 0
        """The tick of the wheel it stands in, 0 when it stands in none."""
        self.before: Timed | None = None
        """Its neighbour in that tick, the last one when it is the first; None when it is alone."""
        self.after: Timed | None = None
        """The same the other way round."""
