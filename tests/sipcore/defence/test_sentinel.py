"""Whom the engine listens to: allowances, failures and bans, with a clock that stands still."""

from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from sipcore.defence.bans import Ban
from sipcore.defence.offence import Offence
from sipcore.defence.policy import DefencePolicy
from sipcore.defence.sentinel import (
    BanFact,
    BanLifted,
    BanMade,
    FailureSeen,
    IsTrusted,
    Sentinel,
)
from sipcore.defence.source import BURST, GOOD_FACTOR
from sipcore.kernel.flow import Flow
from sipcore.message.message import Request
from sipcore.registrar.digest import Authenticated, Challenged
from sipcore.registrar.outcome import Fault, Rejected
from tests.support.clock import ManualClock
from tests.support.registration import Account, register

STRANGER = Flow("UDP", 0, "192.0.2.66", 5060)
PHONE = Flow("UDP", 0, "192.0.2.10", 5062)
TRUSTED = Flow("UDP", 0, "10.1.2.3", 5060)
ACCOUNT = Account("1001", "secret")
WRONG = Rejected(403, fault=Fault.CREDENTIALS)


@dataclass
class Post:
    """A sentinel at its post, and all it said."""

    policy: DefencePolicy = DefencePolicy(  # noqa: RUF009 - a frozen value
        requests_per_second=10, ban_after_failures=5, ban_time=60, trusted=("10.0.0.0/8",)
    )
    acquainted: set[str] = field(default_factory=set)
    clock: ManualClock = field(default_factory=ManualClock)
    facts: list[BanFact] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sentinel = Sentinel(self.policy, self.clock, self._is_acquainted, self.facts.append)
        self._number = 0

    def _is_acquainted(self, source: str) -> bool:
        self.asked.append(source)
        return source in self.acquainted

    def request(self, agent: bytes = b"phone", *, claims: bool = False) -> Request:
        """A request that differs from every other one."""
        self._number += 1
        lines = (b"User-Agent: " + agent, *((b"Authorization: Digest x=y",) if claims else ()))
        return register(cseq=self._number, extra=lines)

    def fail(self, flow: Flow, times: int, offence: Offence = Offence.CREDENTIALS) -> None:
        for _ in range(times):
            self.sentinel.failed(flow, offence, self.request())

    def heard(self, flow: Flow, times: int, agent: bytes = b"phone") -> int:
        """How many of so many requests were heard."""
        return sum(self.sentinel.hears(self.request(agent), flow) for _ in range(times))

    @property
    def banned(self) -> list[str]:
        return [ban.source for ban in self.sentinel.bans]


# -- allowances ----------------------------------------------------------------------------------


def test_a_stranger_has_its_allowance_and_what_is_beyond_is_dropped_and_counted() -> None:
    post = Post()

    assert post.heard(STRANGER, 100) == 10 * BURST
    assert post.sentinel.counters["shed_rate"] == 70
    assert post.heard(PHONE, 1) == 1


def test_a_source_whose_phones_authenticate_is_never_slowed_down_however_fast_they_do() -> None:
    post = Post()
    for _ in range(5000):
        assert post.heard(PHONE, 2) == 2  # without and with credentials
        post.sentinel.judge(Authenticated(ACCOUNT), post.request(), PHONE)

    assert post.sentinel.counters["shed_rate"] == 0


def test_a_source_whose_phones_authenticated_has_a_larger_rate() -> None:
    post = Post()
    post.sentinel.succeeded(PHONE)
    post.heard(PHONE, 10_000)
    post.clock.advance(1)

    assert post.heard(PHONE, 10_000) == 10 * GOOD_FACTOR


