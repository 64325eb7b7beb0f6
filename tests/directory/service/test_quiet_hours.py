"""Quiet hours of apartments, people and accounts."""

from typing import Any

import pytest
from sqlalchemy import func, select

from directory.errors import Conflict, Invalid, NotFound
from directory.kinds import QuietAction, Role
from directory.model import Account, Apartment, Person, QuietHours, table_of
from directory.service import accounts, apartments, quiet_hours
from directory.service.quiet_hours import Owner
from directory.unit import Changed, Directory
from tests.support.directories import NOW, ROOT, Estate, Heard

NIGHT = [{"days": ["mon"], "start": "22:00", "end": "07:00"}]


async def test_who_never_had_any_has_none_and_nothing_is_stored(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        found = await quiet_hours.get(unit, Apartment, estate.apartment)
        same = await quiet_hours.update(unit, Apartment, estate.apartment, {})
        number = await unit.session.scalar(select(func.count()).select_from(table_of(QuietHours)))

    for row in (found, same):
        assert (row.windows, row.action, row.do_not_disturb) == ([], QuietAction.SKIP, False)
    assert number == 1  # that of the lab account


@pytest.mark.parametrize("model", [Apartment, Person, Account])
async def test_each_party_has_quiet_hours_of_its_own(
    directory: Directory, estate: Estate, heard: Heard, model: type[Owner]
) -> None:
    owner = {Apartment: estate.apartment, Person: estate.master, Account: estate.lab_account}[model]
    async with directory.unit(ROOT) as unit:
        made = await quiet_hours.update(unit, model, owner, {"windows": NIGHT})
    heard.take()
    async with directory.unit(estate.scope(Role.PROPERTY_MANAGER)) as unit:
        await quiet_hours.update(unit, model, owner, {"do_not_disturb": True})

    assert heard.take() == [Changed(estate.site, "quiet_hours", made.id, "update")]
    async with directory.reading(ROOT) as unit:
        found = await quiet_hours.get(unit, model, owner)
    assert (found.id, found.windows, found.do_not_disturb) == (made.id, NIGHT, True)


@pytest.mark.parametrize("until", [NOW, NOW - 1])
async def test_an_end_that_has_passed_is_refused(
    directory: Directory, estate: Estate, until: float
) -> None:
    changes = {"do_not_disturb": True, "do_not_disturb_until": until}
    async with directory.unit(ROOT) as unit:
        with pytest.raises(Invalid, match="must be in the future"):
            await quiet_hours.update(unit, Apartment, estate.apartment, changes)


async def test_an_end_needs_the_switch(directory: Directory, estate: Estate) -> None:
    end = {"do_not_disturb_until": NOW + 60}
    async with directory.unit(ROOT) as unit:
        with pytest.raises(Invalid, match="needs do_not_disturb to be true"):
            await quiet_hours.update(unit, Apartment, estate.apartment, end)
        await quiet_hours.update(unit, Apartment, estate.apartment, {"do_not_disturb": True})
        found = await quiet_hours.update(unit, Apartment, estate.apartment, end)

    assert found.do_not_disturb_until == NOW + 60


@pytest.mark.parametrize("switch", [True, False])
async def test_switching_without_an_end_forgets_the_former_one(
    directory: Directory, estate: Estate, switch: bool
) -> None:
    first = {"do_not_disturb": True, "do_not_disturb_until": NOW + 60}
    async with directory.unit(ROOT) as unit:
        await quiet_hours.update(unit, Apartment, estate.apartment, first)
        found = await quiet_hours.update(
            unit, Apartment, estate.apartment, {"do_not_disturb": switch}
        )

    assert (found.do_not_disturb, found.do_not_disturb_until) == (switch, None)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"windows": [{"days": [], "start": "22:00", "end": "07:00"}]}, "windows"),
        ({"windows": NIGHT * 21}, "windows"),
        ({"action": "ring"}, "action"),
        ({"do_not_disturb": 1}, "do_not_disturb"),
        ({"apartment_id": 1}, "apartment_id"),
    ],
)
async def test_what_cannot_be_is_refused_by_field(
    directory: Directory, estate: Estate, changes: dict[str, Any], field: str
) -> None:
    async with directory.unit(ROOT) as unit:
        with pytest.raises(Invalid) as found:
            await quiet_hours.update(unit, Apartment, estate.apartment, changes)

    assert [error.field for error in found.value.errors] == [field]


async def test_guards_and_doors_are_never_silent(directory: Directory, estate: Estate) -> None:
    async with directory.unit(ROOT) as unit:
        for device in (estate.guard, estate.gate):
            account = await accounts.of_device(unit, device)
            assert account is not None
            with pytest.raises(Conflict, match="this phone must ring"):
                await quiet_hours.update(unit, Account, account.id, {"windows": NIGHT})


async def test_a_phone_cannot_pass_visits_on_to_the_guards(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        with pytest.raises(Invalid, match="can only be skipped"):
            await quiet_hours.update(unit, Account, estate.lab_account, {"action": "guard"})


async def test_another_site_is_not_found(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    async with directory.unit(estate.scope()) as unit:
        with pytest.raises(NotFound):
            await quiet_hours.get(unit, Apartment, foreign.apartment)
        with pytest.raises(NotFound):
            await quiet_hours.update(unit, Account, foreign.lab_account, {"windows": NIGHT})


async def test_they_go_with_their_apartment(directory: Directory, estate: Estate) -> None:
    async with directory.unit(ROOT) as unit:
        await quiet_hours.update(unit, Apartment, estate.apartment, {"windows": NIGHT})
        await apartments.delete(unit, estate.apartment)
    async with directory.database.connect() as connection:
        left = await connection.scalar(select(func.count()).select_from(table_of(QuietHours)))

    assert left == 1  # that of the lab account
