"""One account's messages as pcap, remembered and live."""

import asyncio
from dataclasses import replace

import pytest

from admin_api.services import TooManyFollowers
from directory.secrets import Secret
from doorline.adapters.capture import MAX_BEHIND, AccountCapture, homer_exporter
from doorline.settings import CaptureSettings
from sipcore.capture import pcap
from sipcore.capture.captured import Captured
from sipcore.capture.masking import masked
from sipcore.capture.tap import MAX_WATCHERS, CaptureTap
from sipcore.kernel.flow import Flow
from sipcore.registrar.location import Location
from tests.doorline.adapters.test_live_view import binding
from tests.support.clock import ManualClock

PHONE = Flow("UDP", 0, "192.0.2.7", 5062)
HOME = Flow("UDP", 0, "::1", 5070)
"""Where the account `a` is registered."""


def request(user: str, call_id: str, secret: str = "") -> bytes:
    lines = [
        "INVITE sip:x@d SIP/2.0",
        f"From: <sip:{user}@d>",
        f"Call-ID: {call_id}",
        *([f'Authorization: Digest response="{secret}"'] if secret else []),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


class Wire:
    """A tap with a phone at its end."""

    def __init__(self, keep: int = 100) -> None:
        self.tap = CaptureTap(ManualClock(), keep)
        self.tap.local_end = lambda _flow: ("198.51.100.1", 5060)
        location = Location()
        location.restore([binding("a", "sip:a@h")])
        self.capture = AccountCapture(self.tap, location)
        self._take = self.tap.received

    def bring(self, data: bytes, flow: Flow = PHONE) -> None:
        """A message arrives."""
        self._take(data, flow)

    def record(self, data: bytes, flow: Flow = PHONE) -> bytes:
        """How it is written."""
        message = Captured(1_800_000_000.0, True, flow, data)
        return pcap.record(message.at, self.tap.way(message), masked(data))

    async def read(self, user: str, seconds: float = 0) -> list[bytes]:
        """The whole file, record by record."""
        return [piece async for piece in self.capture.pcap(user, seconds)]


async def test_what_is_remembered_of_the_account_is_shown_without_its_secrets() -> None:
    wire = Wire()
    for data in (request("a", "c1", "cafe"), request("b", "c2", "babe"), request("a", "c3")):
        wire.bring(data)

    pieces = await wire.read("a")

    shown = request("a", "c1", "xxxx")
    assert pieces == [pcap.FILE_HEADER, wire.record(shown), wire.record(request("a", "c3"))]
    assert b"babe" not in b"".join(await wire.read("b"))


async def test_a_call_is_shown_from_its_first_message_on() -> None:
    wire = Wire()
    first, second = request("door", "c1"), request("a", "c1")
    wire.bring(first)
    wire.bring(second)

    assert await wire.read("a") == [pcap.FILE_HEADER, wire.record(first), wire.record(second)]


async def test_garbage_from_where_the_account_is_registered_is_shown() -> None:
    wire = Wire()
    wire.bring(b"\xff", HOME)

    assert await wire.read("a") == [pcap.FILE_HEADER, wire.record(b"\xff", HOME)]
    assert await wire.read("b") == [pcap.FILE_HEADER]


async def test_what_passes_afterwards_is_shown_until_the_time_is_over() -> None:
    wire = Wire()
    wire.bring(request("a", "kept"))
    reading = asyncio.create_task(wire.read("a", 0.05))
    await asyncio.sleep(0)
    wire.bring(request("b", "other"))
    wire.bring(request("a", "live"))
    pieces = await reading
    wire.bring(request("a", "late"))

    assert pieces[1:] == [wire.record(request("a", "kept")), wire.record(request("a", "live"))]
    assert wire.tap.watch(print)  # whose place is free again


async def test_whoever_asks_and_does_not_read_holds_a_place_only_for_his_time() -> None:
    wire = Wire()
    for _ in range(MAX_WATCHERS):
        wire.capture.pcap("a", 0.01)
    with pytest.raises(TooManyFollowers):
        wire.capture.pcap("a", 0.01)
    without_following = await wire.read("a")
    await asyncio.sleep(0.05)

    assert without_following == [pcap.FILE_HEADER]
    assert await wire.read("a", 0.001) == [pcap.FILE_HEADER]


async def test_a_slow_reader_loses_messages_and_still_comes_to_the_end() -> None:
    wire = Wire(keep=0)
    stream = wire.capture.pcap("a", 60)
    for _ in range(MAX_BEHIND + 10):
        wire.bring(request("a", "c"))
    wire.capture.stop()

    assert len([piece async for piece in stream]) == 1 + MAX_BEHIND


async def test_a_server_that_stops_ends_every_capture() -> None:
    wire = Wire()
    reading = asyncio.create_task(wire.read("a", 3600))
    await asyncio.sleep(0)
    wire.capture.stop()

    assert await asyncio.wait_for(reading, 5.0) == [pcap.FILE_HEADER]


async def test_there_is_an_exporter_only_when_a_collector_is_named() -> None:
    tap = CaptureTap(ManualClock(), 0)
    settings = CaptureSettings(hep="127.0.0.1:9", hep_id=7, hep_password=Secret("key"))

    assert homer_exporter(tap, replace(settings, hep="")) is None
    assert homer_exporter(tap, settings) is not None
