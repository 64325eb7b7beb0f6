"""How members of a stage become legs: woken, late, or both; on a wire of lists."""

import pytest

from sipcore.b2bua.facts import (
    CallEnded,
    LegReleased,
    LegStarted,
    StageEnded,
    StageStarted,
    TargetSkipped,
    TargetWoken,
    WakeFailed,
)
from sipcore.b2bua.plan import Party, RingStage, SkippedTarget, Target
from sipcore.b2bua.policy import STAGE, RingPolicy
from sipcore.kernel.flow import Flow
from sipcore.message.message import Request
from sipcore.registrar.binding import BindingRemoved, Changes
from tests.support.peers import ANSWER_SDP, ack, cancel, invite, reply
from tests.support.registration import binding
from tests.support.wire import (
    APP,
    DOOR,
    DOOR_PARTY,
    MONITOR,
    Wire,
    requests,
    responses,
    sent_to,
    stage,
)

TABLET = Flow("UDP", 0, "192.0.2.14", 5060)
STREAM = Flow("TCP", 0, "192.0.2.15", 40001, 7)
SLEEPER = Target(Party("app", "app", "app"), wakes=True)
INDOOR = Target(Party("indoor", "monitor", "monitor"))
ASLEEP = RingStage("app", (SLEEPER,), 20.0)
NEXT = RingStage("indoor", (INDOOR,), 10.0)
INVITED = [(b"INVITE", b"INVITE")]


def pressed(
    *stages: RingStage, policy: RingPolicy | None = None, **contacts: list[Flow]
) -> tuple[Wire, list[Request]]:
    """The door has called; the INVITEs of the first stage."""
    wire = Wire(*stages, contacts={"monitor": [MONITOR]} | contacts)
    wire.planner.policy = policy or RingPolicy()
    return wire, requests(wire.receive(invite(DOOR), DOOR), b"INVITE")


def ended(wire: Wire) -> list[tuple[int, str]]:
    """How its stages have ended."""
    return [
        (fact.stage, fact.reason) for fact in wire.journal.facts if isinstance(fact, StageEnded)
    ]


def rung(wire: Wire) -> list[str]:
    """Whom the call has rung, in order."""
    return [fact.party.user for fact in wire.journal.facts if isinstance(fact, LegStarted)]


# -- waking -----------------------------------------------------------------------------------


def test_a_stage_wakes_whoever_sleeps_and_waits_for_it() -> None:
    wire, legs = pressed(ASLEEP, NEXT)

    assert (legs, wire.waker.woken, wire.waker.callers) == ([], [("app", 20.0)], [DOOR_PARTY])
    assert wire.journal.names == ["CallStarted", "StageStarted", "TargetWoken"]
    assert StageStarted("token-2", wire.clock.utc(), 0, "app", 0) in wire.journal.facts
    assert TargetWoken("token-2", wire.clock.utc(), 0, SLEEPER.party) in wire.journal.facts
    assert sent_to(wire.advance(19.9), DOOR) == []


def test_the_app_is_rung_where_it_registers_from() -> None:
    wire, _ = pressed(ASLEEP, NEXT)
    wire.advance(3.0)

    (leg,) = requests(wire.register("app", APP), b"INVITE")
    answered = wire.receive(reply(leg, 200, body=ANSWER_SDP, flow=APP), APP)

    assert sent_to(answered, DOOR) == [(200, b"INVITE")]
    assert wire.waker.called_off == []


def test_a_push_says_for_how_long_the_call_may_still_ring() -> None:
    wire, _ = pressed(ASLEEP, policy=RingPolicy(longest=12.0))

    assert wire.waker.woken == [("app", 12.0)]


def test_whoever_sleeps_is_rung_at_known_contacts_as_well() -> None:
    wire, legs = pressed(ASLEEP, app=[APP])

    assert (len(legs), wire.waker.woken) == (1, [("app", 20.0)])


def test_an_app_that_comes_back_unchanged_gets_its_invite_again_at_once() -> None:
    wire, (leg,) = pressed(ASLEEP, app=[APP])
    wire.advance(5.0)

    sent = wire.register("app", APP)

    assert [request.raw for request in requests(sent, b"INVITE")] == [leg.raw]
    assert rung(wire) == ["app"]


