"""Keep-alives in datagrams (RFC 5626 §3.5, §5.3, §8)."""

import struct

import pytest

from sipcore.endpoint.keepalive import is_keep_alive, keep_alive_answer
from sipcore.kernel.flow import Flow

UDP = Flow("UDP", 0, "192.0.2.1", 5060)
TCP = Flow("TCP", 0, "192.0.2.1", 5060, 1)
STUN = struct.pack(">HHI", 1, 0, 0x2112A442) + bytes(12)


@pytest.mark.parametrize(
    ("data", "is_one", "answer"),
    [
        (b"\r\n\r\n", True, b"\r\n"),
        (b"\r\n", True, None),
        (b"\r\n\r\n\r\n", True, None),
        (b"\r\n\r\n\r\n\r\n", True, None),
        (b"\0", True, None),
        (b"", True, None),
        (b"hello", False, None),
        (STUN[:19], False, None),
        (b"\1\1" + STUN[2:], True, None),
    ],
)
def test_only_a_whole_ping_is_answered(data: bytes, is_one: bool, answer: bytes | None) -> None:
    assert (is_keep_alive(data, UDP), keep_alive_answer(data, UDP)) == (is_one, answer)


def test_a_binding_request_is_answered_with_the_address_it_came_from() -> None:
    answer = keep_alive_answer(STUN, UDP)

    assert answer is not None
    assert answer[-4:] == bytes(
        a ^ b for a, b in zip((192, 0, 2, 1), b"\x21\x12\xa4\x42", strict=True)
    )


def test_streams_have_other_keep_alives() -> None:
    assert (is_keep_alive(STUN, TCP), keep_alive_answer(b"\r\n\r\n", TCP)) == (False, None)
