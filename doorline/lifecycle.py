"""Start and stop order, signals, draining."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Protocol

import structlog

from doorline.adapters.health import ServerHealth
from sipcore.native import is_compiled

log = structlog.get_logger("doorline")

READY = "doorline ready"
"""Printed alone on a line when every listener accepts."""

Greeting = Callable[[], Awaitable[tuple[str, ...]]]
"""Gives the lines that come between the listeners and `READY`."""


class Server(Protocol):
    """What can be started and stopped; `doorline.server.DoorlineServer` is the real one."""

    @property
    def health(self) -> ServerHealth:
        """What it says about readiness."""

    async def start(self) -> tuple[str, ...]:
        """Begin; returns one line per listener. StartError when that is impossible."""

    async def drain(self, seconds: float) -> None:
        """Take no new calls, let open ones go on for at most `seconds`."""

    async def stop(self) -> None:
        """Close everything; what waits to be written is written first."""

    def reload(self) -> str:
        """Read templates and certificates again; returns what was done, for the log."""


async def serve(
    server: Server,
    *,
    drain_timeout: float,
    say: Callable[[str], None],
    greeting: Greeting | None = None,
) -> None:
    """Run until SIGTERM or SIGINT, then drain and stop. A second signal cuts the drain short.

    `say` prints a line.
    """
    told = asyncio.Event()
    hurried = asyncio.Event()

    def on_stop() -> None:
        (hurried if told.is_set() else told).set()

    loop = asyncio.get_running_loop()
    # Handlers come first: a server that is told to stop while it starts stops in good order.
    handlers = {
        signal.SIGTERM: on_stop,
        signal.SIGINT: on_stop,
        signal.SIGHUP: lambda: _reload(server),
    }
    for number, handler in handlers.items():
        loop.add_signal_handler(number, handler)
    try:
        listeners = await server.start()
        greetings = await greeting() if greeting is not None else ()
        for line in (*listeners, *greetings, READY):
            say(line)
        server.health.started = True
        log.info("server.started", engine="compiled" if is_compiled() else "python")
        await told.wait()
        server.health.draining = True
        log.info("server.draining", seconds=drain_timeout)
        await _unless(hurried, server.drain(drain_timeout))
    finally:
        await server.stop()
        for number in handlers:
            loop.remove_signal_handler(number)
    log.info("server.stopped")


def _reload(server: Server) -> None:
    """A mistake in a file must not end a running server: what was read before stays in use."""
    try:
        log.info("server.reloaded", what=server.reload())
    except Exception as error:
        log.error("server.not_reloaded", error=str(error))


async def _unless(hurried: asyncio.Event, work: Coroutine[None, None, None]) -> None:
    """Carry out some work, or give it up when told to hurry."""
    task = asyncio.ensure_future(work)
    hurry = asyncio.ensure_future(hurried.wait())
    await asyncio.wait((task, hurry), return_when=asyncio.FIRST_COMPLETED)
    for waiting in (task, hurry):
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting
