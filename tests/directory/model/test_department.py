"""Departments in the database."""

import pytest
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from directory.model import Department
from directory.unit import Directory
from tests.support.directories import Estate


async def test_a_department_with_people_cannot_vanish_under_them(
    directory: Directory, estate: Estate
) -> None:
    async with directory.database.begin_write() as connection, connection.begin():
        with pytest.raises(IntegrityError):
            await connection.execute(delete(Department).where(Department.id == estate.department))


async def test_floors_are_a_list_of_texts(directory: Directory, estate: Estate) -> None:
    async with directory.database.connect() as connection:
        query = select(Department.floors).where(Department.id == estate.department)
        assert (await connection.execute(query)).scalar_one() == ["1", "2"]
