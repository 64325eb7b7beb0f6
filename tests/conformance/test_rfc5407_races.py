"""RFC 5407: races between the two sides of a call, section by section."""

import pytest

from sipcore.kernel.flow import Flow
from tests.conformance.line import SDP, Line, dial, summary
from tests.support.peers import ANSWER_SDP, ack, cancel, reply
from tests.support.plain_message import read
from tests.support.wire import DOOR, MONITOR, Talk, requests, responses, talk


def say(on: Talk, data: bytes, flow: Flow = DOOR) -> list[str]:
    return summary([read(m.raw) for m, _ in on.wire.receive(data, flow)])


def goes_home(on: Talk) -> None:
    """Whatever happened, in the end nothing is left."""
    on.wire.advance(80.0, 0.25)
    assert on.wire.remains == {}
    assert on.wire.endpoint.counters["internal_errors"] == 0


def test_an_initial_invite_that_was_repeated_arrives_after_its_cancel() -> None:
    """§3.1.1: the INVITE comes late again, in the moratorium: absorbed by the transaction."""
    line = Line()
    leg = line.ring()
    line.say(reply(leg, 180, flow=MONITOR), MONITOR)
    line.say(cancel(dial()))

    assert summary(line.say(dial())) == ["487 INVITE"]
    assert len([one for one in line.to(MONITOR) if one.method == "INVITE"]) == 1


def test_a_cancel_that_crosses_the_200() -> None:
    """§3.1.2: 200 for the CANCEL; the caller, who gave up, sends ACK and BYE."""
    on = talk(acknowledged=False)

    assert say(on, cancel(dial(via="Via: SIP/2.0/UDP 192.0.2.1:5062;rport;branch=z9hG4bKinv"))) == [
        "200 CANCEL"
    ]
    assert say(on, ack(on.answer, DOOR)) == []
    assert sorted(say(on, on.door("BYE"))) == ["200 BYE", "BYE"]
    goes_home(on)


@pytest.mark.parametrize("method", ["BYE", "INVITE", "INFO"])
def test_a_request_that_overtakes_the_ack(method: str) -> None:
    """§3.1.4, §3.1.6: the caller's next request arrives before its ACK."""
    on = talk(acknowledged=False)
    sent = say(on, on.door(method, body=SDP if method != "BYE" else b"", kind="application/sdp"))
    late = say(on, ack(on.answer, DOOR))

    assert not [what for what in sent if what.startswith(("481", "5"))]
    assert not [what for what in late if what[0].isdigit()]
    on.wire.receive(on.door("BYE", cseq=9), DOOR)
    goes_home(on)


def test_a_request_that_overtakes_our_2xx_does_not_end_the_call() -> None:
    """RFC 3261 §12.2.1.2 ends a dialog at a 481; one the caller does not know yet is still made."""
    on = talk(acknowledged=False)
    crossed = on.wire.receive(on.monitor("INFO", body=b"x", kind="text/plain"), MONITOR)
    (request,) = requests(crossed, b"INFO")

    refused = on.wire.receive(reply(request, 481), DOOR)
    (told,) = responses(refused)
    on.wire.receive(ack(on.answer, DOOR), DOOR)
    again = say(on, on.monitor("INFO", cseq=2, body=b"x", kind="text/plain"), MONITOR)

    assert (told.status, told.first(b"retry-after"), len(refused)) == (480, b"1", 1)
    assert again == ["INFO"]
    on.wire.receive(on.door("BYE", cseq=9), DOOR)
    goes_home(on)


def test_a_481_after_the_callers_ack_ends_the_call() -> None:
    """RFC 3261 §12.2.1.2: both sides hear of it."""
    on = talk()
    crossed = on.wire.receive(on.monitor("INFO", body=b"x", kind="text/plain"), MONITOR)
    (request,) = requests(crossed, b"INFO")

    refused = on.wire.receive(reply(request, 481), DOOR)

    assert [m.status for m in responses(refused)] == [481]
    assert len(requests(refused, b"BYE")) == 2


def test_a_re_invite_of_the_called_side_before_the_callers_ack_is_491_or_waits() -> None:
    """§3.1.5: to the caller the first offer and answer are not over yet."""
    on = talk(acknowledged=False)
    sent = say(on, on.monitor("INVITE", body=SDP), MONITOR)

    assert "481 INVITE" not in sent
    assert [what for what in sent if what in ("491 INVITE", "INVITE", "100 INVITE")]


def test_re_invites_that_cross() -> None:
    """§3.3.1: each side answers 491 to the other."""
    on = talk()
    (crossed,) = requests(on.wire.receive(on.door("INVITE", body=SDP), DOOR), b"INVITE")
    assert say(on, on.monitor("INVITE", body=SDP), MONITOR) == ["491 INVITE"]
    sent = say(on, reply(crossed, 491, flow=MONITOR), MONITOR)

    assert sorted(sent) == ["491 INVITE", "ACK"]
    assert on.wire.remains["calls"] == 1


def test_byes_that_cross() -> None:
    """§3.2.1: both get 200."""
    on = talk()
    (bye,) = requests(on.wire.receive(on.door("BYE"), DOOR), b"BYE")
    assert say(on, on.monitor("BYE"), MONITOR) == ["200 BYE"]
    on.wire.receive(reply(bye, 200), MONITOR)
    goes_home(on)


