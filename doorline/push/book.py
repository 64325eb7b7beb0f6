"""WakeBook: which call woke whom and when, to whom a cancel must go, how long apps take to wake.

Pure and bounded: time is passed in, nothing is sent. A wait begins with a wake or a test and ends
with the app's REGISTER, with the end of its time, or when the call does not want the app any more.
"""

from collections import OrderedDict
from dataclasses import dataclass

from doorline.push.history import WakeHistory
from doorline.push.latency import Histogram
from doorline.push.order import PushEvent, PushOrder
from doorline.push.result import PushOutcome, PushResult

MAX_APPS = 50_000
"""Apps remembered; the one that was pushed longest ago is forgotten for a new one."""
MAX_WAKES = 20_000
"""Wakes remembered at the same time; the oldest is forgotten for a new one."""
LINGER = 60.0
"""Seconds after the end of its time at which a wake that nobody called off is forgotten."""

Wake = tuple[str, str]
"""Call id (or the id of a test) and user."""


@dataclass(slots=True)
class OpenWake:
    """A call woke an app and has not let go of it yet."""

    order: PushOrder
    at: float
    """When it was ordered, seconds since the epoch UTC."""
    pending: int
    """Pushes of which nothing is known yet."""
    sent: int = 0
    """Pushes that the provider took."""
    registered: bool = False
    over: bool = False
    """Nobody waits for the REGISTER any more."""


class WakeBook:
    """All apps of the server."""

    def __init__(self, *, max_apps: int = MAX_APPS, max_wakes: int = MAX_WAKES) -> None:
        self._max_apps = max_apps
        self._max_wakes = max_wakes
        self._histories: OrderedDict[str, WakeHistory] = OrderedDict()
        self._wakes: OrderedDict[Wake, OpenWake] = OrderedDict()
        self._by_user: dict[str, set[str]] = {}
        self.histogram = Histogram()
        """Wake latencies of all apps."""

    def __len__(self) -> int:
        """Wakes that are open."""
        return len(self._wakes)

    def awaits(self, user: str) -> bool:
        """Whether a REGISTER of this account is waited for; asked for every REGISTER."""
        return user in self._by_user

    def wake(self, visit: str, user: str) -> OpenWake | None:
        """The open wake of this call and app."""
        return self._wakes.get((visit, user))

    def open(self, order: PushOrder) -> OpenWake | None:
        """The open wake that this very order made; another round of the call makes another one."""
        wake = self._wakes.get((order.visit, order.user))
        return wake if wake is not None and wake.order is order else None

    def history(self, user: str) -> WakeHistory | None:
        """What is known of the app; None before its first push."""
        return self._histories.get(user)

    def ordered(self, order: PushOrder, pushes: int, now: float) -> bool:
        """So many pushes go out to wake an app; False when this wake is open already."""
        key = (order.visit, order.user)
        former = self._wakes.get(key)
        if former is not None:
            if not (former.over or former.registered):
                return False
            self._close(key)  # another round of the same call
        self._make_room(now)
        self._wakes[key] = OpenWake(order, now, pushes)
        self._by_user.setdefault(order.user, set()).add(order.visit)
        history = self._history(order.user)
        history.last_push_at, history.last_event = now, order.event
        history.last_outcome, history.last_detail = None, ""
        return True

    def answered(self, order: PushOrder, result: PushResult) -> bool:
        """What became of one push; True when with it the last hope of a wake is gone."""
        history = self._history(order.user)
        if result.outcome in (PushOutcome.SENT, PushOutcome.DEAD):
            history.dead = result.outcome is PushOutcome.DEAD
        if order.event is PushEvent.CANCEL:
            return False
        wake = self._wakes.get((order.visit, order.user))
        if wake is not None and wake.order is not order:
            return False  # of an earlier round of the same call
        history.last_outcome, history.last_detail = result.outcome, result.detail
        if wake is None:
            return False
        wake.pending -= 1
        wake.sent += result.outcome is PushOutcome.SENT
        if wake.pending > 0 or wake.sent > 0 or wake.registered:
            return False
        self._close((order.visit, order.user))
        return True

    def registered(self, user: str, now: float) -> float | None:
        """The app registered: the latency in seconds, None when nobody waited for it."""
        first: float | None = None
        for visit in self._by_user.pop(user, ()):
            wake = self._wakes[visit, user]
            wake.registered = True
            first = wake.at if first is None else min(first, wake.at)
            if wake.order.event is not PushEvent.WAKE:
                del self._wakes[visit, user]  # nobody will call it off
        if first is None:
            return None
        latency = max(now - first, 0.0)
        history = self._history(user)
        history.latencies.add(latency)
        history.last_wake_at = now
        history.wakes += 1
        self.histogram.add(latency)
        return latency

    def overdue(self, order: PushOrder) -> bool:
        """The time for the REGISTER is over; True when it was still waited for."""
        wake = self.open(order)
        if wake is None or wake.registered or wake.over:
            return False
        wake.over = True
        self._history(order.user).silences += 1
        self._forget_wait(order.visit, order.user)
        if order.event is not PushEvent.WAKE:
            del self._wakes[order.visit, order.user]
        return True

    def called_off(self, visit: str, user: str) -> PushOrder | None:
        """The call does not want the app any more: the wake to cancel, or None.

        None as well when it has been called off before, or was never woken.
        """
        wake = self._wakes.get((visit, user))
        if wake is None:
            return None
        self._close((visit, user))
        return wake.order if wake.sent or wake.pending else None

    def _history(self, user: str) -> WakeHistory:
        history = self._histories.get(user)
        if history is None:
            while len(self._histories) >= self._max_apps:
                self._histories.popitem(last=False)
            history = self._histories[user] = WakeHistory()
        self._histories.move_to_end(user)
        return history

    def _make_room(self, now: float) -> None:
        """Forget wakes whose time is long over, and the oldest when there are too many."""
        while self._wakes:
            key, oldest = next(iter(self._wakes.items()))
            is_old = oldest.order.expires_at + LINGER < now
            if not is_old and len(self._wakes) < self._max_wakes:
                return
            self._close(key)

    def _close(self, key: Wake) -> None:
        del self._wakes[key]
        self._forget_wait(*key)

    def _forget_wait(self, visit: str, user: str) -> None:
        visits = self._by_user.get(user)
        if visits is not None:
            visits.discard(visit)
            if not visits:
                del self._by_user[user]