@pytest.mark.parametrize(("flow", "heard"), [(APP, True), (STREAM, False)])
def test_an_app_that_has_its_invite_does_not_get_it_again(flow: Flow, heard: bool) -> None:
    wire, (leg,) = pressed(ASLEEP, app=[flow])
    if heard:  # else the stream has delivered it
        wire.receive(reply(leg, 100, flow=flow), flow)

    assert wire.register("app", flow) == []


def test_a_phone_that_rings_is_not_asked_over_its_next_connection() -> None:
    wire, (leg,) = pressed(NEXT, monitor=[STREAM])
    wire.receive(reply(leg, 180, flow=STREAM), STREAM)
    wire.contacts.flows["monitor"] = []

    assert wire.register("monitor", STREAM._replace(connection=9)) == []


def test_an_app_that_rings_already_is_not_asked_twice() -> None:
    wire, (leg,) = pressed(ASLEEP, app=[APP])
    wire.receive(reply(leg, 180, flow=APP), APP)

    assert wire.register("app", APP) == []


def test_an_app_that_came_and_is_busy_is_waited_for_no_longer() -> None:
    wire, (leg,) = pressed(ASLEEP, NEXT, app=[APP])
    wire.register("app", APP)

    assert sent_to(wire.receive(reply(leg, 486), APP), MONITOR) == INVITED


def test_a_push_that_fails_after_the_app_has_rung_is_none_that_matters() -> None:
    wire, (leg,) = pressed(ASLEEP, app=[APP])
    wire.receive(reply(leg, 180, flow=APP), APP)
    (call,) = wire.endpoint.switchboard.calls.values()

    wire.endpoint.wake_failed(call.call_id, "app", "timeout")
    wire.advance(0.021)

    assert "WakeFailed" not in wire.journal.names


def test_a_leg_over_a_connection_that_broke_does_not_end_the_wait() -> None:
    wire = Wire(ASLEEP, NEXT, contacts={"monitor": [MONITOR], "app": [STREAM]})
    wire.broken.add(STREAM)
    wire.receive(invite(DOOR), DOOR)
    assert (ended(wire), rung(wire)) == ([], ["app"])

    fresh = STREAM._replace(connection=9)
    wire.contacts.flows["app"] = []

    assert sent_to(wire.register("app", fresh), fresh) == INVITED


def test_an_app_that_never_came_is_missed_though_its_last_connection_was_broken() -> None:
    wire = Wire(ASLEEP, contacts={"app": [STREAM]})
    wire.broken.add(STREAM)
    wire.receive(invite(DOOR), DOOR)

    assert sent_to(wire.advance(20.1), DOOR) == [(480, b"INVITE")]


def test_an_app_that_shows_itself_and_refuses_is_waited_for_no_longer() -> None:
    wire, (leg,) = pressed(ASLEEP, NEXT, app=[APP])
    wire.receive(reply(leg, 180, flow=APP), APP)

    sent = wire.receive(reply(leg, 486), APP)

    assert (sent_to(sent, MONITOR), ended(wire)) == (INVITED, [(0, "all_failed")])
    assert wire.waker.called_off == [("app", "stage_timeout")]


def test_another_phone_of_the_account_that_is_busy_does_not_end_the_wait() -> None:
    wire, (leg,) = pressed(ASLEEP, NEXT, app=[TABLET])

    wire.receive(reply(leg, 486), TABLET)
    assert (ended(wire), wire.waker.called_off) == ([], [])

    (woken,) = requests(wire.register("app", APP), b"INVITE")
    answered = wire.receive(reply(woken, 200, body=ANSWER_SDP, flow=APP), APP)
    assert sent_to(answered, DOOR) == [(200, b"INVITE")]


def test_a_phone_that_was_busy_is_not_asked_again_because_it_refreshes() -> None:
    wire, (leg,) = pressed(ASLEEP, NEXT, app=[TABLET])
    wire.receive(reply(leg, 486), TABLET)

    assert wire.register("app", TABLET) == []
    assert ended(wire) == []


def test_a_phone_that_was_busy_says_more_than_an_app_that_never_came() -> None:
    wire, (leg,) = pressed(ASLEEP, app=[TABLET])
    wire.receive(reply(leg, 486), TABLET)

    assert sent_to(wire.advance(20.1), DOOR) == [(486, b"INVITE")]


