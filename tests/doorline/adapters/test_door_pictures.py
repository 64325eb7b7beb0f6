"""Pictures of doors, into the store."""

from pathlib import Path

from sqlalchemy import select

from directory.queries.reporting_devices import ReportingDevice
from doorline.adapters.door_pictures import DoorPictures
from provisioning.picture import read_picture
from sipcore.storage.tables import pictures
from tests.support.clock import ManualClock
from tests.support.pictures import png
from tests.support.rooms import opened


async def test_a_picture_is_stored_with_its_site_its_door_and_its_moment(tmp_path: Path) -> None:
    picture = read_picture(png(64, 48))
    assert picture is not None
    async with opened(tmp_path, ManualClock()) as (stores, _):
        await DoorPictures(stores.database).keep(ReportingDevice(7, 3, None, ""), 12.5, picture)
        async with stores.database.connect() as connection:
            (row,) = (await connection.execute(select(pictures))).all()

    assert (row.site_id, row.device_id, row.at) == (3, 7, 12.5)
    assert (row.full, row.thumbnail) == (picture.full, picture.thumbnail)
