"""RFC 3311: UPDATE crosses the call, also before it is answered."""

import pytest

from sipcore.message.message import Request, Response
from tests.support.peers import (
    ANSWER_SDP,
    SDP,
    in_dialog_of_callee,
    in_dialog_of_caller,
    invite,
    reply,
)
from tests.support.wire import APP, DOOR, MONITOR, Wire, requests, responses, sent_to, stage, talk


def previewed() -> tuple[Wire, Request, Response]:
    """The monitor rings and shows its session description already."""
    wire = Wire(stage("indoor", "monitor", "app"), contacts={"monitor": [MONITOR], "app": [APP]})
    leg, _ = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    data = reply(leg, 183, body=ANSWER_SDP, flow=MONITOR, extra=("Allow: INVITE, UPDATE",))
    (told,) = responses(wire.receive(data, MONITOR))
    return wire, leg, told


def test_an_update_of_the_caller_reaches_the_ringing_phone() -> None:
    """§5.1: UPDATE can be sent in an early dialog; the answer comes in its 2xx."""
    wire, _, told = previewed()
    data = in_dialog_of_caller(
        "UPDATE", told, DOOR, cseq=2, branch="z9hG4bKu", body=SDP, content_type="application/sdp"
    )

    (crossed,) = requests(wire.receive(data, DOOR), b"UPDATE")
    (answer,) = responses(wire.receive(reply(crossed, 200, body=ANSWER_SDP, flow=MONITOR), MONITOR))

    assert (crossed.body, answer.status, answer.body) == (SDP, 200, ANSWER_SDP)
    assert answer.first(b"contact") is not None  # §5.2: the 2xx refreshes the target


def test_an_update_of_the_ringing_phone_reaches_the_caller() -> None:
    """§5.1: either side may send it once the dialog is there."""
    wire, leg, told = previewed()
    data = in_dialog_of_callee(
        "UPDATE", leg, MONITOR, body=SDP, content_type="application/sdp", branch="z9hG4bKu"
    )

    (crossed,) = requests(wire.receive(data, MONITOR), b"UPDATE")

    assert (crossed.body, crossed.first(b"to")) == (SDP, told.first(b"from"))


def test_an_update_before_any_phone_is_there_is_500_with_retry_after() -> None:
    """§5.2: "the UAS MUST reject with 500 ... Retry-After" while an offer of the INVITE is open."""
    wire = Wire(stage("indoor", "monitor"), contacts={"monitor": [MONITOR]})
    (leg,) = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    (told,) = responses(wire.receive(reply(leg, 180, flow=MONITOR), MONITOR))
    data = in_dialog_of_caller(
        "UPDATE", told, DOOR, cseq=2, branch="z9hG4bKu", body=SDP, content_type="application/sdp"
    )

    (refused,) = responses(wire.receive(data, DOOR))

    assert refused.status == 500
    assert 0 <= int(refused.first(b"retry-after") or b"-1") <= 10


@pytest.mark.parametrize(("by_caller", "status"), [(True, 500), (False, 491)])
def test_an_update_before_the_first_offer_has_its_answer_is_refused(
    by_caller: bool, status: int
) -> None:
    """§5.2: 500 with Retry-After to whom an answer is owed, 491 to who owes us one; nothing
    crosses, though the early dialog is there."""
    wire = Wire(stage("indoor", "monitor"), contacts={"monitor": [MONITOR]})
    data = invite(DOOR, extra=("Supported: 100rel",))
    (leg,) = requests(wire.receive(data, DOOR), b"INVITE")
    data = reply(leg, 180, flow=MONITOR, extra=("Require: 100rel", "RSeq: 1"))
    (told,) = responses(wire.receive(data, MONITOR))
    flow = DOOR if by_caller else MONITOR
    data = (
        in_dialog_of_caller("UPDATE", told, DOOR, cseq=2, branch="z9hG4bKu", body=SDP)
        if by_caller
        else in_dialog_of_callee("UPDATE", leg, MONITOR, branch="z9hG4bKu", body=SDP)
    ).replace(b"Content-Length", b"Content-Type: application/sdp\r\nContent-Length")

    sent = wire.receive(data, flow)

    (refused,) = responses(sent)
    assert requests(sent, b"UPDATE") == []
    assert (refused.status, refused.first(b"retry-after") is not None) == (status, by_caller)


