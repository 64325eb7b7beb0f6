"""Reliable provisional responses; the whole of it is in tests/conformance/test_rfc3262…"""

from math import inf

from sipcore.b2bua.frame import CallFrame
from sipcore.b2bua.leg import Leg
from sipcore.b2bua.plan import Party
from sipcore.b2bua.reliability import Reliability, Telling
from sipcore.dialog.dialog import Dialog
from sipcore.message.message import Request, parse
from sipcore.transaction.invite_server import InviteServer
from tests.support.peers import invite
from tests.support.wire import DOOR, Wire

TOLD = Telling(183, (), b"v=0\r\n", b"application/sdp", None)


def reliability(*extra: str) -> tuple[Reliability, CallFrame, Leg]:
    frame = CallFrame("call", Wire().endpoint.ports, 0.0)
    request = parse(invite(DOOR, extra=extra))
    assert isinstance(request, Request)
    face = Leg(0, Party("door", "1"), DOOR)
    face.dialog = Dialog.from_request(request, b"ours", DOOR)
    return Reliability(frame, InviteServer(b"k", request, DOOR, 0.0)), frame, face


def test_what_the_caller_knows_and_what_it_insists_on() -> None:
    without, supported = reliability()[0], reliability("Supported: timer, 100rel")[0]
    required = reliability("Require: 100REL")[0]

    assert [(one.takes, one.wants) for one in (without, supported, required)] == [
        (False, False),
        (True, False),
        (True, True),
    ]


def test_a_description_holds_the_answer_back_until_it_is_acknowledged() -> None:
    one, frame, face = reliability("Supported: 100rel")

    one.send(face, TOLD, 0.0)
    held = one.holds(face)
    one.stop()

    assert (held, len(frame.flush()), one.deadline) == (True, 1, inf)


def test_a_queue_of_responses_is_bounded() -> None:
    one, frame, face = reliability("Supported: 100rel")
    for _ in range(100):
        one.send(face, TOLD, 0.0)
    assert one._lines is not None
    line = one._lines[face]

    assert (len(frame.flush()), len(line.queued)) == (1, 8)


def test_nothing_is_due_before_anything_was_sent() -> None:
    one, _, face = reliability()

    assert (one.deadline, one.on_deadline(100.0), one.holds(face)) == (inf, False, False)