def test_a_mass_return_behind_one_address_gets_in_with_its_retransmissions() -> None:
    """Three hundred phones, two copies of each first REGISTER before the first answer is read."""
    post = Post(DefencePolicy())

    assert post.heard(PHONE, 600) == 600
    for _ in range(300):
        post.sentinel.judge(Challenged(()), post.request(), PHONE)
    for _ in range(300):
        assert post.sentinel.hears(post.request(claims=True), PHONE)
        post.sentinel.judge(Authenticated(ACCOUNT), post.request(), PHONE)
    assert post.facts == []


def registered_after(phones: int, per_second: int, policy: DefencePolicy) -> list[float]:
    """When each phone of one address is registered, in seconds, after they all begin at once.

    The phones send without credentials, then with them, and repeat each request as timer E says
    until it is answered; the engine serves so many messages a second in the order of arrival, and
    the network loses what would wait for longer than a tenth of a second.
    """
    post = Post(policy)
    started = post.clock.monotonic()
    waiting = [(started, number, 0.5, False) for number in range(phones)]
    heapify(waiting)
    done: list[float] = []
    while waiting:
        at, number, interval, claims = heappop(waiting)
        served = post.clock.monotonic()
        if served < at:
            post.clock.advance(at - served)
            served = at
        if served - at <= 0.1:
            post.clock.advance(1 / per_second)
            if post.sentinel.hears(post.request(claims=claims), PHONE):
                if claims:
                    post.sentinel.judge(Authenticated(ACCOUNT), post.request(), PHONE)
                    post.acquainted.add(PHONE.host)
                    done.append(served - started)
                else:
                    post.sentinel.judge(Challenged(()), post.request(), PHONE)
                    heappush(waiting, (served + 0.02, number, 0.5, True))
                continue
        heappush(waiting, (at + interval, number, min(2 * interval, 4.0), claims))
    assert post.facts == []
    return done


def test_everybody_behind_one_address_gets_in_after_a_power_cut() -> None:
    """Ten thousand phones behind one address nobody trusts, as fast as behind a trusted one."""
    trusted = registered_after(10_000, 5000, DefencePolicy(trusted=(PHONE.host,)))
    stranger = registered_after(10_000, 5000, DefencePolicy())

    assert (len(trusted), len(stranger)) == (10_000, 10_000)
    assert max(stranger) <= max(trusted) + 8.0


def test_a_trusted_source_has_no_limit_at_all() -> None:
    post = Post()
    post.fail(TRUSTED, 1000)

    assert post.heard(TRUSTED, 10_000) == 10_000
    assert post.heard(TRUSTED, 10, agent=b"friendly-scanner") == 10
    assert all(post.sentinel.answers_broken(None, TRUSTED) for _ in range(1000))
    assert (post.sentinel.trusts(TRUSTED), post.sentinel.trusts(PHONE)) == (True, False)
    assert (post.facts, post.asked) == ([], [])


def test_who_authenticated_lately_and_who_is_trusted_is_known() -> None:
    post = Post()
    post.sentinel.succeeded(PHONE)

    assert [post.sentinel.knows(flow) for flow in (PHONE, TRUSTED, STRANGER)] == [True, True, False]
    assert [post.sentinel.remembers(flow) for flow in (PHONE, STRANGER)] == [True, False]
    post.clock.advance(3601)
    assert not post.sentinel.knows(PHONE)


def test_what_cannot_be_read_is_answered_within_an_allowance_of_its_own() -> None:
    post = Post()

    assert sum(post.sentinel.answers_broken(None, STRANGER) for _ in range(100)) == 30
    assert post.sentinel.counters["shed_malformed"] == 70
    assert post.heard(STRANGER, 100) == 30


def test_a_broken_message_of_a_scanner_gets_no_answer() -> None:
    post = Post()

    assert not post.sentinel.answers_broken(post.request(b"friendly-scanner"), STRANGER)
    assert post.sentinel.counters["shed_scanner"] == 1


# -- failures ------------------------------------------------------------------------------------


