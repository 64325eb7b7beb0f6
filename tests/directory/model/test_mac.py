"""The MAC library in the database."""

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from directory.model import Mac
from directory.unit import Directory
from tests.support.directories import Estate


async def test_a_device_has_one_mac_and_a_mac_one_library(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    async with directory.database.begin_write() as connection, connection.begin():
        free = update(Mac).where(Mac.id == estate.free_mac)
        with pytest.raises(IntegrityError):
            await connection.execute(free.values(device_id=estate.gate))
        with pytest.raises(IntegrityError):
            await connection.execute(free.values(mac="0C1105990002"))
