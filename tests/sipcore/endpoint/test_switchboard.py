"""What machines decide is carried out, in order, whatever fails."""

import gc
from collections.abc import Callable

import pytest

from sipcore.b2bua.call import Call
from sipcore.b2bua.facts import CallFact
from sipcore.endpoint.owners import TransactionUser
from sipcore.kernel.flow import Flow
from sipcore.message.message import Request, Response
from tests.support.peers import ANSWER_SDP, SDP, ack, in_dialog_of_caller, invite, message, reply
from tests.support.wire import APP, DOOR, MONITOR, Wire, requests, responses, sent_to, stage, talk

TWO = (stage("indoor", "monitor"), stage("app", "app"))
CONTACTS = {"monitor": [MONITOR], "app": [APP]}


@pytest.mark.interpreted
def test_a_stimulus_that_arises_while_a_call_is_served_waits_for_its_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    depth, deepest = 0, 0
    handle: Callable[..., object] = Call.handle

    def counted(self: Call, event: object, now: float) -> object:
        nonlocal depth, deepest
        depth += 1
        deepest = max(deepest, depth)
        try:
            return handle(self, event, now)
        finally:
            depth -= 1

    monkeypatch.setattr(Call, "handle", counted)
    wire = Wire(*TWO, contacts=CONTACTS)
    wire.broken |= {MONITOR, APP}

    sent = wire.receive(invite(DOOR), DOOR)

    assert sent_to(sent, DOOR) == [(100, b"INVITE"), (500, b"INVITE")]
    assert deepest == 1


def test_a_call_goes_on_when_its_record_cannot_be_kept() -> None:
    wire = Wire(*TWO, contacts=CONTACTS)

    class Full(list[CallFact]):
        def append(self, fact: CallFact) -> None:
            raise OSError("disk full")

    wire.journal.facts = Full()
    (leg,) = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    sent = wire.receive(reply(leg, 200, body=ANSWER_SDP, flow=MONITOR), MONITOR)

    assert sent_to(sent, DOOR) == [(200, b"INVITE")]
    assert wire.endpoint.counters["internal_errors"] > 0


@pytest.mark.interpreted
def test_a_machine_that_fails_at_its_deadline_harms_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wire = Wire(stage("indoor", "monitor", timeout=5.0), contacts=CONTACTS)
    wire.receive(invite(DOOR), DOOR)
    wire.receive(invite(DOOR, branch="z9hG4bKb", call_id="second"), DOOR)
    fall = Call.on_deadline
    broken = next(iter(wire.endpoint.switchboard.calls.values()))

    def sometimes(self: Call, now: float) -> object:
        if self is broken:
            raise RuntimeError("planted")
        return fall(self, now)

    monkeypatch.setattr(Call, "on_deadline", sometimes)
    sent = wire.advance(6.0)

    assert (408, b"INVITE") in sent_to(sent, DOOR)
    assert wire.endpoint.counters["internal_errors"] == 1


def test_the_calls_of_a_stream_are_forgotten_with_it() -> None:
    stream = Flow("TCP", 0, "192.0.2.1", 40123, 7)
    wire = Wire(*TWO, contacts=CONTACTS)
    wire.receive(invite(stream), stream)
    board = wire.endpoint.switchboard
    during = set(board._streams)

    wire.advance(300.0)

    assert (during, board._streams, wire.remains) == ({7}, {}, {})


def test_an_ended_call_is_not_active_while_it_waits_for_the_answer_to_its_bye() -> None:
    on = talk()
    sent = on.wire.receive(on.door("BYE"), DOOR)
    board = on.wire.endpoint.switchboard
    closing = (board.active_calls, len(board.calls))

    on.wire.receive(reply(requests(sent, b"BYE")[0], 200), MONITOR)

    assert (closing, len(board.calls)) == ((0, 1), 0)


def test_an_established_call_keeps_none_of_the_messages_that_made_it() -> None:
    on = talk()
    (call,) = on.wire.endpoint.switchboard.calls.values()

    on.wire.advance(40.0)
    (leg,) = call.ringing.legs

    assert (leg.invite, call.caller.transaction.request.raw) == (None, b"")
    assert sent_to(on.wire.receive(on.door("BYE"), DOOR), MONITOR) == [(b"BYE", b"BYE")]


