"""Calls that devices make past the server, put together from what the devices report (F092).

Theory of operation. Both ends report, each in its own words and by its own way: reports come twice,
late, in any order, or not at all. A report belongs to the open call of both sides it names, or to
that of its reporter when it names no other; only the start of a call nobody told of makes a new
one. An end is held back for `GRACE` seconds, in which whatever is late finds its call, and a call
that is over is remembered for `LATE` seconds, so that its last reports make no new one. What nobody
ends ends by itself, with the last thing that is known of it.

Nothing here waits: `heard` and `expire` say what has become known, `due` says when to ask again.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

GRACE = 3.0
"""Seconds for which an end waits for what is late."""
FORK = 5.0
"""Seconds after its start in which a call gains other monitors that a button rings as well."""
LATE = 30.0
"""Seconds for which a call that is over is remembered."""
RING_MOST = 300.0
"""Seconds after which a call without an answer ends by itself."""
TALK_MOST = 4 * 3600.0
"""Seconds after which an answered call ends by itself."""
OPEN_MOST = 2000
"""Calls at a time; the oldest ends when there are more."""
LEGS_MOST = 16
"""Called sides of one call: a button rings eight at most."""


class Event(StrEnum):
    """What a device reports of its own call."""

    OUTGOING = "outgoing"
    """It calls."""
    INCOMING = "incoming"
    """It rings."""
    ANSWERED = "answered"
    ENDED = "ended"
    MISSED = "missed"
    """It rang, and nobody took the call."""


class End(NamedTuple):
    """One side of a call."""

    key: str
    """The device, or an address in its network group; the same text is the same side."""
    user: str
    """SIP user of the device; empty when there is only an address."""
    address: str
    is_door: bool = False


class Heard(NamedTuple):
    """One report."""

    event: Event
    reporter: End
    remote: End | None
    """The other side; None when the device does not say."""
    at: float
    """Seconds since the epoch, UTC."""
    name: str = ""
    """The reporter's own name for the call; empty when it has none."""


class Began(NamedTuple):
    """A call began; its first called side has the number 1."""

    call_id: str
    at: float
    caller: End
    callee: End


class Forked(NamedTuple):
    """One more side is called."""

    call_id: str
    at: float
    number: int
    callee: End


class Rang(NamedTuple):
    """A called side told that it rings."""

    call_id: str
    at: float
    number: int


class Answered(NamedTuple):
    """Somebody took the call there."""

    call_id: str
    at: float
    number: int


class Over(NamedTuple):
    """The call is over."""

    call_id: str
    at: float
    outcome: str
    """`answered` or `missed`."""
    by: str
    """`caller`, `callee` or `server`."""
    reason: str
    """`caller_hung_up`, `callee_hung_up`, `not_answered` or `no_end_reported`."""


Change = Began | Forked | Rang | Answered | Over


@dataclass(slots=True)
class _Leg:
    """A called side."""

    number: int
    end: End
    rang: bool = False
    over: bool = False


@dataclass(slots=True)
class _Call:
    """A call that is not over yet."""

    id: str
    caller: End
    at: float
    due: float
    last_at: float
    legs: dict[str, _Leg] = field(default_factory=dict)
    answered: str | None = None
    """Key of the side that took it."""
    ending: Over | None = None
    starters: dict[str, set[str]] = field(default_factory=dict)
    """Who told that it began, with their names for it."""


class _Closed(NamedTuple):
    """A call that is over."""

    at: float
    starters: dict[str, set[str]]
    keys: frozenset[str]


