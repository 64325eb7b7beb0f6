"""Answers without a transaction."""

from collections import Counter

import pytest

from sipcore.endpoint.replies import StatelessReplies, answer_flow, phrase, way_back
from sipcore.kernel.errors import BadMessage, LimitReached
from sipcore.kernel.flow import Flow
from sipcore.message.message import Request, Response, parse
from tests.support.peers import invite

FLOW = Flow("UDP", 0, "192.0.2.1", 40000)


def request(via: str = "192.0.2.1:5062;rport;branch=z9hG4bKinv") -> Request:
    """An INVITE with this Via."""
    data = invite(FLOW).replace(b"192.0.2.1:40000;rport;branch=z9hG4bKinv", via.encode())
    parsed = parse(data)
    assert isinstance(parsed, Request)
    return parsed


def replies(sent: list[tuple[bytes, Flow]]) -> StatelessReplies:
    """Replies that keep what they send."""

    def send(data: bytes, flow: Flow) -> bool:
        sent.append((data, flow))
        return True

    return StatelessReplies(b"secret", send, Counter())


def test_copies_of_a_request_share_a_tag_and_other_requests_do_not() -> None:
    make = replies([]).make

    tags = []
    for one in (request(), request(), request("192.0.2.1;branch=z9hG4bKother")):
        answer = parse(make(one, FLOW, 481))
        assert isinstance(answer, Response)
        tags.append(answer.to_tag)

    assert tags[0] == tags[1] != tags[2]


def test_every_503_says_when_to_come_back_and_not_to_all_the_same() -> None:
    """RFC 3261 §21.5.4."""
    make = replies([]).make
    told = []
    for number in range(50):
        data = invite(FLOW, call_id=f"call{number}")
        refused = parse(data)
        assert isinstance(refused, Request)
        answer = parse(make(refused, FLOW, 503))
        assert isinstance(answer, Response)
        (line,) = answer.every(b"retry-after")
        told.append(int(line))

    assert min(told) >= 5
    assert len(set(told)) > 10


def test_a_tag_that_belongs_to_a_call_is_taken_instead() -> None:
    answer = parse(replies([]).make(request(), FLOW, 200, to_tag=b"mine"))

    assert isinstance(answer, Response)
    assert answer.to_tag == b"mine"


def test_what_is_sent_is_counted_and_goes_over_the_flow_it_is_given() -> None:
    sent: list[tuple[bytes, Flow]] = []
    counters: Counter[str] = Counter()

    def send(data: bytes, flow: Flow) -> bool:
        sent.append((data, flow))
        return True

    answers = StatelessReplies(b"secret", send, counters)
    answers.send(request(), FLOW, 404, extra=(b"X: 1",), reason=b"Nobody")

    assert sent == [(answers.make(request(), FLOW, 404, extra=(b"X: 1",), reason=b"Nobody"), FLOW)]
    assert counters == {"responses_404": 1}


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (BadMessage("malformed CSeq"), b"Bad Request - malformed CSeq"),
        (BadMessage("a\r\nb: c\0"), b"Bad Request - ab: c"),
        (BadMessage("x" * 200), b"Bad Request - " + b"x" * 80),
        (BadMessage("SIP version is not 2.0", 505), b""),
        (LimitReached("full"), b""),
    ],
)
def test_the_reason_phrase_names_the_fault_on_one_line(
    error: BadMessage | LimitReached, text: bytes
) -> None:
    assert phrase(error) == text


@pytest.mark.parametrize(
    ("via", "port"),
    [
        ("192.0.2.1:5062;rport;branch=z9hG4bKa", 40000),
        ("192.0.2.1:5062;RPORT;branch=z9hG4bKa", 40000),
        ("192.0.2.1:5062;branch=z9hG4bKa", 5062),
        ("192.0.2.1;branch=z9hG4bKa", 5060),
        ("192.0.2.1:40000;branch=z9hG4bKa", 40000),
        ("10.0.0.1:5062;branch=z9hG4bKa", 40000),
        ("192.0.2.1:99999;branch=z9hG4bKa", 40000),
        ("phone.test:5062;maddr=192.0.2.1;branch=z9hG4bKa", 5062),
        ("phone.test;maddr=192.0.2.1;branch=z9hG4bKa", 5060),
        ("phone.test:5062;maddr=192.0.2.1;branch=z9hG4bKa;rport", 40000),
        ("192.0.2.1:5062;maddr=192.0.2.9;branch=z9hG4bKa", 40000),
        ("phone.test:5062;maddr=phone.test;branch=z9hG4bKa", 40000),
    ],
)
def test_the_port_of_an_answer(via: str, port: int) -> None:
    assert answer_flow(request(via), FLOW) == FLOW._replace(port=port)


def test_an_answer_stays_on_its_stream_whatever_via_says() -> None:
    stream = Flow("TCP", 0, "192.0.2.1", 40000, 7)

    assert answer_flow(request("192.0.2.1:5062;branch=z9hG4bKa"), stream) == stream


STREAM = Flow("TCP", 0, "192.0.2.1", 40000, 7)


@pytest.mark.parametrize(
    ("flow", "sent_by", "port"),
    [
        (STREAM, "192.0.2.1:5062", 5062),
        (STREAM, "192.0.2.1", 5060),
        (STREAM._replace(transport="TLS"), "192.0.2.1", 5061),
    ],
)
def test_whoever_lost_its_connection_is_connected_to_where_via_says(
    flow: Flow, sent_by: str, port: int
) -> None:
    back = way_back(request(f"{sent_by};branch=z9hG4bKinv"), flow)

    assert back == flow._replace(port=port, connection=0)


@pytest.mark.parametrize(
    ("flow", "sent_by"),
    [
        (FLOW, "192.0.2.1:5062"),
        (STREAM._replace(transport="WS"), "192.0.2.1:5062"),
        (STREAM, "192.0.2.1:40000"),
        (STREAM, "10.0.0.7:5062"),
        (STREAM, "phone.invalid"),
        (STREAM._replace(connection=0), "192.0.2.1:5062"),
    ],
)
def test_nobody_is_connected_to_who_does_not_listen_there(flow: Flow, sent_by: str) -> None:
    assert way_back(request(f"{sent_by};branch=z9hG4bKinv"), flow) is None
