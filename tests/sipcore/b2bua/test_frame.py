"""What the parts of a call share."""

from sipcore.b2bua.actions import Answer, OpenClient, Transmit
from sipcore.b2bua.facts import CallEnded
from sipcore.b2bua.frame import CallFrame
from sipcore.b2bua.leg import Leg, Purpose, Use
from sipcore.b2bua.plan import Party, Target
from sipcore.dialog.dialog import Dialog
from sipcore.message.message import Request, Response, parse
from sipcore.transaction.invite_server import InviteServer
from tests.support.peers import invite
from tests.support.wire import APP, DOOR, MONITOR, Wire

FACT = CallEnded("call", 1.0, "missed", "server", "x", 480)


def frame() -> CallFrame:
    """A frame whose UTC clock is 100 seconds ahead of its monotonic one."""
    return CallFrame("call", Wire().endpoint.ports, 100.0)


def use() -> Use:
    """A request that was not sent yet."""
    made = Use(Leg(1, Party("indoor", "m"), DOOR), Purpose.BYE, b"BYE", DOOR, None)
    made.branch, made.data = b"z9hG4bKx", b"BYE sip:m SIP/2.0\r\n\r\n"
    return made


def test_utc_is_reckoned_from_the_monotonic_reading() -> None:
    assert frame().utc(5.0) == 105.0


def test_a_contact_that_is_known_anyway_is_one_way_to_a_phone_of_the_visit() -> None:
    wire = Wire(contacts={"app": [APP]})
    wire.visits.register("call", APP)
    wire.visits.register("call", MONITOR)
    made = CallFrame("call", wire.endpoint.ports, 0.0)
    app = Target(Party("app", "app"))

    usual, of_visit = (made.routes(app, of_visit=of_visit) for of_visit in (False, True))

    assert [(route.flow, route.account) for route in usual] == [(APP, "")]
    assert [(route.flow, route.account) for route in of_visit] == [(APP, ""), (MONITOR, "visit-1")]


def test_actions_leave_in_the_order_in_which_they_were_put_and_once() -> None:
    made = frame()
    made.record(FACT)
    made.transmit(b"x", DOOR)

    assert made.flush() == [FACT, Transmit(b"x", DOOR)]
    assert made.flush() == []


def test_a_request_is_unanswered_until_it_is_settled_once() -> None:
    made, sent = frame(), use()
    made.open(sent)
    before = made.unanswered
    made.settle(sent)
    made.settle(sent)

    assert (before, made.unanswered) == (1, 0)
    assert made.flush() == [OpenClient(b"BYE", b"z9hG4bKx", sent.data, DOOR, sent)]


def test_an_answer_is_built_for_the_source_of_its_request() -> None:
    request = parse(invite(DOOR))
    assert isinstance(request, Request)
    transaction = InviteServer(b"k", request, DOOR._replace(port=9), 0.0)
    made = frame()

    data = made.answer(transaction, 183, to_tag=b"t", body=b"sdp", content_type=b"a/b")

    answer = parse(data)
    assert isinstance(answer, Response)
    assert (answer.status, answer.to_tag, answer.body, answer.via.rport) == (183, b"t", b"sdp", 9)
    assert made.flush() == [Answer(transaction, 183, data)]


def test_the_contact_is_sips_when_the_dialog_wants_it() -> None:
    """RFC 3261 §12.1.1."""
    plain, secure = (
        Dialog.from_request(_parsed(invite(DOOR).replace(b"<sip:1000", scheme)), b"ours", DOOR)
        for scheme in (b"<sip:1000", b"<sips:1000")
    )

    made = [frame().contact(dialog, DOOR) for dialog in (None, plain, secure)]

    assert made == [
        b"Contact: <sip:192.0.2.100:5060>",
        b"Contact: <sip:192.0.2.100:5060>",
        b"Contact: <sips:192.0.2.100:5060>",
    ]


def _parsed(data: bytes) -> Request:
    request = parse(data)
    assert isinstance(request, Request)
    return request
