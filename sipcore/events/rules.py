"""WatchRules: the port that says who may watch whom."""

from typing import NamedTuple, Protocol

from sipcore.events.package import Sight


class Permission(NamedTuple):
    """The watcher may subscribe."""

    target: str
    """User part of the account that is watched."""
    sight: Sight


class Denial(NamedTuple):
    """The watcher may not subscribe."""

    status: int
    """403, or 404 alike for what does not exist and for what belongs to another site."""


class WatchRules(Protocol):
    """Decides from memory, without waiting; total."""

    def watch(self, watcher: str, target: str, package: str) -> Permission | Denial:
        """Whether the account `watcher` may watch `target` with this event package."""
