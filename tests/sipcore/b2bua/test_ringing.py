"""B-legs and stages, on a wire of lists."""

import pytest

from sipcore.b2bua.facts import (
    CallEnded,
    LegFailed,
    LegRang,
    LegReleased,
    LegStarted,
    StageEnded,
    StageSkipped,
    TargetSkipped,
)
from sipcore.b2bua.plan import Party, RingStage, SkippedTarget, Target
from sipcore.b2bua.policy import LEG, STAGE, VISIT, RingPolicy
from sipcore.kernel.flow import Flow
from sipcore.message.message import Request
from tests.support.peers import (
    ANSWER_SDP,
    SDP,
    ack,
    ack_failure,
    cancel,
    in_dialog_of_caller,
    invite,
    reply,
)
from tests.support.wire import APP, DOOR, MONITOR, Wire, requests, responses, sent_to, stage

GUARD = Flow("UDP", 0, "192.0.2.13", 5060)
CONTACTS = {"monitor": [MONITOR], "app": [APP]}
BOTH = stage("app+indoor", "monitor", "app")
TWO_STAGES = (stage("indoor", "monitor", timeout=10.0), stage("app", "app", kind="app"))


def pressed(*stages: RingStage, **options: bytes) -> tuple[Wire, list[Request]]:
    """The door has called; the INVITEs of the first stage."""
    wire = Wire(*stages, contacts=CONTACTS)
    return wire, requests(wire.receive(invite(DOOR, **options), DOOR), b"INVITE")  # type: ignore[arg-type]


def trunk_call() -> tuple[Wire, Request]:
    """A call to a landline through a trunk that wants credentials."""
    number = Party("landline", "+49301234")
    plan = RingStage("landline", (Target(number, trunk="provider"),), 45.0)
    wire = Wire(plan, contacts={"+49301234": [APP]})
    wire.challenges.line = b'Authorization: Digest username="u"'
    (leg,) = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    return wire, leg


def test_a_stage_rings_sixty_contacts_and_no_more() -> None:
    many = [Flow("UDP", 0, f"198.51.100.{n}", 5060) for n in range(120)]
    wire = Wire(stage("all", "big", "app"), contacts={"big": many, "app": [APP]})

    legs = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")

    assert len(legs) == 60
    assert [fact for fact in wire.journal.facts if isinstance(fact, TargetSkipped)] == [
        TargetSkipped("token-2", wire.clock.utc(), 0, Party("indoor", "app", "app"), "fork_limit")
    ]


def test_a_phone_is_on_record_as_ringing_once() -> None:
    wire, (monitor,) = pressed(*TWO_STAGES)

    for status in (180, 180, 183):
        wire.receive(reply(monitor, status, flow=MONITOR), MONITOR)

    rang = [(fact.leg, fact.status) for fact in wire.journal.facts if isinstance(fact, LegRang)]
    assert rang == [(1, 180)]


def test_a_stage_whose_phones_stay_silent_ends_without_a_cancel() -> None:
    wire, (monitor,) = pressed(*TWO_STAGES)

    sent = wire.advance(10.1)

    assert requests(sent, b"CANCEL") == []
    assert [leg.uri for leg in requests(sent, b"INVITE") if leg.branch != monitor.branch] == [
        b"sip:app@192.0.2.12:5060"
    ]


def test_a_silent_phone_that_rings_after_its_stage_is_cancelled_then() -> None:
    wire, (monitor,) = pressed(*TWO_STAGES)
    wire.advance(10.1)

    sent = wire.receive(reply(monitor, 180, flow=MONITOR), MONITOR)

    assert sent_to(sent, MONITOR) == [(b"CANCEL", b"CANCEL")]
    assert sent_to(sent, DOOR) == []


def test_a_phone_that_answers_after_its_stage_gets_ack_and_bye() -> None:
    wire, (monitor,) = pressed(*TWO_STAGES)
    wire.advance(10.1)

    sent = wire.receive(reply(monitor, 200, body=ANSWER_SDP, flow=MONITOR), MONITOR)
    again = wire.receive(reply(monitor, 200, body=ANSWER_SDP, flow=MONITOR), MONITOR)

    assert sent_to(sent, MONITOR) == [(b"ACK", b"ACK"), (b"BYE", b"BYE")]
    assert sent_to(again, MONITOR) == [(b"ACK", b"ACK")]
    released = [fact for fact in wire.journal.facts if isinstance(fact, LegReleased)]
    assert [(fact.leg, fact.reason) for fact in released] == [
        (1, "stage_timeout"),
        (1, "late_answer"),
    ]


