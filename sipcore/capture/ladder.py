"""The messages of one call as a ladder of text: a column for each party, an arrow for each message.

Under the ladder stands each message as it went, with its secrets masked. Names and messages come
from phones, so nothing but printable text leaves: it must not move the cursor of a terminal.
"""

from collections.abc import Iterator, Sequence
from typing import ClassVar, Final, final

from sipcore.capture.captured import Addresses, Captured
from sipcore.capture.masking import masked
from sipcore.kernel.value import Value

MAX_RUNGS: Final = 1000
"""Messages that are shown."""
_LEFT: Final = 13
"""Columns of text for the time."""
_WIDTH: Final = 28
"""Columns of text for a party."""
_SERVER: Final = 1
"""The server stands between the caller and everybody else."""


@final
class Rung(Value):
    """One message of the call."""

    __slots__: ClassVar = ("message", "party", "way")

    def __init__(self, message: Captured, way: Addresses, party: int) -> None:
        self.message = message
        self.way = way
        """From where to where it went."""
        self.party = party
        """0 for the caller, then the others in the order of their columns."""


def ladder(parties: Sequence[str], rungs: Sequence[Rung], started_at: float) -> Iterator[str]:
    """Lines without line ends; `parties` begin with the caller, `started_at` in UTC seconds."""
    shown = rungs[:MAX_RUNGS]
    titles = [parties[0], "Doorline", *parties[1:]]
    yield _row("", [title[: _WIDTH - 2].center(_WIDTH) for title in titles])
    lifelines = _row("", ["|".center(_WIDTH)] * len(titles))
    seen: set[tuple[int, bool, bytes]] = set()
    for number, rung in enumerate(shown, start=1):
        message = rung.message
        key = (rung.party, message.was_received, message.data)
        label = f"({number}) {_name(message.data)}{' again' if key in seen else ''}"
        seen.add(key)
        time = f"{message.at - started_at:+z9.3f} s"
        yield _printable(time + _arrow(lifelines, rung, label)[len(time) :]).rstrip()
    if len(rungs) > len(shown):
        yield f"and {len(rungs) - len(shown)} more messages"
    for number, rung in enumerate(shown, start=1):
        yield ""
        yield from _whole(number, rung, started_at)


def _arrow(lifelines: str, rung: Rung, label: str) -> str:
    """The lifelines with an arrow between the server's and the party's."""
    party = rung.party if rung.party < _SERVER else rung.party + 1
    ends = sorted((_at(_SERVER), _at(party)))
    room = ends[1] - ends[0] - 1
    body = f" {label[: room - 4]} ".center(room - 1, "-")
    points_right = (party > _SERVER) is not rung.message.was_received
    arrow = body + ">" if points_right else "<" + body
    return lifelines[: ends[0] + 1] + arrow + lifelines[ends[1] :]


def _at(column: int) -> int:
    """Where the lifeline of a column stands."""
    return _LEFT + column * _WIDTH + "|".center(_WIDTH).index("|")


def _row(left: str, cells: Sequence[str]) -> str:
    return _printable(left.ljust(_LEFT) + "".join(cells)).rstrip()


def _name(data: bytes) -> str:
    """The method of a request, status and phrase of a response."""
    line = data.lstrip(b"\r\n").partition(b"\r\n")[0].decode("utf-8", "replace")
    first, _, rest = line.partition(" ")
    return rest if first.startswith("SIP/") else first


def _whole(number: int, rung: Rung, started_at: float) -> Iterator[str]:
    message, way = rung.message, rung.way
    does = "received from" if message.was_received else "sent to"
    host, port = (
        (way.source_host, way.source_port)
        if message.was_received
        else (way.target_host, way.target_port)
    )
    after = f"{message.at - started_at:+z.3f} s"
    yield f"({number})  {after}  {does} {host} port {port}, {way.transport.lower()}"
    text = masked(message.data).decode("utf-8", "replace")
    for line in text.replace("\r\n", "\n").rstrip("\n").split("\n"):
        yield _printable(f"    {line}").rstrip()


def _printable(line: str) -> str:
    return "".join([sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in line])
