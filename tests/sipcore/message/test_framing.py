from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipcore.kernel.errors import BadMessage
from sipcore.message.framing import PING, PONG, KeepAlive, StreamFramer

ONE = b"INVITE sip:a SIP/2.0\r\nContent-Length: 3\r\n\r\nabc"
TWO = b"BYE sip:a SIP/2.0\r\nX: y\r\nL : 0\r\n\r\n"
FOLDED = b"ACK sip:a SIP/2.0\r\nl:\r\n  7\r\nX: y\r\n\r\n\r\n\r\nabc"


def test_messages_are_cut_at_content_length() -> None:
    assert StreamFramer().feed(ONE + TWO + FOLDED + ONE[:-1]) == [ONE, TWO, FOLDED]


def test_the_rest_of_a_message_completes_it() -> None:
    framer = StreamFramer()

    assert [framer.feed(piece) for piece in (ONE[:5], ONE[5:44], ONE[44:] + TWO[:1])] == [
        [],
        [],
        [ONE],
    ]
    assert framer.is_within


def test_a_double_crlf_is_a_ping_and_single_ones_are_ignored() -> None:
    framer = StreamFramer()

    assert framer.feed(b"\r\n\r\n" + ONE + b"\r\n" + TWO + b"\r\n\r\n\r\n\r\n\n\r" + ONE) == [
        PING,
        ONE,
        TWO,
        PING,
        PING,
        ONE,
    ]
    assert (KeepAlive.PING.value, PONG) == (b"\r\n\r\n", b"\r\n")


def test_a_ping_in_pieces_is_one_ping() -> None:
    framer = StreamFramer()

    assert [framer.feed(octet) for octet in (b"\r", b"\n", b"\r", b"\n")] == [[], [], [], [PING]]


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        (b"", "Content-Length is missing on a stream"),
        (b"X: y\r\n", "Content-Length is missing on a stream"),
        (b"Content-Length: -1\r\n", "malformed Content-Length"),
        (b"Content-Length: x\r\n", "malformed Content-Length"),
        (b"Content-Length: 9999999999\r\n", "malformed Content-Length"),
        (b"Content-Length: 1\r\nl: 1\r\n", "Content-Length given twice"),
        (b" Content-Length: 1\r\n", "first header line is a continuation"),
        (b"Content-Length: 300\r\n", "message too large"),
        (b"X: " + b"y" * 200 + b"\r\n", "header section too large"),
    ],
)
def test_a_stream_without_a_certain_next_message_fails_for_good(head: bytes, reason: str) -> None:
    framer = StreamFramer(max_header=200, max_message=300)

    for data in (b"BYE sip:a SIP/2.0\r\n" + head + b"\r\n", TWO):
        with pytest.raises(BadMessage, match=reason):
            framer.feed(data)
    assert (framer.failed is not None, framer.is_within) == (True, False)


def test_messages_before_the_failure_are_not_lost() -> None:
    framer = StreamFramer()

    assert framer.feed(ONE + b"X\r\n\r\n" + ONE) == [ONE]
    assert framer.failed is not None
    with pytest.raises(BadMessage, match="Content-Length is missing"):
        framer.feed(b"")


def test_a_head_without_end_is_bounded() -> None:
    framer = StreamFramer(max_header=100)

    assert framer.feed(b"x" * 100) == []
    with pytest.raises(BadMessage) as caught:
        framer.feed(b"x")
    assert caught.value.status == 513


def test_a_message_of_the_largest_size_passes_and_no_larger_one() -> None:
    message = b"A\r\nl: 100\r\n\r\n" + bytes(100)

    assert StreamFramer(max_header=20, max_message=len(message)).feed(message) == [message]
    with pytest.raises(BadMessage) as caught:
        StreamFramer(max_header=20, max_message=len(message) - 1).feed(message)
    assert caught.value.status == 513


STREAM = b"\r\n\r\n" + ONE + TWO + b"\r\n\r\n" + FOLDED + b"\r\n" + ONE


@given(st.lists(st.integers(0, len(STREAM)), max_size=12).map(sorted))
def test_it_does_not_matter_how_a_stream_is_cut(cuts: list[int]) -> None:
    framer = StreamFramer()
    edges = [0, *cuts, len(STREAM)]
    found = [item for start, end in pairwise(edges) for item in framer.feed(STREAM[start:end])]

    assert found == [PING, ONE, TWO, PING, FOLDED, ONE]
    assert not framer.is_within


NOISE = st.lists(
    st.sampled_from([b"\r\n", b"\r", b"\n", b"l: 2", b"A: b", b" ", b":", b"x", ONE, TWO])
    | st.binary(max_size=3),
    max_size=12,
).map(b"".join)


@given(NOISE, st.lists(st.integers(0, 200), max_size=6).map(sorted))
def test_any_octets_give_the_same_whole_or_split(data: bytes, cuts: list[int]) -> None:
    def outcome(pieces: list[bytes]) -> tuple[list[bytes | KeepAlive], str | None]:
        framer = StreamFramer(max_header=100, max_message=150)
        found: list[bytes | KeepAlive] = []
        for piece in pieces:
            try:
                found += framer.feed(piece)
            except BadMessage:
                break
        return found, None if framer.failed is None else framer.failed.reason

    edges = [0, *cuts, len(data)]
    pieces = [data[start:end] for start, end in pairwise(edges)]

    assert outcome(pieces) == outcome([data])
