"""Where each kind of message goes, on a wire of lists."""

from types import SimpleNamespace

import pytest

from sipcore.b2bua.call import Call
from sipcore.endpoint import reception
from sipcore.kernel.errors import BadMessage
from sipcore.kernel.flow import Flow
from sipcore.message.message import Request, Response
from sipcore.registrar.outcome import Rejected
from sipcore.registrar.registrar import Answered
from tests.support.peers import (
    SDP,
    ack_failure,
    cancel,
    in_dialog_of_caller,
    invite,
    message,
    reply,
)
from tests.support.wire import DOOR, MONITOR, Wire, requests, responses, sent_to, stage, talk


def wire() -> Wire:
    """An endpoint with one monitor."""
    return Wire(stage("indoor", "monitor"), contacts={"monitor": [MONITOR]})


def request(method: str, *, to: str = "<sip:1001@doorline.test>", **replaced: str) -> bytes:
    """A request outside any dialog."""
    head = {
        "Via": "SIP/2.0/UDP 192.0.2.1:5062;rport;branch=z9hG4bKout",
        "Max-Forwards": "70",
        "From": "<sip:1000000001@doorline.test>;tag=f",
        "To": to,
        "Call-ID": "outside@door",
        "CSeq": f"1 {method}",
        "Contact": "<sip:1000000001@192.0.2.1:5062>",
    }
    head.update({name.replace("_", "-"): value for name, value in replaced.items()})
    return message(
        f"{method} sip:1001@doorline.test SIP/2.0", [f"{k}: {v}" for k, v in head.items()]
    )


def answer_to(data: bytes) -> Response:
    """The one response that a fresh endpoint gives."""
    (answer,) = responses(wire().receive(data, DOOR))
    return answer


# -- outside a dialog --------------------------------------------------------------------------


def test_options_is_answered_without_state() -> None:
    on = wire()

    (answer,) = responses(on.receive(request("OPTIONS"), DOOR))

    assert (answer.status, bool(answer.to_tag)) == (200, True)
    accepted = (answer.first(b"accept") or b"").split(b", ")
    assert {b"application/sdp", b"application/dtmf-relay", b"text/plain"} <= set(accepted)
    assert b"REGISTER" in (answer.first(b"allow") or b"")
    assert on.remains == {}


def test_options_that_requires_an_extension_is_told_which_are_not_there() -> None:
    answer = answer_to(request("OPTIONS", Require="telepathy, gruu"))

    assert (answer.status, answer.first(b"unsupported")) == (420, b"telepathy, gruu")


def test_copies_of_a_request_get_the_same_tag() -> None:
    on = wire()

    first, second = (on.receive(request("OPTIONS"), DOOR)[0][0].raw for _ in range(2))

    assert first == second


@pytest.mark.parametrize("method", ["NOTIFY", "INFO", "UPDATE", "PRACK", "BYE"])
def test_a_method_that_belongs_to_a_dialog_is_481_outside_one(method: str) -> None:
    assert answer_to(request(method)).status == 481


@pytest.mark.parametrize(("method", "status"), [("PUBLISH", 405), ("REFER", 403)])
def test_a_method_that_is_not_served_outside_a_call_is_refused_with_allow(
    method: str, status: int
) -> None:
    answer = answer_to(request(method))

    assert (answer.status, b"INVITE" in (answer.first(b"allow") or b"")) == (status, True)


def test_an_unheard_of_method_is_501_with_allow() -> None:
    answer = answer_to(request("MAKECOFFEE"))

    assert (answer.status, b"INVITE" in (answer.first(b"allow") or b"")) == (501, True)


@pytest.mark.parametrize("method", ["BYE", "INFO", "UPDATE", "INVITE", "OPTIONS", "REFER"])
def test_a_request_of_an_unknown_dialog_is_481(method: str) -> None:
    assert answer_to(request(method, to="<sip:x@doorline.test>;tag=gone")).status == 481


