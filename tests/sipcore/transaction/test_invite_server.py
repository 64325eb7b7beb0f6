from math import inf

import pytest

from sipcore.kernel.flow import Flow
from sipcore.message import build
from sipcore.transaction.actions import FLOW_LOST, NO_ACK, TERMINATED, Deliver, Send
from sipcore.transaction.events import (
    AckReceived,
    CancelSent,
    Event,
    FlowFailed,
    RequestReceived,
    ResponseOffered,
)
from sipcore.transaction.invite_server import TABLE, InviteServer, State
from tests.support.transactions import TCP, UDP, arrows, beside, moves, request, run_out

INVITE = request()
ACK = request("ACK", cseq="1 ACK", to="<sip:1001@doorline.test>;tag=ours")
AGAIN = RequestReceived(INVITE)
RINGING = build.response(INVITE, 180, to_tag=b"ours")
BUSY = build.response(INVITE, 486, to_tag=b"ours")
OK = build.response(INVITE, 200, to_tag=b"ours")

# RFC 6026 §8.6, figure 7.
FIGURE = """
    Proceeding | INVITE          | Proceeding
    Proceeding | 101-199 from TU | Proceeding
    Proceeding | Transport Err.  | Proceeding
    Proceeding | 2xx from TU     | Accepted
    Proceeding | 300-699 from TU | Completed
    Completed  | INVITE          | Completed
    Completed  | Timer G fires   | Completed
    Completed  | Transport Err.  | Completed
    Completed  | ACK             | Confirmed
    Completed  | Timer H fires   | Terminated
    Confirmed  | Timer I fires   | Terminated
    Accepted   | INVITE          | Accepted
    Accepted   | ACK             | Accepted
    Accepted   | 2xx from TU     | Accepted
    Accepted   | Transport Err.  | Accepted
    Accepted   | Timer L fires   | Terminated
"""
# "send 100 if TU won't in 200 ms" stands beside the figure's first arrow; §17.2.1 says that
# Confirmed absorbs further ACKs.
BESIDE_THE_FIGURE = """
    Proceeding | 200 ms without response | Proceeding
    Confirmed  | ACK                     | Confirmed
"""


def server(flow: Flow = UDP, *offered: int) -> InviteServer:
    """A transaction at time 0 to which these statuses were offered."""
    machine = InviteServer(b"key", INVITE, flow, 0.0)
    for status in offered:
        machine.handle(ResponseOffered(status, b"%d" % status), 0.0)
    return machine


def test_the_table_is_that_of_the_figure() -> None:
    assert moves(TABLE) == arrows(FIGURE) | arrows(BESIDE_THE_FIGURE), beside(TABLE, FIGURE)


