"""Latest: entries that wait for a writer's thread, of each key only the latest."""

import threading
from collections.abc import Callable, Collection, Hashable
from typing import Generic, TypeVar, final

Key = TypeVar("Key", bound=Hashable)
Entry = TypeVar("Entry")


@final
class Latest(Generic[Key, Entry]):
    """Entries that replace each other as long as they wait, by key."""

    def __init__(self, capacity: int, wake: Callable[[], None], counters: dict[str, int]) -> None:
        """`wake` is called when something waits and nobody has been told yet; `counters` counts as
        "dropped" what came when there was no room."""
        self._capacity = capacity
        self._wake = wake
        self._counters = counters
        self._lock = threading.Lock()
        self._entries: dict[Key, Entry] = {}
        self._taken: dict[Key, Entry] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def put(self, key: Key, entry: Entry) -> None:
        """Have an entry written soon; takes no longer than a dictionary access."""
        with self._lock:
            entries = self._entries
            is_first = not entries
            if len(entries) >= self._capacity and key not in entries:
                self._counters["dropped"] += 1
                return
            entries[key] = entry
        if is_first:
            self._wake()

    def take(self) -> Collection[Entry]:
        """All that wait."""
        with self._lock:
            self._taken, self._entries = self._entries, {}
        return self._taken.values()

    def put_back(self) -> None:
        """What came meanwhile is newer."""
        with self._lock:
            self._entries = self._taken | self._entries
        self._wake()
