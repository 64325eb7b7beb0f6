"""The admin API on its ports."""

from pathlib import Path

from aiohttp.test_utils import TestClient, TestServer

from doorline.compose import compose
from doorline.server import DoorlineServer
from tests.support.clock import ManualClock
from tests.support.entropy import SequenceEntropy
from tests.support.rooms import settings


async def complaints(server: DoorlineServer) -> list[str]:
    async with TestClient(TestServer(server.operators.app)) as client:
        checks = (await (await client.get("/readyz")).json())["checks"]
    return [check["name"] for check in checks if not check["ok"]]


async def test_whatever_cannot_be_written_makes_the_server_unready(tmp_path: Path) -> None:
    server = await compose(settings(tmp_path), clock=ManualClock(), entropy=SequenceEntropy())
    server.health.started = True
    well = await complaints(server)
    unwell = []
    for writer in (
        server.stores.bindings,
        server.stores.journal,
        server.stores.door_log,
        server.stores.ledger,
    ):
        writer.last_error = "disk full"
        unwell += await complaints(server)
        writer.last_error = ""
    await server.stop()

    assert (well, unwell) == (
        [],
        ["stored_bindings", "stored_calls", "door_log", "autop_ledger"],
    )