class DirectCalls:
    """All of them."""

    def __init__(self, new_id: Callable[[float], str]) -> None:
        """`new_id` makes the id of a call that began at that UTC second."""
        self._new_id = new_id
        self._open: OrderedDict[str, _Call] = OrderedDict()
        """By id, oldest first."""
        self._of: dict[str, _Call] = {}
        """The open call each side takes part in; of several the one it told of itself."""
        self._closed: OrderedDict[str, _Closed] = OrderedDict()
        """The last one of each caller."""

    def __len__(self) -> int:
        """Calls that are not over."""
        return len(self._open)

    @property
    def due(self) -> float | None:
        """When `expire` has something to do next, UTC seconds; None when no call is open."""
        return min((call.due for call in self._open.values()), default=None)

    def heard(self, told: Heard) -> list[Change]:
        """What a report makes known; nothing when all of it was known."""
        changes = self.expire(told.at)
        if told.event in (Event.OUTGOING, Event.INCOMING):
            self._start(told, changes)
            return changes
        call = self._between(told)
        if call is None and told.event is not Event.ENDED and not self._is_late(told):
            call = self._start(told, changes)
        if call is not None:
            call.last_at = told.at
            self._goes_on(call, told, changes)
        return changes

    def expire(self, now: float) -> list[Change]:
        """End what is due."""
        changes: list[Change] = []
        for call in [call for call in self._open.values() if call.due <= now]:
            self._close(call, changes, now)
        while self._closed and next(iter(self._closed.values())).at + LATE < now:
            self._closed.popitem(last=False)
        return changes

    def _between(self, told: Heard) -> _Call | None:
        """The open call of these two sides; without a second one, that of the reporter.

        A name that is not the reporter's for that call is another call's, one through the server.
        """
        if told.remote is None:
            call = self._of.get(told.reporter.key)
            names = None if call is None else call.starters.get(told.reporter.key)
            return None if names and told.name and told.name not in names else call
        both = {told.reporter.key, told.remote.key}
        for key in (told.remote.key, told.reporter.key):
            call = self._of.get(key)
            if call is not None and both <= {call.caller.key, *call.legs}:
                return call
        return None

    # -- beginning ----------------------------------------------------------------------------

    def _start(self, told: Heard, changes: list[Change]) -> _Call | None:
        """The call a report of a start belongs to: the open one, a new one, or none."""
        reporter, remote = told.reporter, told.remote
        if remote is None or remote.key == reporter.key:
            return None
        between = self._between(told)
        if between is not None and not between.starters:
            # Its direction was a guess; whoever tells of the beginning now tells of this call.
            caller, callee = between.caller, next(iter(between.legs.values())).end
        else:
            caller, callee = _direction(told.event, reporter, remote)
        call = self._of.get(caller.key)
        if call is not None and call.caller.key != caller.key:
            call = None
        elif call is not None and self._is_another(call, told, callee):
            self._close(call, changes, told.at)
            call = None
        if call is None:
            if self._is_late(told):
                return None
            call = self._begin(told.at, caller, changes)
        leg = call.legs.get(callee.key) or self._fork(call, callee, told.at, changes)
        call.last_at = told.at
        if told.event in (Event.OUTGOING, Event.INCOMING):
            names = call.starters.setdefault(reporter.key, set())
            if told.name:
                names.add(told.name)
        if told.event is Event.INCOMING:
            self._of[reporter.key] = call
            self._ring(call, leg, told.at, changes)
        return call

    def _is_another(self, call: _Call, told: Heard, callee: End) -> bool:
        """Whether the caller has begun another call, so that the end of this one was lost."""
        names = call.starters.get(told.reporter.key)
        is_named = bool(names and told.name and told.name not in names)
        if callee.key in call.legs:
            return is_named
        is_young = call.answered is None and told.at - call.at <= FORK
        return not is_young or call.ending is not None or len(call.legs) >= LEGS_MOST

    def _is_late(self, told: Heard) -> bool:
        """Whether it is about a call that is over already."""
        if told.remote is None:
            return True
        keys = {told.reporter.key, told.remote.key}
        for closed in reversed(self._closed.values()):
            if not keys <= closed.keys:
                continue
            if told.event not in (Event.OUTGOING, Event.INCOMING):
                return True
            names = closed.starters.get(told.reporter.key)
            # Whoever has told of the beginning already tells of another one.
            return names is None or bool(told.name and told.name in names)
        return False

    def _begin(self, at: float, caller: End, changes: list[Change]) -> _Call:
        if len(self._open) >= OPEN_MOST:
            self._close(next(iter(self._open.values())), changes, at)
        call = _Call(self._new_id(at), caller, at, at + RING_MOST, at)
        self._open[call.id] = call
        self._of[caller.key] = call
        return call

    def _fork(self, call: _Call, callee: End, at: float, changes: list[Change]) -> _Leg:
        leg = _Leg(len(call.legs) + 1, callee)
        call.legs[callee.key] = leg
        self._of.setdefault(callee.key, call)
        if leg.number == 1:
            changes.append(Began(call.id, call.at, call.caller, callee))
        else:
            changes.append(Forked(call.id, at, leg.number, callee))
        return leg

    # -- going on -----------------------------------------------------------------------------

    def _goes_on(self, call: _Call, told: Heard, changes: list[Change]) -> None:
        leg = self._leg(call, told)
        if told.event is Event.ANSWERED:
            if leg is not None:
                self._answer(call, leg, told.at, changes)
        elif told.event is Event.MISSED:
            if leg is not None and told.reporter.key != call.caller.key:
                self._ring(call, leg, told.at, changes)
                leg.over = True
                self._end(call, told.at, "callee", "not_answered")
        elif told.reporter.key == call.caller.key:
            self._end(call, told.at, "caller", "caller_hung_up", surely=True)
        elif leg is not None:
            leg.over = True
            surely = call.answered == leg.end.key
            self._end(call, told.at, "callee", "callee_hung_up", surely=surely)

    def _leg(self, call: _Call, told: Heard) -> _Leg | None:
        """The called side a report is about; a caller that does not say which means the first."""
        if told.reporter.key in call.legs:
            return call.legs[told.reporter.key]
        if told.remote is not None:
            return call.legs.get(told.remote.key)
        return next((leg for leg in call.legs.values() if not leg.over), None)

    def _ring(self, call: _Call, leg: _Leg, at: float, changes: list[Change]) -> None:
        if not leg.rang:
            leg.rang = True
            changes.append(Rang(call.id, at, leg.number))

    def _answer(self, call: _Call, leg: _Leg, at: float, changes: list[Change]) -> None:
        """The first answer counts; one that comes in after the end was before it."""
        if call.answered is not None:
            return
        call.answered = leg.end.key
        if call.ending is None:
            call.due = at + TALK_MOST
        else:
            at = min(at, call.ending.at)
        changes.append(Answered(call.id, at, leg.number))

    def _end(self, call: _Call, at: float, by: str, reason: str, *, surely: bool = False) -> None:
        """Over when the caller or who talks says so, or when no called side is left."""
        if call.ending is not None or not (surely or all(leg.over for leg in call.legs.values())):
            return
        call.ending = Over(call.id, at, "", by, reason)
        call.due = at + GRACE

    def _close(self, call: _Call, changes: list[Change], now: float) -> None:
        over_at = now if call.ending is None else call.ending.at
        ending = call.ending or Over(call.id, call.last_at, "", "server", "no_end_reported")
        outcome = "missed" if call.answered is None else "answered"
        changes.append(ending._replace(outcome=outcome))
        del self._open[call.id]
        keys = {call.caller.key, *call.legs}
        for key in keys:
            if self._of.get(key) is call:
                del self._of[key]
        self._closed.pop(call.caller.key, None)
        self._closed[call.caller.key] = _Closed(over_at, call.starters, frozenset(keys))
        if len(self._closed) > OPEN_MOST:
            self._closed.popitem(last=False)


def _direction(event: Event, reporter: End, remote: End) -> tuple[End, End]:
    """Caller and called side; a door calls and is not called, where the event does not say."""
    if event is Event.INCOMING or event is Event.MISSED:
        return remote, reporter
    if event is not Event.OUTGOING and remote.is_door and not reporter.is_door:
        return remote, reporter
    return reporter, remote
