from enum import StrEnum
from math import inf
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipcore.kernel.flow import Flow
from sipcore.transaction import (
    invite_client,
    invite_server,
    non_invite_client,
    non_invite_server,
)
from sipcore.transaction.actions import TERMINATED, Deliver, FlowLost, Send, Terminated, TimedOut
from sipcore.transaction.events import (
    AckReceived,
    CancelSent,
    Event,
    FlowFailed,
    RequestReceived,
    ResponseOffered,
    ResponseReceived,
)
from sipcore.transaction.invite_client import InviteClient
from sipcore.transaction.invite_server import InviteServer
from sipcore.transaction.machine import Table, render
from sipcore.transaction.non_invite_client import NonInviteClient
from sipcore.transaction.non_invite_server import NonInviteServer
from tests.support.lossy_wire import LossyWire
from tests.support.transactions import TCP, UDP, request, response, run_out

Machine = InviteServer | NonInviteServer | InviteClient | NonInviteClient
MODULES = (invite_server, non_invite_server, invite_client, non_invite_client)
KINDS = ("invite_server", "non_invite_server", "invite_client", "non_invite_client")

EVENTS: list[Event] = [
    RequestReceived(request()),
    AckReceived(request("ACK")),
    CancelSent(),
    FlowFailed(),
    *(ResponseOffered(status, b"%d" % status) for status in (100, 180, 200, 302, 408, 486, 603)),
    *(ResponseReceived(response(status)) for status in (100, 180, 200, 302, 408, 486, 603)),
]


def machine_of(kind: str, flow: Flow) -> Machine:
    """A machine that begins at time 0."""
    if kind == "invite_server":
        return InviteServer(b"key", request(), flow, 0.0)
    if kind == "non_invite_server":
        return NonInviteServer(b"key", request("BYE"), flow, 0.0)
    if kind == "invite_client":
        return InviteClient(b"key", request().raw, flow, None, 0.0)
    return NonInviteClient(b"key", request("BYE").raw, flow, None, 0.0)


def states_of(kind: str) -> type[StrEnum]:
    """The states of a kind of machine."""
    module: Any = MODULES[KINDS.index(kind)]
    states: type[StrEnum] = module.State
    return states


@pytest.mark.parametrize("flow", [UDP, TCP], ids=["udp", "tcp"])
@pytest.mark.parametrize("kind", KINDS)
def test_no_input_raises_in_any_state(kind: str, flow: Flow) -> None:
    known = (Send, Deliver, TimedOut, FlowLost, Terminated)

    for state in states_of(kind):
        for event in EVENTS:
            machine = machine_of(kind, flow)
            machine.state = state
            actions = machine.handle(event, 1.0)

            assert all(isinstance(action, known) for action in actions)
            assert machine.state in states_of(kind)


STEPS = st.lists(
    st.one_of(st.sampled_from(EVENTS), st.just("wake")).flatmap(
        lambda what: st.tuples(st.just(what), st.floats(0.0, 40.0))
    ),
    max_size=30,
)


@given(st.sampled_from(KINDS), st.sampled_from([UDP, TCP]), STEPS)
def test_any_history_keeps_the_machine_sound(
    kind: str, flow: Flow, steps: list[tuple[Event | str, float]]
) -> None:
    machine = machine_of(kind, flow)
    now = 0.0
    ends = 0
    for what, pause in steps:
        now += pause
        over = machine.state == "Terminated"
        actions = machine.on_deadline(now) if isinstance(what, str) else machine.handle(what, now)
        ends += actions.count(TERMINATED)

        assert not (over and actions), "a terminated machine speaks"
        assert (machine.state == "Terminated") == (ends == 1)
        assert TERMINATED not in actions[:-1], "Terminated is the last word"
        if machine.state == "Terminated":
            assert machine.deadline == inf
        elif isinstance(what, str):
            assert machine.deadline > now, "a wake-up leaves nothing that is due"


@given(st.sampled_from(KINDS), st.sampled_from([UDP, TCP]), STEPS)
def test_every_history_ends_once_a_final_response_was_seen(
    kind: str, flow: Flow, steps: list[tuple[Event | str, float]]
) -> None:
    machine = machine_of(kind, flow)
    now = 0.0
    for what, pause in steps:
        now += pause
        if isinstance(what, str):
            machine.on_deadline(now)
        else:
            machine.handle(what, now)
    machine.handle(ResponseOffered(486, b"486"), now)
    machine.handle(ResponseReceived(response(486)), now)
    history = run_out(machine)

    assert machine.state == "Terminated"
    assert all(at <= now + 32.0 for at, _ in history)


