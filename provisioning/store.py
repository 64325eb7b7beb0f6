"""The directory as the autop server sees it: settings of a device, its window, its lines."""

from directory.queries.device_settings import DeviceSettingsReader
from directory.queries.provisioning import DeviceSettings
from directory.scope import Scope
from directory.service import devices
from directory.unit import Directory

ACTOR = "autop"
"""Who ended a first-fetch window, in audit rows."""


class DirectoryStore:
    """Fulfils `provisioning.autop.DeviceStore`."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._reader = DeviceSettingsReader(directory.database, directory.vault)

    async def by_token(self, token: str) -> DeviceSettings | None:
        """The device whose autop URL holds the token."""
        return await self._reader.by_token(token)

    async def by_mac(self, mac: str) -> DeviceSettings | None:
        """The device with that MAC, twelve upper-case hexadecimal digits."""
        return await self._reader.by_mac(mac)

    async def close_window(self, device_id: int, ends_at: float | None) -> None:
        """End the first-fetch window at that moment, UTC seconds; None ends it now."""
        async with self._directory.unit(Scope.system(ACTOR)) as unit:
            left = 0.0 if ends_at is None else max(0.0, ends_at - unit.now)
            await devices.arm(unit, device_id, left)

    async def take_commands(self, device_id: int, command_ids: frozenset[int]) -> frozenset[int]:
        """Mark one-time lines as delivered; those that nobody else has taken before."""
        return await self._reader.mark_delivered(command_ids, self._directory.clock())