def test_an_update_of_a_ringing_phone_that_owes_the_first_answer_is_491() -> None:
    """§5.2: 491 while the offer that the phone got in its INVITE has no answer."""
    wire = Wire(stage("indoor", "monitor"), contacts={"monitor": [MONITOR]})
    (leg,) = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    wire.receive(reply(leg, 180, flow=MONITOR), MONITOR)
    data = in_dialog_of_callee(
        "UPDATE", leg, MONITOR, body=SDP, content_type="application/sdp", branch="z9hG4bKu"
    )

    (refused,) = responses(wire.receive(data, MONITOR))

    assert refused.status == 491


def offered() -> tuple[Wire, Request, Response]:
    """The monitor has made the offer, reliably, and waits for the PRACK with the answer."""
    wire = Wire(stage("indoor", "monitor"), contacts={"monitor": [MONITOR]})
    first = invite(DOOR, body=b"", extra=("Supported: 100rel",))
    (leg,) = requests(wire.receive(first, DOOR), b"INVITE")
    data = reply(leg, 183, body=SDP, flow=MONITOR, extra=("Require: 100rel", "RSeq: 1"))
    (told,) = responses(wire.receive(data, MONITOR))
    return wire, leg, told


def test_an_update_of_the_phone_whose_first_offer_has_no_answer_is_500() -> None:
    """§5.2: it has made an offer in its 183 that nobody has answered yet."""
    wire, leg, _ = offered()
    data = in_dialog_of_callee(
        "UPDATE", leg, MONITOR, body=SDP, content_type="application/sdp", branch="z9hG4bKu"
    )

    (refused,) = responses(wire.receive(data, MONITOR))

    assert refused.status == 500
    assert 0 <= int(refused.first(b"retry-after") or b"-1") <= 10


def test_an_update_of_a_caller_that_owes_the_first_answer_is_491() -> None:
    """§5.2: the offer of the 183 is to be answered in PRACK, before another one is made."""
    wire, _, told = offered()
    data = in_dialog_of_caller(
        "UPDATE", told, DOOR, cseq=2, branch="z9hG4bKu", body=SDP, content_type="application/sdp"
    )

    (refused,) = responses(wire.receive(data, DOOR))

    assert refused.status == 491


@pytest.mark.parametrize(("by_caller", "status"), [(True, 500), (False, 491)])
def test_an_update_while_the_offer_of_a_prack_is_open_is_refused(
    by_caller: bool, status: int
) -> None:
    """§5.2, RFC 3262 §5: a PRACK for an answer may carry the next offer."""
    wire = Wire(stage("indoor", "monitor"), contacts={"monitor": [MONITOR]})
    (leg,) = requests(wire.receive(invite(DOOR, extra=("Supported: 100rel",)), DOOR), b"INVITE")
    data = reply(leg, 183, body=ANSWER_SDP, flow=MONITOR, extra=("Require: 100rel", "RSeq: 1"))
    (told,) = responses(wire.receive(data, MONITOR))
    rack = f"RAck: {(told.first(b'rseq') or b'').decode()} 1 INVITE"
    kind = "application/sdp"
    prack = in_dialog_of_caller(
        "PRACK", told, DOOR, cseq=2, branch="z9hG4bKp", body=SDP, content_type=kind, extra=(rack,)
    )
    (crossed,) = requests(wire.receive(prack, DOOR), b"PRACK")
    update, flow = (
        in_dialog_of_caller(
            "UPDATE", told, DOOR, cseq=3, branch="z9hG4bKu", body=SDP, content_type=kind
        ),
        DOOR,
    )
    if not by_caller:
        update = in_dialog_of_callee(
            "UPDATE", leg, MONITOR, cseq=1, body=SDP, content_type=kind, branch="z9hG4bKu"
        )
        flow = MONITOR

    sent = wire.receive(update, flow)
    wire.receive(reply(crossed, 200, body=ANSWER_SDP, flow=MONITOR), MONITOR)
    again = wire.receive(
        update.replace(b"z9hG4bKu", b"z9hG4bKv").replace(b"CSeq: 3", b"CSeq: 4"), flow
    )

    assert [one.status for one in responses(sent)] == [status]
    assert requests(sent, b"UPDATE") == []
    assert len(requests(again, b"UPDATE")) == 1  # the offer of the PRACK has its answer


