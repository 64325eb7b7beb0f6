"""First fetches that are still under way: who has taken which window (`provisioning/delivery.py`).

Kept in memory only. After a restart a taken window is open to anybody for what is left of its
`GRACE` seconds, no longer: its new end is in the database.
"""

from collections import OrderedDict

from provisioning.delivery import FirstFetch, take_window

REMEMBERED = 1024
"""Windows remembered at the same time; the oldest is forgotten first."""


class Windows:
    """Taken windows by MAC."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._remembered = remembered
        self._taken: OrderedDict[str, FirstFetch] = OrderedDict()

    def __len__(self) -> int:
        return len(self._taken)

    def first(self, mac: str) -> FirstFetch | None:
        """Who took the window of that device."""
        return self._taken.get(mac)

    def mac_of(self, source: str, now: float) -> str | None:
        """The device whose window that address holds at this moment, the latest if several."""
        for mac in reversed(self._taken):
            first = self._taken[mac]
            if first.source == source and now < first.ends_at:
                return mac
        return None

    def take(self, mac: str, armed_until: float, source: str, now: float) -> FirstFetch:
        """Note that the address has taken the window."""
        first = take_window(armed_until, source, now)
        self._taken.pop(mac, None)
        self._taken[mac] = first
        if len(self._taken) > self._remembered:
            self._taken.popitem(last=False)
        return first

    def end(self, mac: str) -> bool:
        """Forget the window of a device; whether there was one."""
        return self._taken.pop(mac, None) is not None
