"""Source: what is remembered of one address, and the bounded table of all of them."""

from math import inf
from typing import Final

BURST: Final = 3.0
"""Seconds of its allowance that a source may use up at once, at least: the first REGISTERs of a
building behind one address come together, and again half a second later (timer E)."""
LONGEST_BURST: Final = 60.0
BURST_GROWTH: Final = 0.15
"""Seconds of burst for each request a second. A small rate is kept closely, because whoever sets it
means it; a large one is there against floods that last, not against a tool that sends a few
thousand messages at once: at 200 a second 6,000 may come together, half a second of work."""
GOOD_FACTOR: Final = 25.0
"""How much larger the allowance of a source is whose phones authenticate."""
GOOD_FOR: Final = 3600.0
"""Seconds for which one successful authentication makes a source a good one."""
REWARD: Final = 20.0
"""Requests that a successful authentication allows on top: the requests of its own handshake with
their retransmissions, and as many of the next ones. So whoever has accounts is never slowed down,
however many of them stand behind the address."""
MAX_CREDIT: Final = 100.0
"""Seconds of the allowance that rewards may add up to."""
FORGIVEN_AFTER: Final = 600.0
"""Seconds in which the failures that would ban are forgotten, one by one at even intervals."""
ANSWER_WITHIN: Final = 32.0
"""Seconds a challenge may stay unanswered without suspicion (64*T1, RFC 3261 §17.1.2.2)."""
UNANSWERED: Final = 500
"""Challenges in such an interval that a source without any success may leave unanswered."""


def burst_of(rate: float) -> float:
    """Requests that a source with this rate may send at once."""
    return rate * min(max(BURST, rate * BURST_GROWTH), LONGEST_BURST)


class Bucket:
    """A token bucket; times are monotonic seconds."""

    __slots__ = ("_at", "_tokens")

    def __init__(self, tokens: float, now: float) -> None:
        self._tokens = tokens
        self._at = now

    def take(self, rate: float, burst: float, now: float) -> bool:
        """Take one token; False when there is none. It holds `burst` tokens at most."""
        tokens = min(self._tokens + (now - self._at) * rate, burst)
        self._at = now
        if tokens < 1.0:
            self._tokens = tokens
            return False
        self._tokens = tokens - 1.0
        return True


class Source:
    """Allowances and failures of one source; times are monotonic seconds."""

    __slots__ = (
        "_asked",
        "_asked_at",
        "_asked_before",
        "_bare",
        "_broken",
        "_claims",
        "_failed_at",
        "_last_mark",
        "credit",
        "failures",
        "good_until",
        "is_trusted",
        "name",
    )

    def __init__(self, name: str, burst: float, now: float, *, is_trusted: bool = False) -> None:
        self.name = name
        self.is_trusted = is_trusted
        self.credit = inf if is_trusted else 0.0
        """Requests allowed as a reward, used up first."""
        self.failures = 0.0
        """Weight of the failures that are not forgotten yet."""
        self.good_until = inf if is_trusted else -inf
        """Until when the source is a good one."""
        # Counted apart, because addresses can be forged: whoever sends garbage or bare requests
        # in the name of a building must not use up what its phones need to authenticate.
        self._bare = Bucket(burst, now)
        self._claims: Bucket | None = None
        self._broken: Bucket | None = None
        self._failed_at = now
        self._last_mark = 0
        self._asked = self._asked_before = 0
        self._asked_at = now

    def spend(self, rate: float, now: float, *, claims: bool = False) -> bool:
        """Use up one request of the allowance; False when there is none left.

        `claims` says that the request carries credentials, right or wrong.
        """
        if self.credit >= 1.0:
            self.credit -= 1.0
            return True
        burst = burst_of(rate)
        if now < self.good_until:
            rate *= GOOD_FACTOR
            burst = max(burst, rate * BURST)
        if not claims:
            return self._bare.take(rate, burst, now)
        if self._claims is None:
            self._claims = Bucket(burst, now)
        return self._claims.take(rate, burst, now)

    def spend_broken(self, rate: float, now: float) -> bool:
        """Use up one answer to a message that cannot be read; False when there is none left."""
        if self.is_trusted:
            return True
        burst = burst_of(rate)
        if self._broken is None:
            self._broken = Bucket(burst, now)
        return self._broken.take(rate, burst, now)

    def succeed(self, rate: float, now: float) -> None:
        """A request from here proved who sent it."""
        if self.is_trusted:
            return
        if self.credit < rate * MAX_CREDIT:
            self.credit += REWARD
        self.good_until = now + GOOD_FOR
        self._asked = self._asked_before = 0

    def fail(self, weight: float, mark: int, limit: int, now: float) -> bool:
        """Add a failure; whether the failures have reached `limit`.

        `mark` stands for the octets of the message: its retransmission is no other failure.
        0 stands for none.
        """
        if mark and mark == self._last_mark:
            return False
        self._last_mark = mark
        interval = FORGIVEN_AFTER / limit
        forgiven = int((now - self._failed_at) / interval)
        if forgiven > 0:
            self.failures = max(0.0, self.failures - forgiven)
            self._failed_at += forgiven * interval
        if self.failures == 0.0:
            self._failed_at = now
        self.failures += weight
        return self.failures >= limit - 1e-6

    def ask(self, now: float) -> bool:
        """A challenge was sent; whether too many before it were never answered."""
        if now - self._asked_at > ANSWER_WITHIN:
            # What was asked two intervals ago counts no longer.
            is_next = now - self._asked_at <= 2 * ANSWER_WITHIN
            self._asked_before = self._asked if is_next else 0
            self._asked, self._asked_at = 0, now
        self._asked += 1
        return self._asked_before >= UNANSWERED

    def pardon(self) -> None:
        """Forget the failures."""
        self.failures = 0.0


class Sources:
    """Every source that was heard of lately; never more than twice `most`.

    Two generations, as with nonces: a source that is heard again moves to the younger one, and
    when that is full the older one is forgotten. What is lost with a source is the memory of its
    failures and its larger allowance, never a ban.
    """

    def __init__(self, most: int, burst: float) -> None:
        self._most = most
        self._burst = burst
        self.young: dict[str, Source] = {}
        """Those heard lately, by name; looked into directly on the way of every REGISTER."""
        self._old: dict[str, Source] = {}
        self.forgotten = 0
        """Sources that made room."""

    def __len__(self) -> int:
        return len(self.young) + len(self._old)

    def find(self, name: str) -> Source | None:
        """A source that is remembered."""
        return self.young.get(name) or self._old.get(name)

    def get(self, name: str) -> Source | None:
        """A source that is remembered, kept for longer because it was heard."""
        source = self.young.get(name)
        if source is None and self._old:
            source = self._old.pop(name, None)
            if source is not None:
                self._keep(source)
        return source

    def add(self, name: str, now: float, *, is_trusted: bool) -> Source:
        """Begin to remember a source."""
        source = Source(name, self._burst, now, is_trusted=is_trusted)
        self._keep(source)
        return source

    def _keep(self, source: Source) -> None:
        if len(self.young) >= self._most:
            self.forgotten += len(self._old)
            self._old, self.young = self.young, {}
        self.young[source.name] = source
