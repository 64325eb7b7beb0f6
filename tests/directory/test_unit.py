"""Units of work: all or nothing, audited, told after the commit."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import select

from directory.errors import Conflict, Forbidden, NotFound
from directory.kinds import Role
from directory.model import Account, Apartment, AuditEntry, Building, Site
from directory.scope import Scope
from directory.secrets import Vault
from directory.service import accounts, apartments, buildings, sites
from directory.unit import Changed, Directory, Unit
from tests.support.directories import NOW, ROOT, Estate, Heard, open_directory


async def audit_rows(directory: Directory) -> list[tuple[object, ...]]:
    """Who, site, action, kind, row, before, after of every audit row."""
    async with directory.reading(ROOT) as unit:
        rows = await unit.session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        return [
            (row.actor, row.site_id, row.action, row.kind, row.row_id, row.before, row.after)
            for row in rows
        ]


class TestCommit:
    async def test_listeners_hear_of_a_change_after_the_commit_only(
        self, directory: Directory, heard: Heard
    ) -> None:
        async with directory.unit(ROOT) as unit:
            site = await sites.create(unit, name="Linden Court")
            building = await buildings.create(unit, site_id=site.id, name="1")
            assert heard.take() == []

        assert heard.take() == [
            Changed(site.id, "site", site.id, "create"),
            Changed(site.id, "building", building.id, "create"),
        ]

    async def test_a_fact_is_visible_to_the_listener(
        self, directory: Directory, tmp_path: Path
    ) -> None:
        """Whoever reads on hearing the fact must find the row: facts follow the commit."""
        found: list[int] = []

        def look(fact: Changed) -> None:
            connection = sqlite3.connect(tmp_path / "doorline.db")
            found.extend(row for (row,) in connection.execute("SELECT id FROM sites"))
            connection.close()

        directory.listen(look)
        async with directory.unit(ROOT) as unit:
            site = await sites.create(unit, name="Linden Court")

        assert found == [site.id]

    async def test_an_exception_rolls_everything_back_and_tells_nobody(
        self, directory: Directory, heard: Heard
    ) -> None:
        async def fail_after_a_change() -> None:
            async with directory.unit(ROOT) as unit:
                await sites.create(unit, name="Linden Court")
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await fail_after_a_change()

        assert heard.take() == []
        assert await audit_rows(directory) == []
        async with directory.reading(ROOT) as unit:
            assert (await sites.list(unit)).items == ()

    async def test_a_fact_is_told_once(
        self, directory: Directory, estate: Estate, heard: Heard
    ) -> None:
        async with directory.unit(ROOT) as unit:
            await apartments.update(unit, estate.apartment, {"name": "a"})
            await apartments.update(unit, estate.apartment, {"name": "b"})

        assert heard.take() == [Changed(estate.site, "apartment", estate.apartment, "update")]

    async def test_a_change_that_changes_nothing_leaves_no_trace(
        self, directory: Directory, estate: Estate, heard: Heard
    ) -> None:
        before = await audit_rows(directory)

        async with directory.unit(ROOT) as unit:
            row = await apartments.update(unit, estate.apartment, {"number": "1001"})
            assert row.revision == 1

        assert heard.take() == []
        assert await audit_rows(directory) == before

    async def test_every_listener_hears_every_fact(self, tmp_path: Path) -> None:
        first, second = Heard(), Heard()
        async with open_directory(tmp_path / "d.db", first, second) as directory:
            async with directory.unit(ROOT) as unit:
                site = await sites.create(unit, name="Linden Court")
            directory.publish([Changed(site.id, "site", site.id, "import")])

        expected = [
            Changed(site.id, "site", site.id, "create"),
            Changed(site.id, "site", site.id, "import"),
        ]
        assert (first.take(), second.take()) == (expected, expected)

    async def test_a_unit_that_only_reads_refuses_to_change(
        self, directory: Directory, estate: Estate
    ) -> None:
        async with directory.reading(ROOT) as unit:
            with pytest.raises(RuntimeError, match="only reads"):
                await apartments.update(unit, estate.apartment, {"name": "lost"})


class TestAudit:
    async def test_a_row_says_who_changed_what_from_what_to_what(
        self, directory: Directory, estate: Estate
    ) -> None:
        async with directory.unit(estate.scope(Role.INSTALLER)) as unit:
            await apartments.update(
                unit, estate.apartment, {"name": "Garden flat", "family_limit": 2}
            )

        assert (await audit_rows(directory))[-1] == (
            f"installer of {estate.site}",
            estate.site,
            "update",
            "apartment",
            estate.apartment,
            {"name": "", "family_limit": None},
            {"name": "Garden flat", "family_limit": 2},
        )

    async def test_a_creation_has_no_before_and_a_deletion_no_after(
        self, directory: Directory
    ) -> None:
        async with directory.unit(ROOT) as unit:
            site = await sites.create(unit, name="Linden Court")
            building = await buildings.create(unit, site_id=site.id, name="1")
            await buildings.delete(unit, building.id)

        values = {"name": "1", "site_id": site.id}
        assert (await audit_rows(directory))[1:] == [
            ("root", site.id, "create", "building", building.id, {}, values),
            ("root", site.id, "delete", "building", building.id, values, {}),
        ]

    async def test_secrets_are_masked(self, directory: Directory, estate: Estate) -> None:
        async with directory.unit(ROOT) as unit:
            await accounts.reset_password(unit, estate.lab_account)

        rows = await audit_rows(directory)
        assert rows[-1][2:] == (
            "reset_password",
            "account",
            estate.lab_account,
            {"password": "***"},
            {"password": "***"},
        )
        created = {kind: after for _, _, action, kind, _, _, after in rows if action == "create"}
        assert {
            (kind, name)
            for kind, after in created.items()
            if isinstance(after, dict)
            for name, value in after.items()
            if value == "***"
        } == {
            ("account", "password"),
            ("device", "autop_token"),
            ("device", "autop_token_hash"),
            ("push_target", "token"),
            ("relay", "dtmf_code"),
            ("person", "landlines"),
        }

    async def test_audit_rows_outlive_their_site(
        self, directory: Directory, estate: Estate
    ) -> None:
        before = await audit_rows(directory)

        async with directory.unit(ROOT) as unit:
            await sites.delete(unit, estate.site)

        assert (await audit_rows(directory))[:-1] == before


class TestScope:
    async def test_a_row_of_a_foreign_site_looks_like_none_at_all(
        self, directory: Directory, estate: Estate, foreign: Estate
    ) -> None:
        async with directory.reading(estate.scope()) as unit:
            with pytest.raises(NotFound) as of_foreign:
                await unit.find(Apartment, foreign.apartment)
            with pytest.raises(NotFound) as of_none:
                await unit.find(Apartment, 10_000)

        assert str(of_foreign.value) == f"no apartment {foreign.apartment}"
        assert str(of_none.value) == "no apartment 10000"

    async def test_a_row_of_another_own_site_is_not_in_this_one(
        self, directory: Directory, estate: Estate
    ) -> None:
        async with directory.reading(estate.scope()) as unit:
            with pytest.raises(NotFound):
                await unit.find_in_site(Apartment, estate.apartment, estate.office)
            found = await unit.find_in_site(Apartment, estate.apartment, estate.site)

        assert found.id == estate.apartment

    async def test_a_row_cannot_be_created_in_a_foreign_site(
        self, directory: Directory, estate: Estate, foreign: Estate
    ) -> None:
        with pytest.raises(NotFound, match=f"no site {foreign.site}"):
            async with directory.unit(estate.scope(Role.INSTALLER)) as unit:
                await unit.create(Building(site_id=foreign.site, name="9"))

    async def test_a_site_made_in_a_unit_is_within_its_reach(
        self, directory: Directory, estate: Estate
    ) -> None:
        installer = estate.scope(Role.INSTALLER)
        async with directory.unit(installer) as unit:
            site = await sites.create(unit, name="New")
            building = await buildings.create(unit, site_id=site.id, name="1")
            assert (await buildings.get(unit, building.id)).name == "1"

        async with directory.reading(installer) as unit:
            with pytest.raises(NotFound):
                await sites.get(unit, site.id)

    async def test_server_wide_names_are_found_in_foreign_sites_too(
        self, directory: Directory, estate: Estate, foreign: Estate
    ) -> None:
        async with directory.reading(ROOT) as unit:
            user = (await accounts.get(unit, foreign.lab_account)).user
        async with directory.reading(estate.scope()) as unit:
            assert await unit.taken(Account.user, user)
            assert not await unit.taken(Account.user, "nobody")

    async def test_a_right_that_is_not_granted_is_named(self, directory: Directory) -> None:
        manager = Scope("pm", Role.PROPERTY_MANAGER, frozenset())
        with pytest.raises(Forbidden) as raised:
            async with directory.unit(manager) as unit:
                await sites.create(unit, name="New")

        assert raised.value.right == "create_site"


class TestRevision:
    async def test_every_update_raises_the_revision(
        self, directory: Directory, estate: Estate
    ) -> None:
        async with directory.unit(ROOT) as unit:
            row = await apartments.update(unit, estate.apartment, {"name": "a"})
            first = row.revision
            row = await apartments.update(unit, estate.apartment, {"name": "b"})

        assert (first, row.revision) == (2, 3)

    async def test_a_row_changed_by_another_unit_meanwhile_is_a_conflict(
        self, directory: Directory, estate: Estate
    ) -> None:
        async with directory.reading(ROOT) as slow:
            stale = await slow.find(Apartment, estate.apartment)
        async with directory.unit(ROOT) as unit:
            await apartments.update(unit, estate.apartment, {"name": "first"})

        async with directory.unit(ROOT) as unit:
            unit.session.add(stale)
            with pytest.raises(Conflict) as raised:
                await unit.update(stale, {"name": "second"})
            await unit.session.rollback()

        assert (raised.value.field, raised.value.message) == (
            "revision",
            "the row was changed or deleted meanwhile",
        )

    async def test_a_double_that_slipped_past_the_rules_is_a_conflict(
        self, directory: Directory, estate: Estate
    ) -> None:
        with pytest.raises(Conflict) as raised:
            async with directory.unit(ROOT) as unit:
                await unit.create(Building(site_id=estate.site, name="1"))

        assert raised.value.field == "row"


def test_a_unit_prints_no_secret(tmp_path: Path) -> None:
    vault = Vault.generate()
    directory = Directory.__new__(Directory)

    assert "key" not in repr(vault)
    assert repr(directory).startswith("<directory.unit.Directory object")


async def test_time_and_draws_come_from_the_ports(directory: Directory) -> None:
    async with directory.unit(ROOT) as unit:
        assert isinstance(unit, Unit)
        site = await sites.create(unit, name="Linden Court")

    assert (unit.now, site.created_at, isinstance(site, Site)) == (NOW, NOW, True)
