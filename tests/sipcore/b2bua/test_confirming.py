"""Telephones whose answer counts only after a key (G04)."""

import pytest

from sipcore.b2bua.facts import (
    CallEnded,
    KeyAwaited,
    KeyPressed,
    LegAnswered,
    LegFailed,
    LegReleased,
    StageEnded,
)
from sipcore.b2bua.hunt import KEY_TIME
from sipcore.b2bua.plan import Party, RingStage, Target
from sipcore.b2bua.policy import VISIT, RingPolicy
from sipcore.b2bua.ports import Route
from sipcore.kernel.flow import Flow
from sipcore.message.message import Request, Response
from sipcore.message.sdp import held
from tests.support.peers import (
    ANSWER_SDP,
    SDP,
    ack,
    cancel,
    in_dialog_of_callee,
    in_dialog_of_caller,
    invite,
    reply,
)
from tests.support.wire import (
    APP,
    DOOR,
    MONITOR,
    Sent,
    Wire,
    requests,
    responses,
    sent_to,
    stage,
    talk,
)

FIRST, SECOND = Flow("UDP", 0, "192.0.2.51", 5060), Flow("UDP", 0, "192.0.2.52", 5060)
RELAY = "application/dtmf-relay"


def number(user: str) -> Target:
    return Target(Party("landline", user, "Ann", is_account=False), "provider", confirms=True)


NUMBERS = (number("+441"), number("+442"))
LATER = stage("guard", "app", kind="guard")


class Scene:
    """Flat and door: a monitor and two telephones ring together, then a guard phone."""

    def __init__(self, *, offer: bytes = SDP, policy: RingPolicy | None = None) -> None:
        indoor = Target(Party("indoor", "monitor"))
        together = RingStage("landline+indoor", (*NUMBERS, indoor), 45.0)
        contacts = {"+441": [FIRST], "+442": [SECOND], "monitor": [MONITOR], "app": [APP]}
        self.wire = Wire(together, LATER, contacts=contacts)
        self.wire.planner.policy = policy or RingPolicy()
        self.press = invite(DOOR, body=offer)
        sent = self.wire.receive(self.press, DOOR)
        self.first, self.second, self.monitor = requests(sent, b"INVITE")

    def answer(self, leg: Request, flow: Flow, body: bytes = ANSWER_SDP) -> Sent:
        return self.wire.receive(reply(leg, 200, flow=flow, body=body), flow)

    def say(
        self,
        leg: Request,
        flow: Flow,
        body: bytes = b"1",
        kind: str = RELAY,
        method: str = "INFO",
        cseq: int = 1,
    ) -> Sent:
        branch = f"z9hG4bK{flow.host}{method}{cseq}"
        data = in_dialog_of_callee(
            method, leg, flow, body=body, content_type=kind, cseq=cseq, branch=branch
        )
        return self.wire.receive(data, flow)

    def facts(self, *kinds: type) -> list[object]:
        return [fact for fact in self.wire.journal.facts if isinstance(fact, kinds)]

    @property
    def ended(self) -> list[tuple[str, int]]:
        return [(f.outcome, f.status) for f in self.wire.journal.facts if isinstance(f, CallEnded)]

    @property
    def failed(self) -> list[tuple[int, int, str]]:
        facts = self.wire.journal.facts
        return [(f.leg, f.status, f.reason) for f in facts if isinstance(f, LegFailed)]


def finals(sent: Sent) -> list[int]:
    return [m.status for m, flow in sent if isinstance(m, Response) and flow == DOOR]


def reasons(sent: Sent, method: bytes) -> list[bytes]:
    return [request.first(b"reason") or b"" for request in requests(sent, method)]


def test_a_telephone_that_is_answered_is_acknowledged_and_the_others_ring_on() -> None:
    scene = Scene()

    sent = scene.answer(scene.first, FIRST)

    assert sent_to(sent, FIRST) == [(b"ACK", b"ACK")]
    assert sent_to(sent, MONITOR) == sent_to(sent, SECOND) == []
    assert finals(sent) == [180]
    assert [type(fact) for fact in scene.facts(KeyAwaited, LegAnswered)] == [KeyAwaited]


