"""Quiet hours as the call planner reads them."""

from directory.model import Account, Apartment, Person
from directory.queries.dial_quiet import DialQuiet, account_key, quiet_of
from directory.queries.load import load_all, load_site
from directory.service import quiet_hours
from directory.unit import Directory
from tests.support.directories import NOW, ROOT, Estate

NIGHT = [{"days": ["mon"], "start": "22:00", "end": "07:00"}]


async def test_each_party_is_found_by_its_key(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        flat = {"windows": NIGHT, "action": "guard"}
        await quiet_hours.update(unit, Apartment, estate.apartment, flat)
        off = {"do_not_disturb": True, "do_not_disturb_until": NOW + 60}
        await quiet_hours.update(unit, Person, estate.master, off)
        lab = await unit.find(Account, estate.lab_account)

    site = await load_site(directory.database, estate.site)

    lab_night = DialQuiet((22 * 60, 24 * 60 + 6 * 60))
    assert site.quiet == {
        f"apartment:{estate.apartment}": DialQuiet((22 * 60, 24 * 60 + 7 * 60), "guard"),
        f"person:{estate.master}": DialQuiet((), "skip", True, NOW + 60),
        account_key(lab.user): lab_night,
    }
    every = await load_all(directory.database)
    assert every.sites[estate.site].quiet == site.quiet
    assert list(every.sites[foreign.site].quiet.values()) == [lab_night]


async def test_rows_that_silence_nobody_are_left_out(directory: Directory, estate: Estate) -> None:
    async with directory.unit(ROOT) as unit:
        await quiet_hours.update(unit, Account, estate.lab_account, {"windows": []})
        await quiet_hours.update(unit, Apartment, estate.apartment, {"action": "guard"})
    async with directory.database.connect() as connection:
        assert list(await quiet_of(connection, estate.site)) == []
