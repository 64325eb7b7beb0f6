"""WakeBook: which call woke which phones and when, who gets a cancel, how long apps take to wake.

Pure and bounded: time is passed in, nothing is sent. An app may run on several phones, and each
has a wake of its own: it is pushed, waited for and called off by itself. A wait begins with a wake
or a test and ends with the phone's REGISTER, with the end of its time, or when the call does not
want the app any more.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from doorline.push.history import WakeHistory
from doorline.push.latency import BOUNDS
from doorline.push.order import PushEvent, PushOrder
from doorline.push.result import PushOutcome, PushResult
from doorline.push.target import PushTarget
from sipcore.kernel.histogram import Histogram

MAX_APPS = 50_000
"""Apps remembered; the one that was pushed longest ago is forgotten for a new one."""
MAX_WAKES = 20_000
"""Wakes remembered at the same time; the oldest is forgotten for a new one."""
LINGER = 60.0
"""Seconds after the end of its time at which a wake that nobody called off is forgotten."""

Wake = tuple[str, str, str]
"""Call id (or the id of a test), user and device."""


@dataclass(slots=True)
class OpenWake:
    """A call woke a phone and has not let go of it yet."""

    order: PushOrder
    target: PushTarget
    at: float
    """When it was ordered, seconds since the epoch UTC."""
    pending: bool = True
    """Nothing is known of the push yet."""
    sent: bool = False
    """The provider took it."""
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
        self._by_call: dict[tuple[str, str], dict[str, OpenWake]] = {}
        """Open wakes of each call and app by device."""
        self._awaited: dict[str, set[Wake]] = {}
        """Wakes of each user whose REGISTER is waited for."""
        self.histogram = Histogram(BOUNDS)
        """Wake latencies of all apps."""

    def __len__(self) -> int:
        """Wakes that are open."""
        return len(self._wakes)

    def awaits(self, user: str) -> bool:
        """Whether a REGISTER of this account is waited for; asked for every REGISTER."""
        return user in self._awaited

    def wakes(self, visit: str, user: str) -> tuple[OpenWake, ...]:
        """The open wakes of this call and app, one for each phone."""
        return tuple(self._by_call.get((visit, user), {}).values())

    def open(self, order: PushOrder) -> OpenWake | None:
        """The open wake that this very order made; another round of the call makes another one."""
        wake = self._wakes.get(_key(order))
        return wake if wake is not None and wake.order is order else None

    def history(self, user: str) -> WakeHistory | None:
        """What is known of the app; None before its first push."""
        return self._histories.get(user)

    def ordered(self, order: PushOrder, target: PushTarget, now: float) -> bool:
        """A push goes out to wake a phone; False when this wake is open already."""
        key = _key(order)
        former = self._wakes.get(key)
        if former is not None:
            if not (former.over or former.registered):
                return False
            self._close(key)  # another round of the same call
        self._make_room(now)
        wake = self._wakes[key] = OpenWake(order, target, now)
        self._by_call.setdefault(key[:2], {})[order.device] = wake
        self._awaited.setdefault(order.user, set()).add(key)
        for history in self._histories_of(order):
            history.last_push_at, history.last_event = now, order.event
            history.last_outcome, history.last_detail = None, ""
            history.provider = target.provider
        return True

    def answered(self, order: PushOrder, result: PushResult) -> bool:
        """What became of one push; True when with it the last hope of waking the app is gone."""
        histories = self._histories_of(order)
        if result.outcome in (PushOutcome.SENT, PushOutcome.DEAD):
            for history in histories:
                history.dead = result.outcome is PushOutcome.DEAD
        if order.event is PushEvent.CANCEL:
            return False
        key = _key(order)
        wake = self._wakes.get(key)
        if wake is not None and wake.order is not order:
            return False  # of an earlier round of the same call
        for history in histories:
            history.last_outcome, history.last_detail = result.outcome, result.detail
        if wake is None:
            return False
        wake.pending = False
        wake.sent = result.outcome is PushOutcome.SENT
        if wake.sent or wake.registered:
            return False
        self._close(key)
        others = self.wakes(order.visit, order.user)
        return not any(other.pending or other.sent or other.registered for other in others)

    def registered(self, user: str, now: float, device: str = "") -> float | None:
        """The app registered: the latency in seconds, None when nobody waited for it.

        `device` is the phone that the registration names. One that names none, or one that was not
        pushed, stands for the phone whose token was told through the API: that one never says it.
        """
        awaited = [self._wakes[key] for key in self._awaited.get(user, ())]
        meant = [wake for wake in awaited if device and wake.order.device == device]
        return self._came(meant or [wake for wake in awaited if not wake.target.is_named], now)

    def came(self, visit: str, user: str, device: str, now: float) -> float | None:
        """A phone registered for this very call; otherwise as `registered`."""
        key = (visit, user, device)
        return self._came([self._wakes[key]] if key in self._awaited.get(user, ()) else [], now)

    def overdue(self, order: PushOrder) -> bool:
        """The time for the REGISTER is over; True when it was still waited for."""
        wake = self.open(order)
        if wake is None or wake.registered or wake.over:
            return False
        wake.over = True
        for history in self._histories_of(order):
            history.silences += 1
        self._forget_wait(_key(order))
        if order.event is not PushEvent.WAKE:
            self._close(_key(order))
        return True

    def is_hopeless(self, visit: str, user: str) -> bool:
        """Whether none of the app's phones has come, and none is waited for any more."""
        return all(wake.over and not wake.registered for wake in self.wakes(visit, user))

    def called_off(
        self, visit: str, user: str, is_meant: Callable[[OpenWake], bool] | None = None
    ) -> tuple[OpenWake, ...]:
        """The call does not want the app any more: the wakes to cancel.

        `is_meant` says which of its phones get a cancel; the others are let go of without one. What
        has been called off before, or was never woken, is not among them.
        """
        wakes = self.wakes(visit, user)
        for wake in wakes:
            self._close(_key(wake.order))
        return tuple(
            wake
            for wake in wakes
            if (wake.sent or wake.pending) and (is_meant is None or is_meant(wake))
        )

    def _came(self, wakes: list[OpenWake], now: float) -> float | None:
        """These phones have registered: the longest any of them took."""
        since: dict[str, float] = {}
        for wake in wakes:
            order = wake.order
            wake.registered = True
            since[order.device] = min(wake.at, since.get(order.device, wake.at))
            self._forget_wait(_key(order))
            if order.event is not PushEvent.WAKE:
                self._close(_key(order))  # nobody will call it off
        if not wakes:
            return None
        user, longest = wakes[0].order.user, 0.0
        account = self._history(user)
        for device, at in since.items():
            latency = max(now - at, 0.0)
            for history in (account, account.device(device)):
                history.latencies.add(latency)
                history.last_wake_at = now
                history.wakes += 1
            self.histogram.add(latency)
            longest = max(longest, latency)
        return longest

    def _history(self, user: str) -> WakeHistory:
        history = self._histories.get(user)
        if history is None:
            while len(self._histories) >= self._max_apps:
                self._histories.popitem(last=False)
            history = self._histories[user] = WakeHistory()
        self._histories.move_to_end(user)
        return history

    def _histories_of(self, order: PushOrder) -> tuple[WakeHistory, WakeHistory]:
        account = self._history(order.user)
        return account, account.device(order.device)

    def _make_room(self, now: float) -> None:
        """Forget wakes whose time is long over, and the oldest when there are too many."""
        while self._wakes:
            key, oldest = next(iter(self._wakes.items()))
            is_old = oldest.order.expires_at + LINGER < now
            if not is_old and len(self._wakes) < self._max_wakes:
                return
            self._close(key)

    def _close(self, key: Wake) -> None:
        wake = self._wakes.pop(key, None)
        if wake is None:
            return
        self._forget_wait(key)
        devices = self._by_call[key[:2]]
        del devices[key[2]]
        if not devices:
            del self._by_call[key[:2]]

    def _forget_wait(self, key: Wake) -> None:
        awaited = self._awaited.get(key[1])
        if awaited is not None:
            awaited.discard(key)
            if not awaited:
                del self._awaited[key[1]]


def _key(order: PushOrder) -> Wake:
    return order.visit, order.user, order.device
