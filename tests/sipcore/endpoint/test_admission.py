"""What an INVITE must pass, on a wire of lists."""

import pytest

from sipcore.b2bua.facts import CallRefused
from sipcore.b2bua.plan import Refusal
from sipcore.registrar.digest import Authenticated, Challenged
from sipcore.registrar.outcome import Fault, Rejected
from tests.support.peers import ack_failure, invite, unnamed
from tests.support.wire import (
    DOOR,
    DOOR_PARTY,
    MONITOR,
    Holder,
    Wire,
    requests,
    responses,
    sent_to,
    stage,
)


def wire() -> Wire:
    """An endpoint with one monitor."""
    return Wire(stage("indoor", "monitor"), contacts={"monitor": [MONITOR]})


def test_a_spent_invite_is_483() -> None:
    data = invite(DOOR).replace(b"Max-Forwards: 70", b"Max-Forwards: 0")

    assert sent_to(wire().receive(data, DOOR), DOOR) == [(483, b"INVITE")]


@pytest.mark.parametrize(
    ("line", "hops"),
    [("Max-Forwards: 1", 0), ("Max-Forwards: 70", 69), ("", 69), ("Max-Forwards: 999", 69)],
)
def test_every_leg_has_one_hop_less(line: str, hops: int) -> None:
    data = invite(DOOR).replace(b"Max-Forwards: 70\r\n", line.encode() + b"\r\n" * bool(line))

    (leg,) = requests(wire().receive(data, DOOR), b"INVITE")

    assert leg.max_forwards == hops


def test_a_required_extension_is_420_with_the_names_of_those_that_are_missing() -> None:
    data = invite(DOOR, extra=("Require: 100rel, gruu", "Require: precondition"))

    (refused,) = responses(wire().receive(data, DOOR))

    assert (refused.status, refused.first(b"unsupported")) == (420, b"gruu, precondition")


def test_a_foreign_domain_is_404() -> None:
    data = invite(DOOR).replace(b"1001@doorline.test", b"1001@elsewhere.test")

    assert sent_to(wire().receive(data, DOOR), DOOR) == [(404, b"INVITE")]


def test_another_scheme_is_416_and_a_telephone_number_is_none() -> None:
    on = wire()
    other = invite(DOOR).replace(b"INVITE sip:1001@doorline.test", b"INVITE mailto:1001@x")
    phone = invite(DOOR).replace(b"INVITE sip:1001@doorline.test", b"INVITE tel:+49-(30).1234")

    assert sent_to(on.receive(other, DOOR), DOOR) == [(416, b"INVITE")]
    assert (100, b"INVITE") in sent_to(on.receive(phone, DOOR), DOOR)
    assert on.planner.asked[-1].dialled == "+49301234"


def test_our_own_leg_that_comes_back_is_482() -> None:
    on = wire()
    (leg,) = requests(on.receive(invite(DOOR), DOOR), b"INVITE")
    visit = (leg.first(b"x-doorline-visit") or b"").decode()
    looped = invite(
        MONITOR, branch="z9hG4bKloop", call_id="loop", extra=(f"X-Doorline-Visit: {visit}",)
    )

    sent = on.receive(looped, MONITOR)

    assert sent_to(sent, MONITOR) == [(482, b"INVITE")]
    assert on.endpoint.active_calls == 1


def test_a_visit_of_another_server_is_no_loop() -> None:
    data = invite(DOOR, extra=("X-Doorline-Visit: somebody-elses",))

    assert (100, b"INVITE") in sent_to(wire().receive(data, DOOR), DOOR)


def test_an_unproven_caller_is_challenged_without_state() -> None:
    on = wire()
    on.gate.outcome = Challenged((b'WWW-Authenticate: Digest realm="x"',))

    (challenge,) = responses(on.receive(invite(DOOR), DOOR))

    assert (challenge.status, challenge.first(b"www-authenticate")) == (401, b'Digest realm="x"')
    assert on.remains == {}


def test_a_rejected_caller_gets_the_status_of_its_rejection() -> None:
    on = wire()
    on.gate.outcome = Rejected(403, fault=Fault.CREDENTIALS)

    assert sent_to(on.receive(invite(DOOR), DOOR), DOOR) == [(403, b"INVITE")]


def test_nobody_may_call_in_anothers_name() -> None:
    on = wire()
    on.gate.outcome = Authenticated(Holder("1000000002"))

    assert sent_to(on.receive(invite(DOOR), DOOR), DOOR) == [(403, b"INVITE")]


def test_who_names_nobody_calls_as_the_account_that_proved_itself() -> None:
    """RFC 3323 §4.1.1.3; a door phone cannot hide all the same."""
    on = wire()
    on.gate.outcome = Authenticated(Holder("1000000001"))

    (leg,) = requests(on.receive(unnamed(invite(DOOR)), DOOR), b"INVITE")

    assert leg.from_.uri.decoded_user == "1000000001"


def test_an_invite_that_was_served_before_starts_no_second_call() -> None:
    on = wire()
    on.gate.outcome = Authenticated(Holder("1000000001"), is_repeat=True)

    assert sent_to(on.receive(invite(DOOR), DOOR), DOOR) == [(482, b"INVITE")]


def test_a_full_table_refuses_new_calls_with_503() -> None:
    on = wire()
    on.endpoint.table.max_transactions = 0

    (refused,) = responses(on.receive(invite(DOOR), DOOR))

    assert refused.status == 503
    assert 5 <= int(refused.first(b"retry-after") or 0) <= 30


