"""Bans: sources that get no answer for a while, in a bounded list."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ban:
    """One source that is not heard."""

    source: str
    """`192.0.2.1` or `2001:db8::/64`."""
    since: float
    """Seconds since the epoch, UTC."""
    until: float
    """Seconds since the epoch, UTC."""
    deadline: float
    """The same end on the monotonic scale, which decides."""
    reason: str
    """Word of the last offence, or what the operator wrote."""
    failures: float
    """Weight of the failures that led to it; 0 when an operator set it."""
    by_hand: bool = False
    """Whether an operator set it."""


class BanList:
    """Bans by source, oldest first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.by_source: dict[str, Ban] = {}

    def __len__(self) -> int:
        return len(self.by_source)

    def __iter__(self) -> Iterator[Ban]:
        return iter(tuple(self.by_source.values()))

    def find(self, source: str) -> Ban | None:
        """The ban of a source, ended or not."""
        return self.by_source.get(source)

    def put(self, ban: Ban) -> Ban | None:
        """Add a ban, or put it in the place of the present one; the one that made room, if any.

        Raises ValueError when every place is taken by bans that operators set.
        """
        made_room = None
        if ban.source not in self.by_source and len(self.by_source) >= self._most:
            made_room = next((old for old in self.by_source.values() if not old.by_hand), None)
            if made_room is None:
                raise ValueError("too many bans")
            del self.by_source[made_room.source]
        self.by_source.pop(ban.source, None)
        self.by_source[ban.source] = ban
        return made_room

    def remove(self, source: str) -> Ban | None:
        """Take a ban off the list; None when there was none."""
        return self.by_source.pop(source, None)

    def ended(self, now: float) -> tuple[Ban, ...]:
        """Take those off whose time has passed at `now` (monotonic seconds)."""
        over = tuple(ban for ban in self.by_source.values() if ban.deadline <= now)
        for ban in over:
            del self.by_source[ban.source]
        return over
