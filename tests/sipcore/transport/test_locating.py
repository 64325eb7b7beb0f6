"""From the host of a URI to servers (RFC 3263 §4). The RFC's own cases are in tests/conformance."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipcore.message.uri import Uri
from sipcore.transport.dns_records import NaptrRecord, Outcome, Question, Record, SrvRecord
from sipcore.transport.locating import (
    MAX_RECORDS,
    SECURE,
    Candidate,
    Wanted,
    is_numeric,
    locate,
)
from tests.support.zone import AAAA, BOTH, HOSTS, NAPTR, SRV, TTL, A, Zone, naptr, play, srv

ALL = ("UDP", "TCP", "TLS")


def places(
    wanted: Wanted, zone: Zone, supported: tuple[str, ...] = ALL
) -> list[tuple[str, str, int]]:
    """Transport, address and port of everything that is found."""
    found, _ = play(locate(wanted, supported, BOTH), zone)
    return [
        (candidate.transport, address, candidate.port)
        for candidate in found.candidates
        for address in candidate.addresses
    ]


@pytest.mark.parametrize(
    ("uri", "wanted"),
    [
        ("sip:a@example.com", Wanted("example.com")),
        ("sips:a@example.com:5070", Wanted("example.com", 5070, secure=True)),
        ("sip:a@[2001:db8::1];transport=tcp", Wanted("2001:db8::1", None, "TCP")),
        ("sip:a@example.com;maddr=192.0.2.1", Wanted("192.0.2.1")),
        ("sip:a@example.com;maddr=[2001:db8::2]", Wanted("2001:db8::2")),
    ],
)
def test_a_uri_says_what_is_wanted(uri: str, wanted: Wanted) -> None:
    assert Wanted.of(Uri.parse(uri)) == wanted


def test_addresses_of_both_families_are_used_in_the_order_asked_for() -> None:
    zone: Zone = {("a.example", A): ("192.0.2.1",), ("a.example", AAAA): ("2001:db8::1",)}
    found, asked = play(locate(Wanted("a.example", 5070), ALL, (AAAA, A)), zone)

    assert [question.kind for question in asked] == [AAAA, A]
    assert found.candidates == (Candidate("UDP", "a.example", 5070, ("2001:db8::1", "192.0.2.1")),)


def test_only_the_families_of_our_listeners_are_asked_for() -> None:
    _, asked = play(locate(Wanted("a.example", 5070), ALL, (A,)), {})

    assert [question.kind for question in asked] == [A, HOSTS]


def test_a_host_that_the_dns_does_not_know_is_looked_up_in_this_machine() -> None:
    zone: Zone = {("pbx.example", HOSTS): ("192.0.2.7",)}

    assert places(Wanted("pbx.example"), zone) == [("UDP", "192.0.2.7", 5060)]


def test_a_name_without_a_dot_is_never_asked_of_the_dns() -> None:
    found, asked = play(locate(Wanted("PBX"), ALL, BOTH), {("pbx", HOSTS): ("192.0.2.7",)})

    assert asked == [Question("pbx", HOSTS)]
    assert found.candidates == (Candidate("UDP", "pbx", 5060, ("192.0.2.7",)),)


def test_a_silent_dns_is_asked_once() -> None:
    zone: Zone = {("a.example", NAPTR): Outcome.SILENT, ("a.example", HOSTS): ("192.0.2.7",)}
    found, asked = play(locate(Wanted("a.example"), ALL, BOTH), zone)

    assert asked == [Question("a.example", NAPTR), Question("a.example", HOSTS)]
    assert found.candidates[0].addresses == ("192.0.2.7",)
    assert found.notes == (
        "NAPTR of a.example: no name server answers",
        "a.example in this machine's own tables: 192.0.2.7",
    )


def test_a_name_server_that_refuses_naptr_is_asked_for_the_rest() -> None:
    zone: Zone = {
        ("a.example", NAPTR): Outcome.REFUSED,
        ("_sip._udp.a.example", SRV): (srv("s.example"),),
        ("s.example", A): ("192.0.2.1",),
    }

    assert places(Wanted("a.example"), zone) == [("UDP", "192.0.2.1", 5060)]


def test_a_server_whose_name_has_no_address_is_left_out() -> None:
    zone: Zone = {
        ("_sip._udp.a.example", SRV): (srv("gone.example"), srv("s.example", 5070)),
        ("s.example", A): ("192.0.2.1",),
        ("a.example", A): ("192.0.2.99",),
    }

    assert places(Wanted("a.example", None, "UDP"), zone) == [("UDP", "192.0.2.1", 5070)]


def test_an_srv_record_may_name_an_address_and_port_zero_is_none() -> None:
    zone: Zone = {("_sip._tcp.a.example", SRV): (srv("192.0.2.5", 5070), srv("192.0.2.6", 0))}

    assert places(Wanted("a.example", None, "TCP"), zone) == [("TCP", "192.0.2.5", 5070)]


def test_once_tls_is_preferred_nothing_in_plain_text_replaces_it() -> None:
    zone: Zone = {
        ("a.example", NAPTR): (
            naptr(50, "SIPS+D2T", "_sips._tcp.a.example", preference=1),
            naptr(50, "SIP+D2T", "_sip._tcp.a.example", preference=2),
        ),
        ("_sips._tcp.a.example", SRV): (srv("192.0.2.1", 5061),),
        ("_sip._tcp.a.example", SRV): (srv("192.0.2.1"),),
    }

    assert places(Wanted("a.example"), zone) == [("TLS", "192.0.2.1", 5061)]


def test_records_of_one_order_are_all_used_by_preference_and_those_of_higher_orders_are_not() -> (
    None
):
    zone: Zone = {
        ("a.example", NAPTR): (
            naptr(20, "SIP+D2U", "_sip._udp.late.example"),
            naptr(10, "SIP+D2U", "_sip._udp.a.example", preference=9),
            naptr(10, "SIP+D2T", "_sip._tcp.a.example", preference=1),
        ),
        ("_sip._tcp.a.example", SRV): (srv("192.0.2.1"),),
        ("_sip._udp.a.example", SRV): (srv("192.0.2.2"),),
        ("_sip._udp.late.example", SRV): (srv("192.0.2.3"),),
    }
    found, _ = play(locate(Wanted("a.example"), ALL, BOTH), zone)

    assert [(one.transport, one.addresses, one.rank) for one in found.candidates] == [
        ("TCP", ("192.0.2.1",), 0),
        ("UDP", ("192.0.2.2",), 1),
    ]


def test_an_order_that_leads_nowhere_is_passed_over() -> None:
    zone: Zone = {
        ("a.example", NAPTR): (
            naptr(10, "SIP+D2T", "_sip._tcp.a.example"),
            naptr(20, "SIP+D2U", "_sip._udp.a.example"),
        ),
        ("_sip._udp.a.example", SRV): (srv("192.0.2.2"),),
    }

    assert places(Wanted("a.example"), zone) == [("UDP", "192.0.2.2", 5060)]


def test_what_nobody_here_speaks_is_said() -> None:
    found, asked = play(locate(Wanted("a.example", None, "TLS"), ("UDP",), BOTH), {})

    assert (found.candidates, asked) == ((), [])
    assert found.notes == ("no listener here speaks TLS",)


def test_a_sips_uri_without_tls_here_goes_nowhere() -> None:
    found, _ = play(locate(Wanted("192.0.2.1", secure=True), ("UDP", "TCP"), BOTH), {})

    assert found.candidates == ()


def test_what_was_found_holds_as_long_as_its_shortest_record() -> None:
    numeric, _ = play(locate(Wanted("192.0.2.1"), ALL, BOTH), {})
    named, _ = play(
        locate(Wanted("a.example", 5060), ALL, BOTH), {("a.example", A): ("192.0.2.1",)}
    )

    assert (numeric.ttl, named.ttl) == (float("inf"), TTL)


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "a.example", "1.2.3", ""])
def test_a_host_is_numeric_when_it_is_an_address(host: str) -> None:
    assert is_numeric(host) is (host in ("192.0.2.1", "2001:db8::1"))


NAMES = st.sampled_from(
    ["a.example", "_sip._udp.a.example", "_sips._tcp.a.example", "s.example", "192.0.2.9", ""]
)
RECORDS: st.SearchStrategy[tuple[Record, ...]] = st.one_of(
    st.lists(
        st.builds(
            NaptrRecord,
            st.integers(0, 3),
            st.integers(0, 3),
            st.sampled_from(["s", "S", "u", ""]),
            st.sampled_from(["SIP+D2U", "sips+d2t", "SIP+D2S", "E2U+sip"]),
            st.sampled_from(["", "!x!"]),
            NAMES,
        ),
        max_size=4,
    ).map(tuple),
)
SERVICES: st.SearchStrategy[tuple[Record, ...]] = st.lists(
    st.builds(SrvRecord, st.integers(0, 2), st.integers(0, 2), st.sampled_from([0, 5060]), NAMES),
    max_size=40,
).map(tuple)


@given(
    st.builds(
        Wanted,
        st.sampled_from(["a.example", "localhost", "192.0.2.1"]),
        st.sampled_from([None, 5070]),
        st.sampled_from(["", "UDP", "TCP", "TLS", "SCTP"]),
        st.booleans(),
    ),
    RECORDS,
    SERVICES,
    SERVICES,
)
def test_any_records_lead_to_a_bounded_list_of_addresses(
    wanted: Wanted,
    pointers: tuple[Record, ...],
    plain: tuple[Record, ...],
    secure: tuple[Record, ...],
) -> None:
    zone: Zone = {
        ("a.example", NAPTR): pointers or Outcome.NONE,
        ("_sip._udp.a.example", SRV): plain or Outcome.NONE,
        ("_sips._tcp.a.example", SRV): secure or Outcome.NONE,
        ("s.example", A): ("192.0.2.1",),
    }
    found, asked = play(locate(wanted, ALL, BOTH), zone)

    assert len(asked) < 200
    assert len(found.candidates) <= MAX_RECORDS * MAX_RECORDS
    for candidate in found.candidates:
        assert candidate.transport in (SECURE if wanted.secure else ALL)
        assert 0 < candidate.port < 65536
        assert all(ip_address(address) for address in candidate.addresses)
