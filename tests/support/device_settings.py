"""What autop would read about a device, for tests that know the device by its id."""

from directory.queries.device_settings import DeviceSettingsReader
from directory.queries.provisioning import DeviceSettings
from directory.scope import Scope
from directory.service import devices
from directory.unit import Directory


async def settings_of(directory: Directory, device_id: int) -> DeviceSettings:
    """The device's settings, found as the device finds them: by its token."""
    async with directory.reading(Scope.system()) as unit:
        token = await devices.token(unit, device_id)
    reader = DeviceSettingsReader(directory.database, directory.vault)
    found = await reader.by_token(token.reveal())
    assert found is not None
    return found
