"""What an event package must be able to do, and what a watcher may see of its state."""

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final, NamedTuple, Protocol

from sipcore.events.event_header import EventHeader

ALLOW_EVENTS: Final = b"Allow-Events: dialog, reg"
"""The packages of this server as a header line (RFC 6665 §4.4.4)."""


class Sight(Enum):
    """How much of a watched account's state a watcher sees."""

    FULL = "full"
    STATE_ONLY = "state_only"
    """That there is a call, but not which and with whom (RFC 4235 §3.7.2)."""


class View(NamedTuple):
    """One watcher's view of one account."""

    target: str
    """User part of the watched account."""
    sight: Sight
    event: EventHeader
    is_own: bool = False
    """Whether the watcher is the account itself."""


class Change(NamedTuple):
    """Something that changed in the state of an account."""

    key: str
    """What changed; a later change with the same key makes an earlier one uninteresting."""
    matter: Any
    """The new state, as the package that made the change understands it."""


class EventPackage(Protocol):
    """Describes the state of accounts in documents (RFC 6665 §5)."""

    @property
    def name(self) -> str:
        """Event package name."""

    @property
    def content_type(self) -> bytes:
        """Media type of its documents."""

    @property
    def default_expires(self) -> int:
        """Seconds of a subscription that names no duration."""

    @property
    def interval(self) -> float:
        """Seconds between two notifications of changes in the long run."""

    def full(self, view: View, version: int, utc: float) -> bytes:
        """A document of the whole state."""

    def partial(
        self, view: View, version: int, utc: float, changes: Mapping[str, Change]
    ) -> bytes | None:
        """A document of what changed; None when this view shows nothing of it.

        A view of which no part can be told apart gets its whole state.
        """

    def watch(self, target: str) -> None:
        """Somebody begins to watch this account."""

    def unwatch(self, target: str) -> None:
        """Nobody watches this account any more."""