def test_offers_that_meet_are_491() -> None:
    """§5.2: an UPDATE with an offer while ours is open is answered 491."""
    on = talk()
    on.wire.receive(on.door("UPDATE", body=SDP), DOOR)

    (refused,) = responses(on.wire.receive(on.monitor("UPDATE", body=SDP), MONITOR))

    assert refused.status == 491


def test_a_second_update_with_an_offer_before_the_first_is_answered_is_500() -> None:
    """§5.2: 500 with Retry-After between 0 and 10 seconds."""
    on = talk()
    on.wire.receive(on.door("UPDATE", body=SDP), DOOR)

    (refused,) = responses(on.wire.receive(on.door("UPDATE", cseq=3, body=SDP), DOOR))

    assert refused.status == 500
    assert 0 <= int(refused.first(b"retry-after") or b"-1") <= 10


@pytest.mark.parametrize("by_caller", [True, False])
def test_an_update_is_not_sent_to_a_phone_that_denies_it(by_caller: bool) -> None:
    """§4: Allow says whether UPDATE may be sent; its sender hears that and may send a re-INVITE."""
    lacks = ("Allow: INVITE, ACK, CANCEL, BYE",)
    on = talk(told=lacks) if by_caller else talk(asked=lacks)
    data, flow = (on.door("UPDATE", body=SDP), DOOR)
    if not by_caller:
        data, flow = on.monitor("UPDATE", body=SDP), MONITOR

    sent = on.wire.receive(data, flow)

    assert requests(sent, b"UPDATE") == []
    (refused,) = responses(sent)
    assert (refused.status, b"UPDATE" in refused.values(b"allow")) == (405, False)
    assert b"INVITE" in refused.values(b"allow")


def test_an_update_crosses_to_a_phone_that_never_said_what_it_knows() -> None:
    """RFC 3261 §20.5: a missing Allow says nothing of what is supported."""
    on = talk()

    assert requests(on.wire.receive(on.door("UPDATE", body=SDP), DOOR), b"UPDATE") != []


def test_an_update_without_description_concerns_its_own_leg() -> None:
    """§5.2: it refreshes the target (and the session, RFC 4028); nobody else is bothered."""
    on = talk()

    sent = on.wire.receive(on.door("UPDATE"), DOOR)

    (answer,) = responses(sent)
    assert (answer.status, answer.first(b"contact") is not None) == (200, True)
    assert sent_to(sent, MONITOR) == []


@pytest.mark.parametrize("status", [488, 491, 504])
def test_a_refused_update_is_refused_across(status: int) -> None:
    """§5.2: what the other party says is told; the session stays as it was."""
    on = talk()
    (crossed,) = requests(on.wire.receive(on.door("UPDATE", body=SDP), DOOR), b"UPDATE")

    (refused,) = responses(on.wire.receive(reply(crossed, status), MONITOR))

    assert refused.status == status
    assert on.wire.endpoint.active_calls == 1


def test_an_update_in_an_early_dialog_that_has_lost_ends_no_call() -> None:
    """RFC 3261 §12.2.1.2: 481 ends the dialog it is about; another phone behind the same contact
    has answered."""
    wire, leg, told = previewed()
    data = in_dialog_of_caller(
        "UPDATE", told, DOOR, cseq=2, branch="z9hG4bKu", body=SDP, content_type="application/sdp"
    )
    (crossed,) = requests(wire.receive(data, DOOR), b"UPDATE")
    wire.receive(reply(leg, 200, tag="other", body=ANSWER_SDP, flow=MONITOR), MONITOR)

    sent = wire.receive(reply(crossed, 481), MONITOR)

    assert [(m.status, m.cseq.method) for m in responses(sent)] == [(481, b"UPDATE")]
    assert requests(sent, b"BYE") == []
    assert wire.endpoint.active_calls == 1