def test_a_finished_call_leaves_nothing_for_the_garbage_collector() -> None:
    on = talk()  # fills every cache
    gc.collect()
    gc.disable()
    try:
        wire = on.wire
        press = invite(DOOR, branch="z9hG4bKsecond", call_id="second")
        (leg,) = requests(wire.receive(press, DOOR), b"INVITE")
        wire.receive(reply(leg, 180, flow=MONITOR), MONITOR)
        (answer,) = responses(wire.receive(reply(leg, 200, body=SDP, flow=MONITOR), MONITOR))
        wire.receive(ack(answer, DOOR), DOOR)
        hang_up = in_dialog_of_caller("BYE", answer, DOOR, cseq=2, branch="z9hG4bKbye")
        (bye,) = requests(wire.receive(hang_up, DOOR), b"BYE")
        wire.receive(reply(bye, 200), MONITOR)
        wire.advance(40.0)
        del leg, answer, bye
        wire.journal.facts.clear()

        assert gc.collect() == 0
    finally:
        gc.enable()


def test_messages_are_counted_by_kind() -> None:
    on = talk()

    counters = on.wire.endpoint.counters
    names = ("calls_started", "requests_sent", "responses_100", "responses_180", "responses_200")
    assert [counters[name] for name in names] == [1, 1, 1, 1, 1]


def test_an_ack_of_a_foreign_dialog_reaches_no_call() -> None:
    on = talk(acknowledged=False)
    data = ack(on.answer, DOOR).replace(b";tag=door-tag", b";tag=other")

    on.wire.receive(data, DOOR)

    assert sent_to(on.wire.advance(0.6), DOOR) == [(200, b"INVITE")]


class Asker(TransactionUser):
    """Keeps what it hears."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[int | str] = []

    def response(self, response: Response, now: float) -> None:
        """Keep the status."""
        self.heard.append(response.status)

    def no_response(self, status: int, now: float) -> None:
        """Keep why there is none."""
        self.heard.append(f"none {status}")

    def on_deadline(self, now: float) -> None:
        """Keep that it was time."""
        self.heard.append("deadline")


def ask(wire: Wire, user: TransactionUser, branch: str = "z9hG4bKask") -> list[Request]:
    """Send an OPTIONS that belongs to no call."""
    data = message(
        "OPTIONS sip:monitor@192.0.2.11 SIP/2.0",
        [
            f"Via: SIP/2.0/UDP 192.0.2.100:5060;branch={branch}",
            "From: <sip:doorline.test>;tag=a",
            "To: <sip:monitor@doorline.test>",
            "Call-ID: ask",
            "CSeq: 1 OPTIONS",
        ],
    )
    board, now = wire.endpoint.switchboard, wire.clock.monotonic()
    board.request(b"OPTIONS", branch.encode(), data, MONITOR, user, now)
    return requests(wire.taken(), b"OPTIONS")


@pytest.mark.interpreted
def test_a_request_outside_calls_brings_its_responses_to_its_user() -> None:
    wire, asker = Wire(), Asker()

    (sent,) = ask(wire, asker)
    wire.receive(reply(sent, 100), MONITOR)
    wire.receive(reply(sent, 200), MONITOR)
    wire.receive(reply(sent, 200), MONITOR)
    wire.advance(6.0)

    assert (asker.heard, wire.remains) == ([100, 200], {})


@pytest.mark.interpreted
def test_the_user_of_a_request_hears_that_nobody_answered() -> None:
    wire, asker = Wire(), Asker()

    ask(wire, asker)
    wire.advance(33.0)

    assert (asker.heard, wire.remains) == (["none 408"], {})


@pytest.mark.interpreted
def test_the_user_of_a_request_hears_that_it_could_not_be_sent() -> None:
    wire, asker = Wire(), Asker()
    wire.broken.add(MONITOR)

    ask(wire, asker)

    assert (asker.heard, wire.remains) == (["none 503"], {})


@pytest.mark.interpreted
def test_the_user_of_a_request_hears_that_the_table_is_full() -> None:
    wire, asker = Wire(), Asker()
    wire.endpoint.table.max_transactions = 0

    assert ask(wire, asker) == []
    assert asker.heard == ["none 503"]
    assert wire.endpoint.counters["transactions_refused"] == 1


@pytest.mark.interpreted
def test_a_user_outside_calls_is_woken_at_its_deadline() -> None:
    wire, asker = Wire(), Asker()
    asker.deadline = wire.clock.monotonic() + 2.0
    wire.endpoint.switchboard.wheel.schedule(asker)

    wire.advance(1.9)
    before = list(asker.heard)
    wire.advance(0.2)

    assert (before, asker.heard) == ([], ["deadline"])
