"""The table of stream connections without sockets. Real sockets: tests/integration."""

from collections import Counter

import pytest

from sipcore.kernel.flow import Flow
from sipcore.kernel.source import TrustedNetworks
from sipcore.transport.connection import FIRST_MESSAGE_TIMEOUT
from sipcore.transport.streams import StreamLimits, StreamTransport
from tests.support.clock import ManualClock
from tests.support.streams import MESSAGE, Table


def test_an_answer_goes_over_the_connection_of_its_flow_and_nowhere_else() -> None:
    table = Table()
    connection, stream = table.connect()

    sent = table.streams.send(b"x", connection.flow)
    gone = table.streams.send(b"x", connection.flow._replace(connection=99))

    assert (sent, gone, stream.written) == (True, False, b"x")


@pytest.mark.parametrize("transport", ["WS", "WSS", "TLS", "SCTP"])
def test_nobody_is_connected_to_over_what_we_cannot_speak_as_a_client(transport: str) -> None:
    assert not Table().streams.send(b"x", Flow(transport, 0, "192.0.2.1", 5061))


def test_a_closed_connection_leaves_the_table_and_is_reported_once() -> None:
    table = Table()
    connection, _ = table.connect()

    connection.connection_lost(None)
    connection.connection_lost(None)

    assert (len(table.streams), table.closed) == (0, [connection.flow])
    assert not table.streams.send(b"x", connection.flow)


def test_a_full_table_gives_up_the_oldest_connection_that_has_said_nothing() -> None:
    table = Table(limits=StreamLimits(connections=3))
    proven, phone = table.connect("192.0.2.1")
    proven.data_received(MESSAGE)

    streams = [table.connect(f"192.0.2.{n}")[1] for n in (2, 3, 4)]

    assert phone.ended == ""
    assert [stream.ended for stream in streams] == ["aborted", "", ""]
    assert (len(table.streams), table.streams.counters["connections_evicted"]) == (3, 1)


def test_a_table_full_of_proven_connections_refuses_new_ones() -> None:
    table = Table(limits=StreamLimits(connections=1))
    proven, phone = table.connect("192.0.2.1")
    proven.data_received(MESSAGE)

    _, refused = table.connect("192.0.2.2")

    assert (phone.ended, refused.ended) == ("", "aborted")
    assert table.streams.counters["connections_refused"] == 1


def test_connections_are_limited_for_each_source() -> None:
    table = Table(limits=StreamLimits(connections_per_source=1))

    first, _ = table.connect("192.0.2.1")
    _, refused = table.connect("192.0.2.1")
    _, other = table.connect("192.0.2.2")
    first.connection_lost(None)
    _, again = table.connect("192.0.2.1")

    assert [stream.ended for stream in (refused, other, again)] == ["aborted", "", ""]


def test_those_who_are_not_welcome_are_hung_up_before_they_speak() -> None:
    table = Table()
    table.streams.welcomes = lambda flow: flow.host != "192.0.2.66"

    _, banned = table.connect("192.0.2.66")
    _, other = table.connect("192.0.2.7")

    assert (banned.ended, other.ended) == ("aborted", "")
    assert table.streams.counters["connections_unwelcome"] == 1


def test_a_trusted_network_may_have_as_many_as_the_table_holds() -> None:
    trusted = TrustedNetworks(("192.0.2.0/24", "2001:db8::1"))
    limits = StreamLimits(3, connections_per_source=1, trusted=trusted)
    table = Table(limits=limits)

    ends = [table.connect(host)[1] for host in ("192.0.2.1", "192.0.2.1", "2001:db8::1")]
    _, stranger = table.connect("198.51.100.1")
    _, again = table.connect("198.51.100.1")

    assert [stream.ended for stream in ends] == ["aborted", "", ""]  # made room for the stranger
    assert (stranger.ended, again.ended) == ("", "aborted")


def test_the_addresses_of_one_ipv6_network_are_one_source() -> None:
    table = Table(limits=StreamLimits(connections_per_source=1))

    table.connect("2001:db8::1")
    _, neighbour = table.connect("2001:db8::ffff:1")
    _, other = table.connect("2001:db8:0:1::1")

    assert (neighbour.ended, other.ended) == ("aborted", "")


def test_a_refused_connection_is_never_reported_as_a_flow() -> None:
    table = Table(limits=StreamLimits(connections=0))
    connection, _ = table.connect()

    connection.connection_lost(None)

    assert table.closed == []


def test_a_connection_that_never_shook_hands_is_never_reported_as_a_flow() -> None:
    table = Table()
    connection, _ = table.connect(transport="WS")

    connection.connection_lost(None)

    assert (table.closed, len(table.streams)) == ([], 0)


def test_a_sweep_looks_only_at_connections_that_owe_something() -> None:
    table = Table()
    resting, _ = table.connect()
    resting.data_received(MESSAGE)
    _, silent = table.connect()

    table.sweep_after(FIRST_MESSAGE_TIMEOUT + 1)

    assert (silent.ended, len(table.streams._watched)) == ("aborted", 0)


def test_connection_numbers_differ_between_two_starts() -> None:
    first, second = ManualClock(), ManualClock(utc=1_800_000_001.0)

    numbers = [
        StreamTransport(print, print, print, clock, Counter())._number for clock in (first, second)
    ]

    assert numbers[1] - numbers[0] > StreamLimits().connections
