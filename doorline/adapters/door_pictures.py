"""Pictures of doors, from the hook into the store (F270)."""

from directory.database import Database
from directory.queries.reporting_devices import ReportingDevice
from provisioning.picture import Picture
from sipcore.storage.pictures import keep_picture


class DoorPictures:
    """Keeps what devices send."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, device: ReportingDevice, at: float, picture: Picture) -> None:
        """Store a picture that the device took at that UTC second."""
        async with self._database.begin_write() as connection, connection.begin():
            await keep_picture(
                connection,
                site_id=device.site_id,
                device_id=device.device_id,
                at=at,
                full=picture.full,
                thumbnail=picture.thumbnail,
            )
