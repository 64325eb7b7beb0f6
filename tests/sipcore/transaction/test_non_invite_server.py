from math import inf

from sipcore.kernel.flow import Flow
from sipcore.message import build
from sipcore.transaction.actions import FLOW_LOST, TERMINATED, Send
from sipcore.transaction.events import FlowFailed, RequestReceived, ResponseOffered
from sipcore.transaction.non_invite_server import TABLE, NonInviteServer, State
from tests.support.transactions import TCP, UDP, arrows, beside, moves, request, run_out

BYE = request("BYE", extra=())
AGAIN = RequestReceived(BYE)
OK = build.response(BYE, 200)
TRYING = build.response(BYE, 100, source=("192.0.2.5", 5060))

# RFC 3261 figure 8, without its two arrows from a transport error to Terminated: RFC 6026 §8.8
# keeps the server transaction where it is.
FIGURE = """
    Trying     | 100 from TU     | Proceeding
    Trying     | 200-699 from TU | Completed
    Proceeding | Request         | Proceeding
    Proceeding | 100 from TU     | Proceeding
    Proceeding | 200-699 from TU | Completed
    Proceeding | Trnsprt Err     | Proceeding
    Completed  | Request         | Completed
    Completed  | Trnsprt Err     | Completed
    Completed  | Timer J         | Terminated
"""
# §17.2.2 (Trying discards repetitions), RFC 6026 §8.8 (Trying as well), RFC 4320 §4.1 and §4.2,
# and the end of what the client has given up.
BESIDE_THE_FIGURE = """
    Trying     | Request                         | Trying
    Trying     | Trnsprt Err                     | Trying
    Trying     | other 1xx or early 100 from TU  | Trying
    Proceeding | other 1xx or early 100 from TU  | Proceeding
    Trying     | Timer E of the client reaches T2 | Proceeding
    Trying     | 408 from TU                     | Completed
    Proceeding | 408 from TU                     | Completed
    Trying     | Timer F of the client fires     | Terminated
    Proceeding | Timer F of the client fires     | Terminated
"""


def server(flow: Flow = UDP) -> NonInviteServer:
    """A transaction that begins at time 0."""
    return NonInviteServer(b"key", BYE, flow, 0.0)


def test_the_table_is_that_of_the_figure() -> None:
    assert moves(TABLE) == arrows(FIGURE) | arrows(BESIDE_THE_FIGURE), beside(TABLE, FIGURE)


def test_a_final_response_is_kept_for_timer_j_over_udp() -> None:
    machine = server()

    assert machine.handle(AGAIN, 0.5) == ()
    assert machine.handle(ResponseOffered(200, OK), 1.0) == (Send(OK),)
    assert machine.handle(AGAIN, 2.0) == (Send(OK),)
    assert run_out(machine) == [(33.0, (TERMINATED,))]


def test_over_tcp_timer_j_is_zero_so_the_final_response_ends_the_transaction() -> None:
    machine = server(TCP)

    assert machine.handle(ResponseOffered(200, OK), 1.0) == (Send(OK), TERMINATED)
    assert (machine.state, machine.deadline) == (State.TERMINATED, inf)


def test_a_second_final_response_is_discarded() -> None:
    machine = server()
    machine.handle(ResponseOffered(200, OK), 1.0)

    assert machine.handle(ResponseOffered(500, b"500"), 1.5) == ()
    assert machine.handle(AGAIN, 2.0) == (Send(OK),)


def test_100_is_sent_when_the_clients_timer_e_has_reached_t2() -> None:
    for flow in (UDP, TCP):
        machine = server(flow)

        assert run_out(machine) == [(3.5, (Send(TRYING),)), (32.0, (TERMINATED,))]


def test_over_udp_an_early_100_and_any_other_provisional_response_are_never_sent() -> None:
    machine = server()

    assert [
        machine.handle(ResponseOffered(100, b"100"), 1.0),
        machine.handle(ResponseOffered(183, b"183"), 2.0),
        machine.on_deadline(3.5),
        machine.handle(ResponseOffered(183, b"183"), 4.0),
        machine.handle(ResponseOffered(100, b"100"), 4.0),
        machine.handle(AGAIN, 5.0),
    ] == [(), (), (Send(TRYING),), (), (Send(b"100"),), (Send(b"100"),)]


def test_over_tcp_100_may_be_sent_at_any_time() -> None:
    machine = server(TCP)

    assert machine.handle(ResponseOffered(100, b"100"), 0.1) == (Send(b"100"),)
    assert machine.handle(ResponseOffered(180, b"180"), 0.2) == ()
    assert run_out(machine) == [(32.0, (TERMINATED,))]


def test_408_is_never_sent_and_repetitions_stay_unanswered() -> None:
    machine = server()

    assert machine.handle(ResponseOffered(408, b"408"), 1.0) == ()
    assert machine.handle(AGAIN, 2.0) == ()
    assert (machine.state, run_out(machine)) == (State.COMPLETED, [(33.0, (TERMINATED,))])


def test_a_broken_flow_is_reported_and_never_ends_the_transaction() -> None:
    machine = server()

    assert machine.handle(FlowFailed(), 0.1) == (FLOW_LOST,)
    machine.on_deadline(3.5)
    assert machine.handle(FlowFailed(), 4.0) == (FLOW_LOST,)
    machine.handle(ResponseOffered(200, OK), 5.0)
    assert machine.handle(FlowFailed(), 5.0) == (FLOW_LOST,)
    assert machine.state is State.COMPLETED


def test_an_unanswered_request_ends_when_its_client_has_given_up() -> None:
    machine = server()

    assert run_out(machine)[-1] == (32.0, (TERMINATED,))
    assert machine.handle(ResponseOffered(200, OK), 33.0) == ()


def test_the_last_response_is_known() -> None:
    machine = server()

    assert machine.response == b""
    machine.handle(ResponseOffered(200, OK), 1.0)
    assert machine.response == OK
