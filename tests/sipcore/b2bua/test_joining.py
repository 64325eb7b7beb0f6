"""Bringing two legs together; the whole of it is in tests/conformance/test_rfc3515…"""

from sipcore.b2bua.call import Call
from sipcore.b2bua.joining import Joining
from sipcore.message.message import Request, Response, parse
from tests.support.peers import ANSWER_SDP, SDP, reply
from tests.support.wire import DOOR, Talk, talk


def begun() -> tuple[Talk, Call, Joining]:
    on = talk()
    call = next(iter(on.wire.endpoint.switchboard.calls.values()))
    asked, other = call.talkers.legs
    joining = Joining(call._frame, call.talking, asked, other, (ANSWER_SDP, b"application/sdp"))
    joining.start(0.0)
    call._frame.flush()
    return on, call, joining


def answer(
    use_data: bytes, status: int, body: bytes = b"", *, extra: tuple[str, ...] = ()
) -> Response:
    request = parse(use_data)
    assert isinstance(request, Request)
    response = parse(reply(request, status, body=body, flow=DOOR, extra=extra))
    assert isinstance(response, Response)
    return response


def test_the_offer_of_the_one_goes_to_the_other_and_the_answer_back() -> None:
    _, call, joining = begun()
    asked, other = call.talkers.legs
    first = asked.offering
    assert first is not None

    joining.response(first, answer(first.data, 200, SDP), 0.0)
    second = other.offering
    assert second is not None
    joining.response(second, answer(second.data, 200, ANSWER_SDP), 0.0)

    assert (asked.offering, other.offering, joining.is_over) == (None, None, True)
    assert (other.description[0], asked.description[0]) == (SDP, ANSWER_SDP)


def test_a_shorter_session_interval_counts_at_once() -> None:
    """RFC 4028 §7.2: half of it is left for the refresh."""
    _, call, joining = begun()
    use = call.talkers.legs[0].offering
    assert use is not None
    lines = ("Require: timer", "Session-Expires: 90;refresher=uac")

    joining.response(use, answer(use.data, 200, SDP, extra=lines), 1000.0)

    assert call.talking.deadline == 1045.0


def test_when_the_other_refuses_the_offer_is_declined() -> None:
    _, call, joining = begun()
    asked, other = call.talkers.legs
    first = asked.offering
    assert first is not None
    joining.response(first, answer(first.data, 200, SDP), 0.0)
    second = other.offering
    assert second is not None
    call._frame.flush()

    is_lost = joining.response(second, answer(second.data, 488), 0.0)

    assert (is_lost, asked.offering, other.offering) == (True, None, None)
    assert any(b"m=audio 0" in getattr(action, "data", b"") for action in call._frame.flush())


def test_a_joining_fails_once() -> None:
    _, _, joining = begun()

    assert (joining.fail(), joining.fail()) == (True, False)


def test_a_provisional_response_changes_nothing() -> None:
    _, call, joining = begun()
    use = call.talkers.legs[0].offering
    assert use is not None

    assert not joining.response(use, answer(use.data, 180), 0.0)
    assert call.talkers.legs[0].offering is use
