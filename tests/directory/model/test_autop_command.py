"""Autop commands in the database."""

from sqlalchemy import select

from directory.model import AutopCommand
from directory.unit import Directory
from tests.support.directories import Estate


async def test_a_command_is_a_key_and_a_value_that_wait(
    directory: Directory, estate: Estate
) -> None:
    async with directory.database.connect() as connection:
        query = select(
            AutopCommand.device_id,
            AutopCommand.key,
            AutopCommand.value,
            AutopCommand.once,
            AutopCommand.delivered_at,
        ).where(AutopCommand.id == estate.command)

        assert (await connection.execute(query)).one() == (
            estate.gate,
            "Config.A.B.C",
            "1",
            False,
            None,
        )
