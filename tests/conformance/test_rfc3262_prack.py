"""RFC 3262: reliable provisional responses cross the call, and PRACK goes the other way."""

import pytest

from sipcore.b2bua.policy import RingPolicy
from sipcore.message.message import Request, Response
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
    Wire,
    requests,
    responses,
    sent_to,
    stage,
)

RELIABLE = ("Supported: 100rel",)


def rung(
    *asked: str, body: bytes = SDP, users: tuple[str, ...] = ("monitor",)
) -> tuple[Wire, list[Request]]:
    """A call that rings; `asked` are further lines of the caller's INVITE."""
    wire = Wire(stage("indoor", *users), contacts={"monitor": [MONITOR], "app": [APP]})
    return wire, requests(wire.receive(invite(DOOR, body=body, extra=asked), DOOR), b"INVITE")


def reliable(leg: Request, number: int, *, status: int = 183, body: bytes = b"") -> bytes:
    """A reliable provisional response of the monitor."""
    extra = ("Require: 100rel", f"RSeq: {number}")
    return reply(leg, status, flow=MONITOR, body=body, extra=extra)


def prack(
    told: Response, *, cseq: int = 2, rack: str = "", body: bytes = b"", branch: str = ""
) -> bytes:
    """The caller acknowledges what it was told."""
    number = (told.first(b"rseq") or b"").decode()
    return in_dialog_of_caller(
        "PRACK",
        told,
        DOOR,
        cseq=cseq,
        branch=branch or f"z9hG4bKprack{cseq}",
        body=body,
        content_type="application/sdp" if body else "",
        extra=(f"RAck: {rack or f'{number} 1 INVITE'}",),
    )


def test_100rel_is_offered_to_the_phones_only_if_the_caller_knows_it() -> None:
    """§3: a UAS may send reliably only if the request said 100rel in Supported or Require."""
    (with_it,) = rung(*RELIABLE)[1]
    (without,) = rung()[1]
    (required,) = rung("Require: 100rel")[1]

    offered = [b"100rel" in leg.values(b"supported") for leg in (with_it, without, required)]
    assert offered == [True, False, True]
    # A phone that does not know 100rel shall still ring for a caller that requires it.
    assert required.first(b"require") is None


def test_a_reliable_response_and_its_prack_cross_the_call() -> None:
    """§3, §4: RSeq and RAck are those of each leg; offer and answer pass untouched."""
    wire, (leg,) = rung(*RELIABLE, body=b"")
    (told,) = responses(wire.receive(reliable(leg, 7001, body=SDP), MONITOR))

    sent = wire.receive(prack(told, body=ANSWER_SDP), DOOR)

    assert (told.status, told.values(b"require"), told.body) == (183, [b"100rel"], SDP)
    assert 0 < int(told.first(b"rseq") or b"0") < 2**31
    (crossed,) = requests(sent, b"PRACK")
    assert (crossed.first(b"rack"), crossed.body) == (b"7001 1 INVITE", ANSWER_SDP)
    assert crossed.cseq.number == 2
    (answer,) = responses(wire.receive(reply(crossed, 200, flow=MONITOR), MONITOR))
    assert (answer.status, answer.cseq.method) == (200, b"PRACK")


def test_the_answer_in_the_response_to_a_prack_crosses_back() -> None:
    """§5: a PRACK may carry an offer, and its 2xx the answer."""
    wire, (leg,) = rung(*RELIABLE)
    (told,) = responses(wire.receive(reliable(leg, 1, body=ANSWER_SDP), MONITOR))
    (crossed,) = requests(wire.receive(prack(told, body=SDP), DOOR), b"PRACK")

    (answer,) = responses(wire.receive(reply(crossed, 200, body=ANSWER_SDP), MONITOR))

    assert (answer.status, answer.body) == (200, ANSWER_SDP)


def test_a_reliable_response_is_repeated_with_doubling_intervals_until_its_prack() -> None:
    """§3: retransmitted beginning with T1 and doubling, without a cap."""
    wire, (leg,) = rung(*RELIABLE)
    (told,) = responses(wire.receive(reliable(leg, 1), MONITOR))

    repeated = [len(wire.advance(seconds)) for seconds in (0.6, 1.0, 2.0, 4.0, 8.0)]
    wire.receive(prack(told), DOOR)

    assert repeated == [1, 1, 1, 1, 1]
    assert [m for m in responses(wire.advance(20.0)) if m.status == 183] == []


