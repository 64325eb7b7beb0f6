"""Which messages are about one account."""

import pytest

from sipcore.capture.account_filter import MAX_REMEMBERED, AccountFilter
from sipcore.capture.captured import Captured
from sipcore.kernel.flow import Flow

ELSEWHERE = Flow("UDP", 0, "192.0.2.99", 5060)
HOME = Flow("TLS", 1, "192.0.2.7", 40001, 4)


def captured(
    *lines: bytes, flow: Flow = ELSEWHERE, call_id: bytes = b"c1", body: bytes = b""
) -> Captured:
    head = (b"OPTIONS sip:doorline.test SIP/2.0", *lines, b"Call-ID: " + call_id)
    return Captured(1.0, True, flow, b"\r\n".join(head) + b"\r\n\r\n" + body)


def chosen(user: str = "1001", *flows: Flow) -> AccountFilter:
    return AccountFilter(user, lambda: flows)


@pytest.mark.parametrize(
    "line",
    [
        b"From: <sip:1001@doorline.test>;tag=1",
        b"To: <sips:1001@doorline.test>",
        b"t: sip:1001@doorline.test",
        b"Contact: <SIP:1001@192.0.2.7:5060>",
        b"Contact: <sip:1001:secret@192.0.2.7>",
        b"Contact: <sip:1001;user=phone@192.0.2.7>",
        b'Authorization: Digest username="1001", realm="d"',
    ],
)
def test_a_message_that_names_the_account_is_selected(line: bytes) -> None:
    assert chosen().selects(captured(line))


@pytest.mark.parametrize(
    "line",
    [
        b"From: <sip:10011@doorline.test>;tag=1",
        b"From: <sip:21001@doorline.test>;tag=1",
        b"From: <sip:1.01@doorline.test>;tag=1",
        b"Subject: 1001",
    ],
)
def test_a_message_of_somebody_else_is_not(line: bytes) -> None:
    assert not chosen().selects(captured(line))
    assert not chosen("1.01").selects(captured(b"From: <sip:1x01@doorline.test>"))


def test_an_account_named_in_a_body_only_is_not_meant() -> None:
    assert not chosen().selects(captured(body=b"see sip:1001@doorline.test"))


def test_the_rest_of_its_calls_is_selected_and_no_other() -> None:
    own = chosen()
    own.selects(captured(b"From: <sip:1001@d>", call_id=b"its"))

    assert own.selects(captured(call_id=b"its"))
    assert not own.selects(captured(call_id=b"another"))


def test_what_was_learned_from_a_later_message_counts_for_an_earlier_one() -> None:
    own = chosen()
    earlier, later = captured(call_id=b"its"), captured(b"To: <sip:1001@d>", call_id=b"its")

    learned = [own.learn(message) for message in (earlier, later)]

    assert learned == [False, False]
    assert own.selects(earlier)


def test_whatever_comes_over_the_accounts_flow_is_selected_even_garbage() -> None:
    own = chosen("1001", HOME)

    assert own.selects(Captured(1.0, True, HOME, b"\xff\x00"))
    assert not own.selects(Captured(1.0, True, HOME._replace(port=40002), b"\xff\x00"))
    assert not own.selects(Captured(1.0, True, HOME._replace(transport="TCP"), b"\xff\x00"))


def test_the_oldest_call_is_forgotten_when_there_are_too_many() -> None:
    own = chosen()
    for number in range(MAX_REMEMBERED + 1):
        own.selects(captured(b"From: <sip:1001@d>", call_id=b"%d" % number))

    assert not own.selects(captured(call_id=b"0"))
    assert own.selects(captured(call_id=b"1"))
