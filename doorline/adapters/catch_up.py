"""Read your own writes: an answer to a change leaves when calls follow that change already."""

import asyncio
from contextlib import suppress
from typing import Protocol

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware


class Memory(Protocol):
    """What follows the directory; `EstateMemory` is one."""

    async def settled(self) -> None:
        """Wait until everything committed so far is in memory."""


_READING = frozenset({"GET", "HEAD", "OPTIONS"})
PATIENCE = 5.0
"""Seconds an answer waits at most; the change is committed either way."""


def catch_up(memory: Memory) -> Middleware:
    """A middleware for the admin API that waits for the memory after each writing request."""

    @web.middleware
    async def wait(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        if request.method not in _READING:
            with suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    await memory.settled()
        return response

    return wait