def test_an_invite_whose_prack_never_comes_is_refused_after_64_t1() -> None:
    """§3: "the UAS SHOULD reject the original request with a 5xx response"."""
    wire = Wire(stage("indoor", "monitor", timeout=90.0), contacts={"monitor": [MONITOR]})
    (leg,) = requests(wire.receive(invite(DOOR, extra=RELIABLE), DOOR), b"INVITE")
    wire.receive(reliable(leg, 1), MONITOR)

    sent = wire.advance(33.0)

    assert responses(sent)[-1].status == 504
    assert (b"CANCEL", b"CANCEL") in sent_to(sent, MONITOR)


@pytest.mark.parametrize("rack", ["999999999 1 INVITE", "0 1 INVITE", "{n} 2 INVITE", "{n} 1 BYE"])
def test_a_prack_that_acknowledges_nothing_is_481(rack: str) -> None:
    """§3: "If a PRACK request is received ... that does not match ... 481"."""
    wire, (leg,) = rung(*RELIABLE)
    (told,) = responses(wire.receive(reliable(leg, 1), MONITOR))
    number = (told.first(b"rseq") or b"").decode()

    (refused,) = responses(wire.receive(prack(told, rack=rack.format(n=number)), DOOR))

    assert refused.status == 481


@pytest.mark.parametrize("rack", ["1 INVITE", "x 1 INVITE", "1 1 INVITE 1", "99999999999 1 INVITE"])
def test_a_malformed_rack_is_400(rack: str) -> None:
    """§7.2: RAck = response-num LWS CSeq-num LWS Method."""
    wire, (leg,) = rung(*RELIABLE)
    (told,) = responses(wire.receive(reliable(leg, 1), MONITOR))

    (refused,) = responses(wire.receive(prack(told, rack=rack), DOOR))

    assert refused.status == 400


def test_a_second_prack_for_the_same_response_is_481() -> None:
    """§3: once acknowledged, the response is no longer outstanding."""
    wire, (leg,) = rung(*RELIABLE)
    (told,) = responses(wire.receive(reliable(leg, 1), MONITOR))
    wire.receive(prack(told), DOOR)

    (refused,) = responses(wire.receive(prack(told, cseq=3), DOOR))

    assert refused.status == 481


def test_the_next_reliable_response_waits_for_the_prack_of_the_one_before() -> None:
    """§3: the UAS MUST NOT send a second one until the first is acknowledged."""
    wire, (leg,) = rung(*RELIABLE)
    (first,) = responses(wire.receive(reliable(leg, 5, body=SDP), MONITOR))

    early = responses(wire.receive(reliable(leg, 6, status=180, body=SDP), MONITOR))
    sent = wire.receive(prack(first), DOOR)

    assert early == []
    (second,) = (m for m in responses(sent) if m.status == 180)
    assert int(second.first(b"rseq") or b"0") == int(first.first(b"rseq") or b"0") + 1


def test_a_repeated_or_disordered_response_of_a_phone_is_ignored() -> None:
    """§4: only the next RSeq of the dialog is in order; a repetition is not acknowledged again."""
    wire, (leg,) = rung(*RELIABLE)
    wire.receive(reliable(leg, 5, body=SDP), MONITOR)

    assert wire.receive(reliable(leg, 5, body=SDP), MONITOR) == []
    assert wire.receive(reliable(leg, 7, body=SDP), MONITOR) == []


def test_a_reliable_response_that_the_caller_need_not_hear_is_acknowledged_here() -> None:
    """§4: the UAC MUST acknowledge each one; the 180 of a second phone says nothing new."""
    wire, (monitor, app) = rung(*RELIABLE, users=("monitor", "app"))
    wire.receive(reliable(monitor, 1, status=180), MONITOR)

    sent = wire.receive(
        reply(app, 180, tag="app", flow=APP, extra=("Require: 100rel", "RSeq: 77")), APP
    )

    (own,) = requests(sent, b"PRACK")
    assert (own.first(b"rack"), own.uri) == (b"77 1 INVITE", b"sip:callee@192.0.2.12:5060")
    assert responses(sent) == []


