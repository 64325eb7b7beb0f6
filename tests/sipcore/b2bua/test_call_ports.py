"""What calls ask of the world."""

from sipcore.dialog.session_timer import SESSION_DEFAULTS
from tests.support.wire import Wire


def test_calls_of_a_server_ask_its_own_parts() -> None:
    wire = Wire()
    ports = wire.endpoint.ports

    assert ports.digits is wire.digits
    assert ports.locator is wire.contacts
    assert ports.credentials is wire.challenges
    assert ports.planner is wire.planner
    assert ports.conversations is wire.endpoint.switchboard
    assert ports.waker is wire.waker
    assert ports.visits is wire.visits
    assert ports.is_local("doorline.test")
    assert ports.session == SESSION_DEFAULTS
    assert any(line.startswith(b"Allow: ") for line in ports.capabilities)
