"""Dialogs from the facts of calls; the sections of RFC 4235 are in tests/conformance."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipcore.b2bua.facts import (
    CallEnded,
    CallFact,
    CallStarted,
    LegAnswered,
    LegFailed,
    LegRang,
    LegReleased,
    LegStarted,
    StageStarted,
    TransferEnded,
    TransferStarted,
)
from sipcore.b2bua.leg import Leg
from sipcore.b2bua.plan import Party, RingPlan
from sipcore.dialog.dialog import Dialog, Opening
from sipcore.events.dialogs import Dialogs
from sipcore.events.heard_call import MOST
from sipcore.events.watched_dialog import Peer, WatchedDialog
from sipcore.kernel.flow import Flow
from sipcore.message.message import Response, parse

DOOR = Party("door", "door", "Main Door", site_id=1)
ONE = Party("indoor", "one", "One", site_id=1)
TWO = Party("app", "two", "Two", site_id=1)
PLAN = RingPlan("apartment", DOOR, "1001", (), callee="Flat 1001")
STARTED = CallStarted("c", 1.0, "sip@door", PLAN, "d-tag")
LEG_ONE = LegStarted("c", 2.0, 0, 1, ONE, "sip:one@h", "sip-1", "ours-1")
LEG_TWO = LegStarted("c", 2.0, 0, 2, TWO, "sip:two@h", "sip-2", "ours-2")


class Heard:
    """Dialogs of watched accounts after some facts, and what was told on the way."""

    def __init__(self, *facts: CallFact) -> None:
        self.told: list[WatchedDialog] = []
        self.dialogs = Dialogs(self.told.append)
        for user in ("door", "one", "two", "far", "x", "+44"):
            self.dialogs.watch(user)
        self.add(*facts)

    def add(self, *facts: CallFact) -> None:
        """More facts."""
        for fact in facts:
            self.dialogs.heard(fact)

    def story(self, user: str) -> list[str]:
        """The states of an account's dialogs as they were told, with what ended them."""
        return [
            f"{one.state}:{one.event}:{one.code}".removesuffix("::0").removesuffix(":0")
            for one in self.told
            if one.user == user
        ]


def ended(outcome: str, by: str, reason: str = "", status: int = 200) -> CallEnded:
    """The end of the call."""
    return CallEnded("c", 9.0, outcome, by, reason, status)


def test_a_call_is_a_dialog_for_each_of_its_phones() -> None:
    heard = Heard(STARTED, LEG_ONE, LEG_TWO)

    (caller,) = heard.dialogs.of("door")
    (callee,) = heard.dialogs.of("one")
    assert caller == WatchedDialog(
        "c-0", "door", "Main Door", True, "sip@door", "d-tag", "", Peer("1001", "Flat 1001")
    )
    assert callee == WatchedDialog(
        "c-1", "one", "One", False, "sip-1", "", "ours-1", Peer("door", "Main Door")
    )


def test_who_answers_is_confirmed_and_the_others_are_cancelled() -> None:
    heard = Heard(STARTED, LEG_ONE, LEG_TWO, LegRang("c", 3.0, 1, 180, "t1"))
    heard.add(LegAnswered("c", 4.0, 1, "t1"), LegReleased("c", 4.0, 2, "answered_elsewhere"))

    assert heard.story("one") == ["trying", "early", "confirmed"]
    assert heard.story("two") == ["trying", "terminated:cancelled"]
    assert heard.story("door") == ["trying", "confirmed"]
    assert heard.dialogs.of("two") == ()


@pytest.mark.parametrize(
    ("by", "reason", "door", "one"),
    [
        ("caller", "", "local-bye", "remote-bye"),
        ("callee", "", "remote-bye", "local-bye"),
        ("server", "shutdown", "remote-bye", "remote-bye"),
        ("server", "no_ack", "timeout", "timeout"),
        ("caller", "leg_lost", "timeout", "timeout"),
        ("callee", "session_expired", "timeout", "timeout"),
    ],
)
def test_an_answered_call_ends_with_a_bye_of_somebody(
    by: str, reason: str, door: str, one: str
) -> None:
    heard = Heard(STARTED, LEG_ONE, LegAnswered("c", 4.0, 1, "t1"), ended("answered", by, reason))

    assert heard.story("door")[-1] == f"terminated:{door}"
    assert heard.story("one")[-1] == f"terminated:{one}"
    assert (heard.dialogs._heard, heard.dialogs._calls, heard.dialogs._users) == ({}, {}, {})


def test_a_call_in_vain_is_rejected_or_given_up() -> None:
    busy = Heard(
        STARTED, LEG_ONE, LegFailed("c", 3.0, 1, 486, ""), ended("busy", "server", "", 486)
    )
    left = Heard(STARTED, LEG_ONE, ended("abandoned", "caller", "", 487))

    assert busy.story("door")[-1] == "terminated:rejected:486"
    assert busy.story("one")[-1] == "terminated:rejected:486"
    assert left.story("door")[-1].startswith("terminated:cancelled")
    assert left.story("one")[-1] == "terminated:cancelled"


