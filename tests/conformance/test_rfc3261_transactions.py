"""RFC 3261 §17 with RFC 6026 and RFC 4320: what each timer shows on the wire."""

from itertools import pairwise

import pytest

from sipcore.kernel.flow import Flow
from tests.conformance.line import DOMAIN, Line, dial, summary
from tests.support.peers import ANSWER_SDP, ack, ack_failure, reply
from tests.support.plain_message import read
from tests.support.wire import DOOR, MONITOR, Talk, Wire, requests, responses, stage, talk

STREAM = Flow("TCP", 0, "192.0.2.11", 5060, 3)


def times(line: Line, what: str, seconds: float, flow: Flow) -> list[float]:
    """When this message goes to that phone again, in seconds from now."""
    begun, found = line.wire.clock.monotonic(), []
    while line.wire.clock.monotonic() < begun + seconds:
        before = len(line.to(flow))
        line.wait(0.02)
        came = summary(line.to(flow)[before:]).count(what)
        found += [round(line.wire.clock.monotonic() - begun, 1)] * came
    return found


# -- INVITE client -------------------------------------------------------------------------------


def test_an_invite_is_repeated_at_twice_the_interval_until_timer_b() -> None:
    """§17.1.1.2: timer A is T1 and doubles without a limit, timer B is 64*T1."""
    line = Line(Wire(stage("indoor", "monitor", timeout=60.0), contacts={"monitor": [MONITOR]}))
    line.ring()

    assert times(line, "INVITE", 40.0, MONITOR) == pytest.approx(
        [0.5, 1.5, 3.5, 7.5, 15.5, 31.5], abs=0.25
    )
    assert summary(line.to(DOOR))[-1] in ("408 INVITE", "480 INVITE")


@pytest.mark.parametrize("status", [100, 180, 183])
def test_a_provisional_response_ends_the_repetition(status: int) -> None:
    """§17.1.1.2."""
    line = Line()
    leg = line.ring()
    line.say(reply(leg, status, flow=MONITOR), MONITOR)

    assert times(line, "INVITE", 10.0, MONITOR) == []


def test_over_a_stream_nothing_is_repeated() -> None:
    """§17.1.1.2: timer A is for unreliable transports."""
    line = Line(Wire(stage("indoor", "monitor"), contacts={"monitor": [STREAM]}))
    line.ring()

    assert times(line, "INVITE", 10.0, STREAM) == []


def test_a_repeated_failure_is_acknowledged_again_and_passed_on_once() -> None:
    """§17.1.1.2: Completed, timer D of at least 32 s."""
    line = Line()
    leg = line.ring()
    busy = reply(leg, 486, flow=MONITOR)
    first = summary(line.say(busy, MONITOR))
    line.wait(30.0, 0.1)

    assert sorted(first) == ["486 INVITE", "ACK"]
    assert summary(line.say(busy, MONITOR)) == ["ACK"]
    line.wait(40.0, 0.1)
    assert line.say(busy, MONITOR) == []


def test_a_repeated_2xx_is_acknowledged_again_and_passed_on_once() -> None:
    """§13.2.2.4, RFC 6026 §7.2: Accepted, timer M."""
    line = Line()
    leg = line.ring()
    ok = reply(leg, 200, body=ANSWER_SDP, flow=MONITOR)
    assert sorted(summary(line.say(ok, MONITOR))) == ["200 INVITE", "ACK"]

    assert summary(line.say(ok, MONITOR)) == ["ACK"]


def test_two_phones_behind_one_address_that_both_answer() -> None:
    """RFC 6026 §7.2, §13.2.2.4: another 2xx of the same INVITE is a dialog to be ended."""
    line = Line()
    leg = line.ring()
    line.say(reply(leg, 200, tag="one", body=ANSWER_SDP, flow=MONITOR), MONITOR)
    sent = line.say(reply(leg, 200, tag="two", body=ANSWER_SDP, flow=MONITOR), MONITOR)

    assert summary(sent) == ["ACK", "BYE"]
    assert all(one.get("To").endswith("tag=two") for one in sent)


