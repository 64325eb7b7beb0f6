"""Arrivals: phones that register while a call waits for them (G03), and those that leave.

The location tells of every REGISTER, the refresh of a phone that was never away among them; here
only those accounts are looked at that the present stage of a call rings. The call is told a tick
later: the phone hears the answer to its REGISTER first, and an INVITE next.
"""

from collections import deque
from collections.abc import Callable
from math import inf
from typing import Final, final

from sipcore.b2bua.call import Call
from sipcore.b2bua.events import Event, NotWoken, Registered, Unregistered
from sipcore.endpoint.locator import target_uri
from sipcore.endpoint.owners import DeadlineUser
from sipcore.endpoint.wheel import TimerWheel
from sipcore.kernel.clock import Clock
from sipcore.registrar.binding import BindingChanged, BindingFact

_RINGS_ON: Final = frozenset(("displaced", "expired", "replaced"))
"""Why bindings go of phones that need not have left: they forgot a refresh, or have moved."""
Tell = Callable[[Call, Event, float], None]
"""Brings a stimulus to a call."""


@final
class Arrivals(DeadlineUser):
    """Who is awaited by which calls."""

    __slots__ = (
        "_awaited",
        "_clock",
        "_come",
        "_due",
        "_failed",
        "_left",
        "_tell",
        "_users",
        "_wheel",
    )

    def __init__(self, tell: Tell, wheel: TimerWheel, clock: Clock) -> None:
        super().__init__()
        self._tell = tell
        self._wheel = wheel
        self._clock = clock
        self._awaited: dict[str, tuple[Call, ...]] = {}
        """Calls by the accounts they ring."""
        self._users: dict[Call, tuple[str, ...]] = {}
        """The same the other way round."""
        self._come: dict[str, None] = {}
        """Accounts that have registered since the last tick, in order."""
        self._left: dict[str, tuple[bytes, ...]] = {}
        """Accounts of which a phone has left since then, and where it was rung."""
        self._failed: list[tuple[Call, NotWoken]] = []
        self._due: deque[tuple[Call, Event]] = deque()
        """What the calls are to be told at this tick."""

    def __len__(self) -> int:
        """Calls that wait for somebody."""
        return len(self._users)

    def await_(self, call: Call, users: tuple[str, ...]) -> None:
        """From now on the call wants to know when one of these registers, and of no other."""
        awaited = self._awaited
        for user in self._users.pop(call, ()):
            left = tuple([other for other in awaited.get(user, ()) if other is not call])
            if left:
                awaited[user] = left
            else:
                awaited.pop(user, None)
        if users:
            self._users[call] = users
            for user in users:
                calls = awaited.get(user, ())
                if call not in calls:
                    awaited[user] = (*calls, call)

    def heard(self, fact: BindingFact) -> None:
        """A binding was made, changed or removed."""
        if isinstance(fact, BindingChanged):
            self.refreshed(fact.binding.user, b"")
        elif fact.reason not in _RINGS_ON and fact.binding.user in self._awaited:
            user, contact = fact.binding.user, target_uri(fact.binding.contact)
            others = self._left.get(user, ())
            if contact not in others:
                self._left[user] = (*others, contact)
            self._be_called()

    def refreshed(self, user: str, _record: bytes) -> None:
        """A binding was refreshed: a woken app may do no more than that.

        On the way of every REGISTER: nothing here can fail, so nobody has to stand by.
        """
        if user in self._awaited:
            self._come[user] = None
            self._be_called()

    def came_for(self, call: Call, user: str) -> None:
        """A phone of the account has registered for this call alone."""
        self._tell_later(call, user, Registered(user))

    def left_from(self, call: Call, user: str, contacts: tuple[str, ...]) -> None:
        """A phone that had registered for this call alone has unregistered from there."""
        left = tuple([target_uri(contact) for contact in contacts])
        self._tell_later(call, user, Unregistered(user, left))

    def not_woken(self, call: Call, user: str, reason: str) -> None:
        """No push has reached this account."""
        self._failed.append((call, NotWoken(user, reason)))
        self._be_called()

    def on_deadline(self, now: float) -> None:
        """Tell the calls."""
        self.deadline = inf
        due = self._due
        for user in self._come:
            for call in self._awaited.get(user, ()):
                due.append((call, Registered(user)))
        self._come.clear()
        for user, contacts in self._left.items():
            for call in self._awaited.get(user, ()):
                due.append((call, Unregistered(user, contacts)))
        self._left.clear()
        due.extend(self._failed)
        self._failed.clear()
        try:
            while due:
                call, event = due.popleft()
                self._tell(call, event, now)
        finally:
            if due:  # a bug in one call must not keep the others waiting
                self._be_called()

    def _tell_later(self, call: Call, user: str, event: Event) -> None:
        if user in self._users.get(call, ()):
            self._due.append((call, event))
            self._be_called()

    def _be_called(self) -> None:
        self.deadline = self._clock.monotonic()
        self._wheel.schedule(self)
