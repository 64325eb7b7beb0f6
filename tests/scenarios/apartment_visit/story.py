"""The stories: the app answers, the landline answers, the visitor gives up.

Each one takes the server and a voice that tells what happens, plays on real phones, and returns
the visit as the admin API shows it afterwards. DeviceError or ServerError when a step fails.
"""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from tests.scenarios.apartment_visit.cast import RING_TIME, Cast, Say, assemble
from tests.scenarios.running_server import RunningServer, ServerError

MOMENT = 0.7
"""Seconds people take to pick up, or to say who they are."""
AUDIBLE = 25
"""Packets of sound, half a second of it, after which somebody has heard the other one."""
ANSWER = Path(__file__).with_name("telephone_provider.xml")


async def app_answers(server: RunningServer, say: Say) -> dict[str, Any]:
    """Flat 1001: nobody answers indoors, the app answers and opens the door."""
    async with AsyncExitStack() as stack:
        cast = await assemble(server, stack, "1001", say)
        say("the visitor dials 1001")
        await cast.door.dial("1001")
        await cast.monitor.expect("incoming")
        await cast.door.expect("ringing")
        say("the indoor monitor rings, the visitor hears it ring")
        await cast.app.expect("incoming", within=RING_TIME + 5)
        await cast.monitor.expect("ended")
        say("nobody answers indoors; the monitor falls silent, the app rings")
        await asyncio.sleep(MOMENT)
        await cast.app.answer()
        await cast.app.expect("talking")
        await cast.door.expect("talking")
        for phone in (cast.door, cast.app):
            await phone.hear(AUDIBLE)
        say("the app answers, visitor and resident talk")
        await open_door(cast)
        await asyncio.sleep(MOMENT)
        await cast.app.hang_up()
        await cast.door.expect("ended")
        say("the app hangs up")
        return await finished_visit(server)


async def landline_answers(server: RunningServer, say: Say, sipp: str) -> dict[str, Any]:
    """Flat 1002: neither monitor nor app answers; the landline answers and opens the door."""
    async with AsyncExitStack() as stack:
        cast = await assemble(server, stack, "1002", say)
        provider = await stack.enter_async_context(Provider(server, sipp, cast.door_code))
        say("the visitor dials 1002")
        await cast.door.dial("1002")
        await cast.monitor.expect("incoming")
        await cast.app.expect("incoming", within=RING_TIME + 5)
        say("the monitor rang in vain, the app rings")
        await cast.door.expect("talking", within=RING_TIME + 10)
        say("the app rang in vain, the landline answers through the telephone provider")
        digit = await cast.door.expect("digit")
        if digit["digit"] != cast.door_code:
            raise ServerError("the door received another digit than the landline pressed")
        say("the landline presses the door code, the door receives it")
        await cast.door.hang_up()
        await provider.finished()
        say("the visitor hangs up")
        return await finished_visit(server)


async def visitor_gives_up(server: RunningServer, say: Say) -> dict[str, Any]:
    """Flat 1001: the visitor hangs up while the indoor monitor rings."""
    async with AsyncExitStack() as stack:
        cast = await assemble(server, stack, "1001", say)
        say("the visitor dials 1001")
        await cast.door.dial("1001")
        await cast.monitor.expect("incoming")
        await cast.door.expect("ringing")
        say("the indoor monitor rings")
        await cast.door.hang_up()
        await cast.monitor.expect("ended")
        say("the visitor hangs up, the monitor falls silent")
        visit = await finished_visit(server)
        if cast.app.saw("incoming"):
            raise ServerError("the app rang although the visitor had gone")
        return visit


async def open_door(cast: Cast) -> None:
    """The app presses the door code; the door must receive that digit and nothing else."""
    await cast.app.press(cast.door_code)
    digit = await cast.door.expect("digit")
    if digit["digit"] != cast.door_code:
        raise ServerError("the door received another digit than the app pressed")
    cast.say("the app sends the door code, the door receives it and opens")


async def finished_visit(server: RunningServer) -> dict[str, Any]:
    """The newest visit, once the record of it is complete."""
    for _ in range(50):
        visits = (await server.call("GET", "/visits?limit=1"))["items"]
        if visits and visits[0]["ended_at"] is not None:
            return dict(await server.call("GET", f"/visits/{visits[0]['id']}"))
        await asyncio.sleep(0.1)
    raise ServerError("the visit is not in the record, or still open, after five seconds")


class Provider:
    """SIPp as the telephone provider behind the trunk: answers one call, presses the code."""

    def __init__(self, server: RunningServer, sipp: str, code: str) -> None:
        self._command = [sipp, "-sf", str(ANSWER), "-i", "127.0.0.1", "-m", "1", "-nostdin"]
        self._command += ["-p", str(server.trunk_port), "-key", "code", code, "-timeout", "60"]
        self._folder = server.config.parent
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> "Provider":
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            cwd=self._folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        return self

    async def __aexit__(self, *exc: object) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def finished(self) -> None:
        """Wait until the call is over; ServerError when SIPp saw something unexpected."""
        if self._process is None:
            return
        status = await asyncio.wait_for(self._process.wait(), 15.0)
        if status:
            raise ServerError(f"the telephone provider (SIPp) failed with status {status}")
