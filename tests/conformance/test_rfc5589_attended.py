"""RFC 5589 §7 with RFC 3891: a party of two calls brings the two others together."""

import pytest

from sipcore.b2bua.plan import Party
from sipcore.message.message import Request
from tests.support.consultation import GUARD, RESIDENT, RESIDENT_SDP, Consultation
from tests.support.peers import SDP, in_dialog_of_callee, reply
from tests.support.transfers import told
from tests.support.wire import DOOR, requests, responses, sent_to


def test_an_attended_transfer_joins_the_two_others() -> None:
    """RFC 5589 §7.3: Refer-To with Replaces names the referrer's other dialog."""
    on = Consultation()

    sent = on.refer()

    assert told(sent) == [b"SIP/2.0 100 Trying", b"SIP/2.0 200 OK"]
    assert sent_to(sent, GUARD).count((b"BYE", b"BYE")) == 2  # in both its calls
    (asked,) = requests(sent, b"INVITE")
    assert asked.uri == b"sip:1000000001@192.0.2.1:5062"
    (offered,) = requests(on.wire.receive(reply(asked, 200, body=SDP, flow=DOOR), DOOR), b"INVITE")
    assert (offered.uri, offered.body) == (b"sip:callee@192.0.2.22:5060", SDP)
    done = on.wire.receive(reply(offered, 200, body=RESIDENT_SDP, flow=RESIDENT), RESIDENT)
    assert {m.uri for m in requests(done, b"ACK")} == {
        b"sip:callee@192.0.2.22:5060",
        b"sip:callee@192.0.2.1:5062",
    }
    assert on.wire.endpoint.active_calls == 1


def test_after_an_attended_transfer_a_bye_ends_both_and_nothing_is_left() -> None:
    """RFC 3261 §15."""
    on = Consultation()
    sent = on.refer()
    for request, flow in sent:
        if isinstance(request, Request) and request.method in (b"BYE", b"NOTIFY"):
            on.wire.receive(reply(request, 200), flow)
    (asked,) = requests(sent, b"INVITE")
    (offered,) = requests(on.wire.receive(reply(asked, 200, body=SDP, flow=DOOR), DOOR), b"INVITE")
    on.wire.receive(reply(offered, 200, body=RESIDENT_SDP, flow=RESIDENT), RESIDENT)
    data = in_dialog_of_callee("BYE", on.resident_leg, RESIDENT, tag="res")

    sent = on.wire.receive(data, RESIDENT)
    (bye,) = requests(sent, b"BYE")
    on.wire.receive(reply(bye, 200), DOOR)
    on.wire.advance(80.0)

    assert bye.uri == b"sip:callee@192.0.2.1:5062"
    assert on.wire.remains == {}


@pytest.mark.parametrize("replaces", ["no%3Bto-tag%3Dsuch%3Bfrom-tag%3Ddialog"])
def test_a_replaces_that_names_nothing_is_told_481(replaces: str) -> None:
    """RFC 3891 §3: no match: 481; the call goes on as it was."""
    on = Consultation()

    sent = on.refer(replaces)

    assert told(sent)[-1] == b"SIP/2.0 481 Call/Transaction Does Not Exist"
    assert on.wire.endpoint.active_calls == 2


def test_nobody_is_passed_on_to_the_call_that_it_is_in() -> None:
    """RFC 3891 §3: what is named has to be another dialog of the one who refers."""
    on = Consultation()
    leg = on.guard_leg
    call_id, tag = leg.call_id.decode().replace("@", "%40"), leg.from_tag.decode()

    sent = on.refer(f"{call_id}%3Bto-tag%3D{tag}%3Bfrom-tag%3Dcallee")

    assert told(sent)[-1] == b"SIP/2.0 481 Call/Transaction Does Not Exist"
    assert on.wire.endpoint.active_calls == 2


def test_a_stranger_to_the_other_call_cannot_take_it_over() -> None:
    """RFC 3891 §5: only a party of both dialogs may join them; across sites never."""
    on = Consultation()
    call = next(iter(on.wire.endpoint.switchboard.calls.values()))
    call.talkers.legs[1].party = Party("guard", "somebody-else")

    sent = on.refer()

    assert told(sent)[-1] == b"SIP/2.0 481 Call/Transaction Does Not Exist"
    assert on.wire.endpoint.active_calls == 2


def test_a_malformed_replaces_is_400() -> None:
    """RFC 3891 §6.1: to-tag and from-tag are needed."""
    on = Consultation()

    (refused,) = responses(on.refer("x%3Bto-tag%3D1"))

    assert refused.status == 400


def test_acks_of_repeated_answers_still_find_their_call() -> None:
    """RFC 3261 §13.2.2.4: the ACK is repeated for each repeated 2xx, also after the transfer."""
    on = Consultation()
    on.refer()
    data = reply(on.resident_leg, 200, tag="res", body=RESIDENT_SDP, flow=RESIDENT)

    assert sent_to(on.wire.receive(data, RESIDENT), RESIDENT) == [(b"ACK", b"ACK")]