def test_a_person_who_declines_at_another_phone_of_the_account_ends_the_wait() -> None:
    wire, (leg,) = pressed(ASLEEP, NEXT, app=[TABLET])

    wire.receive(reply(leg, 603), TABLET)

    assert ended(wire) == [(0, "all_failed")]


def test_a_push_that_fails_ends_the_wait_at_once_when_nobody_else_rings() -> None:
    wire, _ = pressed(ASLEEP, NEXT)
    wire.endpoint.wake_failed("token-2", "app", "dead_token")

    sent = wire.advance(0.03)

    assert (sent_to(sent, MONITOR), ended(wire)) == (INVITED, [(0, "all_failed")])
    failed = [fact for fact in wire.journal.facts if isinstance(fact, WakeFailed)]
    assert [(fact.stage, fact.party, fact.reason) for fact in failed] == [
        (0, SLEEPER.party, "dead_token")
    ]
    assert wire.waker.called_off == []


def test_an_app_that_does_not_come_in_time_is_called_off_when_its_stage_ends() -> None:
    wire, _ = pressed(RingStage("app+indoor", (SLEEPER, INDOOR), 20.0))
    wire.endpoint.wake_failed("token-2", "app", "not_registered_in_time")
    wire.advance(0.03)
    assert ("WakeFailed" in wire.journal.names, wire.waker.called_off) == (True, [])

    wire.receive(cancel(invite(DOOR)), DOOR)

    assert wire.waker.called_off == [("app", "caller_hung_up")]


def test_a_push_that_fails_lets_others_of_the_stage_ring_on() -> None:
    wire, _ = pressed(RingStage("app+indoor", (SLEEPER, INDOOR), 20.0), NEXT)
    wire.endpoint.wake_failed("token-2", "app", "dead_token")

    assert wire.advance(0.03) == []
    assert ended(wire) == []


@pytest.mark.parametrize("call_id", ["token-2", "another"])
def test_a_push_that_fails_after_the_call_changes_nothing(call_id: str) -> None:
    wire, _ = pressed(ASLEEP)
    wire.receive(cancel(invite(DOOR)), DOOR)
    wire.endpoint.wake_failed(call_id, "app", "dead_token")

    assert wire.advance(0.03) == []
    assert "WakeFailed" not in wire.journal.names


def test_an_app_that_never_comes_costs_the_time_of_its_stage() -> None:
    wire, _ = pressed(ASLEEP, NEXT)

    sent = wire.advance(20.1)

    assert (sent_to(sent, MONITOR), ended(wire)) == (INVITED, [(0, "timeout")])
    assert wire.waker.called_off == [("app", "stage_timeout")]


def test_where_nobody_came_at_all_the_visit_is_missed() -> None:
    wire, _ = pressed(ASLEEP)

    assert sent_to(wire.advance(20.1), DOOR) == [(480, b"INVITE")]
    (over,) = (fact for fact in wire.journal.facts if isinstance(fact, CallEnded))
    assert (over.outcome, over.status) == ("missed", 480)


def test_an_answer_elsewhere_calls_every_other_app_off_once() -> None:
    other = Target(Party("app", "tablet", "tablet"), wakes=True)
    wire, _ = pressed(RingStage("app", (SLEEPER, other), 20.0))
    (leg,) = requests(wire.register("app", APP), b"INVITE")
    wire.register("tablet", TABLET)

    (answer,) = responses(wire.receive(reply(leg, 200, body=ANSWER_SDP, flow=APP), APP))
    wire.receive(ack(answer, DOOR), DOOR)
    wire.advance(40.0)

    assert wire.waker.called_off == [("tablet", "answered_elsewhere")]
    assert wire.waker.answers == [("app", leg.uri)]


def test_a_phone_that_was_not_woken_calls_no_phone_of_its_account_off() -> None:
    wire, (leg,) = pressed(NEXT)

    wire.receive(reply(leg, 200, body=ANSWER_SDP, flow=MONITOR), MONITOR)

    assert wire.waker.answers == []


def test_a_visitor_who_leaves_calls_every_app_off_once() -> None:
    wire, _ = pressed(ASLEEP, NEXT)

    wire.receive(cancel(invite(DOOR)), DOOR)
    wire.advance(40.0)

    assert wire.waker.called_off == [("app", "caller_hung_up")]


