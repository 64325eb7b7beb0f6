"""What the compiled cutter makes of a message is what the sources make of it, or nothing."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipcore.message.grammar import HEADER_NAMES
from sipcore.message.head import MAX_HEADERS
from sipcore.message.message import cut
from sipcore.native import is_compiled
from tests.conformance.own_messages import OWN
from tests.conformance.test_torture import DATA
from tests.fuzz.mutation import mutate
from tests.support.both_ways import is_seen, same

pytestmark = pytest.mark.skipif(
    not is_compiled(), reason="Python runs the sources, which cut every message"
)

ORDINARY = (
    b"INVITE sip:1001@door.example SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP 10.0.0.5:5060;rport;branch=z9hG4bKa1\r\n"
    b"Max-Forwards: 70\r\n"
    b"From: <sip:door@door.example>;tag=f1\r\n"
    b"To: <sip:1001@door.example>\r\n"
    b"Call-ID: c1@10.0.0.5\r\n"
    b"CSeq: 7 INVITE\r\n"
    b"Contact: <sip:door@10.0.0.5:5060>\r\n"
    b"X-Door: 4\r\n"
    b"Content-Length: 5\r\n"
    b"\r\n"
    b"v=0\r\nsurplus"
)
ANSWER = (
    b"SIP/2.0 200 Fine\r\n"
    b"v: SIP/2.0/UDP 10.0.0.5;branch=z9hG4bK1\r\n"
    b"f: <sip:a@b>;tag=1\r\n"
    b"t: <sip:c@d>;tag=2\r\n"
    b"i: 1\r\n"
    b"CSeq: 1 BYE\r\n"
    b"l: 0\r\n\r\n"
)
ODD = (
    *(b"\r", b"\n", b"\r\n", b"\r\n ", b"\r\n\t", b"\r\r\n", b"\n\n", b"\r\n\r\n", b"\r\n:"),
    *(b" ", b"\t", b"\v", b"\f", b"\0", b"\x1c", b"\x85", b"\xc2\x85", b"\xe2\x80\xa8", b"\xff"),
    *(b":", b"::", b",", b";", b'"', b"<", b"sip:", b"SIP/2.0", b" SIP/2.0", b"sip/2.0 ", b"9"),
    *(b"\r\nVia: x", b"\r\nv:y", b"\r\nVIA :\tz", b"\r\nl: 3", b"\r\nContent-Length: 0", b"\r\nx:"),
)


def test_the_compiled_engine_has_it() -> None:
    assert cut is not None


@pytest.mark.parametrize("data", [ORDINARY, ANSWER])
def test_ordinary_messages_are_cut_and_what_is_checked_is_seen(data: bytes) -> None:
    assert is_seen(data)


def test_a_value_that_comes_again_is_the_same_object() -> None:
    assert cut is not None
    one, other = cut(ORDINARY), cut(ORDINARY)

    assert one is not None
    assert other is not None
    assert all(one[2][name] is value for name, value in other[2].items())


@pytest.mark.parametrize("spelling", sorted(HEADER_NAMES))
def test_every_usual_spelling_of_a_name_is_known(spelling: bytes) -> None:
    assert same(b"OPTIONS sip:a SIP/2.0\r\n%b: 0\r\n%b : 2\r\n\r\n" % (spelling, spelling.upper()))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n",
        b"\r\n\r\n",
        ORDINARY.replace(b"X-Door: 4", b"X-Door: 4\r\n folded"),
        ORDINARY.replace(b"X-Door: 4", b" folded"),
        ORDINARY.replace(b"X-Door: 4", b"X-Door"),
        ORDINARY.replace(b"X-Door: 4", b"X Door: 4"),
        ORDINARY.replace(b"X-Door: 4", b": 4"),
        ORDINARY.replace(b"X-Door: 4", b"X-Door: \n4"),
        ORDINARY.replace(b"X-Door: 4", b"X-Door: \r4"),
        ORDINARY.replace(b"Length: 5", b"Length: 500"),
        ORDINARY.replace(b"Length: 5", b"Length: 9999999999"),
        ORDINARY.replace(b"Length: 5", b"Length: -5"),
        ORDINARY.replace(b"Length: 5", b"Length:"),
        ORDINARY.replace(b"INVITE sip", b"invite sip"),
        ORDINARY.replace(b"INVITE sip", b"INVITE  sip"),
        ORDINARY.replace(b" SIP/2.0\r\nVia", b" SIP/2.0 \r\nVia"),
        ORDINARY.replace(b" SIP/2.0\r\nVia", b" SIP/3.0\r\nVia"),
        ORDINARY.replace(b"sip:1001@door.example ", b""),
        b"\r\n" + ORDINARY,
        b"INVITE sip:a SIP/2.0" + b"\r\nA: b" * MAX_HEADERS + b"\r\n\r\n",
    ],
)
def test_what_is_not_ordinary_is_left_to_the_sources(data: bytes) -> None:
    assert cut is not None
    assert cut(data) is None


def test_a_message_that_ends_early_is_no_message() -> None:
    head = ORDINARY.index(b"\r\n\r\n") + 4

    assert not any(same(ORDINARY[:end]) for end in range(head + 5))
    assert all(same(ORDINARY[:end]) for end in range(head + 5, len(ORDINARY)))


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("data", [ORDINARY, ANSWER])
def test_something_odd_in_any_place_is_cut_alike(data: bytes, odd: bytes) -> None:
    for at in range(len(data) + 1):
        same(data[:at] + odd + data[at:])
        same(data[:at] + odd + data[at + len(odd) :])


def test_torture_messages_are_cut_alike() -> None:
    found = [*OWN.values(), *(path.read_bytes() for path in sorted(Path(DATA).rglob("*.dat")))]

    assert sum(map(same, found)) > 3


def test_mutated_messages_are_cut_alike() -> None:
    chance = random.Random(4)  # noqa: S311 - the same messages each time
    messages = [ORDINARY, ANSWER, *OWN.values()]

    assert sum(same(mutate(chance, chance.choice(messages))) for _ in range(4000)) > 100


_pieces = st.sampled_from(ODD) | st.binary(max_size=3) | st.sampled_from(sorted(HEADER_NAMES))


@given(
    st.sampled_from((b"ACK sip:a SIP/2.0", b"SIP/2.0 200 OK", b"SIP/2.0 99", b"BYE  SIP/2.0", b"")),
    st.lists(st.lists(_pieces, max_size=6).map(b"".join), max_size=80),
    st.binary(max_size=9),
)
def test_any_lines_are_cut_alike(start: bytes, lines: list[bytes], body: bytes) -> None:
    same(b"\r\n".join((start, *lines)) + b"\r\n\r\n" + body)
    same(start + b"".join(b"\r\nv" + line.replace(b"\r\n", b"") for line in lines) + b"\r\n\r\n")


@given(st.binary(max_size=6), st.integers(0, len(ORDINARY)), st.integers(0, 6))
def test_any_octets_in_any_place_are_cut_alike(octets: bytes, place: int, less: int) -> None:
    same(ORDINARY[:place] + octets + ORDINARY[place + less :])