def test_a_bye_that_crosses_a_re_invite() -> None:
    """§3.2.2: the re-INVITE ends in 487, or 481 when it came after; the BYE in 200."""
    on = talk()
    (crossed,) = requests(on.wire.receive(on.door("INVITE", body=SDP), DOOR), b"INVITE")
    sent = say(on, on.monitor("BYE"), MONITOR)
    late = say(on, reply(crossed, 481, flow=MONITOR), MONITOR)

    assert "200 BYE" in sent
    assert "487 INVITE" in sent
    assert "ACK" in late
    goes_home(on)


def test_an_ack_after_the_bye_is_for_nobody() -> None:
    """§3.2.4: the caller hung up at once; its ACK arrives in the Mortal state."""
    on = talk(acknowledged=False)
    on.wire.receive(on.door("BYE"), DOOR)

    assert say(on, ack(on.answer, DOOR)) == []
    goes_home(on)


def test_a_bye_for_the_early_dialog_that_crosses_the_200() -> None:
    """§3.1.3: the caller hung up while it rang; its BYE arrives after the 200 was sent."""
    on = talk(acknowledged=False)
    sent = say(on, on.door("BYE"))
    acked = say(on, ack(on.answer, DOOR))

    assert sorted(sent) == ["200 BYE", "BYE"]
    assert acked == []
    goes_home(on)


@pytest.mark.parametrize("order", [("UPDATE", "INVITE"), ("INVITE", "UPDATE")])
def test_an_update_that_crosses_a_re_invite_is_491(order: tuple[str, str]) -> None:
    """§3.3.2: offers of both sides must not mix."""
    on = talk()
    say(on, on.door(order[0], body=SDP))

    assert say(on, on.monitor(order[1], body=SDP), MONITOR) == [f"491 {order[1]}"]


def test_a_refer_after_our_bye_is_481() -> None:
    """§3.3.3."""
    on = talk()
    on.wire.receive(on.door("BYE"), DOOR)
    refer = on.monitor("REFER").replace(b"Max-F", b"Refer-To: <sip:1002@doorline.test>\r\nMax-F", 1)

    assert say(on, refer, MONITOR) == ["481 REFER"]


def test_a_re_invite_after_our_bye_is_481() -> None:
    """§3.2.2: the dialog is ending for that side."""
    on = talk()
    on.wire.receive(on.door("BYE"), DOOR)

    assert say(on, on.monitor("INVITE", body=SDP), MONITOR) == ["481 INVITE"]


def test_a_2xx_to_a_re_invite_that_crosses_a_bye_is_acknowledged() -> None:
    """§3.2.3: a 2xx is always acknowledged, even in the Mortal state."""
    on = talk()
    (crossed,) = requests(on.wire.receive(on.door("INVITE", body=SDP), DOOR), b"INVITE")
    on.wire.receive(on.door("BYE", cseq=3), DOOR)
    sent = say(on, reply(crossed, 200, body=ANSWER_SDP, flow=MONITOR), MONITOR)

    assert "ACK" in sent
    goes_home(on)


def test_a_2xx_that_comes_again_after_the_bye_is_acknowledged_or_absorbed() -> None:
    """§3.2.3, RFC 6026 §7.2."""
    on = talk()
    on.wire.receive(on.door("BYE"), DOOR)
    sent = say(on, reply(on.leg, 200, body=ANSWER_SDP, flow=MONITOR), MONITOR)

    assert sent in ([], ["ACK"])


def test_the_ack_that_never_comes() -> None:
    """RFC 3261 §13.3.1.4: BYE on both sides after 64*T1."""
    on = talk(acknowledged=False)
    sent = on.wire.advance(33.0, 0.1)

    assert len(requests(sent, b"BYE")) >= 2
    goes_home(on)


def test_a_provisional_response_after_the_final_one_is_dropped() -> None:
    """RFC 3261 §17.1.1.2: nothing goes back to ringing."""
    on = talk()

    assert say(on, reply(on.leg, 180, flow=MONITOR), MONITOR) == []


@pytest.mark.parametrize("first", ["door", "monitor"])
def test_a_bye_is_repeated_although_the_other_side_has_hung_up(first: str) -> None:
    """§3.2.1: the repeated BYE of either side is answered from its transaction."""
    on = talk()
    bye, flow = (on.door("BYE"), DOOR) if first == "door" else (on.monitor("BYE"), MONITOR)
    on.wire.receive(bye, flow)

    assert say(on, bye, flow) == ["200 BYE"]


def test_answers_in_the_same_tick_as_the_callers_cancel() -> None:
    """§3.1.2 in the other order: the 200 of the phone arrives one message before the CANCEL."""
    line = Line()
    leg = line.ring()
    sent = line.wire.receive(reply(leg, 200, body=ANSWER_SDP, flow=MONITOR), MONITOR)
    assert [one.status for one in responses(sent)] == [200]

    assert summary(line.say(cancel(dial()))) == ["200 CANCEL"]
    line.wait(80.0, 0.25)
    assert line.wire.remains == {}


def test_a_caller_whose_ack_is_on_its_way_hears_bye_after_it_though_the_other_one_is_lost() -> None:
    """RFC 3261 §15: the called side sends no BYE before the ACK for its 2xx."""
    on = talk(acknowledged=False)
    (info,) = requests(on.wire.receive(on.door("INFO", kind="a/b", body=b"1"), DOOR), b"INFO")

    sent = on.wire.receive(reply(info, 481), MONITOR)
    later = on.wire.receive(ack(on.answer, DOOR), DOOR)

    assert [m.uri for m in requests(sent, b"BYE")] == [b"sip:callee@192.0.2.11:5060"]
    assert [m.uri for m in requests(later, b"BYE")] == [b"sip:1000000001@192.0.2.1:5062"]