def test_a_person_who_declines_for_the_stage_calls_its_apps_off() -> None:
    stage = RingStage("app+indoor", (SLEEPER, INDOOR), 20.0)
    wire, (monitor,) = pressed(stage, policy=RingPolicy(declined=STAGE))

    wire.receive(reply(monitor, 603), MONITOR)

    assert wire.waker.called_off == [("app", "declined")]
    assert ended(wire) == [(0, "declined")]


def test_a_member_with_a_delay_is_woken_at_its_turn() -> None:
    later = Target(Party("app", "app", "app"), delay=6.0, wakes=True)
    wire, _ = pressed(RingStage("app+indoor", (INDOOR, later), 20.0))
    assert wire.waker.woken == []

    wire.advance(6.1)

    (woken,) = wire.waker.woken
    assert (woken[0], round(woken[1])) == ("app", 14)


# -- whoever registers while its stage rings --------------------------------------------------


def test_a_phone_that_registers_while_its_stage_rings_joins_the_fork() -> None:
    away = SkippedTarget(Party("app", "app", "app"), "not_registered")
    wire, _ = pressed(RingStage("app+indoor", (INDOOR,), 20.0, (away,)))

    sent = wire.register("app", APP)

    assert (sent_to(sent, APP), rung(wire)) == (INVITED, ["monitor", "app"])
    (leg,) = requests(sent, b"INVITE")
    assert sent_to(wire.receive(reply(leg, 200, body=ANSWER_SDP, flow=APP), APP), DOOR) == [
        (200, b"INVITE")
    ]


def test_a_second_phone_of_an_account_joins_the_first() -> None:
    wire, _ = pressed(NEXT)

    sent = wire.register("monitor", TABLET)

    assert (sent_to(sent, TABLET), sent_to(sent, MONITOR)) == (INVITED, [])


def test_a_phone_that_rings_and_registers_from_elsewhere_is_not_rung_twice() -> None:
    wire, (leg,) = pressed(NEXT)
    wire.receive(reply(leg, 180, flow=MONITOR), MONITOR)
    wire.contacts.flows["monitor"] = []

    assert wire.register("monitor", TABLET) == []
    assert sent_to(wire.register("monitor", STREAM), STREAM) == INVITED


def test_a_phone_that_was_silent_and_registers_from_elsewhere_is_rung_there() -> None:
    wire, _ = pressed(NEXT)
    wire.contacts.flows["monitor"] = []

    assert sent_to(wire.register("monitor", TABLET), TABLET) == INVITED


def test_a_phone_that_was_silent_before_is_tried_again() -> None:
    stage = RingStage("app+indoor", (Target(SLEEPER.party), INDOOR), 60.0)
    wire, (_, monitor) = pressed(stage, app=[APP])
    wire.receive(reply(monitor, 180, flow=MONITOR), MONITOR)
    wire.advance(33.0)

    assert sent_to(wire.register("app", APP), APP) == INVITED


def test_a_phone_that_has_refused_is_left_alone() -> None:
    stage = RingStage("app+indoor", (Target(SLEEPER.party), INDOOR), 20.0)
    wire, legs = pressed(stage, app=[APP])
    wire.receive(reply(legs[0], 486), APP)

    assert wire.register("app", APP) == []


def test_a_phone_that_has_refused_in_an_earlier_stage_is_rung_in_a_later_one() -> None:
    later = RingStage("app+indoor", (Target(SLEEPER.party), INDOOR), 20.0)
    wire, (leg,) = pressed(NEXT, later, app=[APP])
    wire.contacts.flows["monitor"] = []
    wire.receive(reply(leg, 486), MONITOR)

    assert sent_to(wire.register("monitor", MONITOR), MONITOR) == INVITED


def test_who_is_not_of_the_present_stage_is_not_rung() -> None:
    wire, _ = pressed(NEXT, RingStage("app", (Target(SLEEPER.party),), 20.0))

    assert wire.register("app", APP) == []
    assert sent_to(wire.advance(10.0), APP) == INVITED


def test_in_a_stage_of_telephones_nobody_is_waited_for() -> None:
    telephone = RingStage("landline", (Target(Party("landline", "+49301"), trunk="t"),), 20.0)
    wire, _ = pressed(ASLEEP, telephone)
    wire.contacts.flows["+49301"] = [TABLET]
    assert "arrivals" in wire.remains

    wire.advance(20.1)

    assert "arrivals" not in wire.remains


