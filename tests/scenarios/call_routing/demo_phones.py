"""pjsua2 phones with accounts of the demo community."""

from contextlib import AsyncExitStack

from sipcore.agents.device import SimulatedDevice
from tests.scenarios.sipp_interop.sipp import DOMAIN
from tests.support.demo_community import account_id
from tests.support.program import Program
from tests.support.sockets import free_port

AUDIBLE = 10
"""Packets of sound that count as hearing something."""


class DemoPhones:
    """Starts phones and lets them register; all end with the stack."""

    def __init__(self, server: Program, stack: AsyncExitStack) -> None:
        self._server = server
        self._stack = stack
        self._secrets: dict[str, dict[str, str]] = {}

    async def start(self, display: str) -> SimulatedDevice:
        """A phone with the account of that display name that has not registered yet."""
        if display not in self._secrets:
            path = f"/accounts/{account_id(self._server, display)}/reset-password"
            self._secrets[display] = self._server.make(path, None)
        return await self._stack.enter_async_context(SimulatedDevice(display))

    def user(self, display: str) -> str:
        """Account of a phone that was started."""
        return self._secrets[display]["user"]

    async def register(self, phone: SimulatedDevice, contact_params: str = "") -> None:
        """Let a phone register, with more parameters in its contact when there are any."""
        secret = self._secrets[phone.name]
        host, port = self._server.udp
        await phone.register(
            user=secret["user"],
            password=secret["password"],
            domain=DOMAIN,
            server=f"{host}:{port}",
            rtp_port=free_port(),
            contact_params=contact_params,
        )

    async def registered(self, display: str) -> SimulatedDevice:
        """A phone that has registered."""
        phone = await self.start(display)
        await self.register(phone)
        return phone


async def talk(*phones: SimulatedDevice) -> None:
    """All these phones are in a call and hear something."""
    for phone in phones:
        await phone.expect("talking")
        await phone.hear(AUDIBLE)
