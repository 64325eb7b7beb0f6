from math import inf

import pytest

from sipcore.kernel.flow import Flow
from sipcore.transaction.actions import FLOW_LOST, NO_RESPONSE, TERMINATED, Deliver, Send
from sipcore.transaction.derived import ack_for
from sipcore.transaction.events import CancelSent, Event, FlowFailed, ResponseReceived
from sipcore.transaction.invite_client import TABLE, InviteClient, State
from tests.support.transactions import (
    TCP,
    UDP,
    arrows,
    beside,
    moves,
    request,
    response,
    run_out,
)

INVITE = request().raw
RINGING = response(180)
BUSY = response(486)
OK = response(200)

# RFC 6026 §8.4, figure 5.
FIGURE = """
    Calling    | Timer A fires  | Calling
    Calling    | Timer B fires  | Terminated
    Calling    | Transport Err. | Terminated
    Calling    | 1xx            | Proceeding
    Calling    | 2xx            | Accepted
    Calling    | 300-699        | Completed
    Proceeding | 1xx            | Proceeding
    Proceeding | 2xx            | Accepted
    Proceeding | 300-699        | Completed
    Completed  | 300-699        | Completed
    Completed  | Transport Err. | Terminated
    Completed  | Timer D fires  | Terminated
    Accepted   | 2xx            | Accepted
    Accepted   | Timer M fires  | Terminated
"""
# RFC 3261 §9.1 and a flow that breaks while the peer rings.
BESIDE_THE_FIGURE = """
    Calling    | CANCEL from TU    | Calling
    Proceeding | CANCEL from TU    | Proceeding
    Proceeding | 64*T1 since CANCEL | Terminated
    Proceeding | Transport Err.    | Terminated
"""


def client(flow: Flow = UDP, *received: int) -> InviteClient:
    """A transaction that began at time 0 and got these responses at once."""
    machine = InviteClient(b"key", INVITE, flow, "owner", 0.0)
    for status in received:
        machine.handle(ResponseReceived(response(status)), 0.0)
    return machine


def test_the_table_is_that_of_the_figure() -> None:
    assert moves(TABLE) == arrows(FIGURE) | arrows(BESIDE_THE_FIGURE), beside(TABLE, FIGURE)


def test_timer_a_doubles_without_limit_until_timer_b_gives_up_over_udp() -> None:
    machine = client()

    assert machine.start() == (Send(INVITE),)
    assert run_out(machine) == [
        *((at, (Send(INVITE),)) for at in (0.5, 1.5, 3.5, 7.5, 15.5, 31.5)),
        (32.0, (NO_RESPONSE, TERMINATED)),
    ]


def test_over_tcp_only_timer_b_runs() -> None:
    machine = client(TCP)

    assert machine.start() == (Send(INVITE),)
    assert run_out(machine) == [(32.0, (NO_RESPONSE, TERMINATED))]


def test_timer_b_may_fire_earlier_where_somebody_else_can_be_asked() -> None:
    machine = client()
    machine.give_up_at(4.0)
    stream = client(TCP)
    stream.give_up_at(4.0)

    assert run_out(machine) == [
        *((at, (Send(INVITE),)) for at in (0.5, 1.5, 3.5)),
        (4.0, (NO_RESPONSE, TERMINATED)),
    ]
    assert run_out(stream) == [(4.0, (NO_RESPONSE, TERMINATED))]


def test_timer_b_never_fires_later_nor_after_a_response_for_that() -> None:
    late, heard = client(), client(UDP, 180)
    late.give_up_at(99.0)
    heard.give_up_at(4.0)

    assert run_out(late)[-1] == (32.0, (NO_RESPONSE, TERMINATED))
    assert run_out(heard) == []


def test_a_provisional_response_stops_both_timers() -> None:
    machine = client()

    assert machine.handle(ResponseReceived(RINGING), 0.3) == (Deliver(RINGING),)
    assert machine.handle(ResponseReceived(RINGING), 9.0) == (Deliver(RINGING),)
    assert (machine.state, run_out(machine)) == (State.PROCEEDING, [])


