"""Hunt: whom a call rings next, and what ends the ringing (F084, G01, G02, G03).

Theory of operation
===================

No SIP here: members of a stage are targets, legs are numbers, time is handed in. A stage has

* members **to come**: those with a delay whose turn it is not yet;
* **living** legs: phones that may still answer. A telephone that was answered and waits for a key
  is one of them: it may still win, and others ring on meanwhile;
* **awaited** users: a push went out, and the app has not shown itself.

It goes on while there is any of them. When nobody lives and nobody is awaited, the next members to
come are rung at once: a delay gives others time, and nobody needs it. A stage ends

* with an answer: nobody is rung any more;
* when nobody is left, living, awaited or to come;
* when its time is over, or that of the whole call (`RingPolicy.longest`);
* when somebody declines whose word goes further than the own leg (`RingPolicy.declined`).

Who was out of reach when the call was planned is a member all the same: when the stage begins it
is looked for again, and as long as the stage rings it may still register.
"""

from collections.abc import Sequence
from math import inf
from typing import Final

from sipcore.b2bua.plan import NOT_REGISTERED, RingStage, Target
from sipcore.b2bua.policy import LEG, USUAL, RingPolicy
from sipcore.b2bua.verdict import DECLINED, GLOBAL_FAILURE

_NOBODY: Final[tuple[Target, ...]] = ()
KEY_TIME: Final = 20.0
"""Seconds in which somebody at a telephone presses the key: a prompt, and time to find the key."""