@pytest.mark.parametrize("asked", [RELIABLE, ("Require: 100rel",)])
def test_a_reliable_180_crosses_though_the_server_has_announced_one(asked: tuple[str, ...]) -> None:
    """§3, §4: the PRACK of the caller is the one that the phone waits for."""
    wire = Wire(stage("indoor", "monitor"), contacts={"monitor": [MONITOR]})
    wire.planner.policy = RingPolicy(early=180)
    sent = wire.receive(invite(DOOR, extra=asked), DOOR)
    (leg,) = requests(sent, b"INVITE")
    announced = responses(sent)[-1]
    if announced.first(b"rseq") is not None:
        wire.receive(prack(announced), DOOR)
    sent = wire.receive(reliable(leg, 7001, status=180), MONITOR)

    (told,) = responses(sent)
    assert requests(sent, b"PRACK") == []  # not before the caller's
    assert (told.status, told.values(b"require"), told.to_tag) == (
        180,
        [b"100rel"],
        announced.to_tag,
    )
    (crossed,) = requests(wire.receive(prack(told, cseq=3), DOOR), b"PRACK")
    assert crossed.first(b"rack") == b"7001 1 INVITE"
    again = wire.receive(reliable(leg, 7002, status=180), MONITOR)
    assert (responses(again), len(requests(again, b"PRACK"))) == ([], 1)  # once is enough


def test_a_caller_that_requires_100rel_hears_an_ordinary_180_reliably() -> None:
    """§3: with Require: 100rel "the UAS MUST send any non-100 provisional response reliably"."""
    wire, (leg,) = rung("Require: 100rel")

    (told,) = responses(wire.receive(reply(leg, 180, flow=MONITOR), MONITOR))
    sent = wire.receive(prack(told), DOOR)

    assert told.values(b"require") == [b"100rel"]
    assert [(m.status, m.cseq.method) for m in responses(sent)] == [(200, b"PRACK")]
    assert requests(sent, b"PRACK") == []


def test_the_answer_waits_for_the_prack_of_a_session_description() -> None:
    """§3: no 2xx before the PRACK of a provisional response that carried SDP."""
    wire, (leg,) = rung("Require: 100rel")
    (told,) = responses(wire.receive(reply(leg, 183, body=ANSWER_SDP, flow=MONITOR), MONITOR))

    early = wire.receive(reply(leg, 200, body=ANSWER_SDP, flow=MONITOR), MONITOR)
    late = wire.receive(prack(told), DOOR)

    assert [m.status for m in responses(early)] == []
    assert [m.status for m in responses(late)] == [200, 200]
    answer = next(m for m in responses(late) if m.cseq.method == b"INVITE")
    wire.receive(ack(answer, DOOR), DOOR)
    assert wire.endpoint.active_calls == 1


def test_the_100_is_never_reliable() -> None:
    """§3: "100 (Trying) MUST NOT be sent reliably"."""
    wire, _ = rung("Require: 100rel")
    (repeated,) = responses(wire.receive(invite(DOOR, extra=("Require: 100rel",)), DOOR))

    assert (repeated.status, repeated.first(b"rseq")) == (100, None)


def test_phones_of_a_fork_have_dialogs_and_numbers_of_their_own() -> None:
    """§4: the number space is that of one early dialog; PRACKs of both may carry the same CSeq."""
    wire, (monitor, app) = rung(*RELIABLE, users=("monitor", "app"))
    (first,) = responses(wire.receive(reliable(monitor, 1, body=SDP), MONITOR))
    data = reply(app, 183, tag="a", body=ANSWER_SDP, flow=APP, extra=("Require: 100rel", "RSeq: 9"))
    (second,) = responses(wire.receive(data, APP))

    one = requests(wire.receive(prack(first, cseq=3), DOOR), b"PRACK")
    two = requests(wire.receive(prack(second, cseq=2, branch="z9hG4bKtwo"), DOOR), b"PRACK")

    assert first.to_tag != second.to_tag
    assert [m.first(b"rack") for m in one + two] == [b"1 1 INVITE", b"9 1 INVITE"]


def test_a_prack_for_a_phone_that_is_released_is_answered_here() -> None:
    """§3: a PRACK that matches is answered 2xx, though its phone rings no more."""
    wire = Wire(
        stage("indoor", "monitor", timeout=5.0),
        stage("app", "app"),
        contacts={"monitor": [MONITOR], "app": [APP]},
    )
    (leg,) = requests(wire.receive(invite(DOOR, extra=RELIABLE), DOOR), b"INVITE")
    (told,) = responses(wire.receive(reliable(leg, 1), MONITOR))
    wire.advance(6.0)

    (answer,) = responses(wire.receive(prack(told), DOOR))

    assert (answer.status, answer.cseq.method) == (200, b"PRACK")


