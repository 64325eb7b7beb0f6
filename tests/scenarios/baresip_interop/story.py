"""A visit played by baresip, door phone and app in one process: `python story.py` with settings.

Reads one JSON object from standard input: `server` (`host:port`), `transport`, `domain`, `door`
and `app` (user and password each), and `code`, the digit that opens the door. Prints what happened
as a JSON list of `[step, outcome]`. It is a process of its own because baresip allows one runtime
per process, and so that a crash of native code ends no tests.
"""

import asyncio
import json
import sys
from collections.abc import Callable
from typing import Any

from baresip.call import Call, CallState
from baresip.config import Account, Config
from baresip.errors import BaresipError, CallFailed, RegistrationError
from baresip.runtime import Runtime
from baresip.ua import UserAgent

PATIENCE = 10.0
"""Seconds until something that must happen has happened."""

MOMENT = 0.02
"""Seconds between two looks."""

Steps = list[tuple[str, object]]


async def until(holds: Callable[[], bool]) -> None:
    """Wait for a condition; TimeoutError when it never holds."""
    for _ in range(int(PATIENCE / MOMENT)):
        if holds():
            return
        await asyncio.sleep(MOMENT)
    raise TimeoutError


async def patiently(act: Callable[[], Any]) -> None:
    """Do something that baresip refuses while its last re-INVITE is still under way."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                await act()
            except BaresipError:
                await asyncio.sleep(0.05)
            else:
                return


class Story:
    """The steps of the visit; `steps` grows as they come true."""

    def __init__(self, runtime: Runtime, given: dict[str, Any]) -> None:
        self.steps: Steps = []
        self._runtime = runtime
        self._given = given
        self._incoming: asyncio.Queue[Call] = asyncio.Queue()

    async def play(self) -> None:
        """All of it."""
        door = await self._agent(**self._given["door"])
        app = await self._agent(**self._given["app"])
        app.on_incoming(self._incoming.put_nowait)
        await door.register()
        await app.register()
        self.steps.append(("registered", [True, True]))
        await self._wrong_password()
        await self._talk(door, app)
        await self._declined(door)
        await self._given_up(door)
        await self._failed(door, "98765")
        await door.unregister()
        await app.unregister()
        self.steps.append(("unregistered", True))

    async def _agent(self, user: str, password: str) -> UserAgent:
        transport = self._given["transport"]
        account = Account(
            user=user,
            domain=self._given["domain"],
            password=password,
            registrar=f"sip:{self._given['server']};transport={transport}",
            transport=transport,
            dtmf_mode="info",
            reg_interval=600,
        )
        return await UserAgent.create(self._runtime, account)

    async def _wrong_password(self) -> None:
        stranger = await self._agent(self._given["app"]["user"], "not-the-password")
        try:
            await stranger.register()
        except RegistrationError as error:
            self.steps.append(("wrong password", error.status))

    async def _dial(self, door: UserAgent, number: str = "") -> Call:
        number = number or self._given["app"]["user"]
        return await door.dial(f"sip:{number}@{self._given['domain']}")

    async def _talk(self, door: UserAgent, app: UserAgent) -> None:
        digits: list[str] = []
        visitor = await self._dial(door)
        visitor.on_dtmf(lambda event: digits.append(event.digit))
        resident = await asyncio.wait_for(self._incoming.get(), PATIENCE)
        await resident.answer()
        await visitor.wait_established(PATIENCE)
        self.steps.append(("talking", True))
        await resident.send_dtmf(self._given["code"])
        await until(lambda: bool(digits))
        self.steps.append(("digits at the door", digits == [self._given["code"]]))
        await patiently(visitor.hold)
        await until(lambda: resident.remote_on_hold)
        await patiently(visitor.resume)
        await until(lambda: not resident.remote_on_hold)
        self.steps.append(("held and resumed", True))
        await resident.hangup()
        await until(lambda: visitor.state is CallState.CLOSED)
        self.steps.append(("hung up", True))

    async def _declined(self, door: UserAgent) -> None:
        visitor = await self._dial(door)
        resident = await asyncio.wait_for(self._incoming.get(), PATIENCE)
        await resident.reject()
        self.steps.append(("declined", await outcome(visitor)))

    async def _given_up(self, door: UserAgent) -> None:
        visitor = await self._dial(door)
        resident = await asyncio.wait_for(self._incoming.get(), PATIENCE)
        await visitor.hangup()
        await until(lambda: resident.state is CallState.CLOSED)
        self.steps.append(("given up", True))

    async def _failed(self, door: UserAgent, number: str) -> None:
        self.steps.append(("unknown number", await outcome(await self._dial(door, number))))


async def outcome(call: Call) -> int | None:
    """The status a call failed with; None when it was answered."""
    try:
        await call.wait_established(PATIENCE)
    except CallFailed as failure:
        return failure.status
    return None


async def main() -> None:
    """Play the story and print how far it came, whatever happens."""
    runtime = Runtime()
    await runtime.start(Config(net_interface="127.0.0.1"))
    story = Story(runtime, json.load(sys.stdin))
    try:
        await story.play()
    finally:
        sys.stdout.write(json.dumps(story.steps))
        await runtime.close()


if __name__ == "__main__":
    asyncio.run(main())