def test_an_ack_of_an_unknown_dialog_is_dropped() -> None:
    on = wire()

    assert on.receive(request("ACK", to="<sip:x@doorline.test>;tag=gone"), DOOR) == []
    assert on.receive(request("ACK"), DOOR) == []


def test_a_response_that_answers_nothing_is_counted_and_dropped() -> None:
    on = wire()
    (leg,) = requests(on.receive(invite(DOOR), DOOR), b"INVITE")
    stray = reply(leg, 180, flow=MONITOR).replace(leg.branch, b"z9hG4bKunknown")

    assert on.receive(stray, MONITOR) == []
    assert on.endpoint.counters["stray_responses"] == 1


def test_a_response_with_two_vias_is_dropped() -> None:
    on = wire()
    (leg,) = requests(on.receive(invite(DOOR), DOOR), b"INVITE")
    routed = reply(leg, 200, flow=MONITOR, extra=("Via: SIP/2.0/UDP 192.0.2.50",))

    assert on.receive(routed, MONITOR) == []


# -- broken messages ---------------------------------------------------------------------------


@pytest.mark.parametrize("data", [b"\r\n\r\n\r\n", b"\0", b"\r\n", b"\0\0\0\0"])
def test_what_keeps_a_nat_open_is_no_bad_message(data: bytes) -> None:
    on = wire()

    assert on.receive(data, DOOR) == []
    assert (on.endpoint.counters["keepalives"], on.endpoint.counters["bad_messages"]) == (1, 0)


@pytest.mark.parametrize(
    "data", [b"hello", b"\xff" * 64, b"SIP/2.0 200 OK\r\n\r\n", b"INVITE sip:x SIP/2.0\r\n\r\n"]
)
def test_garbage_is_counted_and_dropped(data: bytes) -> None:
    on = wire()

    assert on.receive(data, DOOR) == []
    assert on.endpoint.counters["bad_messages"] == 1


def test_a_broken_request_that_can_be_answered_is_400_with_the_fault_named() -> None:
    answer = answer_to(request("OPTIONS", CSeq="one OPTIONS"))

    assert (answer.status, answer.reason) == (400, b"Bad Request - malformed CSeq")


def test_another_version_of_sip_is_505() -> None:
    assert answer_to(request("OPTIONS").replace(b"SIP/2.0\r\n", b"SIP/3.0\r\n", 1)).status == 505


def test_a_broken_ack_is_never_answered() -> None:
    assert wire().receive(request("ACK", CSeq="one ACK"), DOOR) == []


# -- where answers go (RFC 3261 §18.2.2, RFC 3581) ---------------------------------------------


@pytest.mark.parametrize(
    ("via", "port"),
    [
        ("192.0.2.1:5062;rport;branch=z9hG4bKa", 40000),
        ("192.0.2.1:5062;branch=z9hG4bKa", 5062),
        ("192.0.2.1;branch=z9hG4bKa", 5060),
        ("10.0.0.1:5062;branch=z9hG4bKa", 40000),
    ],
)
def test_an_answer_goes_to_the_port_that_via_asks_for(via: str, port: int) -> None:
    on, source = wire(), DOOR._replace(port=40000)

    ((_, flow),) = on.receive(request("OPTIONS", Via=f"SIP/2.0/UDP {via}"), source)

    assert flow == DOOR._replace(port=port)


def test_the_answers_of_a_transaction_go_to_the_port_that_via_names() -> None:
    on = wire()
    press = invite(DOOR).replace(b";rport", b"")

    sent = on.receive(press, DOOR._replace(port=40000))

    assert sent_to(sent, DOOR) == [(100, b"INVITE")]


# -- CANCEL ------------------------------------------------------------------------------------


def test_a_cancel_that_matches_nothing_is_481() -> None:
    assert answer_to(cancel(invite(DOOR))).status == 481


def test_a_cancel_from_another_host_is_481() -> None:
    on, stranger = wire(), Flow("UDP", 0, "203.0.113.66", 5060)
    on.receive(invite(DOOR), DOOR)

    sent = on.receive(cancel(invite(DOOR)), stranger)

    assert sent_to(sent, stranger) == [(481, b"CANCEL")]
    assert on.endpoint.active_calls == 1


