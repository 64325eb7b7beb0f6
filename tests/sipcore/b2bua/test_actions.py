"""Every action is carried out by the shell, and every one is made by some call."""

from typing import get_args

import pytest

from sipcore.b2bua import actions
from sipcore.b2bua.actions import Action
from sipcore.b2bua.call import Call
from sipcore.b2bua.events import Event
from sipcore.b2bua.facts import CallFact
from tests.support.consultation import Consultation
from tests.support.peers import SDP, cancel, invite, reply
from tests.support.wire import APP, DOOR, MONITOR, Wire, requests, stage, talk


@pytest.mark.interpreted
def test_calls_ask_for_every_kind_of_action(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: set[type] = set()
    original = Call._flush

    def spying(self: Call) -> object:
        made = original(self)
        seen.update(type(action) for action in made)
        return made

    monkeypatch.setattr(Call, "_flush", spying)
    on = talk()
    on.wire.receive(on.monitor("BYE"), MONITOR)
    wire = Wire(stage("a", "monitor"), stage("b", "app"), contacts={"monitor": [MONITOR]})
    wire.contacts.flows["app"] = [APP]
    (leg,) = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    wire.receive(reply(leg, 183, body=SDP, flow=MONITOR), MONITOR)
    wire.receive(cancel(invite(DOOR)), DOOR)
    wire.advance(100.0)

    two_calls = Consultation()
    two_calls.refer()

    facts = set(get_args(CallFact))
    assert seen - facts == set(get_args(Action)) - facts
    assert seen & facts


def test_actions_and_events_share_no_name() -> None:
    events = {kind.__name__ for kind in get_args(Event)}

    assert not events & {kind.__name__ for kind in get_args(actions.Action)}
