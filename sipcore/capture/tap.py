"""CaptureTap: where the endpoint's messages are seen by those who watch.

Only when something is to be captured is there a tap; without one the way of a message is the same
as ever. What banned sources send does not come here: it must cost nothing. Nothing here waits: a
follower that does not keep up, or a collector that is away, loses messages, never the engine.
"""

from collections.abc import Callable
from typing import Final

from sipcore.capture.captured import Addresses, Captured, addresses
from sipcore.kernel.clock import Clock
from sipcore.kernel.flow import Flow

_Seen = tuple[float, bool, Flow, bytes]
Watcher = Callable[[Captured], None]
"""Told of each message at once; must neither wait nor raise."""

MAX_WATCHERS: Final = 8
"""Those who follow live at the same time."""


class CaptureTap:
    """The last messages, and whoever follows them as they pass."""

    def __init__(self, clock: Clock, keep: int) -> None:
        """`keep`: messages that are remembered; 0 for none."""
        self._utc = clock.utc
        self._keep = keep
        # What Captured is made of: most messages are forgotten before anybody asks for them.
        self._kept: list[_Seen] = []
        self._next = 0
        """Place of the oldest message, which the next one takes once there are `keep`."""
        self._watchers: tuple[Watcher, ...] = ()
        self.local_end: Callable[[Flow], tuple[str, int]] = _nowhere
        """This server's address and port of a flow; the endpoint sets it."""

    def received(self, data: bytes, flow: Flow) -> None:
        """See a message before the engine does: one that breaks something was seen."""
        self._see((self._utc(), True, flow, data))

    def sending(self, data: bytes, flow: Flow) -> None:
        """See a message before it goes out, so that a request is seen before its answer."""
        self._see((self._utc(), False, flow, data))

    def kept(self) -> tuple[Captured, ...]:
        """The last messages, oldest first."""
        kept, first = self._kept, self._next
        return tuple(map(Captured._make, kept[first:] + kept[:first]))

    def way(self, message: Captured) -> Addresses:
        """From where to where a message went."""
        return addresses(message, self.local_end(message.flow))

    def watch(self, watcher: Watcher) -> bool:
        """Tell somebody of each message from now on; False when there are too many already."""
        if len(self._watchers) >= MAX_WATCHERS:
            return False
        self._watchers += (watcher,)
        return True

    def leave(self, watcher: Watcher) -> None:
        """Tell that one no more."""
        self._watchers = tuple(other for other in self._watchers if other != watcher)

    def _see(self, message: _Seen) -> None:
        kept, place = self._kept, self._next
        if len(kept) < self._keep:
            kept.append(message)
        elif self._keep:
            kept[place] = message
            self._next = place + 1 if place + 1 < self._keep else 0
        if self._watchers:
            self._tell(message)

    def _tell(self, message: _Seen) -> None:
        captured = Captured._make(message)
        for watcher in self._watchers:
            watcher(captured)


def _nowhere(_flow: Flow) -> tuple[str, int]:
    """Before the listeners are bound nothing is sent or received."""
    return "0.0.0.0", 0  # noqa: S104 - shown in a capture, not bound to