def test_a_response_after_the_final_one_is_absorbed() -> None:
    """§17.1.1.2, figure 5."""
    line = Line()
    leg = line.ring()
    line.say(reply(leg, 486, flow=MONITOR), MONITOR)

    assert line.say(reply(leg, 180, flow=MONITOR), MONITOR) == []
    assert line.say(reply(leg, 200, flow=MONITOR), MONITOR) == []


@pytest.mark.parametrize("change", [(b"z9hG4bK", b"z9hG4bKx"), (b" INVITE\r", b" OPTIONS\r")])
def test_a_response_belongs_to_the_branch_and_the_method(change: tuple[bytes, bytes]) -> None:
    """§17.1.3."""
    line = Line()
    leg = line.ring()

    assert line.say(reply(leg, 180, flow=MONITOR).replace(*change), MONITOR) == []


# -- INVITE server -------------------------------------------------------------------------------


def test_a_repeated_invite_gets_the_last_response_and_starts_no_second_leg() -> None:
    """§17.2.1."""
    line = Line()
    leg = line.ring()
    assert summary(line.say(dial())) == ["100 INVITE"]
    line.say(reply(leg, 180, flow=MONITOR), MONITOR)

    assert summary(line.say(dial())) == ["180 INVITE"]
    assert summary(line.to(MONITOR)) == ["INVITE"]


def test_a_failure_is_repeated_until_its_ack() -> None:
    """§17.2.1: timer G doubles up to T2, timer H ends it after 64*T1."""
    line = Line()
    leg = line.ring()
    line.say(reply(leg, 486, flow=MONITOR), MONITOR)
    seen = times(line, "486 INVITE", 40.0, DOOR)

    assert seen[:4] == pytest.approx([0.5, 1.5, 3.5, 7.5], abs=0.25)
    assert all(3.8 <= later - earlier <= 4.2 for earlier, later in pairwise(seen[3:]))
    assert max(seen) <= 32.1


def test_an_ack_ends_the_repetition_and_the_invite_is_absorbed_for_a_while() -> None:
    """§17.2.1: Confirmed absorbs ACKs for timer I."""
    line = Line()
    leg = line.ring()
    sent = line.wire.receive(reply(leg, 486, flow=MONITOR), MONITOR)
    (busy,) = responses(sent)

    assert line.say(ack_failure(dial(), busy)) == []
    assert line.say(ack_failure(dial(), busy)) == []
    assert times(line, "486 INVITE", 10.0, DOOR) == []


def test_over_a_stream_a_failure_is_sent_once() -> None:
    """§17.2.1: timer G is for unreliable transports."""
    door = Flow("TCP", 0, "192.0.2.1", 40001, 7)
    line = Line()
    via = "Via: SIP/2.0/TCP 192.0.2.1:5062;branch=z9hG4bK-1"
    sent = line.wire.receive(dial(via=via), door)
    (leg,) = requests(sent, b"INVITE")
    line.say(reply(leg, 486, flow=MONITOR), MONITOR)

    assert times(line, "486 INVITE", 10.0, door) == []


def test_a_2xx_is_repeated_over_every_transport_until_its_ack() -> None:
    """§13.3.1.4: T1 doubling up to T2, and BYE when no ACK comes in 64*T1."""
    line = Line()
    leg = line.ring()
    line.say(reply(leg, 200, body=ANSWER_SDP, flow=MONITOR), MONITOR)
    seen = times(line, "200 INVITE", 40.0, DOOR)

    assert seen[:4] == pytest.approx([0.5, 1.5, 3.5, 7.5], abs=0.25)
    assert max(seen) <= 32.1
    assert "BYE" in summary(line.to(DOOR))
    assert "BYE" in summary(line.to(MONITOR))


def test_an_invite_that_comes_again_after_its_2xx_is_absorbed() -> None:
    """RFC 6026 §7.1: Accepted; the 2xx is repeated by the user, not by the transaction."""
    line = Line()
    leg = line.ring()
    line.say(reply(leg, 200, body=ANSWER_SDP, flow=MONITOR), MONITOR)

    assert line.say(dial()) == []
    assert summary(line.to(MONITOR)).count("INVITE") == 1