def test_the_bye_for_an_answer_that_comes_too_late_goes_on_behind_the_prack() -> None:
    """RFC 3261 §12.2.1.1: the numbers of a dialog rise by one, in that of a loser too."""
    wire, (monitor, app) = rung(*RELIABLE, users=("monitor", "app"))
    (told,) = responses(wire.receive(reliable(monitor, 1, body=SDP), MONITOR))
    (crossed,) = requests(wire.receive(prack(told), DOOR), b"PRACK")
    wire.receive(reply(crossed, 200, flow=MONITOR), MONITOR)
    wire.receive(reply(app, 200, tag="a", body=ANSWER_SDP, flow=APP), APP)

    (bye,) = requests(wire.receive(reply(monitor, 200, flow=MONITOR), MONITOR), b"BYE")

    assert (crossed.cseq.number, bye.cseq.number) == (2, 3)


@pytest.mark.parametrize("is_too_late", [False, True])
def test_the_bye_for_the_second_answer_of_a_fork_goes_on_behind_its_prack(
    is_too_late: bool,
) -> None:
    """RFC 3261 §12.2.1.1, §13.2.2.4: a proxy behind one contact has forked, and two answer."""
    wire, (leg, app) = rung(*RELIABLE, users=("monitor", "app"))
    (told,) = responses(wire.receive(reliable(leg, 1, body=SDP), MONITOR))
    (crossed,) = requests(wire.receive(prack(told), DOOR), b"PRACK")
    wire.receive(reply(crossed, 200, flow=MONITOR), MONITOR)
    if is_too_late:
        wire.receive(reply(app, 200, tag="a", body=ANSWER_SDP, flow=APP), APP)
    wire.receive(reply(leg, 200, tag="first", body=ANSWER_SDP, flow=MONITOR), MONITOR)

    (bye,) = requests(wire.receive(reply(leg, 200, flow=MONITOR), MONITOR), b"BYE")

    assert (crossed.cseq.number, bye.cseq.number) == (2, 3)
    assert bye.to_tag == b"callee-tag"


def test_nothing_is_left_of_a_call_with_reliable_responses() -> None:
    """§3: all timers of the provisional responses end with the call."""
    wire, (leg,) = rung(*RELIABLE)
    (told,) = responses(wire.receive(reliable(leg, 1, body=SDP), MONITOR))
    (crossed,) = requests(wire.receive(prack(told), DOOR), b"PRACK")
    wire.receive(reply(crossed, 200, flow=MONITOR), MONITOR)
    (answer,) = responses(wire.receive(reply(leg, 200, flow=MONITOR), MONITOR))
    wire.receive(ack(answer, DOOR), DOOR)
    bye = in_dialog_of_caller("BYE", answer, DOOR, cseq=5, branch="z9hG4bKbye")
    (ended,) = requests(wire.receive(bye, DOOR), b"BYE")
    wire.receive(reply(ended, 200), MONITOR)
    wire.advance(40.0)

    assert wire.remains == {}
    assert ended.cseq.number == 3  # after INVITE and PRACK (§12.2.1.1 of RFC 3261)


def test_a_caller_that_cancels_while_its_answer_waits_for_the_prack_is_told_487() -> None:
    """RFC 3261 §9.2: no final response was issued, so the CANCEL ends the INVITE with 487."""
    wire, (leg,) = rung(*RELIABLE)
    wire.receive(reliable(leg, 1, body=ANSWER_SDP), MONITOR)
    wire.receive(reply(leg, 200, flow=MONITOR), MONITOR)

    sent = wire.receive(cancel(invite(DOOR, extra=RELIABLE)), DOOR)

    assert [(m.status, m.cseq.method) for m in responses(sent)] == [
        (200, b"CANCEL"),
        (487, b"INVITE"),
    ]
    assert len(requests(sent, b"BYE")) == 1
    wire.advance(80.0, 0.25)
    assert wire.remains == {}


