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
from collections.abc import Callable, Mapping
from enum import StrEnum
from math import inf
from typing import Any, ClassVar

from sipcore.kernel.flow import Flow
from sipcore.transaction.actions import FLOW_LOST, TERMINATED, Action, Deliver
from sipcore.transaction.events import Event

Table = Mapping[tuple[Any, Any], tuple[tuple[Any, ...], Any]]
"""(state, input) -> (effects, next state), in the enumerations of one machine."""
Perform = Callable[[Any, Any, float], Action | None]
"""An effect: machine, matter (the message that came or the bytes that were offered), now."""
Rows = dict[tuple[str, str], tuple[tuple[Perform, ...], Any, bool]]
"""A table ready to run: (state, input) -> (methods, next state, is that the end?)."""


def compile_rows(table: Table, effects: Mapping[Any, Perform]) -> Rows:
    """Replace the name of each effect by the method that performs it."""
    return {
        key: (tuple(effects[name] for name in names), state, state == "Terminated")
        for key, (names, state) in table.items()
    }


def render(table: Table) -> str:
    """Print a table, one transition a line: `state | input | effects | next state`."""
    return "\n".join(
        f"{state} | {stimulus} | {', '.join(effects) or '-'} | {then}"
        for (state, stimulus), (effects, then) in table.items()
    )


class Machine:
    """A transaction: its key in the table, where it sends, its state and its deadline."""

    __slots__ = ("_end_at", "_interval", "_repeat_at", "deadline", "flow", "key", "owner", "state")

    ROWS: ClassVar[Rows]
    TIMERS: ClassVar[Mapping[Any, tuple[Any, Any]]]
    """state -> (input when the repeating clock is due, input when the ending clock is due)."""

    state: StrEnum

    def __init__(self, key: bytes, flow: Flow, state: StrEnum, owner: object) -> None:
        self.key = key
        self.flow = flow
        self.owner = owner
        """Whoever uses the transaction; the machine never looks at it."""
        self.state = state
        self.deadline = inf
        """Monotonic time of the next wake-up; infinity when none is wanted."""
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

    def _step(self, stimulus: str, matter: Any, now: float) -> tuple[Action, ...]:
        """Follow one row of the table; `matter` is what the effects of that row work on."""
        row = self.ROWS.get((self.state, stimulus))
        if row is None:
            return ()
        effects, then, is_end = row
        actions: list[Action] = []
        for perform in effects:
            action = perform(self, matter, now)
            if action is not None:
                actions.append(action)
        self.state = then
        if is_end:
            self._repeat_at = self._end_at = self.deadline = inf
            actions.append(TERMINATED)
        elif self._end_at <= now:
            actions.extend(self._step(self.TIMERS[then][1], None, now))
        else:
            repeat_at, end_at = self._repeat_at, self._end_at
            self.deadline = repeat_at if repeat_at < end_at else end_at
        return tuple(actions)

    def release(self) -> None:
        """The transaction is over, but its user may go on holding it: let go of the messages."""

    # Effects that more than one machine uses.

    def _pass_to_user(self, matter: Any, now: float) -> Action | None:
        return Deliver(matter)

    def _inform_flow_lost(self, matter: Any, now: float) -> Action | None:
        return FLOW_LOST