def test_a_late_answer_with_an_offer_is_declined_in_its_ack() -> None:
    wire, (monitor,) = pressed(*TWO_STAGES, body=b"")
    wire.advance(10.1)

    sent = wire.receive(reply(monitor, 200, body=SDP, flow=MONITOR), MONITOR)

    (declined,) = requests(sent, b"ACK")
    assert declined.body == SDP.replace(b"m=audio 4000", b"m=audio 0")
    assert declined.content_type == b"application/sdp"


def test_a_cancelled_phone_is_given_32_seconds_to_answer() -> None:
    wire, (monitor,) = pressed(BOTH)[0], pressed(BOTH)[1][:1]
    wire.receive(reply(monitor, 180, flow=MONITOR), MONITOR)
    wire.receive(cancel(invite(DOOR)), DOOR)

    wire.advance(80.0)

    assert wire.remains == {}


def test_the_487_that_ends_a_cancelled_invite_is_acknowledged() -> None:
    wire, (monitor,) = pressed(TWO_STAGES[0])
    press = invite(DOOR)
    wire.receive(reply(monitor, 180, flow=MONITOR), MONITOR)
    sent = wire.receive(cancel(press), DOOR)
    (withdrawn,) = requests(sent, b"CANCEL")
    (terminated,) = responses(sent, lambda response: response.status == 487)

    wire.receive(reply(withdrawn, 200), MONITOR)
    sent = wire.receive(reply(monitor, 487), MONITOR)
    wire.receive(ack_failure(press, terminated), DOOR)
    wire.advance(40.0)

    assert sent_to(sent, MONITOR) == [(b"ACK", b"ACK")]
    assert wire.remains == {}


def test_an_answer_that_crosses_the_cancel_is_acknowledged_and_hung_up() -> None:
    wire, (monitor,) = pressed(TWO_STAGES[0])
    wire.receive(reply(monitor, 180, flow=MONITOR), MONITOR)
    wire.receive(cancel(invite(DOOR)), DOOR)

    sent = wire.receive(reply(monitor, 200, body=ANSWER_SDP, flow=MONITOR), MONITOR)

    assert sent_to(sent, MONITOR) == [(b"ACK", b"ACK"), (b"BYE", b"BYE")]
    assert sent_to(sent, DOOR) == []


def test_a_second_answer_with_another_tag_is_hung_up_and_the_first_one_talks_on() -> None:
    wire, (leg,) = pressed(TWO_STAGES[0])
    (answer,) = responses(wire.receive(reply(leg, 200, body=ANSWER_SDP, flow=MONITOR), MONITOR))
    wire.receive(ack(answer, DOOR), DOOR)

    second = reply(leg, 200, tag="fork", body=ANSWER_SDP, flow=MONITOR)
    sent = wire.receive(second, MONITOR)
    again = wire.receive(second, MONITOR)

    assert [(r.method, r.to_tag) for r in requests(sent, b"ACK") + requests(sent, b"BYE")] == [
        (b"ACK", b"fork"),
        (b"BYE", b"fork"),
    ]
    assert sent_to(again, MONITOR) == [(b"ACK", b"ACK")]
    assert wire.endpoint.active_calls == 1


def test_the_answer_to_the_bye_for_an_unwanted_answer_ends_nothing_else() -> None:
    wire, (leg,) = pressed(TWO_STAGES[0])
    wire.receive(reply(leg, 200, body=ANSWER_SDP, flow=MONITOR), MONITOR)
    fork = reply(leg, 200, tag="fork", body=ANSWER_SDP, flow=MONITOR)
    (bye,) = requests(wire.receive(fork, MONITOR), b"BYE")

    wire.receive(reply(bye, 200), MONITOR)

    assert (wire.endpoint.active_calls, len(wire.endpoint.switchboard.dialogs)) == (1, 2)


def test_a_repeated_offer_waits_for_the_callers_answer() -> None:
    wire, (leg,) = pressed(TWO_STAGES[0], body=b"")
    offer = reply(leg, 200, body=SDP, flow=MONITOR)
    wire.receive(offer, MONITOR)

    assert wire.receive(offer, MONITOR) == []