@pytest.mark.parametrize(("offer", "statuses"), [(SDP, [491]), (b"", [])])
def test_an_offer_in_a_prack_lets_no_other_offer_pass(offer: bytes, statuses: list[int]) -> None:
    """RFC 3311 §5.2: an UPDATE that crosses an offer of ours in a PRACK is 491. What answers the
    offer of a response (§5) is no offer."""
    wire, (leg,) = rung(*RELIABLE, body=offer)
    (told,) = responses(wire.receive(reliable(leg, 1, body=ANSWER_SDP), MONITOR))
    wire.receive(prack(told, body=SDP), DOOR)
    update = in_dialog_of_callee(
        "UPDATE", leg, MONITOR, body=SDP, content_type="application/sdp", branch="z9hG4bKu"
    )

    sent = wire.receive(update, MONITOR)

    assert [m.status for m in responses(sent)] == statuses


def test_a_description_in_a_prack_is_what_a_refresh_repeats() -> None:
    """RFC 4028 §7.4: the re-INVITE that refreshes the phone names the session as it is."""
    wire, (leg,) = rung(*RELIABLE, body=b"")
    (told,) = responses(wire.receive(reliable(leg, 1, body=ANSWER_SDP), MONITOR))
    (crossed,) = requests(wire.receive(prack(told, body=SDP), DOOR), b"PRACK")
    wire.receive(reply(crossed, 200), MONITOR)
    (answer,) = responses(wire.receive(reply(leg, 200, flow=MONITOR), MONITOR))
    wire.receive(ack(answer, DOOR), DOOR)

    sent = wire.advance(901.0, 0.5)

    assert SDP in [m.body for m in requests(sent, b"INVITE")]


def early_of(leg: Request, tag: str, number: int) -> bytes:
    """A reliable 183 of one of the phones behind the monitor's contact."""
    extra = ("Require: 100rel", f"RSeq: {number}")
    return reply(leg, 183, tag=tag, body=ANSWER_SDP, flow=MONITOR, extra=extra)


@pytest.mark.parametrize("wins", [True, False])
def test_the_bye_for_a_late_2xx_counts_on_after_the_prack(wins: bool) -> None:
    """RFC 3261 §13.2.2.4, §12.2.1.1: the PRACK had a number of its dialog, the BYE has the next."""
    wire, (leg,) = rung(*RELIABLE)
    (told,) = responses(wire.receive(early_of(leg, "one", 1), MONITOR))
    (crossed,) = requests(wire.receive(prack(told), DOOR), b"PRACK")
    wire.receive(reply(crossed, 200), MONITOR)
    if wins:
        wire.receive(reply(leg, 200, tag="two", body=ANSWER_SDP, flow=MONITOR), MONITOR)
    else:
        wire.receive(cancel(invite(DOOR, extra=RELIABLE)), DOOR)

    sent = wire.receive(reply(leg, 200, tag="one", flow=MONITOR), MONITOR)

    (bye,) = requests(sent, b"BYE")
    assert (bye.to_tag, crossed.cseq.number, bye.cseq.number) == (b"one", 2, 3)


def test_a_prack_that_the_phone_knows_no_more_ends_no_answered_call() -> None:
    """§3: 481 says that no response waits for it, as its 200 has ended that; to the caller, whose
    RAck matched, it is 200."""
    wire, (leg,) = rung(*RELIABLE)
    (told,) = responses(wire.receive(reliable(leg, 1, status=180), MONITOR))
    data = reply(leg, 200, body=ANSWER_SDP, flow=MONITOR)
    answer = responses(wire.receive(data, MONITOR))[0]
    wire.receive(ack(answer, DOOR), DOOR)
    (crossed,) = requests(wire.receive(prack(told), DOOR), b"PRACK")

    sent = wire.receive(reply(crossed, 481), MONITOR)

    assert [(m.status, m.cseq.method) for m in responses(sent)] == [(200, b"PRACK")]
    assert requests(sent, b"BYE") == []
    assert wire.endpoint.active_calls == 1


def test_a_call_whose_answer_waits_for_the_prack_is_not_passed_on() -> None:
    """§3, RFC 3261 §14: to the caller it is not answered, so nobody can talk to it yet."""
    wire, (leg,) = rung(*RELIABLE)
    wire.receive(reliable(leg, 1, body=ANSWER_SDP), MONITOR)
    wire.receive(reply(leg, 200, flow=MONITOR), MONITOR)
    to = ("Refer-To: <sip:1002@doorline.test>",)

    sent = wire.receive(in_dialog_of_callee("REFER", leg, MONITOR, extra=to), MONITOR)

    assert [(m.status, m.cseq.method) for m in responses(sent)] == [(491, b"REFER")]
