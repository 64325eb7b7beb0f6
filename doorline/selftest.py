"""The self-test: a visitor rings a flat on the running server, with phones that are not ours.

Every phone is pjsua2 in a process of its own (`sipcore.agents`), so that a misunderstanding of this
server cannot hide on both sides. The stages must ring in the order of the plan, which comes from
the very planner that the server uses; whoever stands in the last one answers and opens the door.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Final

from doorline.lab import Lab, LabPhone
from sipcore.agents.device import DeviceError, SimulatedDevice
from sipcore.b2bua.plan import RingPlan, RingStage

PATIENCE: Final = 8.0
"""Seconds until something that takes a moment must have happened."""
FIRST: Final = (1.5, 1.0, 2.0)
"""Seconds before each try of the first phone to register; a running server looks for new accounts
once a second."""
RETRIES: Final = (0.0, 1.0)
"""The same for the others."""
SOUND: Final = 10
"""Packets of sound that each side must get; they come every 20 ms."""
RTP_PORT: Final = 41_000
"""First port for sound; each phone has ten."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    ok: bool
    detail: str

    def __str__(self) -> str:
        return f"{'ok  ' if self.ok else 'FAIL'} {self.name}: {self.detail}"


class Failed(Exception):  # noqa: N818 - the outcome of a check
    """A check failed; what follows cannot be looked at."""