def test_the_caller_hears_no_second_ringing_when_it_heard_one() -> None:
    scene = Scene()
    scene.wire.receive(reply(scene.first, 180, flow=FIRST), FIRST)

    assert finals(scene.answer(scene.first, FIRST)) == []


def test_with_the_key_the_caller_gets_the_answer_and_the_others_are_released() -> None:
    scene = Scene()
    scene.wire.receive(reply(scene.monitor, 180, flow=MONITOR), MONITOR)
    scene.answer(scene.first, FIRST)

    sent = scene.say(scene.first, FIRST)

    assert sent_to(sent, FIRST) == [(200, b"INFO")]
    assert sent_to(sent, MONITOR) == [(b"CANCEL", b"CANCEL")]
    (answer,) = responses(sent, lambda response: response.cseq.method == b"INVITE")
    assert (answer.status, answer.body) == (200, ANSWER_SDP)
    assert [fact.leg for fact in scene.facts(LegAnswered)] == [1]  # type: ignore[attr-defined]
    assert [fact.accepted for fact in scene.facts(KeyPressed)] == [True]  # type: ignore[attr-defined]


def test_after_the_key_both_talk_and_digits_cross_to_the_door() -> None:
    scene = Scene()
    scene.answer(scene.first, FIRST)
    sent = scene.say(scene.first, FIRST)
    (answer,) = responses(sent, lambda response: response.cseq.method == b"INVITE")
    assert scene.wire.receive(ack(answer, DOOR), DOOR) == []

    digits = scene.say(scene.first, FIRST, b"Signal=7", cseq=2)
    (crossed,) = requests(digits, b"INFO")
    scene.wire.receive(reply(crossed, 200, flow=DOOR), DOOR)
    ended = scene.wire.receive(
        in_dialog_of_caller("BYE", answer, DOOR, cseq=2, branch="z9hG4bKbye"), DOOR
    )

    assert sent_to(digits, DOOR) == [(b"INFO", b"INFO")]
    assert scene.wire.digits.seen == [("+441", "1000000001", b"Signal=7")]
    assert sent_to(ended, FIRST) == [(b"BYE", b"BYE")]
    assert scene.ended == [("answered", 200)]


def test_the_session_runs_from_the_answer_and_not_from_the_key() -> None:
    scene = Scene()
    told = ("Require: timer", "Session-Expires: 90;refresher=uac")
    answer = reply(scene.first, 200, flow=FIRST, body=ANSWER_SDP, extra=told)
    scene.wire.receive(answer, FIRST)
    scene.wire.advance(KEY_TIME - 1.0)
    (answered,) = responses(
        scene.say(scene.first, FIRST), lambda response: response.cseq.method == b"INVITE"
    )
    scene.wire.receive(ack(answered, DOOR), DOOR)

    early = scene.wire.advance(45.0 - KEY_TIME + 0.5)
    refreshes = scene.wire.advance(1.0)

    assert sent_to(early, FIRST) == []
    assert [method for method, _ in sent_to(refreshes, FIRST)] in ([b"UPDATE"], [b"INVITE"])


def test_no_door_hears_the_key_itself() -> None:
    scene = Scene()
    scene.answer(scene.first, FIRST)
    scene.say(scene.first, FIRST)

    assert scene.wire.digits.seen == []


def test_the_first_of_two_telephones_that_confirms_wins_and_the_other_gets_bye() -> None:
    scene = Scene()
    scene.answer(scene.first, FIRST)
    scene.answer(scene.second, SECOND)

    sent = scene.say(scene.second, SECOND)

    assert sent_to(sent, FIRST) == [(b"BYE", b"BYE")]
    assert reasons(sent, b"BYE") == [b'SIP;cause=200;text="Call completed elsewhere"']
    assert [(f.leg, f.reason) for f in scene.facts(LegReleased)] == [  # type: ignore[attr-defined]
        (1, "answered_elsewhere"),
        (3, "answered_elsewhere"),
    ]
    (bye,) = requests(sent, b"BYE")
    assert scene.wire.receive(reply(bye, 200, flow=FIRST), FIRST) == []
    assert sent_to(scene.say(scene.first, FIRST), FIRST) == [(481, b"INFO")]


