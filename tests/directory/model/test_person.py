"""People in the database."""

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

from directory.model import Account, Person
from directory.unit import Directory
from tests.support.directories import Estate


@pytest.mark.parametrize(
    ("first", "last", "name"), [("Ann", "Lee", "Ann Lee"), ("Ann", "", "Ann"), ("", "Lee", "Lee")]
)
def test_the_name_is_first_and_last_name(first: str, last: str, name: str) -> None:
    assert Person(first_name=first, last_name=last).name == name


async def test_the_account_of_the_app_goes_with_its_person(
    directory: Directory, estate: Estate
) -> None:
    async with directory.database.begin_write() as connection, connection.begin():
        await connection.execute(delete(Person).where(Person.id == estate.master))

    async with directory.database.connect() as connection:
        query = select(func.count(Account.id)).where(Account.person_id == estate.master)
        assert (await connection.execute(query)).scalar_one() == 0


async def test_several_people_may_be_without_an_external_id(
    directory: Directory, estate: Estate
) -> None:
    async with directory.database.begin_write() as connection, connection.begin():
        both = update(Person).where(Person.site_id == estate.site)
        await connection.execute(both.values(external_id=None))
        with pytest.raises(IntegrityError):
            await connection.execute(both.values(external_id="77"))
