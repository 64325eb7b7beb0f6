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
from collections.abc import Iterator
from typing import Final

from sipcore.kernel.flow import Flow

MOST: Final = 16_384
"""Datagrams that wait in each of the three queues; with what is around them about 1 kB each."""
_FAMILIAR, _KNOWN, _STRANGE = range(3)
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

Waiting = tuple[bytes, Flow]


class Backlog:
    """Three bounded queues without repetitions."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._queues: tuple[OrderedDict[Waiting, None], ...] = tuple(
            OrderedDict() for _ in range(3)
        )
        self.repeated = 0
        """Datagrams that waited already."""
        self.dropped = 0
        """Datagrams for which there was no room."""

    def __len__(self) -> int:
        return sum(map(len, self._queues))

    @property
    def fill(self) -> float:
        """Share of the fullest queue that is taken."""
        return max(map(len, self._queues)) / self._most

    def put(self, data: bytes, flow: Flow, *, is_known: bool) -> None:
        """Have a datagram wait; `is_known` says that its source has proved who it is.

        What comes when there is no room is dropped: what waits is older and will be repeated no
        sooner.
        """
        kind = _STRANGE
        if not data.startswith(_OPENING) or _PROOF in data[:_WITHIN]:
            kind = _FAMILIAR
        elif is_known:
            kind = _KNOWN if data.startswith(_REGISTER) else _FAMILIAR
        queue = self._queues[kind]
        waiting = (data, flow)
        if waiting in queue:
            self.repeated += 1
        elif len(queue) >= self._most:
            self.dropped += 1
        else:
            queue[waiting] = None

    def take(self, count: int) -> Iterator[Waiting]:
        """At most `count` datagrams whose turn it is, the oldest of each queue first."""
        queues = self._queues
        for turn in range(count):
            for kind in TURNS[turn % len(TURNS)]:
                if queues[kind]:
                    yield queues[kind].popitem(last=False)[0]
                    break
            else:
                return