def test_a_cancel_of_a_request_other_than_invite_is_200_and_has_no_effect() -> None:
    on = talk()
    data = on.door("INFO", body=b"5", kind="a/b")
    (forwarded,) = requests(on.wire.receive(data, DOOR), b"INFO")

    sent = on.wire.receive(cancel(data), DOOR)  # RFC 3261 §9.2
    answer = on.wire.receive(reply(forwarded, 200), MONITOR)

    assert sent_to(sent, DOOR) == [(200, b"CANCEL")]
    assert sent_to(sent, MONITOR) == []
    assert sent_to(answer, DOOR) == [(200, b"INFO")]


def test_the_answer_to_a_cancel_carries_the_tag_of_the_answer_to_its_invite() -> None:
    on = wire()
    on.receive(invite(DOOR), DOOR)

    ok, terminated = responses(on.receive(cancel(invite(DOOR)), DOOR))

    assert (ok.to_tag, bool(ok.to_tag)) == (terminated.to_tag, True)


def test_a_cancel_of_a_refused_invite_is_200_with_a_tag() -> None:
    on = Wire()
    on.receive(invite(DOOR), DOOR)

    (ok,) = responses(on.receive(cancel(invite(DOOR)), DOOR))

    assert (ok.status, bool(ok.to_tag)) == (200, True)


# -- merged and repeated requests --------------------------------------------------------------


def test_a_copy_that_took_another_path_is_482() -> None:
    on = wire()
    on.receive(invite(DOOR), DOOR)

    sent = on.receive(invite(DOOR, branch="z9hG4bKother"), DOOR)

    assert sent_to(sent, DOOR) == [(482, b"INVITE")]
    assert on.endpoint.active_calls == 1


def test_a_repeated_invite_gets_the_last_response_again() -> None:
    on = wire()
    (leg,) = requests(on.receive(invite(DOOR), DOOR), b"INVITE")
    (ringing,) = responses(on.receive(reply(leg, 180, flow=MONITOR), MONITOR))

    ((again, _),) = on.receive(invite(DOOR), DOOR)

    assert again.raw == ringing.raw


def test_the_ack_for_a_refusal_belongs_to_its_transaction() -> None:
    on = wire()
    (leg,) = requests(on.receive(invite(DOOR), DOOR), b"INVITE")
    (busy,) = responses(on.receive(reply(leg, 486), MONITOR))

    on.receive(ack_failure(invite(DOOR), busy), DOOR)

    assert on.advance(10.0) == []


def test_an_ack_with_the_branch_of_its_invite_reaches_the_call_all_the_same() -> None:
    on = talk(acknowledged=False)
    data = in_dialog_of_caller("ACK", on.answer, DOOR, cseq=1, branch="z9hG4bKinv")

    on.wire.receive(data, DOOR)

    assert on.wire.advance(10.0) == []


def test_a_full_table_refuses_a_request_inside_a_call_with_503() -> None:
    on = talk()
    on.wire.endpoint.table.max_transactions = 1

    (refused,) = responses(on.wire.receive(on.door("INFO", body=b"5", kind="a/b"), DOOR))

    assert refused.status == 503
    assert 5 <= int(refused.first(b"retry-after") or 0) <= 30


def fail(*_: object) -> None:
    """A bug."""
    raise RuntimeError("planted")


def test_a_bug_in_the_planner_costs_one_call_and_is_counted() -> None:
    on = wire()
    on.planner.plan = fail  # type: ignore[method-assign, assignment]

    sent = on.receive(invite(DOOR), DOOR)
    on.advance(40.0)

    assert sent_to(sent, DOOR) == [(500, b"INVITE")]
    assert (on.endpoint.counters["internal_errors"], on.remains) == (1, {})


