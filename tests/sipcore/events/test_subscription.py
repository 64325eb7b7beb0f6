"""The machine of one subscription, without anything around it."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipcore.dialog.dialog import Dialog
from sipcore.events.event_header import EventHeader
from sipcore.events.package import Change, Sight, View
from sipcore.events.subscription import (
    MAX_PENDING,
    REJECTED,
    TABLE,
    Action,
    Ending,
    Forget,
    Input,
    Notify,
    NotifyPorts,
    State,
    Subscription,
)
from sipcore.kernel.flow import Flow
from sipcore.message.message import Request, Response, parse
from sipcore.message.status import REMOVING
from sipcore.transaction.machine import render
from tests.support.entropy import SequenceEntropy
from tests.support.peers import reply
from tests.support.watchers import GUARD, state_of, subscribe


class Addressing:
    """Fixed lines."""

    domain = b"doorline.test"

    def via(self, flow: Flow, branch: bytes) -> bytes:
        """A Via line."""
        return b"Via: SIP/2.0/UDP 192.0.2.100;branch=" + branch

    def via_and_contact(self, flow: Flow, branch: bytes, *, secure: bool) -> tuple[bytes, bytes]:
        """Both."""
        return self.via(flow, branch), self.contact(flow, secure=secure)

    def contact(self, flow: Flow, *, secure: bool) -> bytes:
        """A Contact line."""
        return b"Contact: <%b:192.0.2.100>" % (b"sips" if secure else b"sip")


class Words:
    """A package whose documents say what was asked of it."""

    name = "words"
    content_type = b"text/plain"
    default_expires = 100
    interval = 5.0

    def full(self, view: View, version: int, utc: float) -> bytes:
        """All there is."""
        return b"%d all" % version

    def partial(
        self, view: View, version: int, utc: float, changes: dict[str, Change]
    ) -> bytes | None:
        """The changes by name; nothing for a change that is hidden."""
        if "hidden" in changes:
            return None
        return b"%d " % version + " ".join(f"{c.key}={c.matter}" for c in changes.values()).encode()

    def watch(self, target: str) -> None:
        """Nothing to do."""

    def unwatch(self, target: str) -> None:
        """Nothing to do."""


def new(expires: int | None = 600, at: float = 0.0) -> tuple[Subscription, list[Action]]:
    """A subscription and what its SUBSCRIBE leads to."""
    request = parse(subscribe())
    assert isinstance(request, Request)
    dialog = Dialog.from_request(request, b"our-tag", GUARD)
    view = View("monitor", Sight.FULL, EventHeader.parse(b"words"))
    ports = NotifyPorts(Addressing(), SequenceEntropy(), 1000.0)
    made = Subscription(dialog, Words(), view, "2000000001", ports)  # type: ignore[arg-type]
    return made, [] if expires is None else made.subscribe(expires, GUARD, at)


def request_in(actions: list[Action]) -> Request:
    """The one NOTIFY that is sent."""
    (notify,) = [action for action in actions if isinstance(action, Notify)]
    parsed = parse(notify.data)
    assert isinstance(parsed, Request)
    return parsed


def answer(status: int = 200, **values: object) -> Response:
    """An answer to a NOTIFY."""
    _, actions = new()
    parsed = parse(reply(request_in(actions), status, **values))  # type: ignore[arg-type]
    assert isinstance(parsed, Response)
    return parsed


def settled(at: float = 0.0) -> Subscription:
    """A subscription whose first NOTIFY was answered."""
    one, _ = new(at=at)
    one.answered(answer(), at)
    return one


def test_the_table_reads_like_the_figure() -> None:
    assert render(TABLE).splitlines()[:4] == [
        "Init | SUBSCRIBE | set expiry, send NOTIFY with full state | Active",
        "Init | SUBSCRIBE Expires: 0 | send NOTIFY terminated | Closing",
        "Active | SUBSCRIBE | set expiry, send NOTIFY with full state | Active",
        "Active | SUBSCRIBE Expires: 0 | send NOTIFY terminated | Closing",
    ]


def test_the_first_notify_tells_all() -> None:
    one, actions = new()

    notify = request_in(actions)
    assert (notify.body, state_of(notify)) == (b"0 all", "active")
    assert (one.state, one.deadline) == (State.ACTIVE, 600.0)


def test_changes_are_collected_and_told_by_name() -> None:
    one = settled()
    one.changed(Change("a", 1), 10.0)
    one.changed(Change("b", 1), 10.0)
    one.changed(Change("a", 2), 10.0)

    notify = request_in(one.on_deadline(one.deadline))

    assert notify.body == b"1 a=2 b=1"


def test_two_in_a_row_and_then_one_for_each_interval() -> None:
    one, told = settled(), []
    now = 100.0
    while now < 120.0:
        one.changed(Change("a", now), now)
        if one.deadline <= now:
            request_in(one.on_deadline(now))
            told.append(now)
            one.answered(answer(), now)
        now += 0.25

    assert told == [100.0, 101.0, 106.0, 111.0, 116.0]


def test_a_hidden_change_sends_nothing_and_uses_nothing_up() -> None:
    one = settled()
    one.changed(Change("hidden", 1), 10.0)

    assert one.on_deadline(10.0) == []
    assert (one.version, one.deadline) == (1, 600.0)


def test_too_many_changes_are_told_as_a_whole() -> None:
    one = settled()
    for number in range(MAX_PENDING + 1):
        one.changed(Change(str(number), 1), 10.0)

    assert request_in(one.on_deadline(10.0)).body == b"1 all"


def test_a_change_while_a_notify_is_on_its_way_waits() -> None:
    one, _ = new()
    one.changed(Change("a", 1), 1.0)
    waiting = one.deadline
    one.answered(answer(), 2.0)

    assert (waiting, one.deadline) == (600.0, 2.0)


def test_a_deadline_that_has_not_come_does_nothing() -> None:
    assert settled().on_deadline(599.0) == []


def test_it_expires() -> None:
    one = settled()

    notify = request_in(one.on_deadline(600.0))

    assert (state_of(notify), one.state) == ("terminated;reason=timeout", State.CLOSING)
    assert one.answered(answer(), 601.0) == [Forget()]


@pytest.mark.parametrize(
    ("ending", "line", "body"),
    [
        (REJECTED, "terminated;reason=rejected", b""),
        (Ending("deactivated", retry_after=9), "terminated;reason=deactivated;retry-after=9", b""),
        (Ending("timeout", tells_state=True), "terminated;reason=timeout", b"1 all"),
    ],
)
def test_it_can_be_withdrawn(ending: Ending, line: str, body: bytes) -> None:
    one = settled()

    notify = request_in(one.withdraw(ending, 5.0))

    assert (state_of(notify), notify.body, one.deadline) == (line, body, math.inf)
    assert one.withdraw(ending, 6.0) == []


@pytest.mark.parametrize("status", sorted(REMOVING))
def test_some_answers_end_it(status: int) -> None:
    one, _ = new()

    assert one.answered(answer(status), 1.0) == [Forget()]
    assert one.state is State.TERMINATED


def test_silence_ends_it() -> None:
    one, _ = new()

    assert (one.unanswered(32.0), one.state) == ([Forget()], State.TERMINATED)


def test_a_provisional_answer_is_no_answer() -> None:
    one, _ = new()
    one.changed(Change("a", 1), 1.0)

    assert (one.answered(answer(100), 1.0), one.deadline) == ([], 600.0)


def test_the_last_notify_is_waited_for_even_when_an_earlier_one_is_still_out() -> None:
    one, _ = new()
    one.subscribe(0, GUARD, 1.0)

    assert one.answered(answer(), 2.0) == []
    assert one.answered(answer(), 3.0) == [Forget()]


def test_an_answer_may_name_a_new_contact() -> None:
    one, _ = new()
    one.answered(answer(contact="sip:guard@192.0.2.31:5070"), 1.0)

    (notify,) = one.subscribe(600, GUARD, 2.0)

    assert isinstance(notify, Notify)
    assert notify.flow.port == 5070
    assert request_in([notify]).uri == b"sip:guard@192.0.2.31:5070"


STIMULI = {
    "subscribe": lambda s, now: s.subscribe(600, GUARD, now),
    "fetch": lambda s, now: s.subscribe(0, GUARD, now),
    "change": lambda s, now: s.changed(Change("a", now), now),
    "withdraw": lambda s, now: s.withdraw(REJECTED, now),
    "taken": lambda s, now: s.answered(answer(), now),
    "refused": lambda s, now: s.answered(answer(500), now),
    "gone": lambda s, now: s.answered(answer(481), now),
    "silent": lambda s, now: s.unanswered(now),
    "deadline": lambda s, now: s.on_deadline(now),
}


@given(st.lists(st.tuples(st.sampled_from(sorted(STIMULI)), st.floats(0, 700)), max_size=20))
def test_whatever_happens_it_stays_in_its_states(script: list[tuple[str, float]]) -> None:
    one, _ = new(None)
    now, closed = 0.0, False
    for name, pause in script:
        now += pause
        actions = STIMULI[name](one, now) or []
        assert not (closed and actions)
        closed = closed or one.state is State.TERMINATED
        assert one.deadline == math.inf or one.state is State.ACTIVE
    assert {stimulus for _, stimulus in TABLE} == set(Input)
