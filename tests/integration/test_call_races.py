"""Messages that cross on the wire: BYE, CANCEL, ACK and re-INVITE in every unlucky order.

RFC 3261 §9, §13.3.1.4 and §15; the scenes of RFC 5407 §3, each with its paragraph.
"""

import pytest

from tests.support.peers import ANSWER_SDP, SDP, ack, cancel, invite, reply
from tests.support.wire import APP, DOOR, MONITOR, Wire, requests, responses, sent_to, stage, talk

TWO_STAGES = (stage("indoor", "monitor", timeout=10.0), stage("app", "app", kind="app"))
CONTACTS = {"monitor": [MONITOR], "app": [APP]}


def test_a_repeated_invite_after_the_answer_is_absorbed() -> None:
    on = talk(acknowledged=False)

    assert on.wire.receive(invite(DOOR), DOOR) == []  # RFC 5407 §3.1.1


def test_a_bye_of_the_early_dialog_that_crosses_the_answer_ends_the_call() -> None:
    on = talk(acknowledged=False)

    sent = on.wire.receive(on.door("BYE"), DOOR)  # RFC 5407 §3.1.3
    on.wire.receive(ack(on.answer, DOOR), DOOR)

    assert sent_to(sent, DOOR) == [(200, b"BYE")]
    assert sent_to(on.wire.advance(32.1), DOOR) == []


def test_a_callee_that_hangs_up_before_the_ack_is_told_to_the_caller_after_it() -> None:
    on = talk(acknowledged=False)

    sent = on.wire.receive(on.monitor("BYE"), MONITOR)
    repeated = on.wire.advance(0.6)
    late = on.wire.receive(ack(on.answer, DOOR), DOOR)

    # RFC 3261 §15: the callee's side must not send BYE before the ACK has arrived.
    assert (sent_to(sent, MONITOR), sent_to(sent, DOOR)) == ([(200, b"BYE")], [])
    assert sent_to(repeated, DOOR) == [(200, b"INVITE")]
    assert sent_to(late, DOOR) == [(b"BYE", b"BYE")]


def test_the_bye_that_waits_for_an_ack_goes_out_when_that_never_comes() -> None:
    on = talk(acknowledged=False)
    on.wire.receive(on.monitor("BYE"), MONITOR)

    sent = on.wire.advance(32.1)

    assert sent_to(sent, DOOR)[-1] == (b"BYE", b"BYE")


def test_a_caller_that_hangs_up_while_its_bye_waits_for_its_ack_gets_none() -> None:
    on = talk(acknowledged=False)
    on.wire.receive(on.monitor("BYE"), MONITOR)

    sent = on.wire.receive(on.door("BYE"), DOOR)
    later = on.wire.advance(100.0)

    assert sent_to(sent, DOOR) == [(200, b"BYE")]
    assert later == []
    assert on.wire.remains == {}


def test_other_requests_are_481_while_a_bye_waits_for_an_ack() -> None:
    on = talk(acknowledged=False)
    on.wire.receive(on.monitor("BYE"), MONITOR)

    sent = on.wire.receive(on.door("INFO", body=b"5", kind="a/b"), DOOR)

    assert sent_to(sent, DOOR) == [(481, b"INFO")]


def test_a_caller_may_hang_up_before_its_own_ack() -> None:
    on = talk(acknowledged=False)

    sent = on.wire.receive(on.door("BYE"), DOOR)  # RFC 5407 §3.1.6
    late = on.wire.receive(ack(on.answer, DOOR), DOOR)

    assert sent_to(sent, DOOR) == [(200, b"BYE")]
    assert sent_to(sent, MONITOR) == [(b"BYE", b"BYE")]
    assert late == []


def test_an_offer_without_answer_is_declined_before_the_bye() -> None:
    on = talk(offer=b"", answer=SDP, acknowledged=False)

    sent = on.wire.receive(on.door("BYE"), DOOR)

    assert sent_to(sent, MONITOR) == [(b"ACK", b"ACK"), (b"BYE", b"BYE")]
    assert requests(sent, b"ACK")[0].body == SDP.replace(b"audio 4000", b"audio 0")


def test_a_callee_that_hangs_up_on_its_own_offer_gets_its_ack() -> None:
    on = talk(offer=b"", answer=SDP, acknowledged=False)

    sent = on.wire.receive(on.monitor("BYE"), MONITOR)

    assert sent_to(sent, MONITOR) == [(200, b"BYE"), (b"ACK", b"ACK")]


