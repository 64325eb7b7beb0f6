"""RFC 3326: why a request was sent is told to the other side."""

from tests.support.peers import ack, cancel, invite, reply
from tests.support.wire import APP, DOOR, MONITOR, Wire, requests, stage, talk

ELSEWHERE = b'SIP;cause=200;text="Call completed elsewhere"'


def test_phones_that_lost_are_told_that_the_call_was_completed_elsewhere() -> None:
    """§3.1: a forking server adds the Reason to its CANCEL."""
    wire = Wire(stage("indoor", "monitor", "app"), contacts={"monitor": [MONITOR], "app": [APP]})
    monitor, app = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    wire.receive(reply(app, 180, flow=APP), APP)

    sent = wire.receive(reply(monitor, 200, body=b"v=0\r\n", flow=MONITOR), MONITOR)

    (withdrawn,) = requests(sent, b"CANCEL")
    assert withdrawn.every(b"reason") == [ELSEWHERE]


def test_the_reason_of_a_cancel_crosses() -> None:
    """§2: any request that ends a call may say why; so does what we send because of it."""
    wire = Wire(stage("indoor", "monitor"), contacts={"monitor": [MONITOR]})
    (leg,) = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    wire.receive(reply(leg, 180, flow=MONITOR), MONITOR)
    given_up = cancel(invite(DOOR)).replace(b"Max-F", b"Reason: " + ELSEWHERE + b"\r\nMax-F")

    (crossed,) = requests(wire.receive(given_up, DOOR), b"CANCEL")

    assert crossed.every(b"reason") == [ELSEWHERE]


def test_the_reasons_of_a_bye_cross() -> None:
    """§2: one for SIP and one for the telephone network may stand side by side."""
    on = talk()
    lines = ('Reason: Q.850;cause=16;text="Terminated"', 'Reason: SIP;cause=600;text="Busy"')

    (crossed,) = requests(on.wire.receive(on.door("BYE", extra=lines), DOOR), b"BYE")

    assert crossed.every(b"reason") == [line.encode()[8:] for line in lines]


def test_the_reasons_of_a_bye_cross_though_the_caller_has_not_acknowledged_yet() -> None:
    """§2: the BYE for the caller waits for its ACK (RFC 3261 §15), and says the same."""
    on = talk(acknowledged=False)
    line = 'Reason: SIP;cause=600;text="Busy"'
    assert requests(on.wire.receive(on.monitor("BYE", extra=(line,)), MONITOR), b"BYE") == []

    (crossed,) = requests(on.wire.receive(ack(on.answer, DOOR), DOOR), b"BYE")

    assert crossed.every(b"reason") == [line.encode()[8:]]


def test_a_bye_without_reason_gets_normal_clearing() -> None:
    """§2: hanging up is cause 16."""
    on = talk()

    (crossed,) = requests(on.wire.receive(on.door("BYE"), DOOR), b"BYE")

    assert crossed.every(b"reason") == [b'Q.850;cause=16;text="Normal call clearing"']


def test_a_flood_of_reasons_does_not_cross() -> None:
    """Not in the RFC: what a stranger writes must not grow what we send without bound."""
    on = talk()
    lines = tuple(f"Reason: X{number};cause=1" for number in range(100))

    (crossed,) = requests(on.wire.receive(on.door("BYE", extra=lines), DOOR), b"BYE")

    assert len(crossed.every(b"reason")) == 4