@pytest.mark.parametrize("before", [(), (180,)], ids=["calling", "proceeding"])
def test_a_failure_is_acknowledged_delivered_once_and_absorbed_for_timer_d(
    before: tuple[int, ...],
) -> None:
    machine = client(UDP, *before)
    ack = Send(ack_for(INVITE, BUSY))

    assert [
        machine.handle(ResponseReceived(BUSY), 1.0),
        machine.handle(ResponseReceived(BUSY), 2.0),
        machine.handle(ResponseReceived(BUSY), 4.0),
        machine.handle(ResponseReceived(OK), 5.0),
    ] == [(ack, Deliver(BUSY)), (ack,), (ack,), ()]
    assert (machine.state, run_out(machine)) == (State.COMPLETED, [(33.0, (TERMINATED,))])


def test_over_tcp_timer_d_is_zero_so_the_failure_ends_the_transaction() -> None:
    machine = client(TCP)

    assert machine.handle(ResponseReceived(BUSY), 1.0) == (
        Send(ack_for(INVITE, BUSY)),
        Deliver(BUSY),
        TERMINATED,
    )


@pytest.mark.parametrize("flow", [UDP, TCP], ids=["udp", "tcp"])
@pytest.mark.parametrize("before", [(), (180,)], ids=["calling", "proceeding"])
def test_every_2xx_is_delivered_without_ack_for_timer_m(
    flow: Flow, before: tuple[int, ...]
) -> None:
    machine = client(flow, *before)
    forked = response(200, to="<sip:1001@doorline.test>;tag=other")

    assert [
        machine.handle(ResponseReceived(OK), 1.0),
        machine.handle(ResponseReceived(OK), 1.5),
        machine.handle(ResponseReceived(forked), 2.0),
        machine.handle(ResponseReceived(BUSY), 3.0),
        machine.handle(ResponseReceived(RINGING), 3.0),
    ] == [(Deliver(OK),), (Deliver(OK),), (Deliver(forked),), (), ()]
    assert (machine.state, run_out(machine)) == (State.ACCEPTED, [(33.0, (TERMINATED,))])


def test_a_cancelled_invite_ends_after_32_seconds_without_a_final_response() -> None:
    machine = client(UDP, 180)

    assert machine.handle(CancelSent(), 10.0) == ()
    assert machine.handle(ResponseReceived(RINGING), 12.0) == (Deliver(RINGING),)
    assert run_out(machine) == [(42.0, (NO_RESPONSE, TERMINATED))]


def test_an_invite_given_up_before_any_response_ends_by_timer_b_or_32_seconds_later() -> None:
    silent = client(TCP)
    silent.handle(CancelSent(), 1.0)
    rung = client(TCP)
    rung.handle(CancelSent(), 1.0)
    rung.handle(ResponseReceived(RINGING), 5.0)

    assert run_out(silent) == [(32.0, (NO_RESPONSE, TERMINATED))]
    assert run_out(rung) == [(33.0, (NO_RESPONSE, TERMINATED))]


def test_a_final_response_to_a_cancelled_invite_is_acknowledged() -> None:
    machine = client(UDP, 180)
    machine.handle(CancelSent(), 10.0)
    terminated = response(487)

    assert machine.handle(ResponseReceived(terminated), 10.1) == (
        Send(ack_for(INVITE, terminated)),
        Deliver(terminated),
    )
    assert run_out(machine) == [(42.1, (TERMINATED,))]


def test_a_broken_flow_ends_the_transaction_unless_it_was_accepted() -> None:
    outcomes = [
        (machine.handle(FlowFailed(), 1.0), str(machine.state))
        for machine in (client(), client(UDP, 180), client(UDP, 486), client(UDP, 200))
    ]

    lost = ((FLOW_LOST, TERMINATED), "Terminated")
    assert outcomes == [lost, lost, lost, ((), "Accepted")]


def test_nothing_happens_after_the_end() -> None:
    machine = client(TCP, 486)

    later: list[Event] = [ResponseReceived(OK), ResponseReceived(BUSY), FlowFailed(), CancelSent()]
    assert [machine.handle(event, 2.0) for event in later] == [()] * 4
    assert (machine.deadline, machine.on_deadline(99.0)) == (inf, ())


def test_the_owner_and_the_method_are_kept() -> None:
    machine = client()

    assert (machine.owner, machine.method, machine.data) == ("owner", b"INVITE", INVITE)
