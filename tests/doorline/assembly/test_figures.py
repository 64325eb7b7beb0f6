"""The list of figures."""

import re
from pathlib import Path

from aiohttp.test_utils import TestClient, TestServer

from doorline.compose import compose
from doorline.server import DoorlineServer
from tests.support.clock import ManualClock
from tests.support.dial_site import residence
from tests.support.entropy import SequenceEntropy
from tests.support.rooms import settings


async def scrape(server: DoorlineServer) -> str:
    async with TestClient(TestServer(server.operators.app)) as client:
        return await (await client.get("/metrics")).text()


async def test_every_figure_has_a_sentence_that_says_what_it_means(tmp_path: Path) -> None:
    made = settings(tmp_path)
    server = await compose(made, clock=ManualClock(), entropy=SequenceEntropy())
    text = await scrape(server)
    await server.stop()
    told = dict(re.findall(r"^# HELP doorline_(\S+) (.*)$", text, re.MULTILINE))

    assert {"sip_active_calls", "push_waiting", "live_event_streams", "sip_wait_seconds"} <= set(
        told
    )
    assert [name for name, sentence in told.items() if not sentence.endswith(".")] == []


async def test_a_figure_is_read_when_somebody_asks(tmp_path: Path) -> None:
    made = settings(tmp_path)
    server = await compose(made, clock=ManualClock(), entropy=SequenceEntropy())
    before = await scrape(server)
    server.memory.dial.put_site(residence())
    server.endpoint.switchboard.counters["bad_messages"] += 2
    after = await scrape(server)
    await server.stop()

    for line, then, now in (
        ("doorline_sites", "0.0", "1.0"),
        ("doorline_sip_bad_messages_total", "0.0", "2.0"),
    ):
        assert f"\n{line} {then}\n" in before
        assert f"\n{line} {now}\n" in after
