"""Accounts in the database."""

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from directory.model import Account, password_context
from directory.unit import Directory
from tests.support.directories import Estate


def test_a_sealed_password_belongs_to_its_user() -> None:
    assert password_context("1000000001") == "accounts.password:1000000001"


async def test_a_user_exists_once_on_the_whole_server(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    async with directory.database.begin_write() as connection, connection.begin():
        taken = select(Account.user).where(Account.id == foreign.lab_account).scalar_subquery()
        own = update(Account).where(Account.id == estate.lab_account)
        with pytest.raises(IntegrityError):
            await connection.execute(own.values(user=taken))