class SelfTest:
    """The checks in order; the first that fails is the last, but for sound and record."""

    def __init__(
        self, lab: Lab, *, server: str, domain: str, tell: Callable[[Check], None]
    ) -> None:
        """`server` is `host:port` of a UDP listener; `tell` hears of each check at once."""
        self._lab = lab
        self._server = server
        self._domain = domain
        self._tell = tell
        self._pauses: tuple[float, ...] = FIRST
        self.ok = True
        """Whether every check went well so far."""

    async def run(
        self, plan: RingPlan, visit: Callable[[], Awaitable[Mapping[str, Any] | None]]
    ) -> None:
        """Ring the flat; `visit` finds the record of it, None as long as there is none."""
        try:
            async with AsyncExitStack() as stack:
                phones = {
                    phone.user: await self._registered(stack, phone, RTP_PORT + 10 * place)
                    for place, phone in enumerate((self._lab.door, *self._lab.phones))
                }
                await self._ring(plan, phones)
            await self._record(visit)
        except Failed:
            return
        except (DeviceError, ConnectionError) as error:
            self._check("phones", False, str(error) or "a phone's process ended")

    async def _ring(self, plan: RingPlan, phones: dict[str, SimulatedDevice]) -> None:
        door = phones[self._lab.door.user]
        stages = [stage for stage in plan.stages if _ours(stage, phones)]
        told = ", then ".join(f"{stage.name} for {stage.timeout:g} s" for stage in stages)
        self._must("plan", bool(stages), told or "no phone of the flat rings in any stage")
        await door.dial(self._lab.number)
        within = PATIENCE
        rung: list[SimulatedDevice] = []
        before: list[SimulatedDevice] = []
        for number, stage in enumerate(plan.stages):
            here = [phones[user] for user in _ours(stage, phones)]
            if here:
                name = f"stage {number + 1}"
                await self._rings(name, stage, here, within=within)
                rung += here
                self._not_yet(name, [phone for phone in phones.values() if phone not in rung])
                await self._given_up(name, [phone for phone in before if phone not in here])
                told = ", ".join(phone.name for phone in here)
                self._check(name, True, f"{stage.name}: {told} rings")
                before = here
                within = PATIENCE
            within += stage.timeout
        await self._answered(door, phones[_ours(stages[-1], phones)[0]])

    async def _registered(
        self, stack: AsyncExitStack, phone: LabPhone, rtp_port: int
    ) -> SimulatedDevice:
        """A phone with a process of its own that the server knows."""
        problem = ""
        # A running server sees new accounts within about a second.
        for pause in self._pauses:
            await asyncio.sleep(pause)
            device = await stack.enter_async_context(SimulatedDevice(phone.display))
            try:
                await device.register(
                    user=phone.user,
                    password=phone.password.reveal(),
                    domain=self._domain,
                    server=self._server,
                    rtp_port=rtp_port,
                )
            except DeviceError as error:
                problem = str(error)
                if not device.saw("refused"):
                    break  # nobody is there: an account that is not known yet is refused
            else:
                self._pauses = RETRIES
                self._check("registration", True, phone.display)
                return device
        told = (
            f"{problem}; is the server running at {self._server}? Its UDP listener is looked for "
            "where --server says, or else sip.listen.udp of the settings or "
            "DOORLINE_SIP__LISTEN__UDP"
        )
        self._must("registration", False, told)
        raise Failed

    async def _rings(
        self, name: str, stage: RingStage, here: list[SimulatedDevice], *, within: float
    ) -> None:
        """All phones of this stage ring."""
        for phone in here:
            try:
                await phone.expect("incoming", within=within)
            except DeviceError as error:
                self._must(name, False, f"{stage.name}: {error}")

    def _not_yet(self, name: str, later: list[SimulatedDevice]) -> None:
        """Nobody rings whose stage is still to come."""
        early = ", ".join(phone.name for phone in later if phone.saw("incoming"))
        if early:
            self._must(name, False, f"{early} rings before its turn")

    async def _given_up(self, name: str, before: list[SimulatedDevice]) -> None:
        """Phones of the stage before hear that it is over; some hear it just after the new ones."""
        for phone in before:
            try:
                await phone.expect("ended", within=PATIENCE)
            except DeviceError:
                self._must(name, False, f"{phone.name} of the stage before rings on")

    async def _answered(self, door: SimulatedDevice, answering: SimulatedDevice) -> None:
        await answering.answer()
        await answering.expect("talking", within=PATIENCE)
        await door.expect("talking", within=PATIENCE)
        self._check("answer", True, f"{answering.name} talks to the door")
        await self._heard(door, answering)
        await answering.press(self._lab.code)
        digit = await door.expect("digit", within=PATIENCE)
        right = str(digit["digit"]) == self._lab.code
        self._must("door code", right, "the door hears its code by INFO")
        await door.hang_up()
        await answering.expect("ended", within=PATIENCE)
        self._check("end", True, "the door hangs up, the other side hears it")

    async def _heard(self, *phones: SimulatedDevice) -> None:
        """Each of the two hears the other's tone; RTP takes its own way beside the server."""
        told, is_heard = [], True
        for phone in phones:
            try:
                sound = await phone.hear(SOUND, within=PATIENCE)
                told.append(f"{phone.name} hears {sound.received} packets")
            except DeviceError as error:
                told.append(str(error))
                is_heard = False
        self._check("audio", is_heard, ", ".join(told))

    async def _record(self, visit: Callable[[], Awaitable[Mapping[str, Any] | None]]) -> None:
        found = None
        for _ in range(20):
            found = await visit()
            if found is not None:
                break
            await asyncio.sleep(0.25)
        if found is None:
            self._must("record", False, "the visit is not on record")
            return
        outcome, opened = found["outcome"], found["opened_by"]
        self._check("record", outcome == "answered", f"visit {found['id']}: {outcome}")
        self._check("door log", bool(opened), f"door opened by {opened or 'nobody'}")

    def _check(self, name: str, ok: bool, detail: str) -> None:
        self.ok = self.ok and ok
        self._tell(Check(name, ok, detail))

    def _must(self, name: str, ok: bool, detail: str) -> None:
        self._check(name, ok, detail)
        if not ok:
            raise Failed


def _ours(stage: RingStage, phones: Mapping[str, object]) -> list[str]:
    """Accounts of a stage that the self-test plays."""
    return [target.party.user for target in stage.targets if target.party.user in phones]
