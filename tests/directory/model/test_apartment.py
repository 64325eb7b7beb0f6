"""Apartments in the database."""

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

from directory.model import Account, Apartment, Device, Person
from directory.service import apartments, buildings
from directory.unit import Directory
from tests.support.directories import ROOT, Estate


async def test_people_devices_and_accounts_go_with_their_apartment(
    directory: Directory, estate: Estate
) -> None:
    async with directory.database.begin_write() as connection, connection.begin():
        await connection.execute(delete(Apartment).where(Apartment.id == estate.apartment))

    async with directory.database.connect() as connection:
        left = [
            (await connection.execute(select(func.count(model.id)).where(condition))).scalar_one()
            for model, condition in (
                (Person, Person.site_id == estate.site),
                (Device, Device.id == estate.monitor),
                (Account, Account.apartment_id == estate.apartment),
                (Device, Device.id == estate.gate),
            )
        ]
    assert left == [0, 0, 0, 1]


async def test_the_same_number_may_exist_in_two_buildings_but_not_twice_in_one(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        second = await buildings.create(unit, site_id=estate.site, name="2")
        twin = await apartments.create(unit, building_id=second.id, number="1001")

    async with directory.database.begin_write() as connection, connection.begin():
        same = update(Apartment).where(Apartment.id == twin.id).values(building_id=estate.building)
        with pytest.raises(IntegrityError):
            await connection.execute(same)
