"""When an account may be used."""

from typing import Any

import pytest
from sqlalchemy import select

from directory.model import Account
from directory.queries.enabled import accounts_with_owner, usable
from directory.service import accounts, apartments, people
from directory.unit import Directory
from tests.support.directories import ROOT, Estate


async def usable_users(directory: Directory, site_id: int) -> set[int]:
    """Ids of the accounts of a site that may be used."""
    query = select(Account.id).select_from(accounts_with_owner).where(usable)
    async with directory.database.connect() as connection:
        return set((await connection.execute(query.where(Account.site_id == site_id))).scalars())


@pytest.mark.parametrize(
    ("what", "changes"),
    [
        ("person", {"app_enabled": False}),
        ("person", {"active": False}),
        ("person", {"status": "blocked"}),
        ("apartment", {"app_enabled": False}),
        ("account", {"enabled": False}),
    ],
)
async def test_one_switch_is_enough_to_take_an_app_out_and_back(
    directory: Directory, estate: Estate, what: str, changes: dict[str, Any]
) -> None:
    async with directory.reading(ROOT) as unit:
        app = await accounts.of_person(unit, estate.master)
    assert app is not None
    before = await usable_users(directory, estate.site)

    async def switch(values: dict[str, Any]) -> None:
        async with directory.unit(ROOT) as unit:
            if what == "person":
                await people.update(unit, estate.master, values)
            elif what == "apartment":
                await apartments.update(unit, estate.apartment, values)
            else:
                await accounts.update(unit, app.id, values)

    await switch(changes)
    without = await usable_users(directory, estate.site)
    await switch({"status": "normal"} if "status" in changes else dict.fromkeys(changes, True))

    assert before - without == {app.id}
    assert await usable_users(directory, estate.site) == before


async def test_a_monitor_stays_usable_whatever_the_app_feature_says(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        monitor = await accounts.of_device(unit, estate.monitor)
        await apartments.update(unit, estate.apartment, {"app_enabled": False, "active": False})
        await people.update(unit, estate.master, {"active": False})

    assert monitor is not None
    assert monitor.id in await usable_users(directory, estate.site)
