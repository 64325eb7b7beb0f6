"""Start, signals, draining and stop, with a server that only notes what it is told."""

import asyncio
import os
import signal

import pytest

from doorline.adapters.health import ServerHealth
from doorline.failures import StartError
from doorline.lifecycle import serve


class NoDatabase:
    """Is well."""

    async def check(self) -> None:
        return None


class NotingServer:
    """Notes what it is told; `on_start` is a signal it sends to itself once it runs."""

    def __init__(self, *, drain: float = 0.0, fails: bool = False) -> None:
        self.health = ServerHealth(NoDatabase(), {})
        self.noted: list[object] = []
        self._drain = drain
        self._fails = fails

    async def start(self) -> tuple[str, ...]:
        self.noted.append("start")
        if self._fails:
            raise StartError("cannot listen")
        return ("sip/udp 127.0.0.1:5060", "http/admin 127.0.0.1:8081")

    async def drain(self, seconds: float) -> None:
        self.noted.append(("drain", seconds, self.health.draining))
        if self._drain:
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.Event().wait()

    async def stop(self) -> None:
        self.noted.append("stop")

    def reload(self) -> str:
        self.noted.append("reload")
        raise ValueError("a template is broken")


class Terminal:
    """Keeps the lines; sends signals to this process when the server is ready."""

    def __init__(self, *signals: signal.Signals) -> None:
        self.lines: list[str] = []
        self._signals = signals

    def say(self, line: str) -> None:
        self.lines.append(line)
        if line == "doorline ready":
            for number in self._signals:
                os.kill(os.getpid(), number)


async def test_a_server_says_its_listeners_then_ready_then_drains_and_stops() -> None:
    server, terminal = NotingServer(), Terminal(signal.SIGTERM)

    async def greeting() -> tuple[str, ...]:
        return ("try this",)

    await serve(server, drain_timeout=7.0, say=terminal.say, greeting=greeting)

    assert terminal.lines == [
        "sip/udp 127.0.0.1:5060",
        "http/admin 127.0.0.1:8081",
        "try this",
        "doorline ready",
    ]
    assert server.noted == ["start", ("drain", 7.0, True), "stop"]
    assert server.health.started


async def test_a_second_signal_cuts_the_drain_short() -> None:
    server, terminal = NotingServer(drain=1.0), Terminal(signal.SIGINT)

    await serve(server, drain_timeout=3600.0, say=terminal.say)

    assert server.noted == ["start", ("drain", 3600.0, True), "stop"]


async def test_a_broken_reload_leaves_the_server_running() -> None:
    server, terminal = NotingServer(), Terminal(signal.SIGHUP, signal.SIGTERM)

    await serve(server, drain_timeout=0.0, say=terminal.say)

    assert server.noted == ["start", "reload", ("drain", 0.0, True), "stop"]


async def test_a_server_that_cannot_start_is_stopped_and_says_nothing() -> None:
    server, terminal = NotingServer(fails=True), Terminal()

    with pytest.raises(StartError, match="cannot listen"):
        await serve(server, drain_timeout=0.0, say=terminal.say)

    assert terminal.lines == []
    assert server.noted == ["start", "stop"]
    assert not server.health.started
