"""Stages under any history: what must hold whoever rings, refuses, registers, sleeps or leaves.

A machine of rules plays the phones, the pushes and the visitor against the whole engine, for plans
with delays, sleeping apps, phones that were away when the call was planned, and any policy.
"""

from collections import Counter

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from sipcore.b2bua.facts import (
    CallEnded,
    KeyPressed,
    LegAnswered,
    LegFailed,
    LegReleased,
    LegStarted,
    StageEnded,
    StageSkipped,
    StageStarted,
    TargetWoken,
    WakeFailed,
)
from sipcore.b2bua.plan import Party, RingStage, SkippedTarget, Target
from sipcore.b2bua.policy import SCOPES, RingPolicy
from sipcore.kernel.flow import Flow
from sipcore.message.message import Request, Response
from tests.support.peers import (
    ANSWER_SDP,
    ack,
    ack_failure,
    cancel,
    in_dialog_of_callee,
    invite,
    reply,
)
from tests.support.wire import DOOR, Sent, Wire

USERS = "abcde"
NUMBERS = "xy"
"""Telephones that have to confirm their answer with a key."""
FLOWS = {user: Flow("UDP", 0, f"192.0.2.{11 + n}", 5060) for n, user in enumerate(USERS + NUMBERS)}
SOON = 0.05
"""Seconds within which whatever is due is done: two ticks and a bit."""

MEMBERS = st.builds(
    lambda user, delay, wakes, away: (user, delay, wakes and not away, away),
    st.sampled_from(USERS),
    st.sampled_from([0.0, 0.0, 3.0, 8.0]),
    st.booleans(),
    st.sampled_from([False, False, True]),
)
PLANS = st.lists(
    st.tuples(
        st.lists(MEMBERS, max_size=4, unique_by=lambda member: member[0]),
        st.sampled_from([10.0, 20.0, 45.0]),
        st.sets(st.sampled_from(NUMBERS)),
    ),
    min_size=1,
    max_size=3,
)
STATUSES = st.sampled_from([180, 183, 200, 200, 486, 480, 500, 603])
POLICIES = st.builds(
    RingPolicy,
    st.sampled_from(SCOPES),
    st.sampled_from(SCOPES),
    st.sampled_from([None, None, 15.0, 20.0]),
    st.sampled_from([0, 180]),
)


def stage_of(
    number: int,
    members: list[tuple[str, float, bool, bool]],
    timeout: float,
    telephones: set[str],
) -> RingStage:
    """A stage of these members; who is away was left out when the call was planned."""
    parties = {user: Party("app", user, user) for user, *_ in members}
    return RingStage(
        f"stage {number}",
        tuple(
            Target(parties[user], delay=delay, wakes=wakes)
            for user, delay, wakes, away in members
            if not away
        )
        + tuple(
            Target(Party("landline", user, is_account=False), "provider", confirms=True)
            for user in sorted(telephones)
        ),
        timeout,
        tuple(
            SkippedTarget(parties[user], "not_registered") for user, _, _, away in members if away
        ),
    )


