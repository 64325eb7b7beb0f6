"""The session timers of both legs; the whole of it is in tests/conformance/test_rfc4028…"""

from math import inf

from tests.support.peers import ANSWER_SDP, SDP, reply
from tests.support.wire import DOOR, MONITOR, requests, sent_to, talk


def test_a_refresh_waits_while_another_offer_is_on_its_way() -> None:
    on = talk(told=("Session-Expires: 120;refresher=uac",))
    on.wire.advance(59.9)
    other = SDP.replace(b"4000", b"4004")
    (crossed,) = requests(on.wire.receive(on.door("INVITE", body=other), DOOR), b"INVITE")
    on.wire.receive(reply(crossed, 180, flow=MONITOR), MONITOR)

    meanwhile = on.wire.advance(1.0)
    on.wire.receive(reply(crossed, 488), MONITOR)
    later = requests(on.wire.advance(1.3), b"INVITE")

    assert sent_to(meanwhile, MONITOR) == []
    assert [m.body for m in later] == [SDP]


def test_an_offer_that_meets_our_refresh_has_to_wait() -> None:
    on = talk(told=("Session-Expires: 120;refresher=uac",))
    on.wire.advance(60.1)

    sent = on.wire.receive(on.door("INVITE", body=SDP), DOOR)

    assert sent_to(sent, DOOR) == [(491, b"INVITE")]


def test_the_description_that_was_agreed_last_is_the_one_that_is_repeated() -> None:
    on = talk(told=("Session-Expires: 120;refresher=uac",))
    hold = SDP.replace(b"t=0 0\r\n", b"t=0 0\r\na=sendonly\r\n")
    (crossed,) = requests(on.wire.receive(on.door("INVITE", body=hold), DOOR), b"INVITE")
    told = ("Session-Expires: 120;refresher=uac",)
    answer = reply(crossed, 200, body=ANSWER_SDP, flow=MONITOR, extra=told)
    on.wire.receive(answer, MONITOR)
    on.wire.receive(on.door("ACK", branch="z9hG4bKa2"), DOOR)

    (refresh,) = requests(on.wire.advance(60.3), b"INVITE")

    assert refresh.body == hold


def test_the_timers_stop_with_the_call() -> None:
    on = talk(told=("Session-Expires: 120;refresher=uac",))
    call = next(iter(on.wire.endpoint.switchboard.calls.values()))

    (bye,) = requests(on.wire.receive(on.door("BYE"), DOOR), b"BYE")
    on.wire.receive(reply(bye, 200), MONITOR)

    assert call.talking.sessions.deadline == inf
    assert sent_to(on.wire.advance(200.0), MONITOR) == []
