"""Autop on the directory, and what serves it."""

from pathlib import Path

from aiohttp.test_utils import TestClient, TestServer

from doorline.assembly.device_files import device_files
from doorline.settings import Address, HttpSettings
from provisioning.direct import nowhere
from provisioning.profile import ServerAddress
from provisioning.reports import NOT_FOUND, Body, Form, Knock, Reply
from tests.support.clock import ManualClock
from tests.support.rooms import opened


class NobodyReports:
    """No action URL is anybody's."""

    async def receive(self, _knock: Knock, _form: Form | None = None) -> Reply:
        return NOT_FOUND

    async def receive_picture(self, _knock: Knock, _body: Body) -> Reply:
        return NOT_FOUND


async def test_a_request_for_a_file_is_decided_and_counted(tmp_path: Path) -> None:
    clock = ManualClock()
    async with opened(tmp_path, clock) as (stores, _):
        files = device_files(
            HttpSettings(), stores.directory, stores.ledger, NobodyReports(), nowhere, clock
        )
        files.autop.start(ServerAddress("192.0.2.1", {"udp": 5060}, "d", "http://192.0.2.1:8080"))
        async with TestClient(TestServer(files.app)) as client:
            status = (await client.get("/autop/x.cfg")).status

    assert (status, sum(files.autop.counters.values())) == (404, 1)


async def test_they_are_served_where_the_settings_say(tmp_path: Path) -> None:
    clock, http = ManualClock(), HttpSettings(autop=(Address("127.0.0.1", 0),))
    async with opened(tmp_path, clock) as (stores, _):
        listener = device_files(
            http, stores.directory, stores.ledger, NobodyReports(), nowhere, clock
        ).listener
        listener.bind()
        bound = str(listener.bound[0])
        await listener.stop()

    assert bound.startswith("127.0.0.1:")