def test_whoever_registers_after_its_stage_gets_nothing() -> None:
    wire, _ = pressed(ASLEEP, NEXT)
    wire.advance(20.1)

    assert sent_to(wire.register("app", APP), APP) == []


@pytest.mark.parametrize("way", ["answered", "cancelled"])
def test_whoever_registers_after_the_ringing_gets_nothing(way: str) -> None:
    wire, (monitor,) = pressed(RingStage("app+indoor", (SLEEPER, INDOOR), 20.0))
    if way == "answered":
        wire.receive(reply(monitor, 200, body=ANSWER_SDP, flow=MONITOR), MONITOR)
    else:
        wire.receive(cancel(invite(DOOR)), DOOR)

    assert sent_to(wire.register("app", APP), APP) == []
    assert "arrivals" not in wire.remains


def test_no_more_phones_join_than_may_ring_at_once() -> None:
    wire = Wire(NEXT, contacts={"monitor": [MONITOR]})
    wire.receive(invite(DOOR, extra=("Max-Breadth: 1",)), DOOR)

    assert wire.register("monitor", TABLET) == []


def test_breadth_is_kept_for_whoever_is_woken_and_others_who_come_late_get_the_least() -> None:
    """RFC 5393 §5.3.3: together they have what the caller gave."""
    wire, (monitor,) = pressed(RingStage("all", (SLEEPER, INDOOR), 20.0))
    (app,) = requests(wire.register("app", APP), b"INVITE")
    (second,) = requests(wire.register("monitor", TABLET), b"INVITE")

    given = [leg.first(b"max-breadth") for leg in (monitor, app, second)]
    assert given == [b"30", b"30", b"1"]


def test_a_phone_that_moves_on_for_ever_is_not_followed_for_ever() -> None:
    wire, _ = pressed(RingStage("indoor", (INDOOR,), 60.0))
    for port in range(2000, 2100):
        wire.broken.add(flow := Flow("UDP", 0, "192.0.2.77", port))
        wire.contacts.flows["monitor"] = [MONITOR]
        wire.register("monitor", flow)

    assert len(rung(wire)) == 61
    assert not [fact for fact in wire.journal.facts if isinstance(fact, TargetSkipped)]


# -- who unregisters --------------------------------------------------------------------------


def released(wire: Wire) -> list[tuple[int, str]]:
    return [(fact.leg, fact.reason) for fact in wire.journal.facts if isinstance(fact, LegReleased)]


def test_a_phone_that_unregisters_while_it_rings_is_cancelled_and_the_next_stage_begins() -> None:
    wire, (leg,) = pressed(NEXT, RingStage("app", (SLEEPER,), 20.0), app=[APP])
    wire.receive(reply(leg, 180, flow=MONITOR), MONITOR)

    sent = wire.unregister("monitor", MONITOR)

    (withdrawn,) = requests(sent, b"CANCEL")
    assert withdrawn.first(b"reason") == b'SIP;cause=480;text="Unregistered"'
    assert (released(wire), ended(wire)) == ([(1, "unregistered")], [(0, "all_failed")])
    assert sent_to(sent, APP) == INVITED


def test_where_nobody_is_left_the_caller_hears_at_once_that_nobody_is_there() -> None:
    wire, (_,) = pressed(NEXT)

    sent = wire.unregister("monitor", MONITOR)

    assert sent_to(sent, DOOR) == [(480, b"INVITE")]


def test_the_other_phone_of_the_account_rings_on() -> None:
    wire, legs = pressed(NEXT, monitor=[MONITOR, TABLET])

    assert wire.unregister("monitor", MONITOR) == []
    assert (len(legs), released(wire), ended(wire)) == (2, [(1, "unregistered")], [])


def test_a_phone_that_has_only_moved_rings_on() -> None:
    wire, (leg,) = pressed(NEXT)
    wire.receive(reply(leg, 180, flow=MONITOR), MONITOR)
    wire.contacts.flows["monitor"].append(TABLET)

    assert wire.unregister("monitor", MONITOR) == []
    assert released(wire) == []


def test_a_phone_that_comes_back_in_time_is_rung_anew() -> None:
    both = RingStage("all", (INDOOR, Target(Party("app", "app"))), 20.0)
    wire, (first, _) = pressed(both, app=[APP])
    wire.receive(reply(first, 180, flow=MONITOR), MONITOR)
    wire.unregister("monitor", MONITOR)

    (again,) = requests(wire.register("monitor", MONITOR), b"INVITE")
    wire.receive(reply(again, 180, flow=MONITOR), MONITOR)
    assert wire.register("monitor", MONITOR) == []
    taken = wire.receive(reply(again, 200, body=ANSWER_SDP, flow=MONITOR), MONITOR)

    assert again.call_id != first.call_id
    assert (200, b"INVITE") in sent_to(taken, DOOR)


