"""Asking a name server that really answers, and one that does not."""

from collections.abc import Iterator

import pytest

from sipcore.transport import dns_client
from sipcore.transport.dns_cache import DnsCache
from sipcore.transport.dns_client import DnsClient
from sipcore.transport.dns_records import Answer, NaptrRecord, Outcome, Question, SrvRecord
from sipcore.transport.locating import Candidate, Wanted, locate
from tests.support.clock import ManualClock
from tests.support.name_server import NameServer
from tests.support.zone import AAAA, BOTH, HOSTS, NAPTR, SRV, A

ZONE = """
@ NAPTR 50 10 "S" "SIP+D2U" "" _sip._udp
_sip._udp 120 SRV 10 60 5070 one
_sip._udp 120 SRV 20 0 5080 two
_none._udp SRV 0 0 0 .
one A 192.0.2.1
one AAAA 2001:db8::1
two 5 A 192.0.2.2
"""


@pytest.fixture
def server() -> Iterator[NameServer]:
    with NameServer("sip.example", ZONE) as running:
        yield running


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def client(server: NameServer, clock: ManualClock) -> DnsClient:
    host, _, port = server.address.partition(":")
    return DnsClient(DnsCache(clock), [(host, int(port))])


async def test_each_kind_of_record_is_read(client: DnsClient) -> None:
    answers = [
        await client.ask(Question(name, kind))
        for name, kind in (
            ("sip.example", NAPTR),
            ("_sip._udp.sip.example", SRV),
            ("_none._udp.sip.example", SRV),
            ("one.sip.example", A),
            ("one.sip.example", AAAA),
        )
    ]

    assert answers == [
        Answer(
            Outcome.FOUND,
            (NaptrRecord(50, 10, "S", "SIP+D2U", "", "_sip._udp.sip.example"),),
            60.0,
        ),
        Answer(
            Outcome.FOUND,
            (
                SrvRecord(10, 60, 5070, "one.sip.example"),
                SrvRecord(20, 0, 5080, "two.sip.example"),
            ),
            120.0,
        ),
        Answer(Outcome.FOUND, (SrvRecord(0, 0, 0, ""),), 60.0),
        Answer(Outcome.FOUND, ("192.0.2.1",), 60.0),
        Answer(Outcome.FOUND, ("2001:db8::1",), 60.0),
    ]


async def test_no_such_name_no_such_record_and_no_help_are_different(client: DnsClient) -> None:
    absent = await client.ask(Question("nobody.sip.example", A))
    other = await client.ask(Question("two.sip.example", AAAA))
    refused = await client.ask(Question("elsewhere.example", A))

    # Thirty seconds is the last number of the zone's SOA (RFC 2308 §4).
    assert absent == other == Answer(Outcome.NONE, ttl=30.0)
    assert refused == Answer(Outcome.REFUSED, ttl=dns_client.AFTER_FAILURE)


async def test_an_answer_is_asked_for_again_when_its_time_is_over(
    client: DnsClient, server: NameServer, clock: ManualClock
) -> None:
    for seconds in (0.0, 4.0, 2.0):
        clock.advance(seconds)
        await client.ask(Question("two.sip.example", A))
        await client.ask(Question("nobody.sip.example", A))

    assert server.asked.count("two.sip.example A") == 2
    assert server.asked.count("nobody.sip.example A") == 1


async def test_a_silent_name_server_is_given_up(
    client: DnsClient, server: NameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dns_client, "ONE_SERVER", 0.05)
    monkeypatch.setattr(dns_client, "ALL_SERVERS", 0.1)
    server.is_silent = True

    answer = await client.ask(Question("one.sip.example", A))

    assert answer == Answer(Outcome.SILENT, ttl=dns_client.AFTER_FAILURE)


async def test_names_that_no_dns_can_carry_are_no_error(client: DnsClient) -> None:
    for name in ("a" * 64 + ".example", "..", "x" * 300):
        for kind in (A, HOSTS):
            assert (await client.ask(Question(name, kind))).records == ()


async def test_the_operating_system_knows_this_machine(clock: ManualClock) -> None:
    found = [
        (await DnsClient(DnsCache(clock), (), families).ask(Question("localhost", HOSTS))).records
        for families in ((A,), BOTH)
    ]

    assert found[0] == ("127.0.0.1",)
    assert set(found[1]) <= {"127.0.0.1", "::1"}


async def test_a_whole_search_is_played(client: DnsClient) -> None:
    found = await client.run(locate(Wanted("sip.example"), ("UDP", "TCP"), BOTH))
    numeric = await client.run(locate(Wanted("192.0.2.1"), ("UDP", "TCP"), BOTH))

    assert found.candidates == (
        Candidate("UDP", "one.sip.example", 5070, ("192.0.2.1", "2001:db8::1"), 0, 10, 60),
        Candidate("UDP", "two.sip.example", 5080, ("192.0.2.2",), 0, 20, 0),
    )
    assert found.ttl == 5.0
    assert numeric.candidates == (Candidate("UDP", "192.0.2.1", 5060, ("192.0.2.1",)),)
