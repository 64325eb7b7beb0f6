"""Relays in the database."""

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from directory.model import Relay
from directory.unit import Directory
from tests.support.directories import NOW, Estate


async def test_a_position_of_a_device_holds_one_relay(directory: Directory, estate: Estate) -> None:
    row = {
        "site_id": estate.site,
        "device_id": estate.gate,
        "name": "Second",
        "dtmf_code": "",
        "in_call": True,
        "hold_seconds": 5,
        "created_at": NOW,
        "revision": 1,
    }
    async with directory.database.begin_write() as connection, connection.begin():
        await connection.execute(insert(Relay), [row | {"position": 2}])
        with pytest.raises(IntegrityError):
            await connection.execute(insert(Relay), [row | {"position": 1}])


def test_a_relay_does_not_print_its_code() -> None:
    assert repr(Relay(id=1, dtmf_code="4711")) == "Relay(id=1)"
