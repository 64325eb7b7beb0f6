"""RFC 3263: locating SIP servers. The pure procedure against tables of records, and failover."""

import pytest

from sipcore.b2bua.facts import CallEnded, LegAnswered, LegFailed, LegRerouted
from sipcore.kernel.flow import Flow
from sipcore.message.message import Request
from sipcore.message.uri import Uri
from sipcore.transport.dns_records import NaptrRecord, Question
from sipcore.transport.locating import Wanted, locate
from sipcore.transport.server_order import in_order
from tests.support.peers import ANSWER_SDP, ack, invite, reply
from tests.support.wire import DOOR, Wire, requests, responses, stage
from tests.support.zone import AAAA, BOTH, NAPTR, SRV, A, Zone, naptr, play, srv

ALL = ("UDP", "TCP", "TLS")
PLAIN = ("UDP", "TCP")

EXAMPLE: Zone = {
    ("example.com", NAPTR): (
        naptr(50, "SIPS+D2T", "_sips._tcp.example.com"),
        naptr(90, "SIP+D2T", "_sip._tcp.example.com"),
        naptr(100, "SIP+D2U", "_sip._udp.example.com"),
    ),
    ("_sip._tcp.example.com", SRV): (
        srv("server1.example.com", weight=1),
        srv("server2.example.com", weight=2),
    ),
    ("_sip._udp.example.com", SRV): (srv("server3.example.com"),),
    ("_sips._tcp.example.com", SRV): (srv("server4.example.com", 5061),),
    ("server1.example.com", A): ("192.0.2.1",),
    ("server2.example.com", A): ("192.0.2.2",),
    ("server3.example.com", A): ("192.0.2.3",),
    ("server4.example.com", A): ("192.0.2.4",),
    ("example.com", A): ("192.0.2.9", "192.0.2.10"),
    ("example.com", AAAA): ("2001:db8::9",),
}
"""The records of §4.1's example."""
WITHOUT_NAPTR = {key: records for key, records in EXAMPLE.items() if key[1] is not NAPTR}
WITHOUT_SRV = {key: records for key, records in EXAMPLE.items() if key[1] in BOTH}


def located(
    uri: str, zone: Zone = EXAMPLE, supported: tuple[str, ...] = ALL
) -> tuple[list[str], list[str]]:
    """Servers in order of preference, and the questions that were asked."""
    found, asked = play(locate(Wanted.of(Uri.parse(uri)), supported, BOTH), zone)
    servers = in_order(found.candidates, lambda most: most)
    return (
        [f"{server.transport} {server.host}:{server.port}" for server in servers],
        [f"{question.kind.value} {question.name}" for question in asked],
    )


@pytest.mark.parametrize(
    ("uri", "servers"),
    [
        ("sip:a@192.0.2.7", ["UDP 192.0.2.7:5060"]),
        ("sips:a@192.0.2.7", ["TLS 192.0.2.7:5061"]),
        ("sip:a@192.0.2.7:5080", ["UDP 192.0.2.7:5080"]),
        ("sip:a@192.0.2.7;transport=tcp", ["TCP 192.0.2.7:5060"]),
        ("sip:a@192.0.2.7;transport=tls", ["TLS 192.0.2.7:5061"]),
        ("sip:a@[2001:db8::7]", ["UDP 2001:db8::7:5060"]),
        ("sips:a@192.0.2.7;transport=tcp", ["TLS 192.0.2.7:5061"]),
        ("sip:a@example.com;maddr=192.0.2.7", ["UDP 192.0.2.7:5060"]),
    ],
)
def test_a_numeric_host_needs_no_dns(uri: str, servers: list[str]) -> None:
    """§4.1, §4.2: UDP for sip, TLS over TCP for sips, the URI's port or the default one."""
    assert located(uri) == (servers, [])


@pytest.mark.parametrize(
    ("uri", "servers"),
    [
        (
            "sip:a@example.com:5060",
            ["UDP 192.0.2.9:5060", "UDP 192.0.2.10:5060", "UDP 2001:db8::9:5060"],
        ),
        (
            "sips:a@example.com:5071",
            ["TLS 192.0.2.9:5071", "TLS 192.0.2.10:5071", "TLS 2001:db8::9:5071"],
        ),
        (
            "sip:a@example.com:5080;transport=tcp",
            ["TCP 192.0.2.9:5080", "TCP 192.0.2.10:5080", "TCP 2001:db8::9:5080"],
        ),
    ],
)
def test_an_explicit_port_means_address_records_even_when_it_is_5060(
    uri: str, servers: list[str]
) -> None:
    """§4.1, §4.2: no NAPTR and no SRV; every address is tried in turn."""
    assert located(uri) == (servers, ["A example.com", "AAAA example.com"])


