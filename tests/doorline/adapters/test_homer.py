"""The exporter on a real socket; Homer is a plain socket here."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from doorline.adapters.homer import HomerExporter
from sipcore.capture.captured import Addresses
from sipcore.capture.hep import HepEncoder
from sipcore.capture.tap import CaptureTap
from sipcore.kernel.flow import Flow
from tests.support.clock import ManualClock
from tests.support.sockets import free_port

PHONE = Flow("UDP", 0, "192.0.2.7", 5062)
WAY = Addresses("UDP", "192.0.2.7", 5062, "198.51.100.1", 5060)
SECRET = b'Authorization: Digest response="cafe"'


@contextmanager
def collector() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as homer:
        homer.bind(("127.0.0.1", 0))
        homer.settimeout(5.0)
        yield homer


def tap_with(host: str, port: int) -> tuple[CaptureTap, HomerExporter]:
    tap = CaptureTap(ManualClock(), 0)
    tap.local_end = lambda _flow: ("198.51.100.1", 5060)
    return tap, HomerExporter(tap, HepEncoder(7, b"key"), host, port)


async def test_each_message_becomes_one_packet_without_its_secrets() -> None:
    with collector() as homer:
        tap, exporter = tap_with("127.0.0.1", homer.getsockname()[1])
        await exporter.start()
        tap.received(b"X\r\n" + SECRET, PHONE)
        got = homer.recv(65535)
        await exporter.stop()

    shown = b"X\r\n" + SECRET.replace(b"cafe", b"xxxx")
    assert got == HepEncoder(7, b"key").packet(1_800_000_000.0, WAY, shown)
    assert exporter.counters == {"hep_sent": 1, "hep_lost": 0}


async def test_a_collector_that_is_away_costs_messages_and_nothing_else() -> None:
    tap, exporter = tap_with("127.0.0.1", free_port())
    await exporter.start()
    take = tap.received
    for _ in range(20):
        take(b"X", PHONE)
        await asyncio.sleep(0)
    await exporter.stop()

    counters = exporter.counters
    assert counters["hep_sent"] + counters["hep_lost"] == 20
    assert counters["hep_lost"] > 0


async def test_a_collector_whose_name_nobody_knows_does_not_stop_the_start() -> None:
    tap, exporter = tap_with("homer.invalid", 9060)
    await exporter.start()
    tap.received(b"X", PHONE)
    await exporter.stop()

    assert exporter.counters == {"hep_sent": 0, "hep_lost": 1}


async def test_after_the_end_nothing_is_exported_and_it_may_end_twice() -> None:
    with collector() as homer:
        tap, exporter = tap_with("127.0.0.1", homer.getsockname()[1])
        await exporter.start()
        await exporter.stop()
        await exporter.stop()
        tap.received(b"X", PHONE)

    assert exporter.counters == {"hep_sent": 0, "hep_lost": 0}
