"""`doorline serve`: the server in the foreground."""

import asyncio
import gc
import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import structlog
import typer

from doorline import lifecycle, log
from doorline.cli.options import DEFAULT_CONFIG, ConfigOption
from doorline.collector import Collector
from doorline.failures import StartError
from doorline.opening import make_folders, opened
from doorline.settings import Settings, load
from doorline.settings.environment import misspelled
from doorline.settings.files import expiring
from doorline.settings.rules import exposed, notices
from doorline.sole_server import sole_server
from doorline.system import (
    SystemClock,
    allow_many_connections,
    connections_that_fit,
    system_entropy,
)

_LOOKS = 60.0
"""Seconds between two questions whether the garbage collector may look at everything."""


def serve(
    demo: Annotated[
        bool,
        typer.Option(
            "--demo",
            help="Make the demo community at the first start, and print what to try.",
        ),
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Run the server until SIGTERM; SIGHUP reads certificates and templates again."""
    settings = load(config, with_files=True)
    log.configure(settings.server.log_level, settings.server.log_format)
    for notice in notices(settings):
        structlog.get_logger("doorline").warning("settings.no_effect", notice=notice)
    for notice in exposed(settings):
        structlog.get_logger("doorline").warning("settings.exposed", notice=notice)
    for notice in misspelled(os.environ):
        structlog.get_logger("doorline").warning("settings.not_read", notice=notice)
    for notice in expiring(settings.sip.tls, SystemClock().utc()):
        structlog.get_logger("doorline").warning("certificate.expiring", notice=notice)
    files, wanted = allow_many_connections(), settings.sip.limits.connections
    if (fit := connections_that_fit(wanted)) < wanted and files < wanted:
        structlog.get_logger("doorline").warning(
            "settings.few_open_files", connections=fit, wanted=wanted, open_files=files
        )
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        # What is loaded from here on stays: to look through it again and again while it grows
        # would take a quarter of the start. `Collector.settle` switches the collector on again.
        gc.disable()
        try:
            make_folders(settings)
            with sole_server(settings.database_path):
                runner.run(_serve(settings, config if demo else None))
        finally:
            gc.enable()


async def _serve(settings: Settings, demo: Path | None) -> None:
    """Run the server; `demo` is the settings file to name in the hints of the demo community."""
    # Imported here because the whole server takes a second to import, which the other commands
    # need not wait for.
    from doorline import demo as community
    from doorline.compose import compose

    token = None
    if demo is not None:
        async with opened(settings) as directory:
            token = await community.prepare(directory)
    server = await compose(settings, clock=SystemClock(), entropy=system_entropy())

    collector = Collector(SystemClock(), lambda: not server.endpoint.active_calls)
    server.endpoint.turn = collector.turn

    async def greeting() -> tuple[str, ...]:
        collector.settle()
        return await community.hints(server, token, demo) if demo is not None else ()

    looks = asyncio.create_task(_look(collector))
    try:
        await lifecycle.serve(
            server, drain_timeout=settings.server.drain_timeout, say=_say, greeting=greeting
        )
    except StartError:
        # The community is made by now, and no later start can show its token.
        if token is not None:
            _say(community.token_line(token))
        raise
    finally:
        looks.cancel()


async def _look(collector: Collector) -> None:
    """Ask now and then whether everything may be looked at."""
    while True:
        await asyncio.sleep(_LOOKS)
        collector.tick()


def _say(line: str) -> None:
    """Whoever waits for a line reads it from a pipe, so it must not stay in a buffer."""
    print(line, flush=True)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """uvloop where it is installed: half the CPU for each datagram."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop
