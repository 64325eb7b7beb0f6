"""Sentinel: whom the engine listens to (RFC 3261 §26.1, §26.3.2.4).

Three questions, in the order in which a message meets them:

1. `admits`: is the source banned? Asked before anything is parsed; free while there are no bans.
2. `hears`: is it a scanner, is there something left of the source's allowance? Asked for requests
   outside every transaction and dialog only.
3. `judge` and `failed`: what became of the request. Failures add up to a ban, successes raise the
   allowance.

The address of a datagram can be forged. A ban must therefore not be a tool against phones: a
source from which somebody is registered, or which takes part in a call, is never banned by
itself. That is asked only when a ban is due (`acquainted`), and so rarely that the question
cannot be made a burden.
"""

from collections import Counter
from collections.abc import Callable
from typing import Final, NamedTuple

from sipcore.defence.bans import Ban, BanList
from sipcore.defence.offence import Offence
from sipcore.defence.policy import DefencePolicy
from sipcore.defence.scanners import Scanners
from sipcore.defence.source import Source, Sources, burst_of
from sipcore.kernel.clock import Clock
from sipcore.kernel.flow import Flow
from sipcore.kernel.source import TrustedNetworks, source_name, source_of
from sipcore.message.message import Request
from sipcore.registrar.digest import Authenticated, Challenged, Verdict
from sipcore.registrar.outcome import Fault

_QUESTIONS: Final = 5.0
"""How often at once it may be asked whether a source is acquainted…"""
_QUESTIONS_RATE: Final = 2.0
"""… and how often a second from then on: the answer takes some milliseconds."""
_OFFENCES: Final = {
    Fault.CREDENTIALS: Offence.CREDENTIALS,
    Fault.FORGED: Offence.FORGED,
    Fault.FOREIGN: Offence.FOREIGN,
}
COUNTED: Final = (
    "bans_made",
    "bans_spared",
    "banned_messages",
    "failures",
    "shed_malformed",
    "shed_rate",
    "shed_scanner",
)
"""Figures that are there from the start."""


class BanMade(NamedTuple):
    """A source is banned from now on."""

    ban: Ban


class BanLifted(NamedTuple):
    """A source is heard again.

    `how` is `expired`, `by_hand`, `made_room` (for a newer ban), or `called` (this server called
    it, and it answered).
    """

    ban: Ban
    how: str


class FailureSeen(NamedTuple):
    """A request was refused for who sent it, trusted or not."""

    flow: Flow
    offence: Offence
    request: Request


BanFact = BanMade | BanLifted
Listener = Callable[[BanFact], None]
FailureListener = Callable[[FailureSeen], None]


class IsTrusted(Exception):  # noqa: N818 - the name is the answer
    """A trusted source cannot be banned."""