def test_wrong_passwords_ban() -> None:
    post = Post()
    for number in range(5):
        assert post.sentinel.admits(STRANGER), number
        post.sentinel.judge(WRONG, post.request(), STRANGER)

    assert not post.sentinel.admits(STRANGER)
    assert post.sentinel.admits(PHONE)
    assert post.sentinel.bans == (
        Ban("192.0.2.66", 1_800_000_000.0, 1_800_000_060.0, 1060.0, "wrong_credentials", 5.0),
    )
    assert post.facts == [BanMade(post.sentinel.bans[0])]
    assert post.sentinel.counters["banned_messages"] == 1


def test_a_whole_network_of_ipv6_is_one_source() -> None:
    post = Post()
    for host in range(5):
        post.fail(Flow("UDP", 0, f"2001:db8::{host:x}", 5060), 1)

    assert post.banned == ["2001:db8::/64"]
    assert not post.sentinel.admits(Flow("TCP", 1, "2001:db8::ffff", 5060))


@pytest.mark.parametrize(
    ("fault", "offence"),
    [
        (Fault.CREDENTIALS, Offence.CREDENTIALS),
        (Fault.FORGED, Offence.FORGED),
        (Fault.FOREIGN, Offence.FOREIGN),
    ],
)
def test_each_fault_of_a_rejected_request_is_an_offence(fault: Fault, offence: Offence) -> None:
    post = Post()
    for _ in range(round(5 / offence.weight)):
        assert post.sentinel.bans == ()
        post.sentinel.judge(Rejected(403, fault=fault), post.request(), STRANGER)

    assert [ban.reason for ban in post.sentinel.bans] == [offence.word]


@pytest.mark.parametrize("flow", [STRANGER, TRUSTED])
def test_whoever_fails_is_told_of_trusted_or_not(flow: Flow) -> None:
    failures: list[FailureSeen] = []
    sentinel = Sentinel(Post().policy, ManualClock(), failure_listener=failures.append)
    request = register()
    for verdict in (Challenged(()), Authenticated(ACCOUNT), Rejected(400), WRONG):
        sentinel.judge(verdict, request, flow)

    assert failures == [FailureSeen(flow, Offence.CREDENTIALS, request)]


def test_a_refusal_without_a_fault_is_held_against_nobody() -> None:
    post = Post()
    for _ in range(40):
        post.sentinel.judge(Rejected(403), post.request(), STRANGER)

    assert (post.banned, post.sentinel.counters["failures"]) == ([], 0)


def test_challenges_malformed_credentials_and_retransmissions_are_no_failures() -> None:
    post = Post()
    same = post.request()
    for _ in range(40):
        post.sentinel.judge(Challenged(()), post.request(), STRANGER)
        post.sentinel.judge(Rejected(400), post.request(), STRANGER)
        post.sentinel.judge(WRONG, same, STRANGER)

    assert post.banned == []


def test_a_scanner_gets_no_answer_and_then_a_ban() -> None:
    post = Post()

    assert post.heard(STRANGER, 5, agent=b"friendly-scanner") == 0
    assert post.banned == ["192.0.2.66"]
    assert post.sentinel.bans[0].reason == "scanner"


def test_a_scanner_behind_the_address_of_a_phone_gets_no_answer_either() -> None:
    post = Post(acquainted={PHONE.host})
    post.sentinel.succeeded(PHONE)

    assert post.heard(PHONE, 100, agent=b"sipvicious") == 0
    assert (post.banned, post.heard(PHONE, 1)) == ([], 1)


def test_whoever_asks_for_many_numbers_and_never_proves_anything_is_banned_after_a_while() -> None:
    post = Post()
    for _ in range(500):
        post.sentinel.challenged(STRANGER)
    assert post.banned == []
    post.clock.advance(33)
    for _ in range(250):
        post.sentinel.challenged(STRANGER)

    assert [ban.reason for ban in post.sentinel.bans] == ["unanswered_challenges"]


def test_only_a_flood_of_thousands_bans() -> None:
    post = Post()
    post.heard(STRANGER, 2000)
    assert post.banned == []
    post.heard(STRANGER, 1000)

    assert [ban.reason for ban in post.sentinel.bans] == ["flood"]