def test_a_busy_answer_is_repeated_by_timer_g_until_timer_h_gives_up_over_udp() -> None:
    machine = server()

    assert machine.handle(ResponseOffered(486, BUSY), 0.0) == (Send(BUSY),)
    repeated = [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert run_out(machine) == [
        *((at, (Send(BUSY),)) for at in repeated),
        (32.0, (NO_ACK, TERMINATED)),
    ]


def test_over_tcp_only_timer_h_runs() -> None:
    machine = server(TCP, 486)

    assert run_out(machine) == [(32.0, (NO_ACK, TERMINATED))]


def test_ack_stops_timer_g_and_timer_i_absorbs_further_acks_for_t4() -> None:
    machine = server(UDP, 486)

    assert machine.handle(AckReceived(ACK), 1.0) == ()
    assert machine.handle(AckReceived(ACK), 2.0) == ()
    assert machine.handle(AGAIN, 2.5) == ()
    assert (machine.state, run_out(machine)) == (State.CONFIRMED, [(6.0, (TERMINATED,))])


def test_over_tcp_timer_i_is_zero_so_the_ack_ends_the_transaction() -> None:
    machine = server(TCP, 486)

    assert machine.handle(AckReceived(ACK), 1.0) == (TERMINATED,)
    assert (machine.state, machine.deadline) == (State.TERMINATED, inf)


@pytest.mark.parametrize("flow", [UDP, TCP], ids=["udp", "tcp"])
def test_after_a_2xx_timer_l_runs_32_seconds_without_any_repetition(flow: Flow) -> None:
    machine = server(flow)

    assert machine.handle(ResponseOffered(200, OK), 3.0) == (Send(OK),)
    assert (machine.state, run_out(machine)) == (State.ACCEPTED, [(35.0, (TERMINATED,))])


def test_accepted_absorbs_the_invite_and_passes_acks_and_more_2xx() -> None:
    machine = server(UDP, 200)

    assert [
        machine.handle(AGAIN, 1.0),
        machine.handle(AckReceived(ACK), 1.1),
        machine.handle(AckReceived(ACK), 1.2),
        machine.handle(ResponseOffered(200, OK), 1.3),
        machine.handle(ResponseOffered(486, BUSY), 1.4),
        machine.handle(ResponseOffered(180, RINGING), 1.5),
    ] == [(), (Deliver(ACK),), (Deliver(ACK),), (Send(OK),), (), ()]
    assert run_out(machine) == [(32.0, (TERMINATED,))]


def test_a_repeated_invite_gets_the_last_provisional_response() -> None:
    machine = server()

    assert [
        machine.handle(AGAIN, 0.1),
        machine.handle(ResponseOffered(100, b"100"), 0.1),
        machine.handle(AGAIN, 0.2),
        machine.handle(ResponseOffered(180, RINGING), 0.3),
        machine.handle(AGAIN, 0.4),
    ] == [(), (Send(b"100"),), (Send(b"100"),), (Send(RINGING),), (Send(RINGING),)]
    assert machine.deadline == inf


def test_a_repeated_invite_gets_the_final_failure_again() -> None:
    machine = server(UDP, 486)

    assert machine.handle(AGAIN, 0.2) == (Send(b"486"),)


def test_a_second_final_response_is_discarded() -> None:
    machine = server(UDP, 486)

    assert machine.handle(ResponseOffered(200, OK), 0.2) == ()
    assert machine.handle(AGAIN, 0.3) == (Send(b"486"),)


def test_100_is_sent_without_to_tag_when_the_user_is_silent_for_200_ms() -> None:
    machine = server()

    assert run_out(machine) == [
        (
            0.2,
            (
                Send(
                    b"SIP/2.0 100 Trying\r\n"
                    b"Via: SIP/2.0/UDP 192.0.2.5:5060;branch=z9hG4bK776\r\n"
                    b"From: <sip:door@doorline.test>;tag=from-1\r\n"
                    b"To: <sip:1001@doorline.test>\r\n"
                    b"Call-ID: call@192.0.2.5\r\n"
                    b"CSeq: 1 INVITE\r\n"
                    b"Content-Length: 0\r\n\r\n"
                ),
            ),
        )
    ]
    assert machine.state is State.PROCEEDING


def test_a_response_within_200_ms_makes_the_100_needless() -> None:
    machine = server(UDP, 180)

    assert run_out(machine) == []


def test_a_broken_flow_is_reported_and_never_ends_the_transaction() -> None:
    for offered, state in ((180, "Proceeding"), (486, "Completed"), (200, "Accepted")):
        machine = server(UDP, offered)

        assert machine.handle(FlowFailed(), 0.1) == (FLOW_LOST,)
        assert machine.state == state


def test_an_ack_before_any_final_response_means_nothing() -> None:
    machine = server(UDP, 180)

    assert machine.handle(AckReceived(ACK), 0.1) == ()
    assert machine.state is State.PROCEEDING


def test_a_late_wake_up_repeats_once_and_counts_on_from_there() -> None:
    machine = server(UDP, 486)

    assert machine.on_deadline(10.0) == (Send(b"486"),)
    assert machine.deadline == 11.0


def test_an_early_wake_up_does_nothing() -> None:
    machine = server(UDP, 486)

    assert (machine.on_deadline(0.49), machine.deadline) == ((), 0.5)


def test_a_wake_up_after_everything_is_due_only_ends_the_transaction() -> None:
    machine = server(UDP, 486)

    assert machine.on_deadline(60.0) == (NO_ACK, TERMINATED)


def test_whether_a_final_response_was_sent_is_known() -> None:
    assert [server(UDP, status).has_final for status in (180, 200, 486)] == [False, True, True]
    assert [server(UDP).response, server(UDP, 100, 486).response] == [b"", b"486"]


def test_nothing_happens_after_the_end() -> None:
    machine = server(TCP, 486)
    machine.handle(AckReceived(ACK), 1.0)

    later: list[Event] = [
        AGAIN,
        AckReceived(ACK),
        ResponseOffered(200, OK),
        FlowFailed(),
        CancelSent(),
    ]
    assert [machine.handle(event, 2.0) for event in later] == [()] * 5
    assert machine.on_deadline(99.0) == ()


def test_who_holds_a_transaction_that_is_over_holds_no_messages() -> None:
    held = request()
    machine = InviteServer(b"key", held, UDP, 0.0)
    machine.handle(ResponseOffered(200, OK), 0.0)

    machine.release()

    assert (machine.response, held.raw, held.body) == (b"", b"", b"")
