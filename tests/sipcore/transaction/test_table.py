import pytest

from sipcore.kernel.errors import BadMessage, LimitReached
from sipcore.message import build
from sipcore.message.message import Request, Response, parse
from sipcore.transaction.actions import Deliver
from sipcore.transaction.events import AckReceived, ResponseOffered
from sipcore.transaction.invite_client import InviteClient
from sipcore.transaction.invite_server import InviteServer
from sipcore.transaction.non_invite_client import NonInviteClient
from sipcore.transaction.non_invite_server import NonInviteServer
from sipcore.transaction.table import Server, TransactionTable
from tests.support.transactions import TCP, UDP, request, response

VIA = "SIP/2.0/UDP host.test:5060;branch=z9hG4bK1"
OTHER_PATH = "SIP/2.0/UDP proxy.test:5060;branch=z9hG4bK2"
THIRD_PATH = "SIP/2.0/UDP third.test;branch=z9hG4bK3"
OLD = "SIP/2.0/UDP host.test:5060"


def broken(*without: str) -> Request:
    """An INVITE that lacks these headers."""
    lines = request(via=VIA).raw.split(b"\r\n")
    kept = [line for line in lines if line.partition(b":")[0].decode() not in without]
    parsed = parse(b"\r\n".join(kept))
    assert isinstance(parsed, Request)
    return parsed


def answer(machine: Server, status: int) -> None:
    """Offer a response with the To tag `ours`."""
    data = build.response(machine.request, status, to_tag=b"ours")
    machine.handle(ResponseOffered(status, data), 0.0)


# -- servers ------------------------------------------------------------------------------


def test_a_request_opens_the_machine_of_its_method() -> None:
    table = TransactionTable()
    kinds = {
        method: type(table.open_server(request(method, call_id=method), UDP, 0.0))
        for method in ("INVITE", "BYE", "CANCEL")
    }

    assert kinds == {"INVITE": InviteServer, "BYE": NonInviteServer, "CANCEL": NonInviteServer}
    assert len(table) == 3


def test_a_repeated_request_and_the_ack_of_a_failure_find_their_transaction() -> None:
    table = TransactionTable()
    machine = table.open_server(request(via=VIA), UDP, 0.0)

    assert table.find_server(request(via=VIA)) is machine
    assert table.find_server(request("ACK", via=VIA)) is machine
    assert table.find_server(request("ACK", via=OTHER_PATH)) is None
    assert table.find_server(request("BYE", via=VIA)) is None


def test_cancel_finds_the_request_it_means_and_is_a_transaction_of_its_own() -> None:
    table = TransactionTable()
    invite = table.open_server(request(via=VIA), UDP, 0.0)
    bye = table.open_server(request("BYE", via=OTHER_PATH), UDP, 0.0)
    cancel = request("CANCEL", via=VIA)

    assert table.find_to_cancel(cancel) is invite
    assert table.find_server(cancel) is None
    machine = table.open_server(cancel, UDP, 0.0)
    assert table.find_server(cancel) is machine
    assert table.find_to_cancel(request("CANCEL", via=OTHER_PATH)) is bye
    assert table.find_to_cancel(request("CANCEL", via=THIRD_PATH)) is None


def test_cancel_still_finds_an_answered_invite_that_says_so() -> None:
    table = TransactionTable()
    answer(table.open_server(request(via=VIA), UDP, 0.0), 200)
    found = table.find_to_cancel(request("CANCEL", via=VIA))

    assert isinstance(found, InviteServer)
    assert found.has_final


def test_a_legacy_ack_needs_the_to_tag_of_our_response() -> None:
    table = TransactionTable()
    machine = table.open_server(request(via=OLD), UDP, 0.0)
    ours = request("ACK", via=OLD, to="<sip:1001@doorline.test>;tag=ours")
    other = request("ACK", via=OLD, to="<sip:1001@doorline.test>;tag=other")

    assert table.find_server(ours) is None, "nothing was answered yet"
    answer(machine, 486)
    assert table.find_server(ours) is machine
    assert table.find_server(other) is None
    assert table.find_server(request(via=OLD)) is machine
    assert table.find_to_cancel(request("CANCEL", via=OLD)) is machine


