"""What a transaction asks for, as values."""

from sipcore.message.message import parse
from sipcore.transaction.actions import FLOW_LOST, NO_RESPONSE, TERMINATED, Deliver, Send
from tests.support.peers import message


def test_actions_are_equal_when_they_ask_for_the_same() -> None:
    assert Send(b"ACK") == Send(b"ACK")
    assert Send(b"ACK") != Send(b"BYE")
    assert TERMINATED != FLOW_LOST
    assert NO_RESPONSE == NO_RESPONSE


def test_what_is_delivered_is_the_very_message() -> None:
    data = message("OPTIONS sip:a@doorline.test SIP/2.0", ["Via: SIP/2.0/UDP h;branch=z9hG4bKa"])
    received = parse(data)

    assert Deliver(received).message is received