@pytest.mark.parametrize("kind", KINDS)
def test_every_state_can_be_reached_and_left(kind: str) -> None:
    table: Table = MODULES[KINDS.index(kind)].TABLE
    reached = {then for _, then in table.values()}
    left = {state for state, _ in table}
    begin = next(iter(states_of(kind)))

    assert reached | {begin} == set(states_of(kind))
    assert left == {state for state in states_of(kind) if state != "Terminated"}


@pytest.mark.parametrize("kind", KINDS)
def test_every_effect_and_every_input_occurs_in_the_table(kind: str) -> None:
    module: Any = MODULES[KINDS.index(kind)]
    table: Table = module.TABLE

    assert {effect for effects, _ in table.values() for effect in effects} == set(module.Effect)
    assert {stimulus for _, stimulus in table} == set(module.Input)


def test_a_table_prints_one_line_per_transition() -> None:
    assert render(non_invite_client.TABLE) == (
        "Trying | Timer E | send request, reset E doubled | Trying\n"
        "Trying | Timer F | inform TU (no response) | Terminated\n"
        "Trying | Transport Err. | inform TU | Terminated\n"
        "Trying | 1xx | resp. to TU | Proceeding\n"
        "Trying | 200-699 | resp. to TU, start K | Completed\n"
        "Proceeding | Timer E | send request, reset E to T2 | Proceeding\n"
        "Proceeding | Timer F | inform TU (no response) | Terminated\n"
        "Proceeding | Transport Err. | inform TU | Terminated\n"
        "Proceeding | 1xx | resp. to TU | Proceeding\n"
        "Proceeding | 200-699 | resp. to TU, start K | Completed\n"
        "Completed | Timer K | - | Terminated"
    )


LOSSES = st.lists(st.booleans(), max_size=30).filter(lambda script: sum(script) <= 6)


@given(LOSSES)
def test_a_refused_invite_gets_through_whatever_six_datagrams_are_lost(losses: list[bool]) -> None:
    wire = LossyWire(losses, UDP, {0.01: 100, 0.2: 180, 3.0: 486})
    wire.run(b"INVITE", b"z9hG4bK776", request().raw)

    assert wire.requests == [b"INVITE"]
    assert (wire.statuses[-1], wire.statuses.count(486)) == (486, 1)
    assert wire.timeouts == []
    assert (len(wire.clients), len(wire.servers)) == (0, 0)


@given(LOSSES)
def test_a_bye_is_answered_once_whatever_six_datagrams_are_lost(losses: list[bool]) -> None:
    wire = LossyWire(losses, UDP, {0.01: 200})
    wire.run(b"BYE", b"z9hG4bK776", request("BYE").raw)

    assert (wire.requests, wire.statuses, wire.timeouts) == ([b"BYE"], [200], [])
    assert (len(wire.clients), len(wire.servers)) == (0, 0)


def test_over_tcp_nothing_is_repeated_and_nothing_is_left() -> None:
    wire = LossyWire([], TCP, {0.01: 100, 0.2: 180, 3.0: 486})
    wire.run(b"INVITE", b"z9hG4bK776", request().raw)

    assert (wire.requests, wire.statuses, wire.timeouts) == ([b"INVITE"], [100, 180, 486], [])
    assert (len(wire.clients), len(wire.servers)) == (0, 0)


def test_when_everything_is_lost_the_client_times_out() -> None:
    wire = LossyWire([True] * 100, UDP, {})
    wire.run(b"INVITE", b"z9hG4bK776", request().raw)

    assert (wire.requests, wire.statuses, wire.timeouts) == ([], [], ["no_response"])


def test_when_every_ack_is_lost_the_server_times_out() -> None:
    # INVITE and 486 pass; then ACK, 486, ACK, … : every second datagram is an ACK.
    wire = LossyWire([False, False] + [True, False] * 20, UDP, {0.0: 486})
    wire.run(b"INVITE", b"z9hG4bK776", request().raw)

    assert (wire.requests, wire.statuses, wire.timeouts) == ([b"INVITE"], [486], ["no_ack"])
    assert (len(wire.clients), len(wire.servers)) == (0, 0)