def test_the_100_comes_at_once() -> None:
    """§17.2.1: within 200 ms, so that the client stops repeating."""
    line = Line()
    line.ring()

    assert summary(line.to(DOOR)) == ["100 INVITE"]


@pytest.mark.parametrize("minutes", [1, 2])
def test_a_phone_that_rings_for_long_is_heard_every_minute(minutes: int) -> None:
    """§13.3.1.1: a provisional response at least every minute, so that no proxy gives up."""
    wire = Wire(stage("indoor", "monitor", timeout=170.0), contacts={"monitor": [MONITOR]})
    line = Line(wire)
    leg = line.ring()
    line.say(reply(leg, 180, flow=MONITOR), MONITOR)
    line.wait(60.5 * minutes, 0.25)

    assert summary(line.to(DOOR)).count("180 INVITE") >= 1 + minutes


# -- RFC 2543 clients ----------------------------------------------------------------------------

OLD = "Via: SIP/2.0/UDP 192.0.2.1:5062;branch=1"


@pytest.mark.parametrize(
    "via", [OLD, "Via: SIP/2.0/UDP 192.0.2.1:5062", OLD.replace("1;", "1;rport;")]
)
def test_a_client_of_rfc_2543_is_matched_by_its_headers(via: str) -> None:
    """§17.2.3: Request-URI, tags, Call-ID, CSeq and top Via."""
    line = Line()
    leg = line.ring(dial(via=via))

    assert summary(line.say(dial(via=via))) == ["100 INVITE"]
    assert summary(line.to(MONITOR)) == ["INVITE"]
    sent = line.wire.receive(reply(leg, 486, flow=MONITOR), MONITOR)
    (busy,) = responses(sent)
    assert line.say(ack_failure(dial(via=via), busy)) == []
    assert times(line, "486 INVITE", 6.0, DOOR) == []


def test_an_old_ack_with_another_tag_is_for_another_response() -> None:
    """§17.2.3: the To tag of the ACK is that of the response."""
    line = Line()
    leg = line.ring(dial(via=OLD))
    sent = line.wire.receive(reply(leg, 486, flow=MONITOR), MONITOR)
    (busy,) = responses(sent)
    line.say(
        ack_failure(dial(via=OLD), busy)
        .replace(b";tag=", b";tag=x", 2)
        .replace(b"=xdoor", b"=door")
    )

    assert times(line, "486 INVITE", 2.0, DOOR) != []


# -- other methods -------------------------------------------------------------------------------


def test_a_repeated_request_gets_the_same_final_response() -> None:
    """§17.2.2: Completed, timer J."""
    on = talk()
    bye = on.door("BYE")
    first = [m.raw for m, to in on.wire.receive(bye, DOOR) if to == DOOR]
    on.wire.advance(5.0)
    again = [m.raw for m, to in on.wire.receive(bye, DOOR)]

    assert first == again
    assert read(first[0]).status == 200


def test_a_request_that_is_still_being_served_is_absorbed() -> None:
    """§17.2.2: Trying; nothing is sent and nothing crosses twice."""
    on = talk()
    info = on.door("INFO", body=b"Signal=1", kind="application/dtmf-relay")
    assert len(requests(on.wire.receive(info, DOOR), b"INFO")) == 1

    assert on.wire.receive(info, DOOR) == []


def test_no_provisional_but_a_late_100_is_sent_for_other_methods() -> None:
    """RFC 4320 §4.1: no 100 before timer E of the client has reached T2."""
    on = talk()
    on.wire.receive(on.door("INFO", body=b"x", kind="text/plain"), DOOR)
    early = [m for m, to in on.wire.advance(3.3) if to == DOOR]
    late = [m for m, to in on.wire.advance(1.0) if to == DOOR]

    assert early == []
    assert [read(m.raw).status for m in late] == [100]


