"""Devices in the database."""

from sqlalchemy import delete, func, select

from directory.model import Account, AutopCommand, Device, Mac, Relay, token_context
from directory.unit import Directory
from tests.support.directories import Estate


async def test_account_relays_and_commands_go_with_their_device_and_the_mac_stays(
    directory: Directory, estate: Estate
) -> None:
    async with directory.database.begin_write() as connection, connection.begin():
        await connection.execute(delete(Device).where(Device.id == estate.gate))

    async with directory.database.connect() as connection:
        left = [
            (
                await connection.execute(
                    select(func.count(model.id)).where(model.device_id == estate.gate)
                )
            ).scalar_one()
            for model in (Account, Relay, AutopCommand, Mac)
        ]
        mac = select(Mac.device_id).where(Mac.id == estate.bound_mac)
        assert left == [0, 0, 0, 0]
        assert (await connection.execute(mac)).one() == (None,)


def test_a_sealed_token_belongs_to_the_hash_it_is_found_by() -> None:
    assert token_context("ab") == "devices.autop_token:ab"