@pytest.mark.parametrize("by_flood", [False, True])
def test_whoever_is_registered_or_in_a_call_is_never_banned(by_flood: bool) -> None:
    post = Post(acquainted={"192.0.2.10"})
    for _ in range(20):
        if by_flood:
            post.heard(PHONE, 3000)
        else:
            post.fail(PHONE, 10)
        post.clock.advance(1)

    assert (post.facts, post.sentinel.admits(PHONE)) == ([], True)
    assert post.sentinel.counters["bans_spared"] > 0


def test_whether_a_source_is_acquainted_is_asked_a_few_times_a_second_at_most() -> None:
    post = Post()
    for number in range(1000):
        post.fail(Flow("UDP", 0, f"198.51.100.{number}", 5060), 5)
    at_once = len(post.asked)
    post.clock.advance(1)
    for number in range(1000):
        post.fail(Flow("UDP", 0, f"198.51.100.{number}", 5060), 1)

    assert (at_once, len(post.asked)) == (5, 7)


# -- bans ----------------------------------------------------------------------------------------


def test_a_ban_ends_by_itself_and_the_failures_behind_it_are_forgotten() -> None:
    post = Post()
    post.fail(STRANGER, 5)
    made = post.sentinel.bans[0]
    post.clock.advance(59.9)
    assert not post.sentinel.admits(STRANGER)
    post.clock.advance(0.2)
    post.sentinel.expire()

    assert post.sentinel.admits(STRANGER)
    assert post.facts == [BanMade(made), BanLifted(made, "expired")]
    post.fail(STRANGER, 4)
    assert post.banned == []


def test_a_ban_that_nobody_swept_away_ends_all_the_same() -> None:
    post = Post()
    post.fail(STRANGER, 5)
    post.clock.advance(61)

    assert post.banned == []
    assert post.sentinel.admits(STRANGER)


def test_an_operator_bans_anybody_but_the_trusted_and_lifts_every_ban() -> None:
    post = Post(acquainted={"192.0.2.10"})
    ban = post.sentinel.ban("192.0.2.10", 3600, "stolen phone")

    assert (ban.by_hand, ban.reason, ban.until - ban.since) == (True, "stolen phone", 3600)
    assert not post.sentinel.admits(PHONE)
    assert post.sentinel.lift("192.0.2.10") == ban
    assert post.sentinel.lift("192.0.2.10") is None
    assert post.sentinel.admits(PHONE)
    with pytest.raises(IsTrusted):
        post.sentinel.ban("10.0.0.1", 60, "")
    with pytest.raises(ValueError, match="address"):
        post.sentinel.ban("nobody", 60, "")
    with pytest.raises(ValueError, match="address"):
        post.sentinel.lift("nobody")


def test_whom_this_server_calls_it_listens_to_unless_an_operator_said_no() -> None:
    post = Post()
    post.fail(STRANGER, 5)
    post.sentinel.ban("192.0.2.10", 60, "by hand")
    for flow in (STRANGER, PHONE, TRUSTED):
        post.sentinel.called(flow)

    assert post.banned == ["192.0.2.10"]
    assert [fact.how for fact in post.facts if isinstance(fact, BanLifted)] == ["called"]


def test_bans_are_bounded_and_the_oldest_makes_room() -> None:
    post = Post(DefencePolicy(ban_after_failures=1, max_bans=3))
    for last in range(1, 6):
        post.fail(Flow("UDP", 0, f"192.0.2.{last}", 5060), 1)

    assert post.banned == ["192.0.2.3", "192.0.2.4", "192.0.2.5"]
    assert [f.how for f in post.facts if isinstance(f, BanLifted)] == ["made_room"] * 2