def test_the_example_of_the_rfc() -> None:
    """§4.1: a client of TCP and UDP takes TCP, by the SRV records of _sip._tcp."""
    servers, asked = located("sip:user@example.com", supported=PLAIN)

    assert servers == ["TCP 192.0.2.2:5060", "TCP 192.0.2.1:5060"]
    assert asked[:2] == ["NAPTR example.com", "SRV _sip._tcp.example.com"]


def test_sips_is_preferred_by_a_client_that_has_tls() -> None:
    """§4.1: a client resolving a SIP URI should retain SIPS services when it supports TLS."""
    assert located("sip:user@example.com")[0] == ["TLS 192.0.2.4:5061"]


def test_a_sips_uri_discards_every_service_without_sips() -> None:
    """§4.1: nothing in plain text, even when TLS leads nowhere."""
    no_tls = {key: records for key, records in EXAMPLE.items() if "sips" not in key[0]}
    assert located("sips:user@example.com")[0] == ["TLS 192.0.2.4:5061"]
    assert all(server.startswith("TLS ") for server in located("sips:user@example.com", no_tls)[0])


@pytest.mark.parametrize(
    "record",
    [
        naptr(1, "SIP+D2S", "_sip._sctp.example.com"),
        naptr(1, "E2U+sip", "_sip._tcp.example.com"),
        naptr(1, "SIP+D2T", "_sip._tcp.example.com", flags="u"),
        naptr(1, "SIP+D2T", "_sip._tcp.example.com")._replace(regexp="!^.*$!sip:x@y!"),
        naptr(1, "SIP+D2T", ""),
    ],
    ids=["a transport nobody has", "another service", "not terminal", "a rewriting", "no name"],
)
def test_services_that_do_not_apply_are_discarded(record: NaptrRecord) -> None:
    """§4.1: only D2X for transports of ours, terminal, with a replacement and no expression."""
    zone = {
        **EXAMPLE,
        ("example.com", NAPTR): (record, naptr(2, "SIP+D2U", "_sip._udp.example.com")),
    }
    assert located("sip:a@example.com", zone)[0] == ["UDP 192.0.2.3:5060"]


def test_the_replacement_may_be_in_another_domain_and_flags_in_any_case() -> None:
    """§4.1: it is not necessary for the domain suffixes to match."""
    zone: Zone = {
        ("example.com", NAPTR): (naptr(1, "sip+d2u", "_sip._udp.hoster.example", flags="S"),),
        ("_sip._udp.hoster.example", SRV): (srv("h.hoster.example", 5070),),
        ("h.hoster.example", A): ("192.0.2.77",),
    }
    assert located("sip:a@example.com", zone)[0] == ["UDP 192.0.2.77:5070"]


def test_without_naptr_the_srv_of_our_transports_are_asked_for() -> None:
    """§4.1: a transport is supported if the query for it is successful."""
    only_tcp = {key: r for key, r in WITHOUT_NAPTR.items() if key[0] != "_sip._udp.example.com"}
    servers, asked = located("sip:a@example.com", only_tcp, PLAIN)

    assert servers == ["TCP 192.0.2.2:5060", "TCP 192.0.2.1:5060"]
    assert asked[:3] == [
        "NAPTR example.com",
        "SRV _sip._udp.example.com",
        "SRV _sip._tcp.example.com",
    ]


def test_a_sips_uri_without_naptr_asks_for_sips_only() -> None:
    """§4.1: the service identifier is "_sips" for SIPS URIs."""
    servers, asked = located("sips:a@example.com", WITHOUT_NAPTR)

    assert servers == ["TLS 192.0.2.4:5061"]
    assert asked[:2] == ["NAPTR example.com", "SRV _sips._tcp.example.com"]


@pytest.mark.parametrize(
    ("transport", "question", "first"),
    [
        ("udp", "SRV _sip._udp.example.com", "UDP 192.0.2.3:5060"),
        ("tcp", "SRV _sip._tcp.example.com", "TCP 192.0.2.2:5060"),
        ("tls", "SRV _sips._tcp.example.com", "TLS 192.0.2.4:5061"),
    ],
)
def test_an_explicit_transport_is_looked_up_by_srv_alone(
    transport: str, question: str, first: str
) -> None:
    """§4.2: no NAPTR when the transport was specified."""
    servers, asked = located(f"sip:a@example.com;transport={transport}")

    assert (asked[0], servers[0]) == (question, first)


