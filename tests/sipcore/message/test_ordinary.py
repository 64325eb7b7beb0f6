"""What the compiled cutter finds in values is what the sources find in them, or nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipcore.message.grammar import header_name
from sipcore.message.message import parse
from sipcore.native import is_compiled
from tests.support.both_ways import is_seen, same

pytestmark = pytest.mark.skipif(
    not is_compiled(), reason="Python runs the sources, which look into every value"
)

USUAL = {
    b"Via": b"SIP/2.0/UDP h:5060;branch=z9hG4bK1",
    b"From": b"<sip:a@b>;tag=1",
    b"To": b"<sip:c@d>",
    b"Call-ID": b"i",
    b"CSeq": b"1 BYE",
    b"Max-Forwards": b"70",
}


def with_values(values: dict[bytes, bytes]) -> bytes:
    """A request with these values in place of ordinary ones."""
    return request_with(USUAL | values)


def request_with(values: dict[bytes, bytes]) -> bytes:
    """A request with these values."""
    lines = [b"%b: %b" % item for item in values.items()]
    return b"\r\n".join((b"BYE sip:a SIP/2.0", *lines, b"\r\n"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (b"Via", b"SIP/2.0/TCP h;branch=a"),
        (b"VIA", b"SIP/2.0/WSS a.b-c.example:59999;branch=z9hG4bK.a-b_c;rport"),
        (b"Via", b"SIP/2.0/UDP 192.0.2.9:60000;rport;branch=z9hG4bK1"),
        (b"Via", b"SIP/2.0/UDP 192.0.2.9:65535;rport;branch=z9hG4bK1"),
        (b"v", b"SIP/2.0/TLS 9:1;rport;branch=z9hG4bK1"),
        (b"FROM ", b'"Door 4" <sips:a+b*c_d@h.example:5061;transport=tcp>'),
        (b"From", b'""<sip:h;user=phone>;tag=a.b-c_d'),
        (b"t", b"<sip:h>;tag=1"),
        (b"I", b'<all>"that;is(visible'),
        (b"CSeq", b"4294967295  X.Y"),
        (b"Max-Forwards", b"0"),
        (b"Max-Forwards", b"0000000000000070"),
    ],
)
def test_this_is_ordinary(name: bytes, value: bytes) -> None:
    usual = {it: of for it, of in USUAL.items() if header_name(it) != header_name(name)}

    assert is_seen(request_with(usual | {name: value}))


# Of every place that rules are about, what stands before and behind it.
PLACES = [
    (name, before, behind)
    for name, values in {
        b"Via": [
            *(b"|SIP/2.0/UDP h;branch=b", b"SIP|/2.0/UDP h;branch=b", b"SIP/2.0/|UDP h;branch=b"),
            *(b"SIP/2.0/UDP| h;branch=b", b"SIP/2.0/UDP |h;branch=b", b"SIP/2.0/UDP h|;branch=b"),
            *(b"SIP/2.0/UDP h|i;branch=b", b"SIP/2.0/UDP h:|;branch=b", b"SIP/2.0/UDP h;branch=|"),
            *(b"SIP/2.0/UDP h:|1;branch=b", b"SIP/2.0/UDP h:|1234;branch=b", b"SIP/2.0/UDP h|"),
            *(b"SIP/2.0/UDP h:|12345;branch=b", b"SIP/2.0/UDP h:1|;branch=b", b"SIP/2.0/UDP |"),
            *(b"SIP/2.0/UDP h:123|4;branch=b", b"SIP/2.0/UDP h:1234|;branch=b", b"SIP/2.0/|"),
            *(b"SIP/2.0/UDP h;|branch=b", b"SIP/2.0/UDP h;branch|=b", b"SIP/2.0/UDP h;branch=b|"),
            *(b"SIP/2.0/UDP h;branch=b|c", b"SIP/2.0/UDP h;branch=b|;rport", b"SIP/2.0/UDP h;|"),
            *(b"SIP/2.0/UDP h;branch=b;rport|", b"SIP/2.0/UDP h;rport|;branch=b"),
            *(b"SIP/2.0/UDP h;rport;branch=|", b"SIP/2.0/UDP h;rport;branch=b|;rport"),
        ],
        b"From": [
            *(b"|<sip:h>", b"<|sip:h>", b"<sip|:h>", b"<sip:|h>", b"<sip:h|>", b"<sip:h>|"),
            *(b"<sip:|@h>", b"<sip:u|@h>", b"<sip:u@|>", b"<sip:u@h:|>", b"<sip:u@h:|1234>"),
            *(b"<sip:u@h;|>", b"<sip:u@h;transport=|>", b"<sip:u@h;user=p|>", b"<sip:u@h:5060|>"),
            *(b"<sip:u@h>;tag=|", b"<sip:u@h>;tag=t|", b"<sip:u@h>;|tag=t", b"<sip:u@h>|;tag=t"),
            *(b'|"d" <sip:h>', b'"|" <sip:h>', b'"d|"<sip:h>', b'"d" |<sip:h>', b"d|<sip:h>", b"|"),
            *(b"sip:h|", b"sip:h|;tag=t", b"<sip:h>;a=b|;tag=t", b"<sip:h>;tag=t|;a=b"),
        ],
        b"Call-ID": [b"|", b"c|", b"|c", b"c|d"],
        b"CSeq": [b"|", b"|1 BYE", b"1| BYE", b"1 |BYE", b"1 BYE|", b"1 |", b"1|234567890123 A"],
        b"Max-Forwards": [b"|", b"7|", b"|7"],
        b"Content-Length": [b"|", b"0|", b"|0"],
    }.items()
    for before, _, behind in (value.partition(b"|") for value in values)
]


@pytest.mark.parametrize(("name", "before", "behind"), PLACES)
def test_any_octet_in_a_place_that_rules_are_about_is_seen_alike(
    name: bytes, before: bytes, behind: bytes
) -> None:
    for octet in range(256):
        same(with_values({name: b"%b%c%b" % (before, octet, behind)}))


def test_of_a_header_that_comes_again_the_first_is_seen() -> None:
    twice = with_values({}).replace(b"Via", b"VIA: SIP/2.0/UDP first;branch=b1\r\nv")

    assert is_seen(twice)
    assert parse(twice).branch == b"b1"
    assert parse(twice).sent_by == b"SIP/2.0/UDP first"


_values = st.lists(
    st.sampled_from(
        (
            *(b"SIP/2.0/UDP", b"SIP/2.0/TLS ", b"SIP/2.0/", b"h", b"a.b", b"-", b".", b":", b"0"),
            *(
                b"5060",
                b"65535",
                b"65536",
                b"60000",
                b";branch=",
                b"z9hG4bK",
                b";rport",
                b";tag=",
                b"_",
                b"=",
            ),
            *(b'"', b'"Door 4" ', b"<", b">", b"sip:", b"sips:", b"@", b"u+v", b";transport=tcp"),
            *(b";user=", b"7 BYE", b"4294967296 ", b",", b" ", b"\t", b"\xff", b"\0", b"%", b";"),
        )
    ),
    max_size=9,
).map(b"".join)


@given(st.dictionaries(st.sampled_from(sorted(USUAL)), _values, min_size=1))
def test_any_values_are_seen_alike(values: dict[bytes, bytes]) -> None:
    same(with_values(values))
