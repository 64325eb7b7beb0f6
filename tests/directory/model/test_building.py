"""Buildings in the database."""

import pytest
from sqlalchemy import delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from directory.model import Account, Apartment, Building, Device, Person
from directory.unit import Directory
from tests.support.directories import NOW, Estate


async def test_apartments_people_devices_and_accounts_go_with_their_building(
    directory: Directory, estate: Estate
) -> None:
    async with directory.database.begin_write() as connection, connection.begin():
        await connection.execute(delete(Building).where(Building.id == estate.building))

    async with directory.database.connect() as connection:
        left = [
            (await connection.execute(select(func.count(model.id)).where(condition))).scalar_one()
            for model, condition in (
                (Apartment, Apartment.site_id == estate.site),
                (Person, Person.site_id == estate.site),
                (Device, Device.site_id == estate.site),
                (Account, Account.building_id == estate.building),
            )
        ]
    # The guard phone serves the whole site and stays.
    assert left == [0, 0, 1, 0]


async def test_a_name_is_unique_in_its_site_only(directory: Directory, estate: Estate) -> None:
    row = {"name": "1", "created_at": NOW, "revision": 1}
    async with directory.database.begin_write() as connection, connection.begin():
        await connection.execute(insert(Building), [row | {"site_id": estate.office}])
        with pytest.raises(IntegrityError):
            await connection.execute(insert(Building), [row | {"site_id": estate.site}])
