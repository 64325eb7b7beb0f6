"""Stand-ins for what the autop server talks to."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from directory.queries.provisioning import DeviceSettings
from provisioning.ledger import AutopFetch


class MemoryStore:
    """A directory of a few devices; counts what it is asked.

    Every method gives way to other requests once, as a real database does.
    """

    def __init__(self, *devices: DeviceSettings) -> None:
        self.devices = {one.device_id: one for one in devices}
        self.taken: set[int] = set()
        self.closed: list[tuple[int, float | None]] = []
        self.look_ups = 0
        self.failure: Exception | None = None

    async def by_token(self, token: str) -> DeviceSettings | None:
        """The device with that token."""
        await asyncio.sleep(0)
        return self._find(lambda one: one.token.reveal() == token)

    async def by_mac(self, mac: str) -> DeviceSettings | None:
        """The device with that MAC."""
        await asyncio.sleep(0)
        return self._find(lambda one: one.mac == mac)

    async def close_window(self, device_id: int, ends_at: float | None) -> None:
        """Move the end of the window."""
        await asyncio.sleep(0)
        if self.failure is not None:
            raise self.failure
        self.closed.append((device_id, ends_at))
        self.devices[device_id] = replace(self.devices[device_id], armed_until=ends_at)

    async def take_commands(self, device_id: int, command_ids: frozenset[int]) -> frozenset[int]:
        """Those nobody has taken yet; they leave the device's waiting lines."""
        await asyncio.sleep(0)
        fresh = command_ids - self.taken
        self.taken |= fresh
        one = self.devices[device_id]
        waiting = tuple(line for line in one.commands if line.command_id not in self.taken)
        self.devices[device_id] = replace(one, commands=waiting)
        return fresh

    def _find(self, wanted: Callable[[DeviceSettings], bool]) -> DeviceSettings | None:
        self.look_ups += 1
        if self.failure is not None:
            raise self.failure
        return next((one for one in self.devices.values() if wanted(one)), None)


class MemoryLedger:
    """Keeps rows in a list."""

    def __init__(self) -> None:
        self.rows: list[AutopFetch] = []

    def write(self, fetch: AutopFetch) -> None:
        """Keep one row."""
        self.rows.append(fetch)

    @property
    def decisions(self) -> list[tuple[int, str]]:
        """Status and decision of every row."""
        return [(row.status, row.decision) for row in self.rows]


async def no_pause(_: float) -> None:
    """Waits for nothing."""