def test_a_monitor_that_answers_meanwhile_wins() -> None:
    scene = Scene()
    scene.answer(scene.first, FIRST)

    sent = scene.answer(scene.monitor, MONITOR)

    assert sent_to(sent, FIRST) == [(b"BYE", b"BYE")]
    assert finals(sent) == [200]
    assert [fact.leg for fact in scene.facts(LegAnswered)] == [3]  # type: ignore[attr-defined]


def test_another_key_declines() -> None:
    scene = Scene()
    scene.answer(scene.first, FIRST)

    sent = scene.say(scene.first, FIRST, b"2")

    assert sent_to(sent, FIRST) == [(200, b"INFO"), (b"BYE", b"BYE")]
    assert sent_to(sent, MONITOR) == []
    assert scene.failed == [(1, 603, "key_refused")]
    assert [fact.accepted for fact in scene.facts(KeyPressed)] == [False]  # type: ignore[attr-defined]


def test_another_key_ends_what_a_decline_ends() -> None:
    scene = Scene(policy=RingPolicy(declined=VISIT))
    scene.answer(scene.first, FIRST)

    sent = scene.say(scene.first, FIRST, b"#")

    assert finals(sent) == [603]
    assert scene.ended == [("refused", 603)]


@pytest.mark.parametrize("body", [b"1", b"12"])
def test_the_first_key_decides(body: bytes) -> None:
    scene = Scene()
    scene.answer(scene.first, FIRST)

    assert 200 in finals(scene.say(scene.first, FIRST, body))


def test_the_key_is_the_one_of_the_policy() -> None:
    scene = Scene(policy=RingPolicy(key="5"))
    scene.answer(scene.first, FIRST)
    scene.answer(scene.second, SECOND)

    assert finals(scene.say(scene.first, FIRST, b"1")) == []
    assert finals(scene.say(scene.second, SECOND, b"5")) == [200]


def test_without_a_key_the_telephone_is_hung_up_and_counts_as_unanswered() -> None:
    scene = Scene()
    scene.answer(scene.first, FIRST)
    assert requests(scene.wire.advance(KEY_TIME - 0.1), b"BYE") == []

    sent = scene.wire.advance(0.2)

    assert sent_to(sent, FIRST) == [(b"BYE", b"BYE")]
    assert scene.failed == [(1, 408, "no_key")]
    assert scene.facts(StageEnded) == []


def test_where_nobody_else_rings_a_mailbox_ends_the_stage_when_its_time_is_over() -> None:
    wire = Wire(RingStage("landline", NUMBERS[:1], 45.0), LATER, contacts={"+441": [FIRST]})
    (leg,) = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    wire.receive(reply(leg, 200, flow=FIRST, body=ANSWER_SDP), FIRST)

    sent = wire.advance(KEY_TIME + 0.1)

    assert finals(sent) == [408]
    assert "StageSkipped" in wire.journal.names


def test_a_telephone_that_hangs_up_before_the_key_counts_as_unanswered() -> None:
    scene = Scene()
    scene.answer(scene.first, FIRST)

    sent = scene.say(scene.first, FIRST, b"", "", "BYE")

    assert sent_to(sent, FIRST) == [(200, b"BYE")]
    assert sent_to(sent, MONITOR) == sent_to(sent, DOOR) == []
    assert scene.failed == [(1, 408, "hung_up")]
    assert sent_to(scene.say(scene.first, FIRST, cseq=2), FIRST) == [(481, b"INFO")]


def test_the_end_of_the_stage_hangs_the_telephone_up_and_the_next_stage_begins() -> None:
    scene = Scene()
    scene.wire.receive(reply(scene.first, 180, flow=FIRST), FIRST)
    scene.wire.advance(40.0)
    scene.answer(scene.first, FIRST)

    sent = scene.wire.advance(5.1)

    assert sent_to(sent, FIRST) == [(b"BYE", b"BYE")]
    assert sent_to(sent, APP) == [(b"INVITE", b"INVITE")]


def test_a_visitor_who_leaves_hangs_the_telephone_up() -> None:
    scene = Scene()
    scene.answer(scene.first, FIRST)

    sent = scene.wire.receive(cancel(scene.press), DOOR)

    assert sent_to(sent, FIRST) == [(b"BYE", b"BYE")]
    assert scene.ended == [("abandoned", 487)]
    (bye,) = requests(sent, b"BYE")
    scene.wire.receive(reply(bye, 200, flow=FIRST), FIRST)
    scene.wire.advance(200.0)
    assert scene.wire.remains == {}