def test_endless_answers_of_one_phone_are_not_served_for_ever() -> None:
    wire, (leg,) = pressed(TWO_STAGES[0])
    sent = []
    for number in range(20):
        data = reply(leg, 200, tag=f"fork{number}", body=ANSWER_SDP, flow=MONITOR)
        sent += wire.receive(data, MONITOR)

    assert len(requests(sent, b"ACK")) == 8
    assert len(requests(sent, b"BYE")) == 7


def test_a_repeated_answer_is_acknowledged_again_even_after_the_call() -> None:
    wire, (leg,) = pressed(TWO_STAGES[0])
    answer = reply(leg, 200, body=ANSWER_SDP, flow=MONITOR)
    sent = wire.receive(answer, MONITOR)
    (first,) = requests(sent, b"ACK")
    wire.receive(ack(responses(sent)[0], DOOR), DOOR)

    (again,) = wire.receive(answer, MONITOR)

    assert (again[0].raw, again[1]) == (first.raw, MONITOR)


@pytest.mark.parametrize(
    "broken", ["Contact: <sip:[broken>", "Contact: *", "Record-Route: not a route"]
)
def test_a_phone_whose_answer_is_malformed_is_reached_where_its_invite_went(broken: str) -> None:
    wire, (leg,) = pressed(TWO_STAGES[0])

    sent = wire.receive(reply(leg, 200, body=ANSWER_SDP, extra=(broken,)), MONITOR)

    (acknowledged,) = requests(sent, b"ACK")
    assert (acknowledged.uri, sent_to(sent, DOOR)) == (leg.uri, [(200, b"INVITE")])


def test_an_answer_without_tag_belongs_to_a_dialog_all_the_same() -> None:
    wire, (leg,) = pressed(TWO_STAGES[0])
    data = reply(leg, 200, body=ANSWER_SDP, flow=MONITOR).replace(b";tag=callee-tag", b"")

    sent = wire.receive(data, MONITOR)

    assert sent_to(sent, MONITOR) == [(b"ACK", b"ACK")]
    assert sent_to(sent, DOOR) == [(200, b"INVITE")]


@pytest.mark.parametrize(
    ("status", "told", "outcome"),
    [
        (302, 480, "missed"),
        (401, 500, "failed"),
        (486, 486, "busy"),
        (488, 488, "failed"),
        (503, 500, "failed"),
        (600, 600, "busy"),
        (603, 603, "refused"),
    ],
)
def test_the_failure_of_the_only_phone_is_told_as_it_concerns_the_caller(
    status: int, told: int, outcome: str
) -> None:
    wire, (leg,) = pressed(TWO_STAGES[0])

    sent = wire.receive(reply(leg, status, contact="sip:else@192.0.2.77"), MONITOR)

    assert sent_to(sent, MONITOR) == [(b"ACK", b"ACK")]
    assert sent_to(sent, DOOR) == [(told, b"INVITE")]
    ended = [fact.outcome for fact in wire.journal.facts if isinstance(fact, CallEnded)]
    assert ended == [outcome]


def test_a_declining_phone_does_not_silence_the_others() -> None:
    wire, (monitor, app) = pressed(BOTH)

    sent = wire.receive(reply(monitor, 603), MONITOR)
    (answer,) = responses(wire.receive(reply(app, 200, body=SDP, flow=APP), APP))

    assert sent_to(sent, APP) == []
    assert answer.status == 200


def test_an_answer_stops_every_later_stage() -> None:
    wire, (monitor,) = pressed(*TWO_STAGES)
    (answer,) = responses(wire.receive(reply(monitor, 200, body=SDP, flow=MONITOR), MONITOR))
    wire.receive(ack(answer, DOOR), DOOR)

    assert wire.advance(60.0) == []
    assert wire.journal.names == [
        "CallStarted",
        "StageStarted",
        "LegStarted",
        "LegAnswered",
    ]