class Hunt:
    """The stages of one call, one after the other, until somebody answers."""

    __slots__ = (
        "_awaited",
        "_first",
        "_keys",
        "_later",
        "_limit",
        "_members",
        "_policy",
        "_stages",
        "_woken",
        "deadline",
        "ends_at",
        "is_open",
        "is_spent",
        "living",
        "stage",
    )

    def __init__(
        self, stages: Sequence[RingStage], policy: RingPolicy = USUAL, began: float = 0.0
    ) -> None:
        """`began` is when the call began, monotonic seconds: the longest ring counts from there."""
        self._stages = stages
        self._policy = policy
        self._limit = inf if policy.longest is None else began + policy.longest
        self.stage = -1
        """The present stage, counted from 0."""
        self.ends_at = inf
        """When its time is over, monotonic seconds; infinity while no stage rings."""
        self.deadline = inf
        """When something is due: a member's turn, the end of the stage, or that of the call."""
        self.is_open = True
        """Whether a leg may still win the call."""
        self.is_spent = False
        """Whether the call has rung as long as it may."""
        self.living: dict[int, str] = {}
        """Legs of the present stage that may still answer, and whom each one rings."""
        self._members: tuple[Target, ...] = _NOBODY
        self._first: tuple[Target, ...] = _NOBODY
        self._later: list[tuple[float, Target]] | None = None
        self._awaited: set[str] | None = None
        """Accounts that were woken and have not shown themselves."""
        self._woken: list[str] | None = None
        self._keys: dict[int, float] | None = None
        """Living legs that wait for a key, and until when."""

    # -- stages -----------------------------------------------------------------------------

    def begin_next(self, now: float) -> RingStage | None:
        """Begin the next stage, whose first members are then `due`; None when none is left."""
        self.leave()
        number = self.stage + 1
        if not self.is_open or number >= len(self._stages):
            return None
        stage = self._stages[number]
        self.stage = number
        self.ends_at = now + stage.timeout
        self._members = self._first = members = _members_of(stage)
        for target in members:
            if target.delay > 0.0:
                self._put_off(members, now)
                break
        self._reckon()
        return stage

    def due(self, now: float) -> tuple[Target, ...]:
        """Members whose turn has come; each is named once, and is to be rung or woken now."""
        first = self._first
        if first:
            self._first = _NOBODY
            return first
        later = self._later
        if later is None:
            return _NOBODY
        if not self.is_ringing:
            now = max(now, later[0][0])
        named = tuple([target for at, target in later if at <= now])
        self._later = [item for item in later if item[0] > now] or None
        self._reckon()
        return named

    def leave(self) -> None:
        """Nothing of the present stage is left: neither living legs nor members to come."""
        self.ends_at = self.deadline = inf
        if self.living:
            self.living = {}
        self._members = self._first = _NOBODY
        self._later = self._awaited = self._keys = None

    def follow_up(self, stages: Sequence[RingStage], policy: RingPolicy) -> None:
        """Ring more stages in a call that was answered before: it is being transferred.

        Nobody stands at a door and counts the seconds: there is no longest ring.
        """
        self.leave()
        self._stages = (*self._stages[: self.stage + 1], *stages)
        self._policy = policy
        self._limit = inf
        self.is_open = True

    # -- legs -------------------------------------------------------------------------------

    @property
    def is_ringing(self) -> bool:
        """Whether anybody may answer without a further turn: a living leg, or somebody awaited."""
        return bool(self.living) or self._awaited is not None

    @property
    def is_running(self) -> bool:
        """Whether a stage has begun that did not end."""
        return self.ends_at != inf

    @property
    def coming(self) -> int:
        """Members that may get a leg later: those to come, and those who were woken."""
        later = 0 if self._later is None else len(self._later)
        return later + (0 if self._awaited is None else len(self._awaited))

    def started(self, leg: int, user: str) -> None:
        """A leg rings this user."""
        self.living[leg] = user

    def failed(self, leg: int, verdict: str) -> str:
        """A living leg has failed: how far that goes, one of `SCOPES`."""
        del self.living[leg]
        if self._keys is not None and self._keys.pop(leg, None) is not None:
            self._reckon()
        if verdict == DECLINED:
            return self._policy.declined
        return self._policy.global_failure if verdict == GLOBAL_FAILURE else LEG

    def answered(self, leg: int) -> bool:
        """A leg has answered; True when it wins the call, which happens once."""
        if not self.is_open or leg not in self.living:
            return False
        self.is_open = False
        del self.living[leg]
        if not self.living:
            self.living = {}  # an emptied one keeps its memory as long as the call is talked
        return True

    def spare(self, user: str) -> bool:
        """Do not call the winner's account off with the others, for that would ring off the very
        phone that has answered; False when it was not woken."""
        if self._woken is None or user not in self._woken:
            return False
        self._woken.remove(user)
        return True

    def awaits_key(self, leg: int, now: float) -> bool:
        """A telephone that has to confirm is answered: the leg lives on, and has so long (G04).

        False when nothing may win any more.
        """
        if leg not in self.living or not self.is_open:
            return False
        if self._keys is None:
            self._keys = {}
        self._keys[leg] = now + KEY_TIME
        self._reckon()
        return True

    def overdue(self, now: float) -> tuple[int, ...]:
        """Living legs whose key has not come in time."""
        if self._keys is None:
            return ()
        return tuple([leg for leg, until in self._keys.items() if until <= now])

    @property
    def key(self) -> str:
        """The key that counts."""
        return self._policy.key

    def close(self) -> None:
        """Nobody may win any more."""
        self.is_open = False

    def is_over(self, now: float) -> bool:
        """Whether the call has rung as long as it may, whatever its stages say."""
        if self._limit <= now:
            self.is_spent = True
            self.is_open = False
        return self.is_spent

    # -- who may still come -----------------------------------------------------------------

    def users(self) -> tuple[str, ...]:
        """Accounts of the stage, whose registering matters while it rings."""
        return tuple([target.party.user for target in self._members if target.trunk is None])

    def wanted(self, user: str) -> Target | None:
        """The member that this account is, if it rings now or would if it could be reached."""
        if not self.is_running:
            return None
        for target in self._members:
            if target.party.user == user and target.trunk is None:
                later = self._later
                is_early = later is not None and any(target is each for _, each in later)
                return None if is_early else target
        return None

    def time_left(self, now: float) -> float:
        """Seconds for which the stage may still ring."""
        return max(0.0, min(self.ends_at, self._limit) - now)

    def woken(self, user: str) -> None:
        """A push was asked for: the stage waits for this account, and the app has to be told when
        the call rings it no more."""
        if self._awaited is None:
            self._awaited = set()
        self._awaited.add(user)
        if self._woken is None:
            self._woken = []
        if user not in self._woken:
            self._woken.append(user)

    def awaits(self, user: str) -> bool:
        """Whether this account was woken and has not shown itself."""
        return self._awaited is not None and user in self._awaited

    def came(self, user: str) -> None:
        """A woken app has shown itself: what becomes of its legs is all that counts now."""
        awaited = self._awaited
        if awaited is not None:
            awaited.discard(user)
            if not awaited:
                self._awaited = None

    def not_woken(self, user: str, *, is_pushed: bool = False) -> bool:
        """The stage waits no more for this account; False when it was not awaited, or has come
        before.

        Without `is_pushed` no push has reached it, so that there is nothing to call off.
        """
        if not self.awaits(user):
            return False
        self.came(user)
        if self._woken is not None and not is_pushed:
            self._woken.remove(user)
        return True

    def called_off(self) -> tuple[str, ...]:
        """Accounts that were woken in vain, each of them named once."""
        woken, self._woken = self._woken, None
        return () if woken is None else tuple(woken)

    # -- inside -----------------------------------------------------------------------------

    def _put_off(self, members: tuple[Target, ...], now: float) -> None:
        self._first = tuple([target for target in members if target.delay <= 0.0])
        later = [(now + target.delay, target) for target in members if target.delay > 0.0]
        later.sort(key=_turn)
        self._later = later

    def _reckon(self) -> None:
        deadline = self.ends_at
        if self._later is not None and self._later[0][0] < deadline:
            deadline = self._later[0][0]
        if self._keys is not None:
            deadline = min([deadline, *self._keys.values()])
        self.deadline = self._limit if self._limit < deadline else deadline


def _turn(member: tuple[float, Target]) -> float:
    return member[0]


def _members_of(stage: RingStage) -> tuple[Target, ...]:
    """The stage's targets, and who was planned to be left out for want of a contact alone."""
    members = stage.targets
    for skipped in stage.skipped:
        if skipped.reason == NOT_REGISTERED:
            user = skipped.party.user
            if all(user != target.party.user for target in members):
                members = (*members, Target(skipped.party, delay=skipped.delay))
    return members
