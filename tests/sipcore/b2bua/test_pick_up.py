"""A newcomer from the inside; what phones see is in tests/conformance/test_rfc3891…"""

import pytest

from sipcore.b2bua.call import Call
from sipcore.b2bua.facts import Fact, LegFailed, LegStarted, TransferEnded, TransferStarted
from sipcore.b2bua.pick_up import PickUp
from sipcore.b2bua.plan import Party
from sipcore.kernel.errors import BadMessage
from sipcore.message.message import Request, parse
from sipcore.transaction.invite_server import InviteServer
from tests.support.peers import invite
from tests.support.wire import APP, Talk, talk

GUARD = Party("guard", "guard")


def newcomer(on: Talk, alter: tuple[bytes, bytes] = (b"", b"")) -> tuple[Call, PickUp]:
    call = next(iter(on.wire.endpoint.switchboard.calls.values()))
    request = parse(invite(APP, user="guard").replace(*alter))
    assert isinstance(request, Request)
    transaction = InviteServer(b"k", request, APP, 0.0)
    return call, PickUp(call._frame, 7, call.talkers.legs[1], GUARD, transaction, 0.0)


def test_the_record_names_the_newcomer_and_whom_it_replaces() -> None:
    call, made = newcomer(talk())

    facts = [a for a in call._frame.flush() if isinstance(a, Fact)]

    assert [type(fact) for fact in facts] == [TransferStarted, LegStarted]
    assert (made.leg.number, made.leg.party) == (7, GUARD)


def test_a_newcomer_that_is_refused_is_recorded_as_such() -> None:
    call, made = newcomer(talk())
    call._frame.flush()

    made.refuse(488, 0.0)

    facts = [a for a in call._frame.flush() if isinstance(a, Fact)]
    assert [type(fact) for fact in facts] == [LegFailed, TransferEnded]


def test_an_invite_that_forms_no_dialog_is_no_newcomer() -> None:
    with pytest.raises(BadMessage):
        newcomer(talk(), (b"Contact: <sip:guard@192.0.2.12:5060>\r\n", b""))