def test_a_skipped_target_and_a_stage_without_targets_are_recorded_with_the_reason() -> None:
    off = RingStage("landline", (), 45.0, (SkippedTarget(Party("landline", "+4930"), "no_trunk"),))
    wire = Wire(off, TWO_STAGES[1], contacts=CONTACTS)

    wire.receive(invite(DOOR), DOOR)

    at = wire.clock.utc()
    assert wire.journal.facts[1:3] == [
        TargetSkipped("token-2", at, 0, Party("landline", "+4930"), "no_trunk"),
        StageSkipped("token-2", at, 0, "landline", "no_trunk"),
    ]


def test_a_trunk_that_challenges_again_has_refused() -> None:
    wire, leg = trunk_call()
    (again,) = requests(wire.receive(reply(leg, 407), APP), b"INVITE")

    sent = wire.receive(reply(again, 407), APP)

    assert sent_to(sent, APP) == [(b"ACK", b"ACK")]
    assert sent_to(sent, DOOR) == [(500, b"INVITE")]
    assert [fact for fact in wire.journal.facts if isinstance(fact, LegFailed)] == [
        LegFailed("token-2", wire.clock.utc(), 1, 407, "Whatever")
    ]


def test_a_trunk_without_credentials_fails_at_its_challenge() -> None:
    wire, leg = trunk_call()
    wire.challenges.line = None

    sent = wire.receive(reply(leg, 401), APP)

    assert sent_to(sent, DOOR) == [(500, b"INVITE")]


def test_the_ack_and_a_challenged_bye_carry_credentials_too() -> None:
    wire, leg = trunk_call()
    (again,) = requests(wire.receive(reply(leg, 401), APP), b"INVITE")
    sent = wire.receive(reply(again, 200, body=ANSWER_SDP, flow=APP), APP)
    (acknowledged,) = requests(sent, b"ACK")
    (answer,) = responses(sent)
    wire.receive(ack(answer, DOOR), DOOR)

    hang_up = in_dialog_of_caller("BYE", answer, DOOR, cseq=2, branch="z9hG4bKbye")
    sent = wire.receive(hang_up, DOOR)
    (bye,) = requests(sent, b"BYE")
    (bye_again,) = requests(wire.receive(reply(bye, 407), APP), b"BYE")
    assert wire.remains["dialogs"] == 1
    wire.receive(reply(bye_again, 200), APP)

    credentials = b'Digest username="u"'
    assert (acknowledged.cseq.number, acknowledged.first(b"authorization")) == (2, credentials)
    assert bye.first(b"authorization") is None
    assert (bye_again.cseq.number, bye_again.first(b"authorization")) == (4, credentials)
    assert bye_again.branch != bye.branch
    assert "dialogs" not in wire.remains


def test_a_challenge_to_a_phone_that_is_released_is_not_answered() -> None:
    wire, leg = trunk_call()
    wire.receive(cancel(invite(DOOR)), DOOR)

    sent = wire.receive(reply(leg, 401), APP)

    assert sent_to(sent, APP) == [(b"ACK", b"ACK")]


def test_a_phone_on_a_broken_flow_fails_at_once_and_the_others_ring() -> None:
    wire = Wire(BOTH, contacts=CONTACTS)
    wire.broken.add(MONITOR)

    sent = wire.receive(invite(DOOR), DOOR)

    assert [(r.uri) for r in requests(sent, b"INVITE")] == [b"sip:app@192.0.2.12:5060"]
    assert LegFailed("token-2", wire.clock.utc(), 1, 503, "Service Unavailable") in (
        wire.journal.facts
    )


def test_when_no_phone_can_be_sent_to_every_stage_passes_in_one_moment() -> None:
    wire = Wire(BOTH, TWO_STAGES[1], contacts=CONTACTS)
    wire.broken |= {MONITOR, APP}

    sent = wire.receive(invite(DOOR), DOOR)

    assert sent_to(sent, DOOR) == [(100, b"INVITE"), (500, b"INVITE")]
    assert [name for name in wire.journal.names if name == "CallEnded"] == ["CallEnded"]


def test_a_full_table_fails_the_legs_it_has_no_room_for() -> None:
    wire = Wire(BOTH, contacts=CONTACTS)
    wire.endpoint.table.max_transactions = 1

    sent = wire.receive(invite(DOOR), DOOR)

    assert [r.uri for r in requests(sent, b"INVITE")] == [b"sip:monitor@192.0.2.11:5060"]
    assert wire.endpoint.counters["transactions_refused"] == 1