@pytest.mark.parametrize(
    ("uri", "first"),
    [
        ("sip:a@example.com", "UDP 192.0.2.9:5060"),
        ("sips:a@example.com", "TLS 192.0.2.9:5061"),
        ("sip:a@example.com;transport=tcp", "TCP 192.0.2.9:5060"),
        ("sip:a@example.com;transport=tls", "TLS 192.0.2.9:5061"),
    ],
)
def test_without_srv_the_addresses_at_the_default_port(uri: str, first: str) -> None:
    """§4.1, §4.2: UDP for sip, TLS for sips, and the default port of the transport."""
    assert located(uri, WITHOUT_SRV)[0][0] == first


def test_a_service_that_is_decidedly_not_offered_is_not_tried_at_the_host() -> None:
    """RFC 2782: a target of "." means that the service is not available at this domain."""
    zone: Zone = {
        ("_sip._udp.example.com", SRV): (srv("", 0),),
        ("example.com", A): ("192.0.2.9",),
    }
    assert located("sip:a@example.com;transport=udp", zone)[0] == []


def test_priorities_come_before_weights() -> None:
    """RFC 2782: the target with the lowest-numbered priority first, weights among equals."""
    zone: Zone = {
        ("_sip._udp.example.com", SRV): (
            srv("192.0.2.1", priority=20, weight=65535),
            srv("192.0.2.2", priority=10, weight=0),
            srv("192.0.2.3", priority=10, weight=10),
        ),
    }
    # The highest number is drawn: the weighted one of the two equals comes first.
    assert located("sip:a@example.com;transport=udp", zone)[0] == [
        "UDP 192.0.2.3:5060",
        "UDP 192.0.2.2:5060",
        "UDP 192.0.2.1:5060",
    ]


def test_nothing_is_asked_twice() -> None:
    """§2: the time available for DNS look-ups at each hop is limited."""
    _, asked = play(locate(Wanted("example.com"), ALL, BOTH), WITHOUT_SRV)

    assert len(asked) == len(set(asked)) == 1 + len(ALL) + len(BOTH)
    assert asked[0] == Question("example.com", NAPTR)


# -- §4.3: failure ------------------------------------------------------------------------------

FIRST, SECOND, THIRD = (Flow("UDP", 0, f"192.0.2.5{n}", 5060) for n in (1, 2, 3))
LANDLINE = "+442079460999"


def pressed(*servers: Flow, any_error: bool = False) -> tuple[Wire, Request]:
    """A landline is called over a trunk with these servers; the INVITE to the first."""
    wire = Wire(stage("landline", LANDLINE, kind="landline"))
    wire.contacts.trunk = servers
    wire.contacts.any_error = any_error
    sent = wire.receive(invite(DOOR), DOOR)
    (first,) = requests(sent, b"INVITE")
    return wire, first


def test_a_503_sends_the_request_to_the_next_server() -> None:
    """§4.3: the same request but for its branch, in a new transaction; the leg is one leg."""
    wire, first = pressed(FIRST, SECOND)
    wire.receive(reply(first, 100), FIRST)

    sent = wire.receive(reply(first, 503, extra=("Retry-After: 120 (tired)",)), FIRST)

    (second,) = requests(sent, b"INVITE")
    assert [flow for message, flow in sent if message is second] == [SECOND]
    assert second.branch != first.branch
    same = (b"from", b"to", b"call-id", b"cseq", b"contact")
    assert [second.first(name) for name in same] == [first.first(name) for name in same]
    assert (second.uri, second.body) == (first.uri, first.body)
    assert wire.contacts.failed == [(FIRST, 120.0)]

    sent = wire.receive(reply(second, 200, flow=SECOND, body=ANSWER_SDP), SECOND)
    (answer,) = responses(sent, lambda response: response.status == 200)
    wire.receive(ack(answer, DOOR), DOOR)
    facts = [
        fact
        for fact in wire.journal.facts
        if isinstance(fact, LegRerouted | LegAnswered | LegFailed)
    ]
    assert [(type(fact), fact.leg) for fact in facts] == [(LegRerouted, 1), (LegAnswered, 1)]
    assert [flow for message, flow in sent if message in requests(sent, b"ACK")] == [SECOND]


def test_a_flow_that_fails_sends_the_request_to_the_next_server() -> None:
    """§4.3: a transport failure of some sort."""
    wire = Wire(stage("landline", LANDLINE, kind="landline"))
    wire.contacts.trunk = (FIRST, SECOND)
    wire.broken.add(FIRST)

    sent = wire.receive(invite(DOOR), DOOR)

    assert [flow for m, flow in sent if m in requests(sent, b"INVITE")] == [SECOND]