def test_a_phone_that_answers_after_it_has_unregistered_is_hung_up() -> None:
    wire, legs = pressed(NEXT, RingStage("app", (SLEEPER,), 20.0), app=[APP])
    wire.unregister("monitor", MONITOR)

    sent = wire.receive(reply(legs[0], 200, body=ANSWER_SDP, flow=MONITOR), MONITOR)

    assert sent_to(sent, MONITOR) == [(b"ACK", b"ACK"), (b"BYE", b"BYE")]
    assert sent_to(sent, DOOR) == []


def test_an_app_that_is_awaited_may_unregister_before_it_comes() -> None:
    wire, (_,) = pressed(ASLEEP, NEXT, app=[APP])

    wire.unregister("app", APP)

    assert (released(wire), ended(wire)) == ([(1, "unregistered")], [])
    assert sent_to(wire.register("app", TABLET), TABLET) == INVITED


def test_a_phone_that_left_says_more_than_one_that_was_silent() -> None:
    wire, _ = pressed(NEXT, RingStage("app", (Target(SLEEPER.party),), 20.0), app=[APP])
    wire.unregister("monitor", MONITOR)

    assert sent_to(wire.advance(20.1), DOOR) == [(480, b"INVITE")]


def test_an_app_that_left_and_is_awaited_has_not_failed_yet() -> None:
    wire, _ = pressed(RingStage("all", (SLEEPER, INDOOR), 20.0), app=[APP])
    wire.unregister("app", APP)

    assert sent_to(wire.advance(20.1), DOOR) == [(408, b"INVITE")]


@pytest.mark.parametrize("reason", ["expired", "replaced", "displaced"])
def test_a_phone_that_rings_is_there_though_it_forgot_a_refresh(reason: str) -> None:
    wire, (_,) = pressed(NEXT)

    assert wire.unregister("monitor", MONITOR, reason) == []
    assert released(wire) == []


@pytest.mark.parametrize("reason", ["flow_lost", "removed"])
def test_a_phone_whose_stream_broke_or_whose_account_is_gone_rings_no_more(reason: str) -> None:
    wire, (_,) = pressed(NEXT)

    wire.unregister("monitor", MONITOR, reason)

    assert released(wire) == [(1, "unregistered")]


@pytest.mark.parametrize("reason", ["expired", "replaced", "displaced"])
def test_a_phone_that_forgot_a_refresh_rings_on_when_another_one_of_the_account_leaves(
    reason: str,
) -> None:
    wire, (first, second) = pressed(NEXT, monitor=[MONITOR, TABLET])
    wire.receive(reply(first, 180, flow=MONITOR), MONITOR)
    wire.receive(reply(second, 180, flow=TABLET), TABLET)
    wire.unregister("monitor", MONITOR, reason)

    sent = wire.unregister("monitor", TABLET)

    assert [flow for message, flow in sent if isinstance(message, Request)] == [TABLET]
    assert released(wire) == [(2, "unregistered")]


@pytest.mark.parametrize(("there", "cancelled"), [([], 2), ([STREAM], 1)])
def test_of_two_phones_that_leave_at_once_those_are_cancelled_that_have_not_moved(
    there: list[Flow], cancelled: int
) -> None:
    wire, (first, second) = pressed(NEXT, monitor=[MONITOR, TABLET])
    wire.receive(reply(first, 180, flow=MONITOR), MONITOR)
    wire.receive(reply(second, 180, flow=TABLET), TABLET)
    gone = [
        binding(f"sip:monitor@{flow.host}:{flow.port}", user="monitor", flow=flow)
        for flow in (MONITOR, TABLET)
    ]
    wire.contacts.flows["monitor"] = there
    wire.location.apply(
        "monitor", Changes((), tuple([BindingRemoved(one, "unregistered") for one in gone]))
    )

    assert len(requests(wire.advance(0.021), b"CANCEL")) == cancelled