def test_the_longest_ring_holds_for_a_telephone_that_waits_for_its_key() -> None:
    scene = Scene(policy=RingPolicy(longest=12.0))
    scene.wire.advance(10.0)
    scene.answer(scene.first, FIRST)

    sent = scene.wire.advance(2.1)

    assert sent_to(sent, FIRST) == [(b"BYE", b"BYE")]
    assert finals(sent) == [408]


def test_a_bye_that_crosses_ours_does_not_end_the_visit() -> None:
    scene = Scene()
    scene.answer(scene.first, FIRST)
    scene.say(scene.first, FIRST, b"9")

    sent = scene.say(scene.first, FIRST, b"", "", "BYE", cseq=2)

    assert sent_to(sent, FIRST) == [(200, b"BYE")]
    assert scene.ended == []


def test_an_answer_that_is_repeated_gets_the_same_ack_and_the_key_is_awaited_once() -> None:
    scene = Scene()
    scene.answer(scene.first, FIRST)

    assert sent_to(scene.answer(scene.first, FIRST), FIRST) == [(b"ACK", b"ACK")]
    assert len(scene.facts(KeyAwaited)) == 1


def test_what_is_no_key_changes_nothing() -> None:
    scene = Scene()
    scene.answer(scene.first, FIRST)

    answers = [
        scene.say(scene.first, FIRST, b"", RELAY, cseq=1),
        scene.say(scene.first, FIRST, b"1", "text/plain", cseq=2),
        scene.say(scene.first, FIRST, b"", "", "OPTIONS", cseq=3),
        scene.say(scene.first, FIRST, SDP, "application/sdp", "INVITE", cseq=4),
        scene.say(scene.first, FIRST, SDP, "application/sdp", "UPDATE", cseq=5),
    ]

    statuses = [sent_to(sent, FIRST)[0][0] for sent in answers]
    assert statuses == [200, 480, 200, 491, 500]
    assert scene.facts(KeyPressed, LegFailed) == []
    assert finals(scene.say(scene.first, FIRST, cseq=6)) == [200]


def test_the_caller_hears_neither_tones_nor_greetings_before_the_key() -> None:
    scene = Scene()

    early = scene.wire.receive(reply(scene.first, 183, flow=FIRST, body=ANSWER_SDP), FIRST)
    again = scene.wire.receive(reply(scene.first, 183, flow=FIRST, body=ANSWER_SDP), FIRST)
    (progress,) = responses(early)
    scene.answer(scene.first, FIRST)

    assert (progress.status, progress.body, again) == (180, b"", [])
    update = in_dialog_of_caller(
        "UPDATE",
        progress,
        DOOR,
        cseq=2,
        branch="z9hG4bKup",
        body=SDP,
        content_type="application/sdp",
    )
    assert finals(scene.wire.receive(update, DOOR)) == [500]
    (answer,) = responses(
        scene.say(scene.first, FIRST), lambda response: response.cseq.method == b"INVITE"
    )
    assert (answer.to_tag, answer.body) == (progress.to_tag, ANSWER_SDP)


def test_a_telephone_that_confirms_is_not_asked_for_reliable_responses() -> None:
    """Its answer would stand in one of them, and in no 2xx that could be kept."""
    contacts = {"+441": [FIRST], "monitor": [MONITOR]}
    both = RingStage("landline+indoor", (NUMBERS[0], Target(Party("indoor", "monitor"))), 45.0)
    wire = Wire(both, contacts=contacts)
    sent = wire.receive(invite(DOOR, extra=("Supported: 100rel",)), DOOR)

    supported = [leg.first(b"supported") or b"" for leg in requests(sent, b"INVITE")]
    assert [b"100rel" in value for value in supported] == [False, True]

    (first, _) = requests(sent, b"INVITE")
    early = reply(first, 183, flow=FIRST, body=ANSWER_SDP, extra=("Require: 100rel", "RSeq: 7"))
    sent = wire.receive(early, FIRST)
    assert [request.first(b"rack") for request in requests(sent, b"PRACK")] == [b"7 1 INVITE"]
    assert [m.body for m in responses(sent)] == [b""]


