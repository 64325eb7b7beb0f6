from math import inf

from sipcore.dialog.accepted import AcceptedInvite, AckMissing, State
from sipcore.transaction.actions import Send
from sipcore.transaction.events import AckReceived, FlowFailed, RequestReceived
from tests.support.transactions import request, run_out

OK = b"SIP/2.0 200 OK\r\n\r\n"
ACK = AckReceived(request("ACK"))


def test_a_2xx_is_repeated_until_64_t1_have_passed_without_an_ack() -> None:
    machine = AcceptedInvite(OK, 0.0)

    repeated = (0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5)
    assert run_out(machine) == [
        *((at, (Send(OK),)) for at in repeated),
        (32.0, (AckMissing(),)),
    ]
    assert machine.state is State.ABANDONED


def test_the_ack_ends_the_repetitions() -> None:
    machine = AcceptedInvite(OK, 10.0)

    assert machine.on_deadline(10.5) == (Send(OK),)
    assert machine.handle(ACK, 10.7) == ()
    assert (machine.state, machine.deadline) == (State.ACKNOWLEDGED, inf)
    assert (machine.on_deadline(60.0), machine.handle(ACK, 61.0)) == ((), ())


def test_nothing_but_an_ack_ends_the_repetitions() -> None:
    machine = AcceptedInvite(OK, 0.0)

    assert machine.handle(RequestReceived(request()), 0.1) == ()
    assert machine.handle(FlowFailed(), 0.1) == ()
    assert machine.deadline == 0.5


def test_a_late_wake_up_repeats_once_and_still_gives_up_in_time() -> None:
    machine = AcceptedInvite(OK, 0.0)

    assert [
        (machine.on_deadline(0.4), machine.deadline),
        (machine.on_deadline(20.0), machine.deadline),
        (machine.on_deadline(31.9), machine.deadline),
        (machine.on_deadline(33.0), machine.deadline),
    ] == [((), 0.5), ((Send(OK),), 21.0), ((Send(OK),), 32.0), ((AckMissing(),), inf)]


def test_an_ack_after_the_end_changes_nothing() -> None:
    machine = AcceptedInvite(OK, 0.0)
    run_out(machine)

    assert (machine.handle(ACK, 40.0), machine.state) == ((), State.ABANDONED)