class Visit(RuleBasedStateMachine):
    """One press of a button."""

    @initialize(plan=PLANS, policy=POLICIES, present=st.sets(st.sampled_from(USERS)))
    def press(
        self,
        plan: list[tuple[list[tuple[str, float, bool, bool]], float, set[str]]],
        policy: RingPolicy,
        present: set[str],
    ) -> None:
        """The door calls."""
        self.stages = [stage_of(number, *stage) for number, stage in enumerate(plan)]
        self.policy = policy
        self.pending: list[tuple[Request, str]] = []
        self.told: list[Response] = []
        self.count = 0
        present = present | set(NUMBERS)
        self.wire = Wire(*self.stages, contacts={user: [FLOWS[user]] for user in present})
        self.wire.planner.policy = policy
        self.began = self.now
        self.since = dict.fromkeys(present, self.began - 1.0)
        """Since when a user can be reached."""
        self.checked = 0
        self.unregistered: set[str] = set()
        self.press_data = invite(DOOR)
        self.note(self.wire.receive(self.press_data, DOOR))

    @property
    def now(self) -> float:
        """UTC."""
        return self.wire.clock.utc()

    def note(self, sent: Sent) -> None:
        """Keep what phones and door were told; a phone acknowledges what it is told to drop."""
        users = {flow: user for user, flow in FLOWS.items()}
        for message, flow in sent:
            if isinstance(message, Response):
                if flow == DOOR and message.cseq.method == b"INVITE":
                    self.told.append(message)
            elif message.method == b"INVITE":
                if all(message.branch != known.branch for known, _ in self.pending):
                    self.pending.append((message, users[flow]))
            elif message.method in (b"CANCEL", b"BYE"):
                self.note(self.wire.receive(reply(message, 200), flow))
                for asked, user in self.pending:
                    if message.method == b"CANCEL" and asked.branch == message.branch:
                        self.note(self.wire.receive(reply(asked, 487), FLOWS[user]))

    # -- what may happen ----------------------------------------------------------------------

    @precondition(lambda self: bool(self.pending))
    @rule(which=st.integers(0, 9), status=STATUSES)
    def respond(self, which: int, status: int) -> None:
        """A phone says something to an INVITE it ever got."""
        asked, user = self.pending[which % len(self.pending)]
        body = ANSWER_SDP if status == 200 else b""
        data = reply(asked, status, body=body, flow=FLOWS[user])
        self.note(self.wire.receive(data, FLOWS[user]))

    @precondition(lambda self: bool(self.pending))
    @rule(which=st.integers(0, 9), says=st.sampled_from(["1", "1", "2", "", "BYE"]))
    def press_key(self, which: int, says: str) -> None:
        """A phone presses a key in a call it answered, or hangs up; or it has no such call."""
        asked, user = self.pending[which % len(self.pending)]
        self.count += 1
        data = in_dialog_of_callee(
            says if says == "BYE" else "INFO",
            asked,
            FLOWS[user],
            cseq=self.count,
            branch=f"z9hG4bKkey{self.count}",
            body=b"" if says == "BYE" else says.encode(),
            content_type="" if says == "BYE" else "application/dtmf-relay",
        )
        self.note(self.wire.receive(data, FLOWS[user]))

    @rule(user=st.sampled_from(USERS))
    def register(self, user: str) -> None:
        """A phone registers, for the first time or again."""
        self.since.setdefault(user, self.now)
        self.unregistered.discard(user)
        self.note(self.wire.register(user, FLOWS[user]))

    @rule(user=st.sampled_from(USERS))
    def leave(self, user: str) -> None:
        """A phone cannot be reached any more."""
        self.since.pop(user, None)
        self.wire.contacts.flows.pop(user, None)

    @rule(user=st.sampled_from(USERS))
    def unregister(self, user: str) -> None:
        """A phone says that it leaves."""
        self.since.pop(user, None)
        self.unregistered.add(user)
        self.wire.contacts.flows.setdefault(user, [])
        self.note(self.wire.unregister(user, FLOWS[user]))

    @rule(user=st.sampled_from(USERS))
    def fail_push(self, user: str) -> None:
        """No push gets through."""
        for call_id in tuple(self.wire.endpoint.switchboard.calls):
            self.wire.endpoint.wake_failed(call_id, user, "dead_token")
        self.note(self.wire.advance(SOON))

    @rule(seconds=st.sampled_from([0.1, 1.0, 3.0, 9.0, 33.0]))
    def wait(self, seconds: float) -> None:
        """Time passes."""
        self.note(self.wire.advance(seconds))

    @rule()
    def give_up(self) -> None:
        """The visitor leaves."""
        self.note(self.wire.receive(cancel(self.press_data), DOOR))

    # -- what must hold -----------------------------------------------------------------------

    def of(self, *kinds: type) -> list[object]:
        """Facts of these kinds, in order."""
        return [fact for fact in self.wire.journal.facts if isinstance(fact, kinds)]

    @invariant()
    def nobody_is_rung_after_an_answer_or_the_end(self) -> None:
        names = self.wire.journal.names
        for last in ("LegAnswered", "CallEnded"):
            if last in names:
                after = names[names.index(last) + 1 :]
                assert not {"LegStarted", "StageStarted", "TargetWoken", last} & set(after)

    @invariant()
    def no_telephone_wins_without_its_key(self) -> None:
        facts = self.wire.journal.facts
        telephones = {
            fact.leg
            for fact in facts
            if isinstance(fact, LegStarted) and fact.party.kind == "landline"
        }
        confirmed = {fact.leg for fact in facts if isinstance(fact, KeyPressed) and fact.accepted}
        won = {fact.leg for fact in facts if isinstance(fact, LegAnswered)}
        assert won & telephones == confirmed

    @invariant()
    def nobody_rings_who_has_unregistered(self) -> None:
        facts = self.wire.journal.facts
        left = {fact.leg for fact in facts if isinstance(fact, LegReleased)}
        left |= {fact.leg for fact in facts if isinstance(fact, LegFailed | LegAnswered)}
        rings = {
            fact.party.user
            for fact in facts
            if isinstance(fact, LegStarted) and fact.leg not in left
        }
        assert not rings & self.unregistered

    @invariant()
    def nothing_rings_longer_than_the_policy_says(self) -> None:
        limit = self.began + (self.policy.longest or float("inf"))
        assert all(fact.at < limit for fact in self.of(LegStarted, StageStarted))  # type: ignore[attr-defined]
        if self.now > limit + SOON:
            assert self.of(CallEnded, LegAnswered)

    @invariant()
    def whoever_could_be_reached_was_rung(self) -> None:
        """Unless somebody answered, declined for the others or left, or the limit was reached."""
        over = [
            fact
            for fact in self.wire.journal.facts
            if (isinstance(fact, StageEnded) and fact.reason in ("timeout", "all_failed"))
            or isinstance(fact, StageSkipped)
        ]
        for ended in over[self.checked :]:
            stage = self.stages[ended.stage]
            members = {target.party.user for target in stage.targets}
            members |= {skipped.party.user for skipped in stage.skipped}
            rung = {
                fact.party.user
                for fact in self.wire.journal.facts
                if isinstance(fact, LegStarted) and fact.stage == ended.stage
            }
            reachable = {user for user, at in self.since.items() if at < ended.at - SOON}
            assert members & reachable <= rung
        self.checked = len(over)

    @invariant()
    def a_stage_that_is_over_has_called_every_app_off(self) -> None:
        facts = self.wire.journal.facts
        over = {fact.stage for fact in facts if isinstance(fact, StageEnded)}
        answered = [fact.leg for fact in facts if isinstance(fact, LegAnswered)]
        won = [fact for fact in facts if isinstance(fact, LegStarted) and fact.leg in answered]
        over |= {fact.stage for fact in won}
        winners = {(fact.party.user, fact.stage) for fact in won}
        failed = {(f.party.user, f.stage) for f in facts if isinstance(f, WakeFailed)}
        woken = [(f.party.user, f.stage) for f in facts if isinstance(f, TargetWoken)]
        assert len(woken) == len(set(woken)) == len(self.wire.waker.woken)
        due = Counter(
            user for user, stage in woken if stage in over and (user, stage) not in winners | failed
        )
        assert Counter(user for user, _ in self.wire.waker.called_off) == due

    @invariant()
    @precondition(lambda self: bool(self.of(CallEnded)))
    def the_caller_hears_one_final_answer(self) -> None:
        finals = {response.raw for response in self.told if response.status >= 200}
        assert len(finals) == 1

    def teardown(self) -> None:
        """The visitor hangs up, and everybody goes home."""
        if not hasattr(self, "wire"):
            return
        self.give_up()
        final = next((response for response in self.told if response.status >= 200), None)
        if final is not None and final.status < 300:
            self.note(self.wire.receive(ack(final, DOOR), DOOR))
        elif final is not None:
            self.note(self.wire.receive(ack_failure(self.press_data, final), DOOR))
        self.a_stage_that_is_over_has_called_every_app_off()
        facts = self.wire.journal.facts
        started = [fact.leg for fact in facts if isinstance(fact, LegStarted)]
        settled = Counter(
            fact.leg
            for fact in facts
            if isinstance(fact, LegAnswered | LegFailed)
            or (isinstance(fact, LegReleased) and fact.reason != "late_answer")
        )
        assert settled == dict.fromkeys(started, 1)
        assert len(self.of(LegAnswered)) <= 1
        assert self.wire.endpoint.counters["internal_errors"] == 0
        assert len(self.wire.endpoint.switchboard.arrivals) == 0
        if not self.of(LegAnswered):
            self.note(self.wire.advance(400.0, 0.25))
            assert self.wire.remains == {}


TestVisit = Visit.TestCase
TestVisit.settings = settings(max_examples=300, stateful_step_count=12, deadline=None)
