"""What the four transaction machines share: the interpreter of their tables and two clocks.

Theory of operation
-------------------
A machine is a table `(state, input) -> (effects, next state)`, written with the words of the RFC
figure it implements, so that `render` prints it next to that figure. An input that the table does
not list for the present state is ignored: `handle` is total and never raises.

Three things happen in one step, in this order: the effects run (each may set a clock and may
yield one action), the machine moves to the next state, and, when that state is `Terminated`, the
action `Terminated` closes the list.

A machine never owns a timer. It has two clocks: one that repeats (timers A, E, G) and one that
ends the present state (timers B, D, F, H, I, J, K, L, M). Which input each clock becomes when it
is due depends on the state alone (`TIMERS`). `deadline` is the earlier of the two; the shell
calls `on_deadline` at or after it. A repetition is counted from the moment it really ran, so a
stalled program never sends a burst; when both clocks are due, only the ending counts.

Timers that RFC 3261 sets to zero seconds on reliable transports (D, I, J, K) fire within the same
step: the shell sees `Terminated` at once and needs no wake-up.
"""

from abc import abstractmethod
from collections.abc import Mapping
from enum import StrEnum
from math import inf
from typing import Any, ClassVar, Final, final

from sipcore.kernel.flow import Flow
from sipcore.kernel.timed import Timed
from sipcore.transaction.actions import TERMINATED, Action
from sipcore.transaction.events import Event

Table = Mapping[tuple[Any, Any], tuple[tuple[Any, ...], Any]]
"""(state, input) -> (effects, next state), in the enumerations of one machine."""
_NEVER: Final = inf


@final
class Row:
    """What a table says for one input in one state, ready to run."""

    __slots__: ClassVar = ("effects", "is_end", "rows", "state")

    def __init__(
        self, effects: tuple[StrEnum, ...], state: StrEnum, rows: "dict[StrEnum, Row]"
    ) -> None:
        self.effects = effects
        self.state = state
        """The next state."""
        self.rows = rows
        """The rows of that state, by input."""
        self.is_end = state == "Terminated"


Rows = dict[StrEnum, Row]
"""The rows of one state, by input."""


def compile_rows(table: Table) -> dict[StrEnum, Rows]:
    """The rows of each state; every row leads to those of its next state."""
    states: dict[StrEnum, Rows] = {}
    for (state, stimulus), (effects, then) in table.items():
        row = Row(effects, then, states.setdefault(then, {}))
        states.setdefault(state, {})[stimulus] = row
    return states


def render(table: Table) -> str:
    """Print a table, one transition a line: `state | input | effects | next state`."""
    return "\n".join(
        f"{state} | {stimulus} | {', '.join(effects) or '-'} | {then}"
        for (state, stimulus), (effects, then) in table.items()
    )


class Machine(Timed):
    """A transaction: its key in the table, where it sends, its state and its deadline."""

    __slots__ = ("_end_at", "_interval", "_repeat_at", "_rows", "flow", "key", "owner", "state")

    TIMERS: ClassVar[Mapping[Any, tuple[Any, Any]]]
    """state -> (input when the repeating clock is due, input when the ending clock is due)."""

    state: StrEnum

    def __init__(self, key: bytes, flow: Flow, state: StrEnum, rows: Rows, owner: object) -> None:
        super().__init__()
        self.key = key
        self.flow = flow
        self.owner = owner
        """Whoever uses the transaction; the machine never looks at it."""
        self.state = state
        self._rows = rows
        """The rows of that state."""
        self._repeat_at = inf
        self._end_at = inf
        self._interval = 0.0

    @abstractmethod
    def handle(self, event: Event, now: float) -> tuple[Action, ...]:
        """Take one event; what the table does not list yields no action."""

    def on_deadline(self, now: float) -> tuple[Action, ...]:
        """Run what is due at `now` (monotonic seconds); nothing when called too early."""
        if now < self.deadline:
            return ()
        repeat, end = self.TIMERS[self.state]
        return self._step(end if self._end_at <= now else repeat, None, now)

    def _step(self, stimulus: StrEnum, matter: Any, now: float) -> tuple[Action, ...]:
        """Follow one row of the table; `matter` is what the effects of that row work on."""
        row = self._rows.get(stimulus)
        if row is None:
            return ()
        actions: list[Action] = []
        for effect in row.effects:
            action = self._do(effect, matter, now)
            if action is not None:
                actions.append(action)
        self.state = row.state
        self._rows = row.rows
        if row.is_end:
            self._repeat_at = self._end_at = self.deadline = _NEVER
            actions.append(TERMINATED)
        elif self._end_at <= now:
            actions.extend(self._step(self.TIMERS[row.state][1], None, now))
        else:
            repeat_at, end_at = self._repeat_at, self._end_at
            self.deadline = repeat_at if repeat_at < end_at else end_at
        return tuple(actions)

    @abstractmethod
    def _do(self, effect: StrEnum, matter: Any, now: float) -> Action | None:
        """Perform one effect, given what came or was offered; it may yield an action."""

    def release(self) -> None:
        """The transaction is over, but its user may go on holding it: let go of the messages."""