def test_a_ring_without_a_tag_is_proceeding() -> None:
    heard = Heard(STARTED, LEG_ONE, LegRang("c", 3.0, 1, 183), LegRang("c", 3.5, 1, 180, "t"))

    assert heard.story("one") == ["trying", "proceeding", "early"]


def leg_of(number: int, *, tag: bytes = b"theirs", is_caller: bool = False) -> Leg:
    """A leg whose dialog has formed; without `is_caller` its phone called us."""
    leg = Leg(number, ONE, Flow("UDP", 0, "192.0.2.11", 5060))
    opening = Opening(b"sip:x@h", b"sip-9", b"ours", b"<sip:a>", b"<sip:b>")
    answer = parse(b"SIP/2.0 200 OK\r\nTo: <sip:b>;tag=" + tag + b"\r\n\r\n")
    assert isinstance(answer, Response)
    leg.dialog = Dialog.from_response(opening, 1, answer, leg.flow)
    leg.dialog.is_caller = is_caller
    return leg


def test_the_callers_dialog_is_the_one_that_is_left() -> None:
    heard, caller = Heard(STARTED), leg_of(0)
    for tag, is_over in ((b"a", False), (b"b", False), (b"b", True)):
        heard.dialogs.identified("c", caller, (b"sip@door", tag), is_over)

    assert [one.remote_tag for one in heard.told] == ["", "a", "b", "a"]
    heard.dialogs.identified("c", caller, (b"sip@door", b"a"), True)
    assert heard.dialogs.of("door")[0].remote_tag == "a"


@pytest.mark.parametrize("is_known_before", [True, False])
def test_a_leg_that_called_us_is_identified_by_its_dialog(is_known_before: bool) -> None:
    heard = Heard(STARTED)
    newcomer = LegStarted("c", 5.0, 0, 3, ONE, "")
    if is_known_before:
        heard.add(newcomer)
    heard.dialogs.identified("c", leg_of(3), (b"sip-9", b"ours"), False)
    if not is_known_before:
        heard.add(newcomer)

    (dialog,) = heard.dialogs.of("one")
    assert (dialog.call_id, dialog.local_tag, dialog.remote_tag) == ("sip-9", "theirs", "ours")
    assert dialog.is_initiator


@pytest.mark.parametrize(
    ("kind", "by", "target", "leaves", "event"),
    [
        ("blind", ONE, "1002", "one", "remote-bye"),
        ("attended", ONE, "two", "one", "remote-bye"),
        ("pick_up", TWO, "one", "one", "replaced"),
    ],
)
def test_who_is_transferred_away_leaves_the_call(
    kind: str, by: Party, target: str, leaves: str, event: str
) -> None:
    heard = Heard(STARTED, LEG_ONE, LegAnswered("c", 4.0, 1, "t1"))
    heard.add(TransferStarted("c", 5.0, kind, by, target), TransferEnded("c", 6.0, kind, 200))

    assert heard.story(leaves)[-1] == f"terminated:{event}"
    assert heard.story("door")[-1] == "confirmed"


def test_a_transfer_that_fails_changes_nothing() -> None:
    heard = Heard(STARTED, LEG_ONE, LegAnswered("c", 4.0, 1, "t1"))
    heard.add(TransferStarted("c", 5.0, "blind", ONE, "9"), TransferEnded("c", 6.0, "blind", 404))

    assert heard.story("one")[-1] == "confirmed"


def test_facts_of_unknown_calls_and_others_facts_change_nothing() -> None:
    heard = Heard(LEG_ONE, ended("answered", "caller"), StageStarted("c", 1.0, 0, "x", 1))
    heard.dialogs.identified("c", leg_of(0), (b"x", b"a"), False)

    assert heard.told == []


def test_telephones_and_strangers_have_no_dialogs() -> None:
    unknown, number = (Party("x", user, site_id=1, is_account=False) for user in ("x", "+44"))
    stranger = CallStarted("c", 1.0, "s", RingPlan("x", unknown, "1", ()), "t")
    telephone = LegStarted("c", 2.0, 0, 1, number, "sip:x")

    assert Heard(stranger, telephone, LegRang("c", 3.0, 1, 180, "t")).told == []


def test_the_other_end_is_hidden_beyond_the_site() -> None:
    far = LegStarted("c", 2.0, 0, 1, Party("indoor", "far", site_id=2), "sip:far@h")

    assert Heard(STARTED, far).dialogs.of("far")[0].peer is None


def test_a_caller_that_wants_to_stay_unnamed_is_unnamed() -> None:
    private = CallStarted("c", 1.0, "s", PLAN, "t", is_private=True)

    assert Heard(private, LEG_ONE).dialogs.of("one")[0].peer is None