def test_an_offer_of_the_telephone_is_held_until_the_key_and_then_made_afresh() -> None:
    """A door that offers nothing: the ACK must carry an answer, and there is none yet."""
    scene = Scene(offer=b"")

    (held_ack,) = requests(scene.answer(scene.first, FIRST, SDP), b"ACK")
    assert held_ack.body == held(SDP)

    sent = scene.say(scene.first, FIRST)
    (answer,) = responses(sent, lambda response: response.cseq.method == b"INVITE")
    assert (answer.status, answer.body) == (200, SDP)
    assert requests(sent, b"ACK") == []

    (asked,) = requests(scene.wire.receive(ack(answer, DOOR, body=ANSWER_SDP), DOOR), b"INVITE")
    assert asked.body == b""
    (offered,) = requests(
        scene.wire.receive(reply(asked, 200, flow=DOOR, body=SDP), DOOR), b"INVITE"
    )
    assert offered.body == SDP
    joined = scene.wire.receive(reply(offered, 200, flow=FIRST, body=ANSWER_SDP), FIRST)
    assert sent_to(joined, FIRST) == [(b"ACK", b"ACK")]
    assert [m.body for m in requests(joined, b"ACK")] == [b"", ANSWER_SDP]


def test_a_telephone_that_need_not_confirm_answers_at_once() -> None:
    plain = Target(Party("landline", "+441", is_account=False), "provider")
    wire = Wire(RingStage("landline", (plain,), 45.0), contacts={"+441": [FIRST]})
    (leg,) = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")

    sent = wire.receive(reply(leg, 200, flow=FIRST, body=ANSWER_SDP), FIRST)

    assert 200 in finals(sent)


def passed_on() -> tuple[Wire, Request]:
    """Door and monitor talk; the monitor passes the door on to a telephone, which is answered."""
    on = talk()
    wire = on.wire
    wire.contacts.flows["+441"] = [FIRST]
    wire.planner.stages = (RingStage("landline", NUMBERS[:1], 45.0),)
    wire.planner.caller_kind = "indoor"
    refer = on.monitor("REFER", extra=("Refer-To: <sip:1002@doorline.test>",))
    (leg,) = requests(wire.receive(refer, MONITOR), b"INVITE")
    sent = wire.receive(reply(leg, 200, flow=FIRST, body=ANSWER_SDP), FIRST)
    assert (sent_to(sent, FIRST), sent_to(sent, DOOR)) == ([(b"ACK", b"ACK")], [])
    return wire, leg


def test_a_call_is_passed_on_to_a_telephone_once_it_has_confirmed() -> None:
    wire, leg = passed_on()

    key = in_dialog_of_callee("INFO", leg, FIRST, body=b"1", content_type=RELAY)
    sent = wire.receive(key, FIRST)

    assert sent_to(sent, FIRST) == [(200, b"INFO")]
    assert (b"BYE", b"BYE") in sent_to(sent, MONITOR)
    assert sent_to(sent, DOOR) == [(b"INVITE", b"INVITE")]


def test_a_call_stays_where_it_is_when_the_telephone_does_not_confirm() -> None:
    wire, _ = passed_on()

    sent = wire.advance(KEY_TIME + 0.1)

    assert sent_to(sent, FIRST) == [(b"BYE", b"BYE")]
    assert sent_to(sent, DOOR) == []
    assert {method for method, _ in sent_to(sent, MONITOR)} == {b"NOTIFY"}
    assert "CallEnded" not in wire.journal.names


def test_a_telephone_has_to_confirm_through_whichever_trunk_it_is_reached() -> None:
    wire = Wire(RingStage("landline", NUMBERS[:1], 45.0))
    wire.contacts.trunk = (FIRST,)
    wire.contacts.fallback = Route(b"sip:+441@two", SECOND, b"sip:+441@two", trunk="two")
    (leg,) = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    (other,) = requests(wire.receive(reply(leg, 503, flow=FIRST), FIRST), b"INVITE")

    sent = wire.receive(reply(other, 200, flow=SECOND, body=ANSWER_SDP), SECOND)

    assert sent_to(sent, SECOND) == [(b"ACK", b"ACK")]
    assert 200 not in finals(sent)
