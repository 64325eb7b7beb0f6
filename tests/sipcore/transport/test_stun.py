"""STUN Binding: vectors of RFC 5769 and the rules of RFC 8489."""

import struct
from binascii import unhexlify
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipcore.transport.stun import binding_response, is_stun

COOKIE = unhexlify("2112a442")
TRANSACTION = unhexlify("b7e7a701bc34d686fa87dfae")
BARE = unhexlify("00010000") + COOKIE + TRANSACTION
RFC5769_REQUEST = unhexlify(
    "000100582112a442b7e7a701bc34d686fa87dfae"
    "802200105354554e207465737420636c69656e74"
    "002400046e0001ff"
    "80290008932ff9b151263b36"
    "000600096576746a3a68367659202020"
    "000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2"
    "80280004e57a3bcf"
)
"""RFC 5769 §2.1: it carries PRIORITY (0x0024), which this usage does not know."""


def request(*attributes: tuple[int, bytes], kind: int = 1, fingerprint: bool = False) -> bytes:
    body = b"".join(
        struct.pack(">HH", number, len(value)) + value + bytes(-len(value) % 4)
        for number, value in attributes
    )
    length = len(body) + (8 if fingerprint else 0)
    data = struct.pack(">HH", kind, length) + COOKIE + TRANSACTION + body
    if fingerprint:
        data += struct.pack(">HHI", 0x8028, 4, crc32(data) ^ 0x5354554E)
    return data


def test_a_bare_request_is_told_where_it_came_from() -> None:
    """RFC 5769 §2.2: 192.0.2.1, port 32853."""
    answer = binding_response(BARE, "192.0.2.1", 32853)

    assert answer == (
        unhexlify("0101000c") + COOKIE + TRANSACTION + unhexlify("002000080001a147e112a643")
    )


def test_an_ipv6_address_is_masked_with_cookie_and_transaction() -> None:
    """RFC 5769 §2.3: 2001:db8:1234:5678:11:2233:4455:6677, port 32853."""
    answer = binding_response(BARE, "2001:db8:1234:5678:11:2233:4455:6677", 32853)

    assert answer is not None
    assert answer[20:] == unhexlify("002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9")


def test_a_fingerprint_is_checked_and_given_back() -> None:
    answer = binding_response(request(fingerprint=True), "192.0.2.1", 5060)

    assert answer is not None
    assert answer[-8:-4] == unhexlify("80280004")
    assert int.from_bytes(answer[-4:]) == crc32(answer[:-8]) ^ 0x5354554E


def test_a_wrong_fingerprint_is_not_answered() -> None:
    good = request(fingerprint=True)

    assert binding_response(good[:-1] + bytes((good[-1] ^ 1,)), "192.0.2.1", 5060) is None


def test_a_fingerprint_that_is_not_last_is_not_answered() -> None:
    assert binding_response(request((0x8028, bytes(4)), (0x8022, b"x")), "192.0.2.1", 1) is None


@pytest.mark.parametrize(
    ("data", "unknown"),
    [
        (request((0x0003, bytes(4))), [0x0003]),
        (request((0x0024, b"\0\0\0\1"), (0x8022, b"x"), (0x0025, b"")), [0x0024, 0x0025]),
        (RFC5769_REQUEST, [0x0024]),
    ],
)
def test_attributes_that_must_be_understood_and_are_not_get_a_420(
    data: bytes, unknown: list[int]
) -> None:
    answer = binding_response(data, "192.0.2.1", 5060)

    assert answer is not None
    assert (answer[:2], answer[4:20]) == (b"\x01\x11", data[4:20])
    assert b"\0\0\x04\x14" in answer
    at = answer.index(b"\0\x0a" + struct.pack(">H", 2 * len(unknown)))
    assert struct.unpack_from(f">{len(unknown)}H", answer, at + 4) == tuple(unknown)


def test_attributes_that_may_be_ignored_are() -> None:
    plain = request((0x8022, b"phone"), (0x0006, b"user"), (0x0008, bytes(20)), (0x0003, bytes(4)))

    answer = binding_response(plain, "192.0.2.1", 5060)

    assert answer is not None
    assert answer[:2] == b"\x01\x01"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        BARE[:-1],
        BARE + b"\0\0\0\0",
        BARE[:4] + b"\0\0\0\0" + BARE[8:],
        request(kind=0x0011),
        request(kind=0x0101),
        request(kind=0x0003),
        request((0x8022, bytes(600))),
        unhexlify("00010004") + COOKIE + TRANSACTION + unhexlify("80220008"),
        unhexlify("00010002") + COOKIE + TRANSACTION + b"\0\0",
    ],
)
def test_anything_else_is_met_with_silence(data: bytes) -> None:
    assert binding_response(data, "192.0.2.1", 5060) is None


def test_a_response_of_ours_is_never_answered() -> None:
    answer = binding_response(BARE, "192.0.2.1", 5060)
    refusal = binding_response(request((0x0003, b"")), "192.0.2.1", 5060)

    assert answer is not None
    assert refusal is not None
    assert binding_response(answer, "192.0.2.1", 5060) is None
    assert binding_response(refusal, "192.0.2.1", 5060) is None


def test_sip_is_not_stun() -> None:
    assert not is_stun(b"OPTIONS sip:a SIP/2.0\r\n" + bytes(40))


@given(st.binary(max_size=64).map(lambda tail: BARE[:2] + tail) | st.binary(max_size=64))
def test_no_octets_raise_and_no_answer_is_much_longer_than_its_question(tail: bytes) -> None:
    data = b"\0\1" + struct.pack(">H", len(tail)) + COOKIE + TRANSACTION + tail

    for octets in (tail, data):
        answer = binding_response(octets, "192.0.2.1", 5060)
        assert answer is None or len(answer) <= len(octets) + 44
