"""What the server's own parts fulfil of the call's ports."""

from sipcore.b2bua.call_ports import CallPorts
from sipcore.b2bua.ports import DigitVerdict, Route
from sipcore.kernel.flow import Flow
from tests.support.wire import Wire


def test_a_route_needs_no_more_than_a_uri_a_flow_and_an_aor() -> None:
    route = Route(b"sip:a@192.0.2.1", Flow("UDP", 0, "192.0.2.1", 5060), b"sip:a@doorline.test")

    assert (route.identity, route.path, route.trunk) == (None, (), None)


def test_digits_are_passed_on_or_kept_and_nothing_else() -> None:
    assert [verdict.value for verdict in DigitVerdict] == ["forward", "open", "withhold"]


def test_a_call_asks_the_world_through_its_ports_and_knows_one_policy() -> None:
    wire = Wire()

    assert isinstance(wire.endpoint.ports, CallPorts)
    assert set(CallPorts.__slots__) == {
        "locator",
        "digits",
        "credentials",
        "addressing",
        "entropy",
        "planner",
        "conversations",
        "is_local",
        "capabilities",
        "session",
        "visits",
        "waker",
    }