@pytest.mark.interpreted
def test_a_bug_at_the_start_of_a_call_leaves_nothing_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    on = wire()
    monkeypatch.setattr(Call, "start", fail)

    sent = on.receive(invite(DOOR), DOOR)
    on.advance(40.0)

    assert sent_to(sent, DOOR) == [(500, b"INVITE")]
    assert on.remains == {}


@pytest.mark.parametrize("method", ["INVITE", "INFO"])
@pytest.mark.interpreted
def test_a_bug_in_a_call_answers_the_request_that_met_it(
    method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    on = talk()
    monkeypatch.setattr(Call, "handle", fail)

    sent = on.wire.receive(on.door(method, body=SDP), DOOR)

    assert sent_to(sent, DOOR) == [(500, method.encode())]


@pytest.mark.interpreted
def test_a_bug_in_parsing_costs_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    on = wire()
    monkeypatch.setattr(reception, "check_request", fail)

    assert on.receive(invite(DOOR), DOOR) == []
    assert on.endpoint.counters["internal_errors"] == 1


def test_every_method_is_counted_and_invented_ones_together() -> None:
    on = wire()
    for data in (request("OPTIONS"), request("FIRST"), request("SECOND"), invite(DOOR, body=SDP)):
        on.receive(data, DOOR)

    counters = on.endpoint.counters
    assert [counters[f"requests_{name}"] for name in ("OPTIONS", "other", "INVITE")] == [1, 2, 1]


# -- strangers ---------------------------------------------------------------------------------

STRANGER = Flow("UDP", 0, "192.0.2.66", 5060)


def test_what_comes_from_a_banned_source_is_dropped_before_it_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    on = wire()
    on.endpoint.sentinel.ban(STRANGER.host, 60, "test")

    def parse(data: bytes) -> None:
        raise AssertionError("nobody should read this")

    monkeypatch.setattr(reception, "parse", parse)

    assert on.receive(request("OPTIONS"), STRANGER) == []
    assert on.receive(b"garbage", STRANGER) == []
    assert on.endpoint.counters["banned_messages"] == 2


def test_half_a_message_of_a_banned_source_gets_no_answer_either() -> None:
    on = wire()
    on.endpoint.sentinel.ban(STRANGER.host, 60, "test")
    on.endpoint.reception.refuse(request("OPTIONS"), STRANGER, BadMessage("too long", 513))

    assert on.receive(b"", STRANGER) == []
    assert on.endpoint.counters["bad_messages"] == 0


def test_a_ban_ends_when_its_time_is_over() -> None:
    on = wire()
    on.endpoint.sentinel.ban(STRANGER.host, 60, "test")
    on.clock.advance(61)

    assert [r.status for r in responses(on.receive(request("OPTIONS"), STRANGER))] == [200]


def test_whom_we_call_is_heard_whatever_was_done_in_its_name() -> None:
    on = wire()
    for number in range(20):
        data = request("OPTIONS", User_Agent="friendly-scanner", CSeq=f"{number + 1} OPTIONS")
        on.receive(data, MONITOR)
    assert [ban.source for ban in on.endpoint.sentinel.bans] == [MONITOR.host]
    (leg,) = requests(on.receive(invite(DOOR), DOOR), b"INVITE")

    assert (180, b"INVITE") in sent_to(on.receive(reply(leg, 180, flow=MONITOR), MONITOR), DOOR)
    assert on.endpoint.sentinel.bans == ()


def test_a_scanner_gets_no_answer_of_any_kind() -> None:
    on = wire()
    scanner = {"User_Agent": "friendly-scanner"}
    broken = request("OPTIONS", **scanner).replace(b"CSeq: 1 OPTIONS", b"CSeq: x OPTIONS")

    assert on.receive(request("OPTIONS", **scanner), STRANGER) == []
    assert on.receive(request("BYE", to="<sip:x@doorline.test>;tag=g", **scanner), STRANGER) == []
    assert on.receive(request("CANCEL", **scanner), STRANGER) == []
    assert on.receive(broken, STRANGER) == []
    assert on.endpoint.counters["shed_scanner"] == 4


@pytest.mark.parametrize(
    ("method", "to"),
    [
        ("OPTIONS", "<sip:1001@doorline.test>"),
        ("BYE", "<sip:1001@doorline.test>;tag=guess"),
        ("CANCEL", "<sip:1001@doorline.test>"),
        ("NOTIFY", "<sip:1001@doorline.test>"),
    ],
)
def test_a_flood_is_answered_up_to_the_allowance_of_its_source(method: str, to: str) -> None:
    on = wire()
    answered = sum(len(on.receive(request(method, to=to), STRANGER)) for _ in range(6100))

    assert answered == 6000
    assert len(on.receive(request(method, to=to), DOOR)) == 1


def test_a_flood_of_garbage_is_answered_up_to_an_allowance_of_its_own() -> None:
    on = wire()
    broken = request("OPTIONS").replace(b"CSeq: 1 OPTIONS", b"CSeq: x OPTIONS")
    answered = sum(len(on.receive(broken, STRANGER)) for _ in range(6100))

    assert answered == 6000
    assert len(on.receive(request("OPTIONS"), STRANGER)) == 1


def test_what_belongs_to_a_call_is_served_in_a_flood_and_in_overload() -> None:
    on, _, answered = talk()
    on.endpoint.overload.level = 4
    for _ in range(2000):
        on.receive(request("OPTIONS"), DOOR)

    sent = on.receive(
        in_dialog_of_caller("INFO", answered, DOOR, cseq=9, branch="z9hG4bKinfo"), DOOR
    )

    assert requests(sent, b"INFO")


def test_overload_refuses_calls_and_tells_when_to_try_again() -> None:
    on = wire()
    on.endpoint.overload.level = 2

    (refused,) = responses(on.receive(invite(DOOR), DOOR))

    assert (refused.status, bool(refused.first(b"retry-after"))) == (503, True)
    assert on.endpoint.active_calls == 0


def test_whoever_watches_sees_a_message_before_it_can_break_something() -> None:
    wire = Wire()
    seen: list[tuple[bytes, Flow]] = []
    wire.endpoint.reception.watch = lambda data, flow: seen.append((data, flow))

    wire.endpoint.reception.take(b"garbage", DOOR)
    wire.endpoint.reception.refuse(b"half a message", DOOR, BadMessage("no end"))

    assert seen == [(b"garbage", DOOR), (b"half a message", DOOR)]


def test_a_banned_source_costs_those_who_watch_nothing() -> None:
    wire = Wire()
    seen: list[bytes] = []
    wire.endpoint.reception.watch = lambda data, _flow: seen.append(data)
    wire.endpoint.sentinel.ban(STRANGER.host, 60, "test")

    wire.endpoint.reception.take(b"garbage", STRANGER)
    wire.endpoint.reception.refuse(b"half a message", STRANGER, BadMessage("no end"))

    assert seen == []


# -- REGISTER ------------------------------------------------------------------------------------


class Refusing:
    """Registrar double with one answer for everybody."""

    def handle(self, request: Request, flow: Flow, now: float) -> Answered:
        return Answered(403, b"SIP/2.0 403 Forbidden\r\n\r\n", Rejected(403))


@pytest.mark.parametrize(("short", "status"), [(True, 200), (False, 401), (None, 403)])
@pytest.mark.interpreted
def test_answers_to_register_are_counted_by_their_status(short: bool | None, status: int) -> None:
    """On the short way, which knows a success and a challenge, and on the general one."""
    on = wire()
    desk = on.endpoint.reception
    known = None if short is None else (b"SIP/2.0 %d X\r\n\r\n" % status, short)
    desk._registrar = Refusing()  # type: ignore[assignment]
    desk._known = SimpleNamespace(answer=lambda *_: known)  # type: ignore[assignment]
    desk.take(request("REGISTER"), DOOR)

    assert {name: n for name, n in on.endpoint.counters.items() if "responses_" in name} == {
        f"responses_{status}": 1
    }