def test_a_legacy_ack_for_a_2xx_reaches_the_user_through_accepted() -> None:
    table = TransactionTable()
    machine = table.open_server(request(via=OLD), UDP, 0.0)
    answer(machine, 200)
    ack = request("ACK", via=OLD, to="<sip:1001@doorline.test>;tag=ours")

    assert table.find_server(ack) is machine
    assert machine.handle(AckReceived(ack), 0.1) == (Deliver(ack),)


def test_the_end_of_a_legacy_invite_leaves_the_acks_of_a_later_one_findable() -> None:
    table = TransactionTable()
    first = table.open_server(request(via=OLD), UDP, 0.0)
    later = "<sip:1001@doorline.test>;tag=ours"
    second = table.open_server(request(via=OLD, to=later), UDP, 0.0)
    answer(second, 486)
    table.remove(first)

    assert table.find_server(request("ACK", via=OLD, to=later)) is second


def test_a_copy_that_took_another_path_is_merged_and_a_repetition_is_not() -> None:
    table = TransactionTable()
    table.open_server(request(via=VIA), UDP, 0.0)

    assert table.is_merged(request(via=OTHER_PATH))
    assert not table.is_merged(request(via=VIA))


def test_only_requests_without_to_tag_can_be_merged() -> None:
    table = TransactionTable()
    tagged = "<sip:1001@doorline.test>;tag=ours"
    table.open_server(request(via=VIA, to=tagged), UDP, 0.0)

    assert not table.is_merged(request(via=OTHER_PATH))
    table.open_server(request(via=OTHER_PATH), UDP, 0.0)
    assert not table.is_merged(request(via=OLD, to=tagged))


@pytest.mark.parametrize(
    "new",
    [
        request(via=OTHER_PATH, call_id="other"),
        request(via=OTHER_PATH, cseq="2 INVITE"),
        request(via=OTHER_PATH, from_="<sip:door@doorline.test>;tag=x"),
        request("MESSAGE", via=OTHER_PATH),
    ],
    ids=["call-id", "cseq", "from-tag", "method"],
)
def test_a_request_that_differs_is_not_merged(new: Request) -> None:
    table = TransactionTable()
    table.open_server(request(via=VIA), UDP, 0.0)

    assert not table.is_merged(new)


def test_a_copy_after_the_answer_is_still_merged_but_not_after_a_challenge() -> None:
    merged = {}
    for status in (180, 200, 401, 407, 486):
        table = TransactionTable()
        answer(table.open_server(request(via=VIA), UDP, 0.0), status)
        merged[status] = table.is_merged(request(via=OTHER_PATH))

    assert merged == {180: True, 200: True, 401: False, 407: False, 486: True}


def test_the_request_that_comes_back_with_credentials_is_what_copies_are_compared_with() -> None:
    table = TransactionTable()
    answer(table.open_server(request(via=VIA), UDP, 0.0), 401)
    table.open_server(request(via=OTHER_PATH), UDP, 0.0)

    assert table.is_merged(request(via=THIRD_PATH))


def test_the_end_of_a_refused_copy_leaves_the_first_request_comparable() -> None:
    table = TransactionTable()
    table.open_server(request(via=VIA), UDP, 0.0)
    table.remove(table.open_server(request(via=OTHER_PATH), UDP, 0.0))

    assert table.is_merged(request(via=OTHER_PATH))


def test_a_removed_server_transaction_leaves_nothing_behind() -> None:
    for via in (VIA, OLD):
        table = TransactionTable()
        machine = table.open_server(request(via=via), UDP, 0.0)
        answer(machine, 486)
        table.remove(machine)
        table.remove(machine)
        ack = request("ACK", via=via, to="<sip:1001@doorline.test>;tag=ours")

        assert len(table) == 0
        assert table.find_server(request(via=via)) is None
        assert table.find_server(ack) is None
        assert table.find_to_cancel(request("CANCEL", via=via)) is None
        assert not table.is_merged(request(via=OTHER_PATH))


