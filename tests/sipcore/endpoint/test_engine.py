"""The parts of an endpoint, joined: who hears of what, without a socket."""

import pytest
from structlog.testing import capture_logs

from sipcore.capture.tap import CaptureTap
from sipcore.events.reg import RegPackage
from sipcore.registrar.binding import BindingFact
from tests.support.clock import ManualClock
from tests.support.peers import invite
from tests.support.wire import APP, DOOR, MONITOR, Wire, responses, stage


def test_octets_go_in_at_the_reception_and_come_out_where_it_was_told() -> None:
    wire = Wire()

    (answer,) = responses(wire.receive(invite(DOOR).replace(b"INVITE", b"OPTIONS"), DOOR))

    assert answer.status == 200


def test_a_tap_sees_both_ways() -> None:
    tap = CaptureTap(ManualClock(), 10)
    wire = Wire(tap=tap)

    wire.receive(b"garbage", DOOR)

    assert [message.was_received for message in tap.kept()] == [True]
    assert wire.endpoint.addressing.local_end(DOOR) == ("192.0.2.100", 5060)


@pytest.mark.interpreted
def test_registering_goes_on_when_watchers_cannot_be_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(_package: RegPackage, _fact: BindingFact) -> None:
        raise ValueError

    monkeypatch.setattr(RegPackage, "heard", fail)
    wire = Wire(stage("app", "app"), contacts={"monitor": [MONITOR]})
    wire.contacts.flows["app"] = []
    wire.receive(invite(DOOR), DOOR)
    with capture_logs() as lines:
        wire.register("app", APP)

    assert [binding.flow for binding in wire.location.bindings("app")] == [APP]
    assert [line["event"] for line in lines] == ["sip.watchers_not_told"]
    assert wire.endpoint.counters["internal_errors"] == 1
