"""Accounts by the thousand."""

import pytest

from directory.bulk import CHUNK, import_accounts
from directory.errors import Forbidden, NotFound
from directory.exchange.account_sheet import AccountRow, BadRow
from directory.kinds import AccountKind, Role
from directory.model import AuditEntry
from directory.queries.load import load_site
from directory.service import accounts, apartments, audit, buildings, sites
from directory.unit import Changed, Directory
from tests.support.directories import ROOT, Estate, Heard


def rows(count: int, **fields: str) -> list[AccountRow]:
    return [
        AccountRow(number + 2, f"u{number:06d}", f"pw{number:06d}", **fields)
        for number in range(count)
    ]


async def newest_audit_row(directory: Directory) -> AuditEntry:
    async with directory.reading(ROOT) as unit:
        return (await audit.list(unit, limit=1)).items[0]


async def test_more_rows_than_a_chunk_are_all_there_and_told_once(
    directory: Directory, heard: Heard
) -> None:
    async with directory.unit(ROOT) as unit:
        site = await sites.create(unit, name="Lab")
    heard.take()

    async with directory.unit(ROOT) as unit:
        done = await import_accounts(unit, site.id, rows(CHUNK + 1), AccountKind.APP)

    assert (done.site_id, done.added, done.bad_rows) == (site.id, CHUNK + 1, ())
    assert heard.take() == [Changed(site.id, "site", site.id, "import")]
    audited = await newest_audit_row(directory)
    assert (audited.action, audited.kind, audited.after) == (
        "import",
        "site",
        {"accounts": CHUNK + 1},
    )
    async with directory.reading(ROOT) as unit:
        account = await accounts.find(unit, f"u{CHUNK:06d}")
        password = await accounts.password(unit, account.id)
    assert (account.kind, account.display, account.enabled, account.apartment_id) == (
        AccountKind.APP,
        f"u{CHUNK:06d}",
        True,
        None,
    )
    assert password.reveal() == f"pw{CHUNK:06d}"


async def test_kind_display_and_apartment_come_from_the_row(
    directory: Directory, estate: Estate
) -> None:
    sheet = [
        AccountRow(2, "u1", "secret", "Hall", "indoor", "1001"),
        AccountRow(3, "u2", "secret", "", "", "7"),
        AccountRow(4, "u3", "secret", "", "door", "North*7"),
        AccountRow(5, "u4", "secret", "", "", "7"),
    ]
    async with directory.unit(ROOT) as unit:
        done = await import_accounts(unit, estate.site, sheet[:2], AccountKind.APP)
        more = await import_accounts(unit, estate.site, sheet[2:3], AccountKind.APP)
        found = {name: await accounts.find(unit, name) for name in ("u1", "u2", "u3")}
        seven = await apartments.find(unit, estate.building, "7")
        north = await buildings.find(unit, estate.site, "North")
        ambiguous = await import_accounts(unit, estate.site, sheet[3:], AccountKind.APP)

    assert (done.added, more.added) == (2, 1)
    assert {
        name: (row.kind, row.display, row.building_id, row.apartment_id)
        for name, row in found.items()
        if name != "u3"
    } == {
        "u1": (AccountKind.INDOOR, "Hall", estate.building, estate.apartment),
        "u2": (AccountKind.APP, "u2", estate.building, seven.id),
    }
    assert found["u3"].building_id == north.id
    assert ambiguous.bad_rows == (
        BadRow(5, "apartment", "the site has several: write building*apartment"),
    )
    site = await load_site(directory.database, estate.site)
    assert [account.user for account in site.apartments[estate.building, "7"].apps] == ["u2"]


