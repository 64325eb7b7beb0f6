"""What the one who refers is told; the whole of it is in tests/conformance/test_rfc3515…"""

import pytest

from sipcore.b2bua.actions import Answer, OpenClient
from sipcore.b2bua.call import Call
from sipcore.b2bua.leg import LegState
from sipcore.b2bua.transfer import Transfer
from sipcore.message.message import Request, parse
from sipcore.transaction.non_invite_server import NonInviteServer
from tests.support.wire import MONITOR, talk


def transfer(*extra: str) -> tuple[Call, Transfer]:
    on = talk()
    call = next(iter(on.wire.endpoint.switchboard.calls.values()))
    stays, by = call.talkers.legs
    request = parse(on.monitor("REFER", cseq=4, extra=extra))
    assert isinstance(request, Request)
    transaction = NonInviteServer(b"k", request, MONITOR, 0.0)
    made = Transfer(
        call._frame, by, stays, transaction, 0.0, kind="blind", dialled="1002", is_first=False
    )
    return call, made


def bodies(call: Call) -> list[bytes]:
    sent = (a.data for a in call._frame.flush() if isinstance(a, OpenClient))
    return [data.partition(b"\r\n\r\n")[2] for data in sent]


def test_nothing_is_told_twice_and_nothing_after_the_end() -> None:
    call, made = transfer()
    for status in (100, 180, 180, 200, 486):
        made.tell(status, 0.0)

    assert bodies(call) == [
        b"SIP/2.0 100 Trying\r\n",
        b"SIP/2.0 180 Ringing\r\n",
        b"SIP/2.0 200 OK\r\n",
    ]


def test_a_party_that_has_left_is_told_nothing() -> None:
    call, made = transfer()
    made.by.state = LegState.ENDED

    made.tell(100, 0.0)

    assert bodies(call) == []


def test_a_party_that_wants_no_events_is_told_nothing() -> None:
    call, made = transfer("Refer-Sub: False")

    made.tell(100, 0.0)

    assert bodies(call) == []


@pytest.mark.parametrize(
    ("is_by", "is_of_this_one", "is_over"),
    [(True, True, True), (True, False, False), (False, True, False)],
)
def test_only_an_answer_to_its_own_notify_ends_the_reports(
    is_by: bool, is_of_this_one: bool, is_over: bool
) -> None:
    """RFC 6665 §4.2.2; the party may have referred before, and others get NOTIFY too."""
    call, made = transfer()
    made.tell(100, 0.0)
    (sent,) = (a.use for a in call._frame.flush() if isinstance(a, OpenClient))
    sent.leg = made.by if is_by else made.stays
    sent.cseq -= not is_of_this_one

    made.notified(sent, 481)
    made.tell(180, 0.0)

    assert bodies(call) == ([] if is_over else [b"SIP/2.0 180 Ringing\r\n"])


def test_the_202_shows_the_contact_of_its_dialog() -> None:
    """RFC 3261 §12.1.1: SIPS where the dialog is SIPS."""
    call, made = transfer()
    assert made.by.dialog is not None
    made.by.dialog.sips = True
    request = parse(talk().monitor("REFER", cseq=4))
    assert isinstance(request, Request)

    made.accept(NonInviteServer(b"k", request, MONITOR, 0.0), 0.0)

    (answer,) = (a for a in call._frame.flush() if isinstance(a, Answer))
    assert b"\r\nContact: <sips:192.0.2.100:5060>\r\n" in answer.data