Step = CallFact | tuple[str, Leg, tuple[bytes, bytes], bool]
"""A fact, or what is said of a dialog."""


def tell(dialogs: Dialogs, step: Step) -> None:
    """Have the dialogs hear of it."""
    if isinstance(step, tuple):
        dialogs.identified(*step)
    else:
        dialogs.heard(step)


@st.composite
def stories(draw: st.DrawFn) -> list[Step]:
    """What may happen to two calls, in an order that need not make sense; but each leg has a number
    of its own, and ends after it began."""
    parties = st.sampled_from((DOOR, ONE, TWO, Party("x", "+44", site_id=1, is_account=False)))
    tags, legs = st.sampled_from(("", "t1", "t2")), st.integers(0, 3)
    kinds, ends = st.sampled_from(("blind", "attended", "pick_up")), st.sampled_from("cd")
    steps: list[Step] = []
    begun: set[str] = set()
    rung: set[tuple[str, int]] = set()
    for number in range(draw(st.integers(5, 30))):
        call_id, at = draw(ends), float(number)
        leg, tag, party = draw(legs), draw(tags), draw(parties)
        if call_id not in begun:
            begun.add(call_id)
            plan = RingPlan("apartment", party, "1001", (), callee="Flat 1001")
            steps.append(CallStarted(call_id, at, "s", plan, "d-tag", draw(st.booleans())))
            continue
        choice: list[Step] = [
            StageStarted(call_id, at, 0, "x", 1),
            LegRang(call_id, at, leg, 180, tag),
            LegAnswered(call_id, at, leg, tag),
            TransferStarted(call_id, at, draw(kinds), party, draw(parties).user),
            TransferEnded(call_id, at, draw(kinds), 200),
            CallEnded(call_id, at, "answered", "caller", "", 0),
            (call_id, leg_of(0), (b"s", tag.encode()), leg > 1),
            (call_id, leg_of(leg), (b"sip-9", b"ours"), leg > 2),
        ]
        if (call_id, leg) in rung:
            status = draw(st.sampled_from((408, 486)))
            choice += [LegFailed(call_id, at, leg, status, ""), LegReleased(call_id, at, leg, "")]
        elif leg:
            choice.append(LegStarted(call_id, at, 0, leg, party, "sip:c", tag and "sip-1", "ours"))
        step = choice[draw(st.integers(0, len(choice) - 1))]
        if isinstance(step, LegStarted):
            rung.add((call_id, leg))
        steps.append(step)
    return steps


@given(stories(), st.integers(0, 31), st.sampled_from(("door", "one", "two")))
def test_who_begins_to_watch_sees_what_whoever_watched_always_sees(
    story: list[Step], moment: int, user: str
) -> None:
    always = Heard()
    lately: list[WatchedDialog] = []
    dialogs = Dialogs(lately.append)
    for step in story[:moment]:
        tell(always.dialogs, step)
        tell(dialogs, step)
    dialogs.watch(user)
    assert dialogs.of(user) == always.dialogs.of(user)

    told = len(always.told)
    lately.clear()
    for step in story[moment:]:
        tell(always.dialogs, step)
        tell(dialogs, step)
        assert dialogs.of(user) == always.dialogs.of(user)
    assert lately == [one for one in always.told[told:] if one.user == user]


def test_nothing_is_made_of_calls_in_which_nobody_is_watched() -> None:
    told: list[WatchedDialog] = []
    dialogs = Dialogs(told.append)
    dialogs.watch("somebody else")
    for fact in (STARTED, LEG_ONE, LegRang("c", 3.0, 1, 180, "t1")):
        dialogs.heard(fact)
    assert (list(dialogs._heard), dialogs._calls, dialogs._users) == (["c"], {}, {})

    dialogs.heard(ended("missed", "caller"))
    assert (dialogs._heard, dialogs._calls, told) == ({}, {}, [])


def test_whoever_watched_no_more_is_told_no_more_and_may_come_back() -> None:
    heard = Heard(STARTED, LEG_ONE)
    heard.dialogs.unwatch("one")
    heard.add(LegRang("c", 3.0, 1, 180, "t1"))
    assert heard.story("one") == ["trying"]

    heard.dialogs.watch("one")
    assert [dialog.state for dialog in heard.dialogs.of("one")] == ["early"]


def test_a_call_that_goes_on_and_on_keeps_no_more_than_its_dialogs() -> None:
    dialogs, always = Dialogs(lambda dialog: None), Heard()
    rings = [LegRang("c", 3.0, 1, 180, f"t{number}") for number in range(3 * MOST)]
    facts: list[CallFact] = [STARTED, LEG_ONE, *rings]
    for fact in facts:
        dialogs.heard(fact)
        always.add(fact)
    assert (dialogs._heard, list(dialogs._calls)) == ({}, ["c"])

    dialogs.watch("one")
    assert dialogs.of("one") == always.dialogs.of("one")
