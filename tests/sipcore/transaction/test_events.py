import pytest

from sipcore.transaction.events import (
    AckReceived,
    CancelSent,
    Event,
    FlowFailed,
    RequestReceived,
    ResponseOffered,
    ResponseReceived,
)
from sipcore.transaction.invite_client import InviteClient
from sipcore.transaction.invite_server import InviteServer
from sipcore.transaction.non_invite_client import NonInviteClient
from sipcore.transaction.non_invite_server import NonInviteServer
from tests.support.transactions import UDP, request, response

SERVER_ONLY: list[Event] = [
    RequestReceived(request()),
    AckReceived(request("ACK")),
    ResponseOffered(200, b"response"),
]
CLIENT_ONLY: list[Event] = [ResponseReceived(response(200)), CancelSent()]


@pytest.mark.parametrize("event", SERVER_ONLY, ids=lambda event: type(event).__name__)
def test_client_machines_ignore_what_happens_to_servers(event: Event) -> None:
    invite = InviteClient(b"key", request().raw, UDP, None, 0.0)
    other = NonInviteClient(b"key", request("BYE").raw, UDP, None, 0.0)

    assert (invite.handle(event, 0.1), other.handle(event, 0.1)) == ((), ())


@pytest.mark.parametrize("event", CLIENT_ONLY, ids=lambda event: type(event).__name__)
def test_server_machines_ignore_what_happens_to_clients(event: Event) -> None:
    invite = InviteServer(b"key", request(), UDP, 0.0)
    other = NonInviteServer(b"key", request("BYE"), UDP, 0.0)

    assert (invite.handle(event, 0.1), other.handle(event, 0.1)) == ((), ())


def test_events_are_compared_by_their_content() -> None:
    events: list[Event] = [ResponseOffered(200, b"x"), CancelSent(), FlowFailed()]

    assert events == [ResponseOffered(200, b"x"), CancelSent(), FlowFailed()]
    assert events[1] != events[2]
