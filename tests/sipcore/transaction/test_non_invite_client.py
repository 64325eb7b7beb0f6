from math import inf

from sipcore.kernel.flow import Flow
from sipcore.transaction.actions import FLOW_LOST, NO_RESPONSE, TERMINATED, Deliver, Send
from sipcore.transaction.events import FlowFailed, ResponseReceived
from sipcore.transaction.non_invite_client import TABLE, NonInviteClient, State
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

BYE = request("BYE", extra=()).raw
TRYING = response(100, cseq="1 BYE")
OK = response(200, cseq="1 BYE")

# RFC 3261 figure 6.
FIGURE = """
    Trying     | Timer E        | Trying
    Trying     | Timer F        | Terminated
    Trying     | Transport Err. | Terminated
    Trying     | 1xx            | Proceeding
    Trying     | 200-699        | Completed
    Proceeding | Timer E        | Proceeding
    Proceeding | Timer F        | Terminated
    Proceeding | Transport Err. | Terminated
    Proceeding | 1xx            | Proceeding
    Proceeding | 200-699        | Completed
    Completed  | Timer K        | Terminated
"""


def client(flow: Flow = UDP) -> NonInviteClient:
    """A transaction that began at time 0."""
    return NonInviteClient(b"key", BYE, flow, "owner", 0.0)


def test_the_table_is_that_of_the_figure() -> None:
    assert moves(TABLE) == arrows(FIGURE), beside(TABLE, FIGURE)


def test_timer_e_doubles_up_to_t2_until_timer_f_gives_up_over_udp() -> None:
    machine = client()

    assert machine.start() == (Send(BYE),)
    repeated = (0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5)
    assert run_out(machine) == [
        *((at, (Send(BYE),)) for at in repeated),
        (32.0, (NO_RESPONSE, TERMINATED)),
    ]


def test_over_tcp_only_timer_f_runs() -> None:
    machine = client(TCP)

    assert machine.start() == (Send(BYE),)
    assert run_out(machine) == [(32.0, (NO_RESPONSE, TERMINATED))]


def test_after_a_provisional_response_timer_e_goes_on_at_t2() -> None:
    machine = client()

    assert machine.handle(ResponseReceived(TRYING), 0.1) == (Deliver(TRYING),)
    assert machine.handle(ResponseReceived(TRYING), 0.2) == (Deliver(TRYING),)
    repeated = (0.5, 4.5, 8.5, 12.5, 16.5, 20.5, 24.5, 28.5)
    assert run_out(machine) == [
        *((at, (Send(BYE),)) for at in repeated),
        (32.0, (NO_RESPONSE, TERMINATED)),
    ]


def test_a_final_response_is_delivered_once_and_absorbed_for_timer_k() -> None:
    machine = client()

    assert [
        machine.handle(ResponseReceived(OK), 1.0),
        machine.handle(ResponseReceived(OK), 2.0),
        machine.handle(ResponseReceived(TRYING), 3.0),
    ] == [(Deliver(OK),), (), ()]
    assert (machine.state, run_out(machine)) == (State.COMPLETED, [(6.0, (TERMINATED,))])


def test_over_tcp_timer_k_is_zero_so_the_final_response_ends_the_transaction() -> None:
    machine = client(TCP)

    assert machine.handle(ResponseReceived(OK), 1.0) == (Deliver(OK), TERMINATED)
    assert machine.deadline == inf


def test_a_final_response_after_a_provisional_one_is_delivered() -> None:
    machine = client()
    machine.handle(ResponseReceived(TRYING), 0.1)

    assert machine.handle(ResponseReceived(OK), 1.0) == (Deliver(OK),)


def test_a_broken_flow_ends_the_transaction_while_it_waits() -> None:
    trying, proceeding, completed = client(), client(), client()
    proceeding.handle(ResponseReceived(TRYING), 0.1)
    completed.handle(ResponseReceived(OK), 0.1)

    assert [machine.handle(FlowFailed(), 1.0) for machine in (trying, proceeding, completed)] == [
        (FLOW_LOST, TERMINATED),
        (FLOW_LOST, TERMINATED),
        (),
    ]


def test_the_method_is_that_of_the_request() -> None:
    assert (client().method, client().owner) == (b"BYE", "owner")
