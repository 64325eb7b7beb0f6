"""InTurn: facts of calls that wait for the writer's thread."""

from collections.abc import Callable
from typing import final

from sipcore.storage.call_changes import Recorded


@final
class InTurn:
    """Entries in the order in which they came.

    There is no lock: one thread appends at the end while another takes from the beginning, and
    each of the two does it in one step of the interpreter.
    """

    def __init__(self, capacity: int, wake: Callable[[], None], counters: dict[str, int]) -> None:
        self._capacity = capacity
        self._wake = wake
        self._counters = counters
        self._entries: list[Recorded] = []
        self._taken: list[Recorded] = []
        self._is_told = False

    def __len__(self) -> int:
        """Entries that wait."""
        return len(self._entries)

    def put(self, entry: Recorded) -> None:
        """Have an entry written soon; takes no longer than to append to a list."""
        entries = self._entries
        if len(entries) >= self._capacity:
            self._counters["dropped"] += 1
            return
        entries.append(entry)
        # In this order: who takes forgets that it was told first, and takes then.
        if not self._is_told:
            self._is_told = True
            self._wake()

    def take(self) -> list[Recorded]:
        """All that wait."""
        self._is_told = False
        entries = self._entries
        count = len(entries)
        self._taken = taken = entries[:count]
        del entries[:count]
        return taken

    def put_back(self) -> None:
        """What was taken last is first again."""
        self._entries[:0] = self._taken
        self._wake()
