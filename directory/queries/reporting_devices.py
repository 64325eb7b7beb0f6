"""Devices that tell the server of their calls: by the token of their action URLs (F092)."""

from dataclasses import dataclass

from sqlalchemy import select

from directory.database import Database
from directory.hook_token import device_of, proves
from directory.model import Account, Device, token_context
from directory.secrets import Vault

_NOBODY = "no device has this token"
"""Stands for the token of a device that does not exist, so that a refusal takes as long."""


@dataclass(frozen=True, slots=True)
class ReportingDevice:
    """A device and where it is."""

    device_id: int
    site_id: int
    building_id: int | None
    user: str
    """Its SIP user; empty when it has no account."""
    address: str = ""
    """As an operator entered it."""


class ReportingDevices:
    """Reads devices for whom only their token speaks."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    async def by_hook_token(self, token: str) -> ReportingDevice | None:
        """The device whose token it is; None when it is nobody's."""
        device_id = device_of(token)
        if device_id is None:
            return None
        query = select(
            Device.site_id,
            Device.building_id,
            Account.user,
            Device.address,
            Device.autop_token,
            Device.autop_token_hash,
        ).outerjoin(Account, Account.device_id == Device.id)
        async with self._database.connect() as connection:
            row = (await connection.execute(query.where(Device.id == device_id))).one_or_none()
        if row is None:
            proves(token, device_id, _NOBODY)
            return None
        secret = self._vault.open(row.autop_token, token_context(row.autop_token_hash))
        if not proves(token, device_id, secret):
            return None
        return ReportingDevice(device_id, row.site_id, row.building_id, row.user or "", row.address)

    async def neighbours(self, device: ReportingDevice) -> tuple[ReportingDevice, ...]:
        """The other devices of its network group (F098) that have an account."""
        query = (
            select(Device.id, Account.user, Device.address)
            .join(Account, Account.device_id == Device.id)
            .where(
                Device.site_id == device.site_id,
                Device.building_id == device.building_id,
                Device.id != device.device_id,
            )
            .order_by(Device.id)
        )
        async with self._database.connect() as connection:
            return tuple(
                ReportingDevice(device_id, device.site_id, device.building_id, user, address)
                for device_id, user, address in await connection.execute(query)
            )
