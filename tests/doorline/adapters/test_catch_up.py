"""An answer to a change leaves when the memory has it."""

import asyncio

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from doorline.adapters import catch_up as module
from doorline.adapters.catch_up import catch_up


class Memory:
    """Settles when told to."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.done = asyncio.Event()

    async def settled(self) -> None:
        self.asked.set()
        await self.done.wait()


def application(memory: Memory) -> web.Application:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(text="done")

    app = web.Application(middlewares=[catch_up(memory)])
    app.router.add_route("*", "/", answer)
    return app


async def test_a_change_waits_for_the_memory_and_a_look_does_not() -> None:
    memory = Memory()
    async with TestClient(TestServer(application(memory))) as client:
        looked = await client.get("/")
        change = asyncio.create_task(client.post("/"))
        await memory.asked.wait()
        waited = not change.done()
        memory.done.set()
        changed = await change

    assert (looked.status, waited, changed.status) == (200, True, 200)


async def test_a_memory_that_cannot_catch_up_does_not_hold_the_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.0)
    async with TestClient(TestServer(application(Memory()))) as client:
        changed = await client.delete("/")

    assert changed.status == 200
