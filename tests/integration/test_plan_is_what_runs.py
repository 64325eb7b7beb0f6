"""The plan that is shown is the plan that runs, and whoever it names is rung.

Random sites with chains of any kind, and random registrations, are planned as `doorline plan` and
the API do it (`Planner.simulate`). Then the door calls through the whole engine, with phones that
ring, refuse, fail, sleep, answer or stay silent, and mailboxes; what is on the record must be the
plan, in its order.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from directory.chain import ChainMember, ChainStage, OwnChain
from directory.kinds import CallType
from directory.queries.dial import DialSite
from directory.queries.dial_quiet import DialQuiet
from directory.ringing import Ringing
from sipcore.b2bua.facts import (
    CallEnded,
    CallStarted,
    LegAnswered,
    LegStarted,
    StageEnded,
    StageSkipped,
    StageStarted,
    TargetSkipped,
    TargetWoken,
)
from sipcore.b2bua.plan import RingPlan, RingStage
from sipcore.b2bua.policy import SCOPES
from sipcore.calls.planner import Planner
from sipcore.kernel.flow import Flow
from sipcore.message.message import Request
from tests.support.dial_site import account, apartment, directory_of, site_with
from tests.support.peers import ANSWER_SDP, invite, reply
from tests.support.planning import reach
from tests.support.wire import DOOR, Wire

INDOOR, APPS, GUARDS = ("i1", "i2"), ("a1", "a2", "a3"), ("g-1", "g-2", "g-3")
NUMBERS = ("+441632960001", "+441632960002")
PHONES = (*INDOOR, *APPS, *GUARDS)
FLOWS = {
    user: Flow("UDP", 0, f"192.0.2.{20 + place}", 5060)
    for place, user in enumerate((*PHONES, *NUMBERS))
}
STEP = 0.25
"""Seconds between two looks at the clock, and so how late anything may be."""
TALES: dict[str, tuple[tuple[float, int], ...]] = {
    "silent": (),
    "rings": ((0.5, 180),),
    "busy": ((0.5, 486),),
    "fails": ((0.5, 500),),
    "refuses": ((0.5, 180), (3.0, 486)),
    "declines": ((0.5, 180), (3.0, 603)),
    "everywhere": ((0.5, 180), (2.0, 604)),
    "answers": ((0.5, 180), (6.0, 200)),
}
"""What a phone says, and how many seconds after its INVITE."""

waits = st.sampled_from([None, None, 2.0, 6.0])
members = st.one_of(
    st.builds(ChainMember, st.sampled_from(["app", "indoor", "landline", "guard"]), waits),
    st.builds(
        lambda users, delay: ChainMember("account", delay, 1, tuple(users)),
        st.lists(st.sampled_from(PHONES), min_size=1, max_size=2, unique=True),
        waits,
    ),
)
chains = st.builds(
    lambda stages, by_site: OwnChain("own", tuple(stages), by_site),
    st.lists(
        st.builds(
            lambda found, seconds: ChainStage(tuple(found), seconds),
            st.lists(members, min_size=1, max_size=3, unique_by=lambda one: one.kind),
            st.sampled_from([None, 8.0, 15.0]),
        ),
        min_size=1,
        max_size=4,
    ),
    st.booleans(),
)
ways = st.builds(
    Ringing,
    declined=st.sampled_from([None, *SCOPES]),
    global_failure=st.sampled_from([None, *SCOPES]),
    longest=st.sampled_from([None, None, 25.0]),
    rounds=st.sampled_from([None, 1, 2]),
    early=st.sampled_from([None, 0, 183]),
    guard_stage=st.sampled_from([None, "never", "with_indoor", "after_indoor"]),
    times=st.fixed_dictionaries({}, optional={"app": st.just(9.0), "guard": st.just(7.0)}),
    delays=st.fixed_dictionaries({}, optional={"app": st.just(4.0), "landline": st.just(3.0)}),
    confirms=st.sampled_from([None, True]),
)


@st.composite
def sites(draw: st.DrawFn) -> DialSite:
    """A site with one flat, whatever else it says."""
    flat = apartment(
        101,
        10,
        "1001",
        draw(st.lists(st.sampled_from((*INDOOR, *APPS)), unique=True)),
        call_type=draw(st.sampled_from(["own", "", *CallType])),
        landlines=tuple(draw(st.lists(st.sampled_from(NUMBERS), unique=True))),
        app_enabled=draw(st.sampled_from([True, True, False])),
        stage_timeout=draw(st.sampled_from([None, 6.0])),
        ringing=draw(ways),
    )
    guards = [account(user) for user in draw(st.lists(st.sampled_from(GUARDS), unique=True))]
    quiet = draw(st.sampled_from([(), (), ("account:a1",), ("apartment:101",)]))
    return site_with(
        (flat,),
        guards=guards,
        chains={"own": draw(chains)},
        guard_order=draw(st.sampled_from(["all", "in_order"])),
        landline_enabled=draw(st.booleans()),
        landline_timeout=12.0,
        stage_timeout=10.0,
        ringing=replace(draw(ways), guard_stage=None),
        quiet={key: DialQuiet(do_not_disturb=True) for key in quiet},
    )


@dataclass
class Street:
    """A door before the site, and phones with their tales."""

    site: DialSite
    online: frozenset[str]
    asleep: frozenset[str]
    tales: dict[str, str]
    due: list[tuple[float, bytes, Flow]] = field(default_factory=list)
    """What phones are going to say, and when."""
    heard: set[bytes] = field(default_factory=set)
    """Branches of the INVITEs that have arrived."""

    def __post_init__(self) -> None:
        self.wire = Wire(contacts={user: [FLOWS[user]] for user in (*self.online, *NUMBERS)})
        reached = reach(self.online, "pstn", self.asleep)
        self.planner = Planner(directory_of(self.site), reached)
        self.wire.planner.plan = self.planner.plan  # type: ignore[method-assign]

    def press(self, shown: RingPlan) -> None:
        """The door calls until somebody has answered or nobody will."""
        wire = self.wire
        self.listen(wire.receive(invite(DOOR, shown.dialled, user="d-1"), DOOR))
        names = wire.journal.names
        while "CallEnded" not in names and "LegAnswered" not in names:
            self.listen(wire.advance(STEP, STEP))
            now = wire.clock.monotonic()
            for at, data, flow in [one for one in self.due if one[0] <= now]:
                self.due.remove((at, data, flow))
                self.listen(wire.receive(data, flow))
            names = wire.journal.names

    def listen(self, sent: Sequence[tuple[object, Flow]]) -> None:
        """A phone that is invited tells its tale; one that is told to stop has stopped."""
        for message, flow in sent:
            if not isinstance(message, Request) or message.method != b"INVITE":
                continue
            user = next(name for name, known in FLOWS.items() if known == flow)
            if message.branch in self.heard:
                continue
            self.heard.add(message.branch)
            for seconds, status in TALES[self.tales.get(user, "silent")]:
                body = ANSWER_SDP if status == 200 else b""
                data = reply(message, status, flow=flow, body=body)
                self.due.append((self.wire.clock.monotonic() + seconds, data, flow))


@dataclass
class Record:
    """What the facts of the call say of one stage."""

    name: str
    began: float
    rung: list[str] = field(default_factory=list)
    woken: set[str] = field(default_factory=set)
    left_out: set[tuple[str, str]] = field(default_factory=set)
    ended: str = ""
    """Why; empty for the one in which somebody answered."""
    at: float = 0.0


def recorded(facts: Sequence[object]) -> list[Record]:
    """The stages on the record, in their order."""
    found: dict[int, Record] = {}
    skipped: dict[int, set[tuple[str, str]]] = {}
    for fact in facts:
        if isinstance(fact, StageStarted):
            found[fact.stage] = Record(fact.name, fact.at)
        elif isinstance(fact, StageSkipped):
            found[fact.stage] = Record(fact.name, fact.at, ended="skipped", at=fact.at)
        elif isinstance(fact, StageEnded):
            found[fact.stage].ended, found[fact.stage].at = fact.reason, fact.at
        elif isinstance(fact, LegStarted):
            if fact.party.user not in found[fact.stage].rung:
                found[fact.stage].rung.append(fact.party.user)
        elif isinstance(fact, TargetWoken):
            found[fact.stage].woken.add(fact.party.user)
        elif isinstance(fact, TargetSkipped):
            skipped.setdefault(fact.stage, set()).add((fact.party.user, fact.reason))
    for stage, who in skipped.items():
        found[stage].left_out = who
    assert list(found) == list(range(len(found)))
    return list(found.values())


def in_turn(stage: RingStage, online: frozenset[str]) -> list[str]:
    """Whom the plan rings in a stage, as they come."""
    there = [one for one in stage.targets if one.trunk or one.party.user in online]
    return [one.party.user for one in sorted(there, key=lambda one: one.delay)]


@given(
    site=sites(),
    online=st.frozensets(st.sampled_from(PHONES)).map(frozenset(PHONES).difference),
    asleep=st.frozensets(st.sampled_from(APPS)),
    tales=st.fixed_dictionaries({user: st.sampled_from([*TALES]) for user in (*PHONES, *NUMBERS)}),
)
@settings(max_examples=250, deadline=None)
def test_what_the_plan_shows_is_what_runs(
    site: DialSite, online: frozenset[str], asleep: frozenset[str], tales: dict[str, str]
) -> None:
    street = Street(site, online, asleep, tales)
    now = street.wire.clock.utc()
    shown = street.planner.simulate(1, "1001", building="1", caller="d-1", at=now)
    if not isinstance(shown, RingPlan):
        return
    street.press(shown)
    facts = street.wire.journal.facts
    (begun,) = [fact for fact in facts if isinstance(fact, CallStarted)]
    assert begun.plan == shown

    stages = recorded(facts)
    for planned, ran in zip(shown.stages, stages, strict=False):
        assert ran.name == planned.name
        expected = in_turn(planned, online)
        assert ran.rung == expected[: len(ran.rung)]
        wakes = {one.party.user for one in planned.targets if one.wakes}
        out = {(one.party.user, one.reason) for one in planned.skipped}
        assert ran.woken <= wakes
        assert ran.left_out <= out
        if ran.ended in ("timeout", "all_failed", "skipped"):
            assert (ran.rung, ran.woken, ran.left_out) == (expected, wakes, out)
        if ran.ended == "timeout":
            assert planned.timeout <= ran.at - ran.began <= planned.timeout + STEP
        assert (ran.ended == "skipped") == (not expected and not wakes)

    answered = any(isinstance(fact, LegAnswered) for fact in facts)
    ended = [fact for fact in facts if isinstance(fact, CallEnded)]
    cut = [ran.ended for ran in stages if ran.ended == "declined"]
    cut += [fact.reason for fact in ended if fact.reason == "ring_limit"]
    if not answered and not cut:
        # Whoever could be reached was rung: in every stage, whatever the others said.
        assert len(stages) == len(shown.stages)
        reachable = {user for stage in shown.stages for user in in_turn(stage, online)}
        assert reachable == {user for ran in stages for user in ran.rung}
    assert len(stages) <= len(shown.stages)
    assert [ran.ended for ran in stages[:-1] if not ran.ended] == []
    assert answered != bool(ended)
    if ended and shown.policy.longest is not None:
        assert ended[0].at - begun.at <= shown.policy.longest + STEP
    assert street.wire.endpoint.counters["internal_errors"] == 0