def test_where_the_site_says_so_one_phone_declines_for_all() -> None:
    wire = Wire(
        stage("indoor", "monitor", "app"),
        stage("guard", "guard"),
        contacts={"monitor": [MONITOR], "app": [APP], "guard": [MONITOR]},
    )
    wire.planner.policy = RingPolicy(declined=VISIT, global_failure=VISIT)
    monitor, app = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    wire.receive(reply(app, 180, flow=APP), APP)

    sent = wire.receive(reply(monitor, 603), MONITOR)

    assert (603, b"INVITE") in sent_to(sent, DOOR)
    (withdrawn,) = requests(sent, b"CANCEL")
    assert withdrawn.first(b"reason") == b'SIP;cause=603;text="Declined by another party"'
    assert requests(sent, b"INVITE") == []
    assert wire.endpoint.active_calls == 0


def rung(wire: Wire) -> list[str]:
    """Whom the call has rung, in order."""
    return [fact.party.user for fact in wire.journal.facts if isinstance(fact, LegStarted)]


def ended(wire: Wire) -> list[tuple[int, str]]:
    """How its stages have ended."""
    return [
        (fact.stage, fact.reason) for fact in wire.journal.facts if isinstance(fact, StageEnded)
    ]


def outcome(wire: Wire) -> tuple[str, str, int]:
    """How the call has ended."""
    (fact,) = (fact for fact in wire.journal.facts if isinstance(fact, CallEnded))
    return fact.outcome, fact.reason, fact.status


def left_out(wire: Wire) -> list[tuple[int, str, str]]:
    """Who was left out in which stage, and why."""
    return [
        (fact.stage, fact.party.user, fact.reason)
        for fact in wire.journal.facts
        if isinstance(fact, TargetSkipped)
    ]


# -- who can be reached is asked when a stage begins ------------------------------------------

UNPLANNED = RingStage(
    "app", (), 20.0, (SkippedTarget(Party("app", "app", "app"), "not_registered"),)
)


def test_a_phone_that_registered_since_the_call_was_planned_is_rung_in_its_stage() -> None:
    wire = Wire(TWO_STAGES[0], UNPLANNED, contacts={"monitor": [MONITOR]})
    wire.receive(invite(DOOR), DOOR)
    wire.contacts.flows["app"] = [APP]

    sent = wire.advance(10.1)

    assert sent_to(sent, APP) == [(b"INVITE", b"INVITE")]
    assert (rung(wire), left_out(wire)) == (["monitor", "app"], [])


def test_a_phone_that_is_still_away_is_left_out_once() -> None:
    wire = Wire(UNPLANNED, TWO_STAGES[0], contacts={"monitor": [MONITOR]})

    wire.receive(invite(DOOR), DOOR)

    assert (rung(wire), left_out(wire)) == (["monitor"], [(0, "app", "not_registered")])
    (skipped,) = (fact for fact in wire.journal.facts if isinstance(fact, StageSkipped))
    assert (skipped.stage, skipped.reason) == (0, "not_registered")


def test_whoever_is_left_out_for_another_reason_stays_out() -> None:
    off = RingStage("app", (), 20.0, (SkippedTarget(Party("app", "app"), "app_off"),))
    wire = Wire(off, TWO_STAGES[0], contacts=CONTACTS)

    wire.receive(invite(DOOR), DOOR)

    assert (rung(wire), left_out(wire)) == (["monitor"], [(0, "app", "app_off")])


def test_a_phone_that_came_back_counts_among_the_sixty() -> None:
    many = [Flow("UDP", 0, f"198.51.100.{n}", 5060) for n in range(60)]
    plan = RingStage("all", (Target(Party("indoor", "big")),), 20.0, UNPLANNED.skipped)
    wire = Wire(plan, contacts={"big": many, "app": [APP]})

    wire.receive(invite(DOOR), DOOR)

    assert left_out(wire) == [(0, "app", "fork_limit")]


# -- how far the word of one phone goes -------------------------------------------------------

GUARDED = (stage("app+indoor", "monitor", "app"), stage("guard", "guard", kind="guard"))


def guarded(policy: RingPolicy) -> tuple[Wire, Request, Request]:
    """The door has called; monitor and app ring, the guard would be next."""
    wire = Wire(*GUARDED, contacts={**CONTACTS, "guard": [GUARD]})
    wire.planner.policy = policy
    monitor, app = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    wire.receive(reply(monitor, 180, flow=MONITOR), MONITOR)
    wire.receive(reply(app, 180, flow=APP), APP)
    return wire, monitor, app


