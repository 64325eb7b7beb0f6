"""The shell round messages; the sections of RFC 3428 are in tests/conformance."""

import gc

from sipcore.kernel.flow import Flow
from sipcore.message.message import Request
from tests.support.peers import message, reply
from tests.support.wire import APP, MONITOR, Sent, Wire, requests, responses

SENDER = Flow("UDP", 0, "192.0.2.41", 5060)


def page(number: int = 1) -> bytes:
    """A MESSAGE to 1001."""
    return message(
        "MESSAGE sip:1001@doorline.test SIP/2.0",
        [
            f"Via: SIP/2.0/UDP 192.0.2.41:5060;rport;branch=z9hG4bK{number}",
            "Max-Forwards: 70",
            "From: <sip:sender@doorline.test>;tag=t",
            "To: <sip:1001@doorline.test>",
            f"Call-ID: page{number}",
            "CSeq: 1 MESSAGE",
        ],
        b"hello",
        "text/plain",
    )


def wire(*users: str) -> Wire:
    """An endpoint on which 1001 means these accounts."""
    on = Wire(contacts={"monitor": [MONITOR], "app": [APP]})
    on.addressees.numbers["1001"] = users
    return on


def copies(sent: Sent) -> list[Request]:
    """The MESSAGEs that went out."""
    return requests(sent, b"MESSAGE")


def test_a_queue_of_broken_flows_is_emptied_at_once() -> None:
    on = wire("monitor")
    (first,) = copies(on.receive(page(), SENDER))
    for number in range(2, 6):
        on.receive(page(number), SENDER)
    on.broken.add(MONITOR)

    sent = on.receive(reply(first, 200), MONITOR)

    assert sorted(answer.status for answer in responses(sent)) == [200, 500, 500, 500, 500]
    on.advance(70.0)
    assert on.remains == {}


def test_a_second_final_response_is_ignored() -> None:
    on = wire("monitor")
    (copy,) = copies(on.receive(page(), SENDER))
    on.receive(reply(copy, 200), MONITOR)

    assert on.receive(reply(copy, 486), MONITOR) == []


def test_a_provisional_response_is_no_answer() -> None:
    on = wire("monitor")
    (copy,) = copies(on.receive(page(), SENDER))

    assert on.receive(reply(copy, 100), MONITOR) == []


def test_a_full_table_of_transactions_is_503() -> None:
    on = wire("monitor")
    on.endpoint.table.max_transactions = 0

    assert [answer.status for answer in responses(on.receive(page(), SENDER))] == [503]
    assert on.remains == {}


def test_while_the_server_stops_no_message_is_taken() -> None:
    on = wire("monitor")
    on.endpoint.admission.is_draining = True

    assert [answer.status for answer in responses(on.receive(page(), SENDER))] == [503]


def test_a_message_to_nobody_is_480() -> None:
    on = wire()

    assert [answer.status for answer in responses(on.receive(page(), SENDER))] == [480]


def test_what_is_done_is_counted() -> None:
    on = wire("monitor", "app")
    sent = copies(on.receive(page(), SENDER))
    on.receive(reply(sent[0], 200), MONITOR)

    counters = on.endpoint.counters
    names = ("requests_MESSAGE", "messages_taken", "messages_sent", "responses_200")
    assert [counters[name] for name in names] == [1, 1, 2, 1]


def test_a_delivered_message_leaves_nothing_for_the_garbage_collector() -> None:
    on = wire("monitor", "app")

    def life(number: int) -> None:
        for copy, flow in zip(
            copies(on.receive(page(number), SENDER)), (MONITOR, APP), strict=True
        ):
            on.receive(reply(copy, 200), flow)
        on.advance(70.0)

    life(1)  # fills every cache
    gc.collect()
    gc.disable()
    try:
        life(2)
        assert gc.collect() == 0
    finally:
        gc.enable()
