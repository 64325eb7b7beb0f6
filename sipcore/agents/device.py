"""SimulatedDevice: an independent SIP phone in a process of its own, driven by JSON lines.

The phone is pjsua2, software that shares no line with this server: what it accepts, a real phone
accepts. Used by the demo, the scenarios and the live self-test.
"""

import asyncio
import json
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final

START_TIMEOUT: Final = 20.0
"""Seconds the process may take until pjsua2 is ready."""
SOUND_PAUSE: Final = 0.1
"""Seconds between two looks at the sound of a call."""
_MISSED: Final[Mapping[tuple[str, ...], str]] = {
    ("registered", "refused"): "gets no answer to its registration",
    ("incoming",): "does not ring",
    ("talking",): "talks to nobody",
    ("ended",): "does not hear that the call is over",
    ("digit",): "hears no digit",
}
"""What is wrong when none of these events comes, in words; others are named as they are."""


class DeviceError(Exception):
    """The device did not do, or did not see, what was expected in time."""


@dataclass(frozen=True, slots=True)
class Sound:
    """The sound of a call as one device has it."""

    sent: int
    """RTP packets so far."""
    received: int
    """The same."""
    level: int
    """How loud it is what the device hears, 0-255."""


class SimulatedDevice:
    """One phone with one account and one call, or two while it asks somebody else.

    Use it as an async context manager; leaving it ends the process.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.events: list[dict[str, Any]] = []
        """Everything the device has reported, in order."""
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._changed = asyncio.Condition()
        self._domain = ""

    async def __aenter__(self) -> "SimulatedDevice":
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "sipcore.agents.worker",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        self._reader = asyncio.create_task(self._read())
        await self.expect("ready", within=START_TIMEOUT)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        process = self._process
        if process is None:
            return
        with suppress(ConnectionError, BrokenPipeError):
            await self._tell({"do": "quit"})
        try:
            await asyncio.wait_for(process.wait(), 5.0)
        except TimeoutError:
            process.kill()
            await process.wait()
        if self._reader is not None:
            await self._reader
        # asyncio closes the pipes of a finished process in its next turns.
        if process.stdin is not None:
            process.stdin.close()
            with suppress(ConnectionError, BrokenPipeError):
                await process.stdin.wait_closed()

    async def register(
        self,
        *,
        user: str,
        password: str,
        domain: str,
        server: str,
        transport: str = "UDP",
        rtp_port: int = 0,
        contact_params: str = "",
        within: float = 5.0,
    ) -> None:
        """Register at `server` (`host:port`) and wait for the 200.

        `contact_params` are added to the URI of the Contact, such as `;pn-provider=fcm`.
        Raises DeviceError with the status when the registration is refused.
        """
        self._domain = domain
        await self._tell(
            {
                "do": "register",
                "user": user,
                "password": password,
                "domain": domain,
                "server": server,
                "transport": transport,
                "rtp_port": rtp_port,
                "contact_params": contact_params,
            }
        )
        event = await self.expect("registered", "refused", within=within)
        if event["event"] == "refused":
            raise DeviceError(f"{self.name}: registration refused with {event['status']}")

    async def dial(self, number: str) -> None:
        """Start a call."""
        await self._tell({"do": "dial", "number": number, "domain": self._domain})

    async def answer(self, status: int = 200) -> None:
        """Answer the ringing call, or refuse it with a failure status."""
        await self._tell({"do": "answer", "status": status})

    async def press(self, digits: str) -> None:
        """Send digits by SIP INFO."""
        await self._tell({"do": "press", "digits": digits})

    async def pass_on(self, number: str) -> None:
        """Let the other party talk to a number instead."""
        await self._tell({"do": "pass_on", "number": number, "domain": self._domain})

    async def consult(self, number: str) -> None:
        """Put the call on hold and call somebody else."""
        await self._tell({"do": "consult", "number": number, "domain": self._domain})

    async def join(self) -> None:
        """Let the party on hold talk to the one who was asked."""
        await self._tell({"do": "join"})

    async def sound(self, within: float = 5.0) -> Sound:
        """What is sent and heard in the call; nothing when there is none."""
        await self._tell({"do": "sound"})
        told = await self.expect("sound", within=within)
        return Sound(int(told["sent"]), int(told["received"]), int(told["level"]))

    async def hear(self, packets: int, within: float = 5.0) -> Sound:
        """Wait for so many more packets of sound in which something can be heard.

        Raises DeviceError when they do not come within that many seconds.
        """
        first = sound = await self.sound()
        clock = asyncio.get_running_loop()
        deadline = clock.time() + within
        while sound.received - first.received < packets or not sound.level:
            if clock.time() >= deadline:
                more = sound.received - first.received
                raise DeviceError(f"{self.name}: hears nothing, {more} packets within {within:g} s")
            await asyncio.sleep(SOUND_PAUSE)
            sound = await self.sound()
        return sound

    async def hang_up(self) -> None:
        """End the call."""
        await self._tell({"do": "hang_up"})

    async def vanish(self) -> None:
        """End without a word to anybody, as an app does that its telephone puts to sleep."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def expect(self, *names: str, within: float = 5.0) -> dict[str, Any]:
        """The first event with one of these names that was not expected before.

        Raises DeviceError when none arrives within that many seconds.
        """
        try:
            async with asyncio.timeout(within), self._changed:
                while True:
                    for event in self.events:
                        if event["event"] in names and not event.get("seen"):
                            event["seen"] = True
                            return event
                    if self._process is not None and self._process.returncode is not None:
                        raise DeviceError(f"{self.name}: the device's process ended")
                    await self._changed.wait()
        except TimeoutError:
            missed = _MISSED.get(names, f"does not report {' or '.join(names)}")
            raise DeviceError(f"{self.name}: {missed} within {within:g} s") from None

    def saw(self, name: str) -> bool:
        """Whether the device has reported such an event at all."""
        return any(event["event"] == name for event in self.events)

    async def _tell(self, command: Mapping[str, object]) -> None:
        process = self._process
        if process is None or process.stdin is None:
            raise DeviceError(f"{self.name}: not started")
        process.stdin.write(json.dumps(command).encode() + b"\n")
        await process.stdin.drain()

    async def _read(self) -> None:
        if self._process is None or self._process.stdout is None:
            return
        async for line in self._process.stdout:
            with suppress(ValueError):
                event = json.loads(line)
                async with self._changed:
                    self.events.append(event)
                    self._changed.notify_all()
        async with self._changed:
            self._changed.notify_all()