@pytest.mark.parametrize("status", [403, 480, 486, 603, 607])
def test_a_person_who_declines_may_send_the_visitor_to_the_next_stage(status: int) -> None:
    wire, monitor, _ = guarded(RingPolicy(declined=STAGE))

    sent = wire.receive(reply(monitor, status), MONITOR)

    assert sent_to(sent, APP) == [(b"CANCEL", b"CANCEL")]
    assert sent_to(sent, GUARD) == [(b"INVITE", b"INVITE")]
    assert (ended(wire), rung(wire)) == ([(0, "declined")], ["monitor", "app", "guard"])


@pytest.mark.parametrize("status", [403, 480, 486, 603, 607])
def test_a_person_who_declines_may_send_the_visitor_away(status: int) -> None:
    wire, monitor, _ = guarded(RingPolicy(declined=VISIT))

    sent = wire.receive(reply(monitor, status), MONITOR)

    assert sent_to(sent, APP) == [(b"CANCEL", b"CANCEL")]
    assert (sent_to(sent, DOOR), sent_to(sent, GUARD)) == ([(status, b"INVITE")], [])
    assert (ended(wire), outcome(wire)[::2]) == ([(0, "declined")], ("refused", status))


def test_a_phone_that_is_busy_before_it_rings_declines_nothing() -> None:
    wire = Wire(*GUARDED, contacts={**CONTACTS, "guard": [GUARD]})
    wire.planner.policy = RingPolicy(declined=VISIT)
    monitor, _ = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")

    sent = wire.receive(reply(monitor, 486), MONITOR)

    assert (sent_to(sent, DOOR), ended(wire)) == ([], [])


@pytest.mark.parametrize(
    ("scope", "stages", "told"),
    [(LEG, [], []), (STAGE, [(0, "declined")], []), (VISIT, [(0, "declined")], [(600, b"INVITE")])],
)
def test_a_global_failure_has_a_policy_of_its_own(
    scope: str, stages: list[tuple[int, str]], told: list[tuple[int, bytes]]
) -> None:
    wire, monitor, _ = guarded(RingPolicy(declined=LEG, global_failure=scope))

    sent = wire.receive(reply(monitor, 600), MONITOR)

    assert (ended(wire), sent_to(sent, DOOR)) == (stages, told)


def test_after_a_stage_was_declined_and_the_rest_stayed_silent_the_caller_hears_the_best() -> None:
    wire, monitor, _ = guarded(RingPolicy(declined=STAGE))
    wire.receive(reply(monitor, 486), MONITOR)

    sent = wire.advance(30.1)

    assert (486, b"INVITE") in sent_to(sent, DOOR)
    assert outcome(wire) == ("refused", "Busy Here", 486)


def test_the_only_phone_that_rings_and_declines_has_refused() -> None:
    wire, (monitor,) = pressed(TWO_STAGES[0])
    wire.receive(reply(monitor, 180, flow=MONITOR), MONITOR)

    wire.receive(reply(monitor, 486), MONITOR)

    assert outcome(wire) == ("refused", "Busy Here", 486)


# -- how long all may ring --------------------------------------------------------------------


def test_a_call_rings_no_longer_than_it_may_whatever_its_stages_say() -> None:
    wire = Wire(*TWO_STAGES, contacts=CONTACTS)
    wire.planner.policy = RingPolicy(longest=15.0)
    wire.receive(invite(DOOR), DOOR)
    (app,) = requests(wire.advance(10.1), b"INVITE")[-1:]
    wire.receive(reply(app, 180, flow=APP), APP)
    assert sent_to(wire.advance(4.8), DOOR) == []

    sent = wire.advance(0.2)

    assert sent_to(sent, APP) == [(b"CANCEL", b"CANCEL")]
    assert sent_to(sent, DOOR) == [(408, b"INVITE")]
    assert ended(wire) == [(0, "timeout"), (1, "ring_limit")]
    assert outcome(wire) == ("missed", "ring_limit", 408)


