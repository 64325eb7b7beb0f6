"""Backlog: datagrams that were read and wait for their turn, when more come than can be handled.

The kernel's buffer holds half a second of work and then drops whatever comes, a phone's call as
readily as a flood. To read costs a small part of what it costs to answer, so what cannot be
handled at once is kept here, where it can be told apart:

- A repetition (RFC 3261 §17.1.2.2) equals what already waits to the octet, and takes no place.
  So it does no harm that something waits for longer than T1.
- The familiar go first: what belongs to a call or a handshake that has begun, and requests of
  sources that have proved who they are. Whoever floods from many addresses is not among them.
- A REGISTER without credentials is a beginning, also from a known source: behind one address there
  may be thousands of phones, and to begin with the next is no use while others cannot finish.
- Everybody has some of the turns: after a power cut every phone of a site is a stranger.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Final

from sipcore.kernel.flow import Flow

MOST: Final = 49_152
"""Datagrams that wait in each of the three queues: what is handled in the four seconds (T2) until
phones repeat what found no room, so that there is work until then."""
ROOM: Final = 32 * 1024 * 1024
"""Octets of all datagrams in one queue; what is around a datagram adds about half a kilobyte."""

Waiting = tuple[bytes, Flow]
Knows = Callable[[Flow], bool]
"""Whether somebody there has proved lately who they are."""

_STRANGE, _KNOWN, _FAMILIAR = range(3)
TURNS: Final = (
    (_STRANGE, _KNOWN, _FAMILIAR),
    (_FAMILIAR, _KNOWN, _STRANGE),
    (_KNOWN, _FAMILIAR, _STRANGE),
    (_FAMILIAR, _KNOWN, _STRANGE),
)
"""Whose turn it is: the first in the list of whom something waits; then the next list."""

_OPENING: Final = (b"REGISTER ", b"INVITE ", b"OPTIONS ", b"SUBSCRIBE ", b"MESSAGE ", b"PUBLISH ")
"""Requests that may come from anybody."""
_REGISTER: Final = b"REGISTER "
_PROOF: Final = b"uthorization: Digest"
_WITHIN: Final = 2048
"""Octets of a request in which credentials are looked for."""


class Backlog:
    """Three bounded queues without repetitions."""

    def __init__(
        self, knows: Knows = lambda flow: False, *, most: int = MOST, room: int = ROOM
    ) -> None:
        self._knows = knows
        self._most = most
        self._room = room
        self._queues: tuple[OrderedDict[Waiting, None], ...] = tuple(
            OrderedDict() for _ in range(3)
        )
        self._octets = [0, 0, 0]
        """Of the datagrams in each queue."""
        self.repeated = 0
        """Datagrams that waited already."""
        self.dropped = 0
        """Datagrams for which there was no room."""

    def __len__(self) -> int:
        return sum(map(len, self._queues))

    @property
    def fill(self) -> float:
        """Share of the fullest queue that is taken."""
        return max(max(map(len, self._queues)) / self._most, max(self._octets) / self._room)

    def put(self, data: bytes, flow: Flow) -> None:
        """Have a datagram wait.

        What comes when there is no room is dropped: what waits is older and will be repeated no
        sooner.
        """
        waiting = (data, flow)
        for queue in self._queues:
            if waiting in queue:
                self.repeated += 1
                return
        kind = self._kind(data, flow)
        queue = self._queues[kind]
        octets = self._octets[kind] + len(data)
        if len(queue) >= self._most or octets > self._room:
            self.dropped += 1
        else:
            queue[waiting] = None
            self._octets[kind] = octets

    def _kind(self, data: bytes, flow: Flow) -> int:
        """Which queue a datagram waits in."""
        if not data.startswith(_OPENING) or _PROOF in data[:_WITHIN]:
            return _FAMILIAR
        if not self._knows(flow):
            return _STRANGE
        return _KNOWN if data.startswith(_REGISTER) else _FAMILIAR

    def take(self, count: int) -> Iterator[Waiting]:
        """At most `count` datagrams whose turn it is, the oldest of each queue first."""
        queues = self._queues
        for turn in range(count):
            for kind in TURNS[turn % len(TURNS)]:
                if queues[kind]:
                    waiting = queues[kind].popitem(last=False)[0]
                    self._octets[kind] -= len(waiting[0])
                    yield waiting
                    break
            else:
                return
