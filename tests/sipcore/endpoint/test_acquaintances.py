"""Who is registered or in a call, by source."""

from sipcore.endpoint.acquaintances import Acquaintances
from sipcore.kernel.flow import Flow
from sipcore.kernel.source import source_name
from sipcore.registrar.binding import BindingChanged, Changes
from sipcore.registrar.location import Location
from tests.support.peers import invite
from tests.support.registration import binding
from tests.support.wire import DOOR, MONITOR, ScriptedVisits, Wire, stage, talk


def test_a_source_is_acquainted_while_somebody_is_registered_from_there() -> None:
    location = Location()
    known = Acquaintances(location, Wire(stage("indoor", "monitor")).endpoint.switchboard)
    made = binding(flow=Flow("UDP", 0, "2001:db8::7", 5060))
    location.apply("1001", Changes((made,), (BindingChanged(made),)))

    assert known.include("2001:db8::/64")
    assert not known.include("192.0.2.66")
    location.remove_user("1001")
    assert not known.include("2001:db8::/64")


def test_every_address_of_a_network_is_found_however_its_zeros_are_written() -> None:
    for host in ("2001:db8:0:1::5", "2001:db8:0:1:a:b:c:d", "2001:db8::1", "2001:0:1::9", "::1"):
        location = Location()
        known = Acquaintances(location, Wire(stage("indoor", "monitor")).endpoint.switchboard)
        made = binding(flow=Flow("UDP", 0, host, 5060))
        location.apply("1001", Changes((made,), (BindingChanged(made),)))

        assert known.include(source_name(host)), host
        assert not known.include("2001:db9::/64")


def test_a_source_is_acquainted_while_it_takes_part_in_a_call() -> None:
    on = Wire(stage("indoor", "monitor"), contacts={"monitor": [MONITOR]})
    known = Acquaintances(Location(), on.endpoint.switchboard)
    assert not known.include(DOOR.host)
    on.receive(invite(DOOR), DOOR)

    assert known.include(DOOR.host)


def test_both_sides_of_a_call_are_acquainted() -> None:
    on, *_ = talk()
    known = Acquaintances(Location(), on.endpoint.switchboard)

    assert known.include(DOOR.host)
    assert known.include(MONITOR.host)


def test_a_source_is_acquainted_while_a_phone_is_registered_from_there_for_one_call() -> None:
    visits = ScriptedVisits()
    board = Wire(stage("indoor", "monitor")).endpoint.switchboard
    known = Acquaintances(Location(), board, visits)
    assert not known.include(MONITOR.host)
    visits.register("v1", MONITOR)

    assert known.include(MONITOR.host)
