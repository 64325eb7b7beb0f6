"""Start, drain and stop of the endpoint; its sockets: tests/integration/test_sip_transports.py."""

import asyncio

import pytest
from structlog.testing import capture_logs

from sipcore.capture.tap import CaptureTap
from sipcore.endpoint import endpoint as module
from sipcore.endpoint.settings import ListenAddress
from sipcore.kernel.flow import Flow
from sipcore.registrar.outcome import Fault, Rejected
from tests.support.clock import ManualClock
from tests.support.peers import invite, reply
from tests.support.wire import DOOR, MONITOR, Wire, requests, responses, sent_to, stage, talk

LOOPBACK = (ListenAddress("UDP", "127.0.0.1", 0), ListenAddress("TCP", "127.0.0.1", 0))


async def test_the_listeners_are_told_in_the_order_of_the_settings() -> None:
    wire = Wire()

    bound = await wire.listen(*LOOPBACK)
    await wire.endpoint.stop()

    assert [(listener.transport, listener.host) for listener in bound] == [
        ("UDP", "127.0.0.1"),
        ("TCP", "127.0.0.1"),
    ]
    assert wire.endpoint.addressing.listeners == bound


async def test_an_endpoint_can_be_stopped_before_it_started_and_twice() -> None:
    wire = Wire()

    await wire.endpoint.stop()
    await wire.endpoint.stop()


def test_what_operators_watch_is_there_before_it_happens() -> None:
    counters = Wire().endpoint.counters

    watched = ("messages_refused", "subscriptions_lost", "bans_spared", "shed_rate", "bad_messages")
    assert {name: counters.get(name) for name in watched} == dict.fromkeys(watched, 0)


def test_a_call_with_wrong_credentials_leaves_one_line_in_the_log() -> None:
    wire = Wire(stage("indoor", "monitor"))
    wire.gate.outcome = Rejected(403, fault=Fault.CREDENTIALS)
    with capture_logs() as lines:
        (answer,) = responses(wire.receive(invite(DOOR), DOOR))

    assert answer.status == 403
    assert [(line["event"], line["why"], line["user"]) for line in lines] == [
        ("sip.request_refused", "wrong_credentials", "1000000001")
    ]


async def test_a_tap_sees_what_comes_and_goes_on_every_listener() -> None:
    tap = CaptureTap(ManualClock(), 100)
    wire = Wire(tap=tap)
    bound = await wire.listen(*LOOPBACK)
    options = invite(DOOR).replace(b"INVITE", b"OPTIONS")
    reader, writer = await asyncio.open_connection("127.0.0.1", bound[1].port)
    writer.write(options)
    await reader.readuntil(b"\r\n\r\n")
    writer.close()
    loop = asyncio.get_running_loop()
    udp, _ = await loop.create_datagram_endpoint(
        asyncio.DatagramProtocol, remote_addr=("127.0.0.1", bound[0].port)
    )
    arrived = asyncio.Event()
    tap.watch(lambda _message: arrived.set())
    udp.sendto(b"garbage")
    await asyncio.wait_for(arrived.wait(), 5.0)
    udp.close()
    await wire.endpoint.stop()

    request, answer, garbage = tap.kept()
    assert (request.was_received, request.data) == (True, options)
    assert (answer.was_received, answer.data[:11]) == (False, b"SIP/2.0 200")
    assert (garbage.was_received, garbage.data) == (True, b"garbage")
    assert [tap.way(message).transport for message in tap.kept()] == ["TCP", "TCP", "UDP"]
    assert tap.way(request).target_port == bound[1].port == tap.way(answer).source_port
    assert tap.way(garbage).target_port == bound[0].port


async def test_nothing_is_sent_over_a_transport_that_nobody_listens_on() -> None:
    wire = Wire()
    wire.has_sockets = True

    sent = [
        wire.endpoint.send(b"x", Flow(transport, 0, "192.0.2.1", 5060, 1))
        for transport in ("UDP", "TCP", "WS")
    ]

    assert sent == [False, False, False]


async def test_a_server_without_calls_drains_at_once_and_takes_none_any_more() -> None:
    wire = Wire(stage("indoor", "monitor"), contacts={"monitor": [MONITOR]})

    await wire.endpoint.drain(10.0)

    (refused,) = responses(wire.receive(invite(DOOR), DOOR))
    assert refused.status == 503
    assert 5 <= int(refused.first(b"retry-after") or 0) <= 30


async def test_open_calls_go_on_while_the_server_drains() -> None:
    on = talk()
    draining = asyncio.create_task(on.wire.endpoint.drain(10.0))
    await asyncio.sleep(0)
    patient = on.wire.taken()

    sent = on.wire.receive(on.door("BYE"), DOOR)
    on.wire.receive(reply(requests(sent, b"BYE")[0], 200), MONITOR)
    await draining

    assert (patient, on.wire.endpoint.active_calls) == ([], 0)


async def test_calls_that_outlast_the_patience_are_ended_politely() -> None:
    on = talk()
    draining = asyncio.create_task(on.wire.endpoint.drain(0.0))
    await asyncio.sleep(0)
    sent = on.wire.taken()
    waiting = draining.done()
    for bye, flow in zip(requests(sent, b"BYE"), (DOOR, MONITOR), strict=True):
        on.wire.receive(reply(bye, 200), flow)

    await draining

    assert sent_to(sent, DOOR) == [(b"BYE", b"BYE")]
    assert sent_to(sent, MONITOR) == [(b"BYE", b"BYE")]
    assert (waiting, "calls" in on.wire.remains) == (False, False)


async def test_a_ringing_call_that_outlasts_the_patience_is_refused_and_cancelled() -> None:
    wire = Wire(stage("indoor", "monitor"), contacts={"monitor": [MONITOR]})
    (leg,) = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    wire.receive(reply(leg, 180, flow=MONITOR), MONITOR)

    draining = asyncio.create_task(wire.endpoint.drain(0.0))
    await asyncio.sleep(0)
    sent = wire.taken()
    wire.receive(reply(leg, 487), MONITOR)
    wire.receive(reply(requests(sent, b"CANCEL")[0], 200), MONITOR)
    await draining

    assert sent_to(sent, DOOR) == [(503, b"INVITE")]
    assert sent_to(sent, MONITOR) == [(b"CANCEL", b"CANCEL")]


async def test_peers_that_never_answer_the_farewell_hold_nothing_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "FAREWELL", 0.05)
    on = talk()

    await on.wire.endpoint.drain(0.0)

    assert on.wire.endpoint.active_calls == 0