def test_when_operators_have_taken_every_place_nobody_else_is_banned() -> None:
    post = Post(DefencePolicy(ban_after_failures=1, max_bans=1))
    post.sentinel.ban("192.0.2.1", 60, "by hand")
    post.fail(STRANGER, 1)

    assert post.banned == ["192.0.2.1"]
    assert post.sentinel.counters["bans_refused"] == 1


# -- whatever happens ----------------------------------------------------------------------------

HOSTS = ("192.0.2.1", "192.0.2.2", "192.0.2.10", "2001:db8::1", "10.1.2.3", "198.51.100.7")
REGISTERED = "192.0.2.10"
hosts = st.sampled_from(HOSTS) | st.integers(1, 60).map(lambda n: f"203.0.113.{n}")


class AnyTraffic(RuleBasedStateMachine):
    """Whatever comes from wherever, in whatever order."""

    def __init__(self) -> None:
        super().__init__()
        policy = DefencePolicy(
            requests_per_second=2,
            ban_after_failures=3,
            ban_time=5,
            trusted=("10.0.0.0/8",),
            max_sources=8,
            max_bans=4,
        )
        self.post = Post(policy, acquainted={REGISTERED})

    @rule(host=hosts, agent=st.sampled_from([b"phone", b"friendly-scanner"]))
    def ask(self, host: str, agent: bytes) -> None:
        self.post.sentinel.hears(self.post.request(agent), Flow("UDP", 0, host, 5060))

    @rule(host=hosts)
    def send_garbage(self, host: str) -> None:
        self.post.sentinel.answers_broken(None, Flow("UDP", 0, host, 5060))

    @rule(
        host=hosts,
        verdict=st.sampled_from([Authenticated(ACCOUNT), Challenged(()), WRONG, Rejected(400)]),
        times=st.sampled_from([1, 3, 80, 800]),
    )
    def authenticate(
        self, host: str, verdict: Authenticated | Challenged | Rejected, times: int
    ) -> None:
        for _ in range(times):
            self.post.sentinel.judge(verdict, self.post.request(), Flow("UDP", 0, host, 5060))

    @rule(host=hosts, offence=st.sampled_from(list(Offence)))
    def offend(self, host: str, offence: Offence) -> None:
        self.post.fail(Flow("UDP", 0, host, 5060), 1, offence)

    @rule(host=hosts)
    def respond(self, host: str) -> None:
        self.post.sentinel.called(Flow("UDP", 0, host, 5060))

    @rule(host=hosts)
    def lift(self, host: str) -> None:
        self.post.sentinel.lift(host)

    @rule(seconds=st.floats(0, 40))
    def wait(self, seconds: float) -> None:
        self.post.clock.advance(seconds)
        self.post.sentinel.expire()

    @invariant()
    def tables_are_bounded(self) -> None:
        assert self.post.sentinel.sources <= 16
        assert len(self.post.banned) <= 4

    @invariant()
    def nobody_who_is_trusted_or_registered_is_banned(self) -> None:
        assert REGISTERED not in self.post.banned
        assert not any(source.startswith("10.") for source in self.post.banned)
        assert self.post.sentinel.admits(Flow("UDP", 0, REGISTERED, 5060))
        assert self.post.sentinel.hears(self.post.request(), TRUSTED)

    @invariant()
    def every_ban_was_told_and_every_end_as_well(self) -> None:
        told: set[str] = set()
        for fact in self.post.facts:
            if isinstance(fact, BanMade):
                told.add(fact.ban.source)
            else:
                told.discard(fact.ban.source)
        assert told == set(self.post.banned)


TestAnyTraffic = AnyTraffic.TestCase


@given(st.lists(st.floats(0, 1), max_size=60))
def test_nobody_gets_more_than_its_burst_and_its_rate(pauses: list[float]) -> None:
    post = Post()
    heard = 0
    for pause in pauses:
        post.clock.advance(pause)
        heard += post.heard(STRANGER, 20)

    assert heard <= 10 * BURST + 10 * sum(pauses) + 1