def test_a_limit_that_falls_together_with_the_end_of_a_stage_is_met_once() -> None:
    wire = Wire(*TWO_STAGES, contacts=CONTACTS)
    wire.planner.policy = RingPolicy(longest=10.0)
    wire.receive(invite(DOOR), DOOR)

    wire.advance(10.1)

    assert (rung(wire), ended(wire)) == (["monitor"], [(0, "timeout")])
    assert outcome(wire) == ("missed", "ring_limit", 408)


def test_the_longest_ring_does_not_end_a_conversation() -> None:
    wire = Wire(TWO_STAGES[0], contacts=CONTACTS)
    wire.planner.policy = RingPolicy(longest=15.0)
    (leg,) = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    (answer,) = responses(wire.receive(reply(leg, 200, body=ANSWER_SDP, flow=MONITOR), MONITOR))
    wire.receive(ack(answer, DOOR), DOOR)

    wire.advance(60.0)

    assert wire.endpoint.active_calls == 1


# -- members that wait for their turn ---------------------------------------------------------


def staggered(app_after: float = 8.0) -> tuple[Wire, Request]:
    """The monitor rings, the app is to follow."""
    members = (
        Target(Party("indoor", "monitor", "monitor")),
        Target(Party("app", "app", "app"), delay=app_after),
    )
    wire = Wire(RingStage("app+indoor", members, 20.0), contacts={**CONTACTS})
    (leg,) = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    return wire, leg


def test_a_member_with_a_delay_is_rung_when_its_turn_has_come() -> None:
    wire, _ = staggered()

    assert sent_to(wire.advance(7.9), APP) == []
    assert sent_to(wire.advance(0.2), APP) == [(b"INVITE", b"INVITE")]
    wire.advance(12.0)

    assert (rung(wire), ended(wire)) == (["monitor", "app"], [(0, "timeout")])


def test_a_member_with_a_delay_is_rung_at_once_when_nobody_else_is_left() -> None:
    wire, monitor = staggered()

    sent = wire.receive(reply(monitor, 486), MONITOR)

    assert (sent_to(sent, APP), ended(wire)) == ([(b"INVITE", b"INVITE")], [])
    assert sent_to(wire.advance(10.0), MONITOR) == []


def test_a_member_with_a_delay_is_not_rung_after_an_answer() -> None:
    wire, monitor = staggered()
    (answer,) = responses(wire.receive(reply(monitor, 200, body=SDP, flow=MONITOR), MONITOR))
    wire.receive(ack(answer, DOOR), DOOR)

    assert wire.advance(30.0) == []


def test_a_member_with_a_delay_is_not_rung_when_the_visitor_has_left() -> None:
    wire, _ = staggered()
    wire.receive(cancel(invite(DOOR)), DOOR)

    assert sent_to(wire.advance(30.0), APP) == []


def test_a_stage_ends_when_the_last_member_cannot_be_reached_at_its_turn() -> None:
    wire, monitor = staggered()
    wire.contacts.flows["app"] = []

    sent = wire.receive(reply(monitor, 486), MONITOR)

    assert sent_to(sent, DOOR) == [(486, b"INVITE")]
    assert (left_out(wire), ended(wire)) == ([(0, "app", "not_registered")], [(0, "all_failed")])


def test_breadth_is_kept_for_members_whose_turn_comes_later() -> None:
    wire, monitor = staggered()

    (app,) = requests(wire.advance(8.1), b"INVITE")[-1:]

    assert [leg.first(b"max-breadth") for leg in (monitor, app)] == [b"30", b"30"]


# -- what the caller hears first --------------------------------------------------------------


def test_the_caller_hears_at_once_that_somebody_is_called() -> None:
    wire = Wire(TWO_STAGES[0], contacts=CONTACTS)
    wire.planner.policy = RingPolicy(early=180)

    sent = wire.receive(invite(DOOR), DOOR)

    assert sent_to(sent, DOOR) == [(100, b"INVITE"), (180, b"INVITE")]
    (monitor,) = requests(sent, b"INVITE")
    assert sent_to(wire.receive(reply(monitor, 180, flow=MONITOR), MONITOR), DOOR) == []


def test_where_nobody_can_be_reached_the_caller_hears_no_ringing() -> None:
    wire = Wire(TWO_STAGES[0])
    wire.planner.policy = RingPolicy(early=180)

    assert sent_to(wire.receive(invite(DOOR), DOOR), DOOR) == [(100, b"INVITE"), (480, b"INVITE")]