async def test_bad_rows_are_reported_and_the_others_kept(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    async with directory.reading(ROOT) as unit:
        taken = (await accounts.get(unit, foreign.lab_account)).user
    sheet = [
        AccountRow(2, "good", "secret"),
        AccountRow(3, "good", "secret"),
        AccountRow(4, taken, "secret"),
        AccountRow(5, "a b", "secret"),
        AccountRow(6, "short", "pw"),
        AccountRow(7, "fax", "secret", kind="fax"),
        AccountRow(8, "flat", "secret", apartment="1234567"),
        AccountRow(9, "fine", "secret"),
    ]
    async with directory.unit(estate.scope(Role.INSTALLER)) as unit:
        done = await import_accounts(unit, estate.site, sheet)

    exists = "this server has an account of that name"
    assert (done.added, done.bad_rows) == (
        2,
        (
            BadRow(3, "user", exists),
            BadRow(4, "user", exists),
            BadRow(5, "user", "must be 1 to 64 letters, digits, dots, hyphens or underscores"),
            BadRow(
                6,
                "password",
                "must be 6 to 64 printable ASCII characters, no blank, quote or backslash",
            ),
            BadRow(7, "kind", "must be one of door, indoor, guard, app"),
            BadRow(8, "apartment", "must be 1 to 6 digits, and not 0: the guard phones' number"),
        ),
    )


async def test_every_problem_of_a_row_is_told_and_nothing_is_made_for_it(
    directory: Directory, estate: Estate
) -> None:
    sheet = [
        AccountRow(2, "u1", "secret"),
        AccountRow(3, "u1", "pw", kind="fax", apartment="North*x"),
        AccountRow(4, "u 2", "secret", apartment="North*7"),
    ]
    async with directory.unit(ROOT) as unit:
        done = await import_accounts(unit, estate.site, sheet)
        with pytest.raises(NotFound):
            await buildings.find(unit, estate.site, "North")

    assert [(row.line, row.field) for row in done.bad_rows] == [
        (3, "password"),
        (3, "kind"),
        (3, "user"),
        (3, "apartment"),
        (4, "user"),
    ]


async def test_a_building_and_a_number_are_read_without_blanks_around_them(
    directory: Directory, estate: Estate
) -> None:
    sheet = [
        AccountRow(2, "u1", "secret", apartment="North * 7"),
        AccountRow(3, "u2", "secret", apartment="North*7"),
        AccountRow(4, "u3", "secret", apartment="*7"),
    ]
    async with directory.unit(ROOT) as unit:
        done = await import_accounts(unit, estate.site, sheet)
        homes = {(await accounts.find(unit, user)).apartment_id for user in ("u1", "u2")}

    assert (done.added, len(homes), None in homes) == (2, 1, False)
    assert done.bad_rows == (BadRow(4, "apartment", "must not be empty"),)


async def test_accounts_that_ring_with_no_flat_are_counted(
    directory: Directory, estate: Estate
) -> None:
    sheet = [
        AccountRow(2, "u1", "secret"),
        AccountRow(3, "u2", "secret", kind="app"),
        AccountRow(4, "u3", "secret", kind="guard"),
        AccountRow(5, "u4", "secret", kind="app", apartment="7"),
    ]
    async with directory.unit(ROOT) as unit:
        done = await import_accounts(unit, estate.site, sheet, AccountKind.INDOOR)

    assert (done.added, done.without_flat) == (4, 2)


async def test_a_row_that_was_refused_for_its_flat_can_be_imported_again(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        first = await import_accounts(
            unit, estate.site, [AccountRow(2, "u1", "secret", apartment="x")]
        )
        second = await import_accounts(unit, estate.site, [AccountRow(2, "u1", "secret")])

    assert (first.added, second.added) == (0, 1)


async def test_nothing_imported_is_nothing_told(
    directory: Directory, estate: Estate, heard: Heard
) -> None:
    async with directory.unit(ROOT) as unit:
        await import_accounts(unit, estate.site, [])

    assert heard.take() == []


async def test_foreign_sites_and_small_roles_are_refused(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    async with directory.unit(estate.scope(Role.INSTALLER)) as unit:
        with pytest.raises(NotFound):
            await import_accounts(unit, foreign.site, rows(1))
    async with directory.unit(estate.scope()) as unit:
        with pytest.raises(Forbidden):
            await import_accounts(unit, estate.site, rows(1))


async def test_a_flat_in_an_office_is_a_bad_row(directory: Directory, estate: Estate) -> None:
    async with directory.unit(ROOT) as unit:
        done = await import_accounts(unit, estate.office, rows(1, apartment="1"))

    assert done.bad_rows == (BadRow(2, "apartment", "an office has departments, not buildings"),)
