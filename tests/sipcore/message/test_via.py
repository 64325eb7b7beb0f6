import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipcore.kernel.errors import BadMessage
from sipcore.message.via import Via


@pytest.mark.parametrize(
    ("written", "via"),
    [
        (
            "SIP/2.0/UDP pc33.atlanta.com;branch=z9hG4bK776asdhds",
            Via("SIP/2.0", "UDP", "pc33.atlanta.com", None, (("branch", "z9hG4bK776asdhds"),)),
        ),
        ("SIP/2.0/tls h2:5061", Via("SIP/2.0", "TLS", "h2", 5061)),
        (
            "SIP  / 2.0  / TCP     spindle.example.com   ; branch  =   z9hG4bK9ikj8",
            Via("SIP/2.0", "TCP", "spindle.example.com", None, (("branch", "z9hG4bK9ikj8"),)),
        ),
        ("SIP/2.0/UDP [2001:db8::9:1] : 6050", Via("SIP/2.0", "UDP", "2001:db8::9:1", 6050)),
        ("sip/2.0/UNKNOWN t4", Via("SIP/2.0", "UNKNOWN", "t4")),
        (
            "SIP/2.0/TCP host1.example.com;branch=z9hG4bK-.!%66*_+`'~",
            Via("SIP/2.0", "TCP", "host1.example.com", None, (("branch", "z9hG4bK-.!%66*_+`'~"),)),
        ),
    ],
)
def test_a_via_is_cut_into_its_parts(written: str, via: Via) -> None:
    assert Via.parse(written) == via
    assert str(Via.parse(written.encode())) == written


@pytest.mark.parametrize(
    "written",
    [
        "",
        "SIP/2.0/UDP",
        "SIP/2.0 UDP host",
        "SIP/2.0/UDP host;",
        "SIP/2.0/UDP host;;branch=x",
        "SIP/2.0/UDP 192.0.2.15;;,;,,",
        "SIP/2.0/UDP host;branch=a;branch=b",
        "SIP/2.0/UDP host:0",
        "SIP/2.0/UDP host:65536",
        "SIP/2.0/UDP 2001:db8::1",
        "SIP/2.0/UDP [2001:db8:::1]",
        "SIP/2.0/UDP ho st",
        "SIP/2.0/UDP host, SIP/2.0/UDP other",
    ],
)
def test_what_is_not_a_via_is_refused(written: str) -> None:
    with pytest.raises(BadMessage, match=r"Via|IPv6"):
        Via.parse(written)


def test_the_parameters_of_a_hop_are_read() -> None:
    via = Via.parse(
        "SIP/2.0/UDP Host.Example:5060;received=192.0.2.1;rport=5062;maddr=10.0.0.1;branch=b;x"
    )

    assert (via.branch, via.received, via.rport, via.maddr, via.param("x")) == (
        "b",
        "192.0.2.1",
        5062,
        "10.0.0.1",
        "",
    )


def test_what_a_hop_leaves_out_is_none_or_empty() -> None:
    via = Via.parse("SIP/2.0/UDP [2001:DB8::1]")

    assert (via.branch, via.received, via.rport, via.maddr) == (
        "",
        None,
        None,
        None,
    )


def test_an_rport_without_a_value_asks_for_one() -> None:
    assert Via.parse("SIP/2.0/UDP h;rport").rport == 0


@pytest.mark.parametrize("written", ["x", "65536", "123456", "-1", "٣"])
def test_a_malformed_rport_is_refused_when_it_is_read(written: str) -> None:
    with pytest.raises(BadMessage, match=r"malformed rport in Via"):
        _ = Via.parse(f"SIP/2.0/UDP h;rport={written}").rport


def test_received_is_read_with_and_without_brackets() -> None:
    both = [
        Via.parse(f"SIP/2.0/UDP h;received={written}").received
        for written in ("[2001:db8::9:255]", "2001:db8::9:255")
    ]

    assert both == ["2001:db8::9:255", "2001:db8::9:255"]


def test_a_changed_via_is_written_from_its_parts() -> None:
    via = Via.parse("SIP / 2.0 / udp [2001:db8::1]:5060;branch=b")

    assert str(dataclasses.replace(via, port=None)) == "SIP/2.0/UDP [2001:db8::1];branch=b"
    assert str(dataclasses.replace(via, host="a", port=1)) == "SIP/2.0/UDP a:1;branch=b"


@given(st.binary(max_size=60) | st.binary(max_size=40).map(lambda rest: b"SIP/2.0/UDP h" + rest))
def test_any_octets_are_a_via_that_keeps_its_text_or_are_refused(octets: bytes) -> None:
    try:
        via = Via.parse(octets)
    except BadMessage:
        return
    assert str(via).encode("utf-8", "surrogateescape") == octets