def test_the_table_is_bounded_for_each_direction() -> None:
    table = TransactionTable(max_transactions=2)
    first = table.open_server(request(call_id="1"), UDP, 0.0)
    table.open_server(request("BYE", call_id="2"), UDP, 0.0)
    with pytest.raises(LimitReached, match="server"):
        table.open_server(request("INFO", call_id="3"), UDP, 0.0)
    for number in (b"1", b"2"):
        table.open_client(b"BYE", b"z9hG4bK" + number, b"BYE", UDP, None, 0.0)
    with pytest.raises(LimitReached, match="client"):
        table.open_client(b"BYE", b"z9hG4bK3", b"BYE", UDP, None, 0.0)

    assert len(table) == 4
    table.remove(first)
    table.open_server(request("INFO", call_id="3"), UDP, 0.0)
    assert len(table) == 4


@pytest.mark.parametrize("header", ["Via", "From", "To"])
def test_a_request_without_identity_is_found_nowhere_and_opens_nothing(header: str) -> None:
    table = TransactionTable()
    request_ = broken(header)

    assert table.find_server(broken("Via")) is None
    assert table.find_to_cancel(broken("Via")) is None
    assert not table.is_merged(request_)
    with pytest.raises(BadMessage, match=header):
        table.open_server(request_, UDP, 0.0)
    assert len(table) == 0


# -- clients ------------------------------------------------------------------------------


def test_a_response_finds_its_client_by_branch_and_cseq_method() -> None:
    table = TransactionTable()
    via = "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK776"
    sent = [request(method, via=via).raw for method in ("INVITE", "CANCEL")]
    invite = table.open_client(b"INVITE", b"z9hG4bK776", sent[0], UDP, "leg", 0.0)
    cancel = table.open_client(b"CANCEL", b"z9hG4bK776", sent[1], UDP, "leg", 0.0)

    assert [type(invite), type(cancel)] == [InviteClient, NonInviteClient]
    assert table.find_client(response(180)) is invite
    assert table.find_client(response(200, cseq="1 CANCEL")) is cancel
    assert table.find_client(response(200, cseq="1 BYE")) is None
    assert table.find_client(response(200, via="SIP/2.0/UDP h;branch=z9hG4bK9")) is None
    assert (invite.owner, invite.flow, invite.method) == ("leg", UDP, b"INVITE")


def test_a_response_that_cannot_be_read_is_a_stray() -> None:
    table = TransactionTable()
    for data in (b"SIP/2.0 200 OK\r\n\r\n", b"SIP/2.0 200 OK\r\nVia: x\r\nCSeq: y\r\n\r\n"):
        stray = parse(data)
        assert isinstance(stray, Response)
        assert table.find_client(stray) is None


def test_clients_on_a_closed_stream_are_known_and_those_over_udp_are_not() -> None:
    table = TransactionTable()
    other = TCP._replace(connection=8)
    on_stream = [
        table.open_client(b"BYE", branch, b"BYE", TCP, None, 0.0)
        for branch in (b"z9hG4bK1", b"z9hG4bK2")
    ]
    table.open_client(b"BYE", b"z9hG4bK3", b"BYE", UDP, None, 0.0)
    table.open_client(b"BYE", b"z9hG4bK4", b"BYE", other, None, 0.0)

    assert table.clients_on(TCP) == tuple(on_stream)
    assert table.clients_on(UDP) == ()
    table.remove(on_stream[0])
    assert table.clients_on(TCP) == (on_stream[1],)
    table.remove(on_stream[1])
    table.remove(on_stream[1])
    assert (table.clients_on(TCP), len(table)) == ((), 2)