class Sentinel:
    """Allowances, failures and bans of every source."""

    def __init__(
        self,
        policy: DefencePolicy,
        clock: Clock,
        acquainted: Callable[[str], bool] = lambda source: False,
        listener: Listener = lambda fact: None,
        failure_listener: FailureListener = lambda fact: None,
    ) -> None:
        """`acquainted` tells of a source by its name whether it has a binding or a call."""
        self._policy = policy
        self._rate = float(policy.requests_per_second)
        self._clock = clock
        self._acquainted = acquainted
        self._listener = listener
        self._failure_listener = failure_listener
        self._trusted = TrustedNetworks(policy.trusted)
        self._scanners = Scanners(policy.drop_user_agents)
        self._sources = Sources(policy.max_sources, burst_of(self._rate))
        self._bans = BanList(policy.max_bans)
        self._questions = _QUESTIONS
        self._asked_at = clock.monotonic()
        self.counters: Counter[str] = Counter(dict.fromkeys(COUNTED, 0))

    @property
    def sources(self) -> int:
        """Sources remembered."""
        return len(self._sources)

    # -- before a message is read -------------------------------------------------------------

    def admits(self, flow: Flow) -> bool:
        """Whether messages from there are looked at."""
        if not self._bans.by_source:
            return True
        ban = self._bans.find(source_of(flow.host))
        if ban is None:
            return True
        if ban.deadline <= self._clock.monotonic():
            self._remove(ban, "expired")
            return True
        self.counters["banned_messages"] += 1
        return False

    # -- a request outside every transaction and dialog -----------------------------------------

    def hears(self, request: Request, flow: Flow) -> bool:
        """Whether the request may be answered; False drops it in silence."""
        # An IPv6 source is not found by its address alone.
        source = self._sources.young.get(flow.host) or self._source(flow)
        if self._scanners.include(request.first(b"user-agent")) and not source.is_trusted:
            return self._sheds_scanner(source)
        if source.credit >= 1.0:
            source.credit -= 1.0  # the way of phones that are known
            return True
        now = self._clock.monotonic()
        claims = (
            request.first(b"authorization") is not None
            or request.first(b"proxy-authorization") is not None
        )
        if source.spend(self._rate, now, claims=claims):
            return True
        self.counters["shed_rate"] += 1
        self._fail(source, Offence.FLOOD, 0, now)
        return False

    def answers_broken(self, request: Request | None, flow: Flow) -> bool:
        """Whether a message that cannot be read is told so; `request` is what could be read."""
        source = self._source(flow)
        if source.is_trusted:
            return True
        if request is not None and self._scanners.include(request.first(b"user-agent")):
            return self._sheds_scanner(source)
        now = self._clock.monotonic()
        if source.spend_broken(self._rate, now):
            return True
        self.counters["shed_malformed"] += 1
        self._fail(source, Offence.FLOOD, 0, now)
        return False

    def knows(self, flow: Flow) -> bool:
        """Whether somebody there authenticated lately, or it is trusted."""
        source = self._sources.get(source_of(flow.host))
        if source is None:
            return self._trusted.cover(source_of(flow.host))
        return self._clock.monotonic() < source.good_until

    def remembers(self, flow: Flow) -> bool:
        """`knows` without a look at networks, for what has not even been read."""
        source = self._sources.find(source_of(flow.host))
        return source is not None and self._clock.monotonic() < source.good_until

    def trusts(self, flow: Flow) -> bool:
        """Whether the source is exempt from limits."""
        return self._source(flow).is_trusted

    # -- what became of it ----------------------------------------------------------------------

    def judge(self, verdict: Verdict, request: Request, flow: Flow) -> None:
        """Take note of what authentication found."""
        if isinstance(verdict, Authenticated):
            self.succeeded(flow)
        elif isinstance(verdict, Challenged):
            self.challenged(flow)
        elif verdict.fault is not None:
            self.failed(flow, _OFFENCES[verdict.fault], request)

    def succeeded(self, flow: Flow) -> None:
        """A request from there proved who sent it."""
        source = self._sources.young.get(flow.host) or self._source(flow)
        source.succeed(self._rate, self._clock.monotonic())

    def challenged(self, flow: Flow) -> None:
        """A request from there was asked who sent it, which is how every handshake begins."""
        source = self._source(flow)
        if source.is_trusted:
            return
        now = self._clock.monotonic()
        if source.ask(now):
            self._fail(source, Offence.UNFINISHED, 0, now)

    def failed(self, flow: Flow, offence: Offence, request: Request) -> None:
        """A request from there was an offence; a retransmission of it is none."""
        self._failure_listener(FailureSeen(flow, offence, request))
        self._fail(self._source(flow), offence, hash(request.raw), self._clock.monotonic())

    def called(self, flow: Flow) -> None:
        """A response to a request of ours came from there: whom we call, we listen to."""
        if self._bans:
            ban = self._bans.find(source_of(flow.host))
            if ban is not None and not ban.by_hand:
                self._remove(ban, "called")

    # -- bans -----------------------------------------------------------------------------------

    @property
    def bans(self) -> tuple[Ban, ...]:
        """Every ban that has not ended."""
        now = self._clock.monotonic()
        return tuple(ban for ban in self._bans if ban.deadline > now)

    def ban(self, address: str, seconds: float, reason: str) -> Ban:
        """Ban a source by hand, whoever is registered from there.

        Raises ValueError for what is no address and when there are too many bans, IsTrusted for a
        trusted source.
        """
        name = source_name(address)
        if self._trusted.cover(name):
            raise IsTrusted
        return self._put(name, seconds, reason, 0.0, by_hand=True)

    def lift(self, address: str) -> Ban | None:
        """End a ban and forget the failures behind it; None when there was none.

        Raises ValueError for what is no address.
        """
        name = source_name(address)
        ban = self._bans.find(name)
        if ban is None or ban.deadline <= self._clock.monotonic():
            return None
        self._remove(ban, "by_hand")
        return ban

    def expire(self) -> None:
        """Take off the list what has ended; to be called about once a second."""
        if self._bans:
            for ban in self._bans.ended(self._clock.monotonic()):
                self._tell_lifted(ban, "expired")

    # -- inside ---------------------------------------------------------------------------------

    def _sheds_scanner(self, source: Source) -> bool:
        self.counters["shed_scanner"] += 1
        self._fail(source, Offence.SCANNER, 0, self._clock.monotonic())
        return False

    def _source(self, flow: Flow) -> Source:
        return self._sources.get(source_of(flow.host)) or self._new(flow)

    def _new(self, flow: Flow) -> Source:
        name = source_of(flow.host)
        is_trusted = self._trusted.cover(name)
        return self._sources.add(name, self._clock.monotonic(), is_trusted=is_trusted)

    def _fail(self, source: Source, offence: Offence, mark: int, now: float) -> None:
        if source.is_trusted:
            return
        if offence is not Offence.FLOOD:
            self.counters["failures"] += 1
        if not source.fail(offence.weight, mark, self._policy.ban_after_failures, now):
            return
        if not self._may_ask(now):
            return  # the next failure asks again
        if self._acquainted(source.name):
            self.counters["bans_spared"] += 1
            source.pardon()
            return
        failures = source.failures
        source.pardon()
        try:
            self._put(source.name, self._policy.ban_time, offence.word, failures)
        except ValueError:
            self.counters["bans_refused"] += 1

    def _may_ask(self, now: float) -> bool:
        self._questions = min(
            _QUESTIONS, self._questions + (now - self._asked_at) * _QUESTIONS_RATE
        )
        self._asked_at = now
        if self._questions < 1.0:
            return False
        self._questions -= 1.0
        return True

    def _put(
        self, name: str, seconds: float, reason: str, failures: float, *, by_hand: bool = False
    ) -> Ban:
        utc = self._clock.utc()
        deadline = self._clock.monotonic() + seconds
        ban = Ban(name, utc, utc + seconds, deadline, reason, failures, by_hand)
        made_room = self._bans.put(ban)
        self.counters["bans_made"] += 1
        if made_room is not None:
            self._tell_lifted(made_room, "made_room")
        self._listener(BanMade(ban))
        return ban

    def _remove(self, ban: Ban, how: str) -> None:
        self._bans.remove(ban.source)
        self._tell_lifted(ban, how)

    def _tell_lifted(self, ban: Ban, how: str) -> None:
        source = self._sources.find(ban.source)
        if source is not None:
            source.pardon()
        self._listener(BanLifted(ban, how))
