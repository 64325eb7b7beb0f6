"""Servers that failed a moment ago."""

from sipcore.kernel.flow import Flow
from sipcore.transport.failed_servers import AVOIDED_FOR, LONGEST, FailedServers
from tests.support.clock import ManualClock

SERVER = Flow("TCP", 1, "192.0.2.1", 5060)


def test_a_server_that_failed_is_avoided_for_a_while_whatever_the_listener() -> None:
    clock = ManualClock()
    failed = FailedServers(clock)
    failed.note(SERVER)
    clock.advance(AVOIDED_FOR - 1)
    still = [failed.holds(SERVER), failed.holds(SERVER._replace(listener=0, connection=9))]
    clock.advance(1)

    assert still == [True, True]
    assert (failed.holds(SERVER), len(failed)) == (False, 0)


def test_another_transport_or_port_of_the_same_host_has_not_failed() -> None:
    failed = FailedServers(ManualClock())
    failed.note(SERVER)

    assert failed.holds(SERVER._replace(transport="UDP")) is False
    assert failed.holds(SERVER._replace(port=5070)) is False


def test_no_server_can_be_avoided_for_ever() -> None:
    clock = ManualClock()
    failed = FailedServers(clock)
    failed.note(SERVER, 1e9)
    clock.advance(LONGEST)

    assert failed.holds(SERVER) is False


def test_when_there_is_no_room_the_oldest_is_forgotten() -> None:
    failed = FailedServers(ManualClock(), capacity=2)
    for port in (1, 2, 1, 3):
        failed.note(SERVER._replace(port=port))

    assert [failed.holds(SERVER._replace(port=port)) for port in (1, 2, 3)] == [True, False, True]
    assert (failed.evicted, len(failed)) == (1, 2)
