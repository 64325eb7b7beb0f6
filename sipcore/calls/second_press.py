"""A second press within a minute: who presses again means it (G09, pain 25).

The planner has no memory; this one stands before it where real calls are planned. Only presses that
quiet hours or do-not-disturb took somebody out of are remembered, so that nothing else changes.
"""

from typing import Final, final

from sipcore.b2bua.plan import CallRequest, Party
from sipcore.calls.inquiry import Answer
from sipcore.calls.planner import MAX_DIALLED, Planner
from sipcore.calls.quiet import is_hushed

WITHIN: Final = 60.0
"""Seconds in which a second press counts as one."""
CAPACITY: Final = 10_000
"""Presses that are remembered; the oldest is forgotten for a new one."""


@final
class Presses:
    """Who dialled what a short while ago."""

    __slots__ = ("_at", "_capacity", "_within")

    def __init__(self, within: float = WITHIN, capacity: int = CAPACITY) -> None:
        self._within = within
        self._capacity = capacity
        self._at: dict[tuple[str, str], float] = {}

    def __len__(self) -> int:
        return len(self._at)

    def again(self, caller: str, dialled: str, at: float) -> bool:
        """Note a press; True when the same was pressed a short while before.

        Each press begins a new while. `at` is in seconds; a clock put back forgets.
        """
        key = (caller, dialled)
        before = self._at.pop(key, None)
        if len(self._at) >= self._capacity:
            del self._at[next(iter(self._at))]
        self._at[key] = at
        return before is not None and 0.0 <= at - before <= self._within


@final
class PressPlanner:
    """The CallPlanner of real calls: asks the planner, again when it was a second press."""

    __slots__ = ("_planner", "_presses")

    def __init__(self, planner: Planner, presses: Presses | None = None) -> None:
        self._planner = planner
        self._presses = Presses() if presses is None else presses

    def plan(self, request: CallRequest) -> Answer:
        """The planner's answer; to a second press the one without quiet hours."""
        answer = self._planner.plan(request)
        if not is_hushed(answer):
            return answer
        # As much as the planner looks at: what a phone sends may be as long as a datagram.
        dialled = request.dialled.strip()[:MAX_DIALLED].strip()
        if not self._presses.again(request.caller_user, dialled, request.at):
            return answer
        return self._planner.plan(
            CallRequest(request.caller_user, request.dialled, request.at, override=True)
        )

    def may_pick_up(self, user: str, party: Party, at: float) -> Party | None:
        """As the planner says."""
        return self._planner.may_pick_up(user, party, at)
