"""How well apps wake, for the admin API."""

from admin_api.rows import DeviceWakeRow, WakeRow
from doorline.push.book import WakeBook
from doorline.push.finder import TargetFinder
from doorline.push.history import WakeHistory


class WakeHealthView:
    """WakeView port of the admin API."""

    def __init__(self, finder: TargetFinder, book: WakeBook) -> None:
        self._finder = finder
        self._book = book

    def wake_health(self, user: str) -> WakeRow:
        """One app; an unknown one cannot be woken and has no past."""
        can_wake, history = self._finder.can_wake(user), self._book.history(user)
        if history is None:
            return WakeRow(can_wake=can_wake)
        devices = tuple(
            DeviceWakeRow(*_told(one), device=name, provider=str(one.provider or ""))
            for name, one in history.devices.items()
        )
        return WakeRow(*_told(history), can_wake=can_wake, devices=devices)


def _told(
    history: WakeHistory,
) -> tuple[
    float | None, str | None, str | None, str, float | None, float | None, float | None,
    float | None, int, int,
]:  # fmt: skip
    """What is shown of an app and of each of its phones, in the order of `WakesRow`."""
    return (
        history.last_push_at,
        history.last_event,
        history.last_outcome,
        history.last_detail,
        history.last_wake_at,
        history.latencies.last,
        history.latencies.percentile(0.5),
        history.latencies.percentile(0.95),
        history.wakes,
        history.silences,
    )