def test_a_server_that_drains_refuses_new_calls_with_503() -> None:
    on = wire()
    on.endpoint.admission.is_draining = True

    (refused,) = responses(on.receive(invite(DOOR), DOOR))

    assert refused.status == 503
    assert 5 <= int(refused.first(b"retry-after") or 0) <= 30
    assert on.journal.facts == []


def test_a_refused_plan_is_recorded_and_told() -> None:
    on = wire()
    on.planner.refusal = Refusal(404, "unknown_number", DOOR_PARTY, "1001", is_visit=True)

    (refused,) = responses(on.receive(invite(DOOR), DOOR))
    repeated = on.advance(0.6)
    on.receive(ack_failure(invite(DOOR), refused), DOOR)
    on.advance(10.0)

    assert refused.status == 404
    assert sent_to(repeated, DOOR) == [(404, b"INVITE")]
    assert on.journal.facts == [
        CallRefused(
            "token-2",
            1_800_000_000.0,
            "visit@door",
            DOOR_PARTY,
            "1001",
            404,
            "unknown_number",
            True,
        )
    ]
    assert on.remains == {}


def test_what_was_dialled_reaches_the_planner_without_escapes() -> None:
    on = wire()
    on.receive(invite(DOOR, "12%2301"), DOOR)

    assert [request.dialled for request in on.planner.asked] == ["12#01"]


def test_an_invite_for_the_server_itself_dials_its_name() -> None:
    on = wire()
    on.receive(invite(DOOR).replace(b"1001@doorline.test", b"doorline.test"), DOOR)

    assert [request.dialled for request in on.planner.asked] == ["doorline.test"]


# -- too many calls, and callers who fail ------------------------------------------------------


def test_a_call_beyond_the_limit_is_503_with_retry_after_and_the_first_goes_on() -> None:
    on = wire()
    on.endpoint.admission.max_calls = 1
    on.receive(invite(DOOR), DOOR)

    (refused,) = responses(
        on.receive(invite(MONITOR, branch="z9hG4bKsecond", call_id="second"), MONITOR)
    )

    assert refused.status == 503
    assert 5 <= int(refused.first(b"retry-after") or 0) <= 30
    assert (on.endpoint.active_calls, on.endpoint.counters["calls_over_limit"]) == (1, 1)


def test_one_source_may_have_so_many_calls_and_others_still_theirs() -> None:
    on = wire()
    on.endpoint.admission.max_calls_per_source = 1
    on.receive(invite(DOOR), DOOR)
    again = on.receive(invite(DOOR, branch="z9hG4bKsecond", call_id="second"), DOOR)
    other = on.receive(invite(MONITOR, branch="z9hG4bKthird", call_id="third"), MONITOR)

    assert sent_to(again, DOOR) == [(503, b"INVITE")]
    assert (100, b"INVITE") in sent_to(other, MONITOR)
    assert on.endpoint.switchboard.callers == {DOOR.host: 1, MONITOR.host: 1}


def test_the_addresses_of_one_ipv6_network_share_its_calls() -> None:
    on = wire()
    on.endpoint.admission.max_calls_per_source = 1
    flows = [
        DOOR._replace(host=f"2001:db8:0:{net}::{host}") for net, host in ((1, 1), (1, 2), (2, 1))
    ]
    answers = [
        [
            response.status
            for response in responses(
                on.receive(invite(DOOR, branch=f"z9hG4bK{number}", call_id=str(number)), flow)
            )
        ]
        for number, flow in enumerate(flows)
    ]

    assert answers == [[100], [503], [100]]
    assert on.endpoint.switchboard.callers == {"2001:db8:0:1::/64": 1, "2001:db8:0:2::/64": 1}
    on.advance(200)
    assert on.endpoint.switchboard.callers == {}


def test_answers_to_calls_are_counted_by_their_status() -> None:
    on = wire()
    on.planner.refusal = Refusal(404, "unknown_number", DOOR_PARTY, "9", is_visit=False)
    data = invite(DOOR)
    answer = responses(on.receive(data, DOOR))[-1]
    on.receive(data, DOOR)  # a retransmission gets the same answer once more
    on.receive(ack_failure(data, answer), DOOR)

    assert on.endpoint.counters["responses_404"] == 1


@pytest.mark.parametrize("failure", ["password", "forged", "domain"])
def test_callers_who_fail_again_and_again_are_banned(failure: str) -> None:
    on = wire()
    if failure == "password":
        on.gate.outcome = Rejected(403, fault=Fault.CREDENTIALS)
    elif failure == "forged":
        on.gate.outcome = Authenticated(Holder("2002"))
    for number in range(40):
        data = invite(DOOR, branch=f"z9hG4bK{number}", call_id=f"{number}")
        if failure == "domain":
            data = data.replace(b"1001@doorline.test", b"1001@elsewhere.test")
        on.receive(data, DOOR)

    assert [ban.source for ban in on.endpoint.sentinel.bans] == [DOOR.host]
    assert on.receive(invite(DOOR, branch="z9hG4bKlast"), DOOR) == []


def test_whoever_dials_through_numbers_that_do_not_exist_is_banned() -> None:
    on = wire()
    on.planner.refusal = Refusal(404, "unknown_number", DOOR_PARTY, "9", is_visit=False)
    for number in range(100):
        data = invite(DOOR, branch=f"z9hG4bK{number}", call_id=f"{number}")
        answer = responses(on.receive(data, DOOR))[-1]
        on.receive(ack_failure(data, answer), DOOR)

    assert [ban.reason for ban in on.endpoint.sentinel.bans] == ["unknown_number"]