def test_who_has_answered_may_unregister() -> None:
    wire, (leg,) = pressed(NEXT)
    wire.receive(reply(leg, 200, body=ANSWER_SDP, flow=MONITOR), MONITOR)

    wire.unregister("monitor", MONITOR)

    assert released(wire) == []
    assert "CallEnded" not in wire.journal.names


# -- phones that registered for this call alone -----------------------------------------------


def came_for(wire: Wire, flow: Flow, account: str = "visit-1") -> list[Request]:
    """A phone registers for the call with the account of its push; the INVITEs that follow."""
    (call,) = wire.endpoint.switchboard.calls.values()
    wire.visits.register(call.call_id, flow, account)
    wire.endpoint.switchboard.arrivals.came_for(call, "app")
    return requests(wire.advance(0.021), b"INVITE")


def test_a_phone_that_registers_for_the_call_alone_is_rung_by_it() -> None:
    wire, legs = pressed(ASLEEP)

    (leg,) = came_for(wire, APP)
    wire.receive(reply(leg, 200, body=ANSWER_SDP, flow=APP), APP)

    assert (legs, leg.uri) == ([], b"sip:app@192.0.2.12:5060")
    assert wire.waker.answers == [("app", b"sip:app@192.0.2.12:5060")]
    assert wire.waker.accounts == ["visit-1"]


def test_the_account_of_a_phone_that_answers_is_told_of_though_its_push_seemed_to_fail() -> None:
    together = RingStage("app+indoor", (SLEEPER, INDOOR), 20.0)
    wire, _ = pressed(together)
    (call,) = wire.endpoint.switchboard.calls.values()
    wire.endpoint.wake_failed(call.call_id, "app", "timeout")
    wire.advance(0.021)

    (leg,) = came_for(wire, APP)
    wire.receive(reply(leg, 200, body=ANSWER_SDP, flow=APP), APP)

    assert "WakeFailed" in wire.journal.names
    assert wire.waker.answers == [("app", b"sip:app@192.0.2.12:5060")]
    assert wire.waker.accounts == ["visit-1"]


def test_a_phone_that_unregisters_from_the_call_is_cancelled() -> None:
    wire, _ = pressed(ASLEEP)
    (leg,) = came_for(wire, APP)
    wire.receive(reply(leg, 180, flow=APP), APP)
    (call,) = wire.endpoint.switchboard.calls.values()
    wire.visits.by_call.clear()
    wire.endpoint.switchboard.arrivals.left_from(call, "app", ("sip:app@192.0.2.12:5060",))

    assert [request.method for request in requests(wire.advance(0.021), b"CANCEL")] == [b"CANCEL"]


def test_a_phone_that_registered_for_the_call_rings_on_when_another_one_of_the_account_leaves() -> (
    None
):
    wire, _ = pressed(ASLEEP)
    wire.register("app", TABLET)
    (leg,) = came_for(wire, APP)
    wire.receive(reply(leg, 180, flow=APP), APP)

    sent = wire.unregister("app", TABLET)

    assert (b"CANCEL", b"CANCEL") not in sent_to(sent, APP)


def test_another_call_does_not_ring_it() -> None:
    wire, _ = pressed(ASLEEP)
    wire.visits.register("another call", APP)

    assert requests(wire.register("app", TABLET), b"INVITE")[0].uri == b"sip:app@192.0.2.14:5060"
    assert rung(wire) == ["app"]


def test_a_phone_that_registered_both_ways_is_rung_once() -> None:
    wire, _ = pressed(ASLEEP)
    wire.register("app", APP)

    assert came_for(wire, APP) == []


def test_a_phone_that_came_in_an_earlier_stage_is_rung_at_once_in_a_later_one() -> None:
    wire, _ = pressed(ASLEEP, NEXT, ASLEEP)
    came_for(wire, APP)
    wire.advance(20.1)

    sent = wire.advance(10.1)

    assert rung(wire) == ["app", "monitor", "app"]
    assert sent_to(sent, APP)[-1] == (b"INVITE", b"INVITE")


def test_who_cannot_be_woken_has_no_such_phones() -> None:
    wire = Wire(stage("indoor", "monitor"), contacts={"monitor": [MONITOR]})
    wire.visits.by_call = {"token-2": [], "token-1": []}
    wire.visits.routes = None  # type: ignore[method-assign,assignment]

    assert sent_to(wire.receive(invite(DOOR), DOOR), MONITOR) == INVITED