def test_408_is_never_sent_for_other_methods() -> None:
    """RFC 4320 §4.2."""
    on = talk()
    on.wire.receive(on.door("INFO", body=b"x", kind="text/plain"), DOOR)
    sent = on.wire.advance(80.0, 0.1)

    assert not responses(sent, lambda one: one.status == 408)


def test_a_request_of_ours_is_repeated_until_timer_f() -> None:
    """§17.1.2.2: timer E doubles up to T2, timer F is 64*T1."""
    on = talk()
    on.wire.receive(on.door("BYE"), DOOR)
    line = Line(on.wire)
    seen = times(line, "BYE", 40.0, MONITOR)

    assert seen[:4] == pytest.approx([0.5, 1.5, 3.5, 7.5], abs=0.25)
    assert max(seen) <= 32.1
    assert on.wire.remains == {}


def test_a_provisional_response_slows_the_repetition_to_t2() -> None:
    """§17.1.2.2: Proceeding, timer E at T2."""
    on = talk()
    (bye,) = requests(on.wire.receive(on.door("BYE"), DOOR), b"BYE")
    on.wire.receive(reply(bye, 100), MONITOR)
    seen = times(Line(on.wire), "BYE", 14.0, MONITOR)

    assert [later - earlier for earlier, later in pairwise(seen)] == (
        pytest.approx([4.0] * (len(seen) - 1), abs=0.25)
    )


def test_a_request_that_no_transaction_can_be_made_for_any_more_is_503() -> None:
    """§21.5.4: overload is told, with Retry-After."""
    line = Line()
    line.wire.endpoint.table.max_transactions = 0
    (got,) = line.say(dial())

    assert (got.status, bool(got.get("Retry-After"))) == (503, True)


def test_the_ack_for_a_2xx_is_a_transaction_of_its_own() -> None:
    """§13.2.2.4, §17.1.1.3: another branch; RFC 6026 §7.1 for those that repeat the INVITE's."""
    for branch in ("z9hG4bKnew", "z9hG4bK-1"):
        line = Line()
        leg = line.ring()
        sent = line.wire.receive(reply(leg, 200, body=ANSWER_SDP, flow=MONITOR), MONITOR)
        (ok,) = responses(sent)
        line.say(ack(ok, DOOR, branch=branch))

        assert times(line, "200 INVITE", 6.0, DOOR) == []


def test_a_talk_has_nothing_left_after_its_timers() -> None:
    """§17: every transaction ends."""
    on: Talk = talk()
    on.wire.receive(on.door("OPTIONS", cseq=2), DOOR)
    (bye,) = requests(on.wire.receive(on.door("BYE", cseq=3), DOOR), b"BYE")
    on.wire.receive(reply(bye, 200), MONITOR)
    on.wire.advance(40.0, 0.1)

    assert on.wire.remains == {}


def test_the_branch_of_every_request_is_new() -> None:
    """§8.1.1.7: a branch is unique over space and time, but in ACK for failures and CANCEL."""
    line = Line()
    seen = set()
    for number in range(20):
        leg = line.ring(
            dial(
                call_id=f"Call-ID: {number}",
                via=f"Via: SIP/2.0/UDP 192.0.2.1:5062;rport;branch=z9hG4bK{number}",
            )
        )
        seen.add(leg.branch)

    assert len(seen) == 20
    assert all(branch.startswith(b"z9hG4bK") for branch in seen)


def test_what_a_request_of_ours_must_have_it_has() -> None:
    """§8.1.1: To without tag, From with tag, CSeq, Call-ID, Max-Forwards one less, Via, Contact."""
    leg = read(Line().ring(dial(hops="Max-Forwards: 10")).raw)

    assert ";tag=" in leg.get("From")
    assert ";tag=" not in leg.get("To")
    assert leg.get("Max-Forwards") == "9"
    assert leg.get("CSeq").endswith(" INVITE")
    assert leg.get("Call-ID") != "visit@door"
    assert leg.get("Contact").startswith("<sip:")
    assert DOMAIN in leg.get("From")
    assert [name for name, _ in leg.headers].count("Contact") == 1
