"""Transfers from the inside; what phones see is in tests/conformance/test_rfc3515… and …3891…"""

from sipcore.b2bua.events import HandedOver
from sipcore.b2bua.leg import LegState
from sipcore.b2bua.plan import Party, RingStage, Target
from sipcore.b2bua.transfers import Transfers
from tests.support.consultation import Consultation
from tests.support.wire import APP, DOOR, MONITOR, sent_to, stage, talk

NOBODY = HandedOver(None, (b"", b""))


def test_a_party_that_is_busy_with_an_offer_is_not_handed_over() -> None:
    on = talk()
    call = next(iter(on.wire.endpoint.switchboard.calls.values()))
    transfers = Transfers(call._frame, call.ringing, call.talking, call.talkers)
    on.wire.receive(on.door("INFO", body=b"x", kind="a/b"), call.talkers.legs[0].flow)

    assert transfers.hand_over(call.talkers.legs[1]) == NOBODY


def test_a_leg_without_company_has_nobody_to_hand_over() -> None:
    on = talk()
    call = next(iter(on.wire.endpoint.switchboard.calls.values()))
    transfers = Transfers(call._frame, call.ringing, call.talking, call.talkers)
    lonely = call.talkers.legs.pop()

    assert transfers.hand_over(lonely) == NOBODY


def test_whoever_is_passed_on_already_is_not_handed_over() -> None:
    on = talk()
    call = next(iter(on.wire.endpoint.switchboard.calls.values()))
    on.wire.planner.stages = (stage("app", "app", kind="app"),)
    on.wire.contacts.flows["app"] = [APP]
    on.wire.receive(on.monitor("REFER", extra=("Refer-To: <sip:1002@doorline.test>",)), MONITOR)
    assert call._transfers is not None

    assert call._transfers.hand_over(call.talkers.legs[1]) == NOBODY


def test_two_who_still_negotiate_are_not_handed_over() -> None:
    on = Consultation()
    first = next(iter(on.wire.endpoint.switchboard.calls.values()))
    on.refer()
    assert first._transfers is not None

    assert first._transfers.hand_over(first.talkers.legs[0]) == NOBODY


def test_what_nobody_asked_for_is_not_taken() -> None:
    on = talk()
    call = next(iter(on.wire.endpoint.switchboard.calls.values()))
    transfers = Transfers(call._frame, call.ringing, call.talking, call.talkers)

    assert not transfers.handed_over(HandedOver(call.talkers.legs[0], (b"", b"")), 0.0)
    assert not transfers.failed(480, 0.0)
    assert not transfers.leaves(call.talkers.legs[0])
    assert (len(call.talkers.legs), len(call.ringing.legs)) == (2, 1)


def test_an_adopted_leg_gets_a_number_of_its_own() -> None:
    on = Consultation()
    first = next(iter(on.wire.endpoint.switchboard.calls.values()))

    on.refer()

    assert [leg.number for leg in first.talkers.legs] == [0, 2]
    assert all(leg.state is LegState.TALKING for leg in first.talkers.legs)


def test_an_app_that_is_woken_hears_who_stays() -> None:
    on = talk()
    sleeper = Target(Party("app", "app", "app"), wakes=True)
    on.wire.planner.stages = (RingStage("app", (sleeper,), 20.0),)

    on.wire.receive(on.door("REFER", extra=("Refer-To: <sip:1002@doorline.test>",)), DOOR)

    assert [party.user for party in on.wire.waker.callers] == ["monitor"]


def test_a_phone_with_the_account_of_one_visit_passes_nobody_on() -> None:
    on = talk()
    call = next(iter(on.wire.endpoint.switchboard.calls.values()))
    call.talkers.legs[1].account = "visit-1"
    refer = on.monitor("REFER", cseq=1, extra=("Refer-To: <sip:1002@doorline.test>",))

    sent = on.wire.receive(refer, MONITOR)

    assert sent_to(sent, MONITOR) == [(403, b"REFER")]
    assert len(on.wire.planner.asked) == 1