def test_an_offer_whose_answer_never_comes_is_declined_when_the_call_is_given_up() -> None:
    on = talk(offer=b"", answer=SDP, acknowledged=False)

    sent = on.wire.advance(32.1)

    assert sent_to(sent, MONITOR)[:2] == [(b"ACK", b"ACK"), (b"BYE", b"BYE")]


def test_byes_that_cross_are_both_answered_200() -> None:
    on = talk()
    (bye,) = requests(on.wire.receive(on.door("BYE"), DOOR), b"BYE")

    crossing = on.wire.receive(on.monitor("BYE"), MONITOR)  # RFC 5407 §3.2.1
    on.wire.receive(reply(bye, 200), MONITOR)

    assert sent_to(crossing, MONITOR) == [(200, b"BYE")]
    assert sent_to(crossing, DOOR) == []
    assert on.wire.journal.names.count("CallEnded") == 1


def test_a_reinvite_that_crosses_our_bye_is_481() -> None:
    on = talk()
    on.wire.receive(on.door("BYE"), DOOR)

    sent = on.wire.receive(on.monitor("INVITE", body=SDP), MONITOR)  # RFC 5407 §3.2.2

    assert sent_to(sent, MONITOR) == [(481, b"INVITE")]
    assert sent_to(sent, DOOR) == []


def test_a_dialog_is_left_when_the_bye_is_answered() -> None:
    on = talk()
    (bye,) = requests(on.wire.receive(on.door("BYE"), DOOR), b"BYE")
    while_closing = on.wire.remains["dialogs"]
    on.wire.receive(reply(bye, 200), MONITOR)

    assert (while_closing, on.wire.remains.get("dialogs", 0)) == (1, 0)


@pytest.mark.parametrize("status", [481, 500, 408])
def test_a_bye_that_is_refused_ends_the_leg_all_the_same(status: int) -> None:
    on = talk()
    (bye,) = requests(on.wire.receive(on.door("BYE"), DOOR), b"BYE")

    assert on.wire.receive(reply(bye, status), MONITOR) == []
    on.wire.advance(40.0)

    assert on.wire.remains == {}


def test_a_bye_that_nobody_answers_is_given_up_and_everything_forgotten() -> None:
    on = talk()
    on.wire.receive(on.door("BYE"), DOOR)

    sent = on.wire.advance(32.1)
    on.wire.advance(40.0)

    assert set(sent_to(sent, MONITOR)) == {(b"BYE", b"BYE")}
    assert on.wire.remains == {}


def test_a_repeated_bye_is_answered_again_after_the_call() -> None:
    on = talk()
    first = responses(on.wire.receive(on.door("BYE"), DOOR))

    again = responses(on.wire.receive(on.door("BYE"), DOOR))

    assert [response.raw for response in again] == [response.raw for response in first]


def test_nothing_is_left_of_a_whole_call() -> None:
    on = talk()
    (bye,) = requests(on.wire.receive(on.door("BYE"), DOOR), b"BYE")
    on.wire.receive(reply(bye, 200), MONITOR)
    assert "calls" not in on.wire.remains

    assert on.wire.advance(40.0) == []
    assert on.wire.remains == {}


def test_a_cancel_after_the_answer_is_200_and_ends_nothing() -> None:
    on = talk(acknowledged=False)

    sent = on.wire.receive(cancel(invite(DOOR)), DOOR)

    assert sent_to(sent, DOOR) == [(200, b"CANCEL")]
    assert on.wire.endpoint.active_calls == 1


def test_an_answer_after_the_cancel_does_not_reach_the_caller() -> None:
    wire = Wire(*TWO_STAGES, contacts=CONTACTS)
    (leg,) = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    wire.receive(cancel(invite(DOOR)), DOOR)

    sent = wire.receive(reply(leg, 200, body=ANSWER_SDP, flow=MONITOR), MONITOR)

    assert sent_to(sent, DOOR) == []
    assert sent_to(sent, MONITOR) == [(b"ACK", b"ACK"), (b"BYE", b"BYE")]


def test_a_repeated_cancel_is_answered_again_and_changes_nothing() -> None:
    wire = Wire(*TWO_STAGES, contacts=CONTACTS)
    wire.receive(invite(DOOR), DOOR)
    wire.receive(cancel(invite(DOOR)), DOOR)

    again = wire.receive(cancel(invite(DOOR)), DOOR)

    assert sent_to(again, DOOR) == [(200, b"CANCEL")]
    assert wire.journal.names.count("CallEnded") == 1