def test_a_silent_server_is_left_for_the_next_one_before_the_stage_is_over() -> None:
    """§4.3: no response at all. With another server at hand timer B is not waited for."""
    wire, _ = pressed(FIRST, SECOND)

    sent = wire.advance(4.1)

    flows = [flow for message, flow in sent if message in requests(sent, b"INVITE")]
    assert flows == [FIRST, FIRST, FIRST, SECOND]
    assert wire.contacts.failed == [(FIRST, None)]


def test_the_last_server_has_the_whole_of_timer_b() -> None:
    """§4.3, RFC 3261 §17.1.1.2: after the last server the leg has failed, once."""
    wire = Wire(stage("landline", LANDLINE, kind="landline", timeout=60.0))
    wire.contacts.trunk = (FIRST, SECOND)
    wire.receive(invite(DOOR), DOOR)

    wire.advance(4.1 + 31.8)
    before = [fact for fact in wire.journal.facts if isinstance(fact, LegFailed)]
    wire.advance(0.3)
    after = [fact for fact in wire.journal.facts if isinstance(fact, LegFailed)]

    assert (before, [(fact.leg, fact.status) for fact in after]) == ([], [(1, 408)])


def test_when_every_server_failed_the_leg_has_failed() -> None:
    """§4.3: the list is exhausted; nothing is left in memory.

    The caller is told 500: 503 would mean us (RFC 3261 §16.7 step 6).
    """
    wire, first = pressed(FIRST, SECOND, THIRD)
    for server in (FIRST, SECOND, THIRD):
        sent = wire.receive(reply(first, 503), server)
        first = next(iter(requests(sent, b"INVITE")), first)
    wire.advance(40.0)

    assert [type(f).__name__ for f in wire.journal.facts if f.__class__.__name__[:3] == "Leg"] == [
        "LegStarted",
        "LegRerouted",
        "LegRerouted",
        "LegFailed",
    ]
    ended = [fact for fact in wire.journal.facts if isinstance(fact, CallEnded)]
    assert [(fact.outcome, fact.status) for fact in ended] == [("failed", 500)]
    assert wire.remains == {}


@pytest.mark.parametrize("status", [404, 408, 480, 486, 500, 603])
def test_any_other_failure_is_the_answer(status: int) -> None:
    """§4.3: only a 503, a transport failure or silence is a failure of the server."""
    wire, first = pressed(FIRST, SECOND)

    assert requests(wire.receive(reply(first, status), FIRST), b"INVITE") == []


@pytest.mark.parametrize("status", [500, 502, 504])
def test_any_5xx_is_a_failure_of_the_server_where_the_settings_say_so(status: int) -> None:
    """Beyond §4.3: providers answer so for a server behind the one that was asked."""
    wire, first = pressed(FIRST, SECOND, any_error=True)

    sent = wire.receive(reply(first, status), FIRST)

    assert [flow for m, flow in sent if m in requests(sent, b"INVITE")] == [SECOND]
    assert wire.contacts.failed == []  # it lives, and may serve the next call


def test_a_telephone_that_rang_is_not_called_twice() -> None:
    """A 503 after 180: the server was there, and so was the telephone."""
    wire, first = pressed(FIRST, SECOND)
    wire.receive(reply(first, 180, flow=FIRST), FIRST)

    assert requests(wire.receive(reply(first, 503), FIRST), b"INVITE") == []


def test_a_server_that_took_the_request_is_waited_for() -> None:
    """§4.3: silence counts only when no response was received, provisional or final."""
    wire, first = pressed(FIRST, SECOND)
    wire.receive(reply(first, 100), FIRST)

    assert requests(wire.advance(20.0), b"INVITE") == []


def test_the_cancel_goes_where_the_request_went() -> None:
    """§4: a CANCEL must be sent to the same server that the request was delivered to."""
    wire, first = pressed(FIRST, SECOND)
    (second,) = requests(wire.receive(reply(first, 503), FIRST), b"INVITE")
    wire.receive(reply(second, 100), SECOND)

    sent = wire.advance(30.1)

    (withdrawn,) = requests(sent, b"CANCEL")
    assert [flow for message, flow in sent if message is withdrawn] == [SECOND]
    assert withdrawn.branch == second.branch


def test_a_request_that_nobody_wants_any_more_is_not_sent_elsewhere() -> None:
    """The stage is over while the first server keeps silent."""
    wire = Wire(stage("landline", LANDLINE, kind="landline", timeout=1.0))
    wire.contacts.trunk = (FIRST, SECOND)
    wire.receive(invite(DOOR), DOOR)

    sent = wire.advance(40.0)

    assert {flow for message, flow in sent if message in requests(sent, b"INVITE")} == {FIRST}
    assert wire.remains == {}
