"""Sessions that refuse to work without a Scope, and what an engine is set to."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from directory.database import ScopedSession, UnscopedQueryError, open_database
from directory.entropy import SystemEntropy
from directory.errors import DatabaseUnavailable
from directory.kinds import AccountKind, Role
from directory.model import Account, Apartment, Site, table_of
from directory.scope import Scope
from directory.service import accounts, devices, operators, tokens
from directory.unit import Directory
from tests.support.directories import ROOT, Estate


class TestScope:
    async def test_a_session_without_a_scope_raises(self, directory: Directory) -> None:
        engine = directory.database.engine
        async with AsyncSession(engine, sync_session_class=ScopedSession) as session:
            with pytest.raises(UnscopedQueryError):
                await session.scalar(select(Site))

    async def test_every_kind_of_statement_sees_the_sites_of_the_scope_only(
        self, directory: Directory, estate: Estate, foreign: Estate
    ) -> None:
        other = aliased(Account)
        pairs = select(Account.site_id, other.site_id).join(other, Account.kind == other.kind)
        async with directory.database.session(estate.scope(), write=False) as session:
            own = {estate.site, estate.office}
            assert set(await session.scalars(select(Site.id))) == own
            assert set(await session.scalars(select(Account.site_id))) == own
            assert {site for pair in await session.execute(pairs) for site in pair} == own
            assert await session.scalar(select(func.count(Apartment.id))) == 1
            assert (
                await session.scalar(select(Apartment).where(Apartment.id == foreign.apartment))
                is None
            )

    async def test_updates_and_deletes_leave_foreign_rows_alone(
        self, directory: Directory, estate: Estate, foreign: Estate
    ) -> None:
        async with directory.database.session(estate.scope(), write=True) as session:
            await session.execute(update(Apartment).values(name="mine"))
            await session.execute(delete(Account))
            await session.commit()

        async with directory.database.session(ROOT, write=False) as session:
            names = dict((await session.execute(select(Apartment.id, Apartment.name))).all())
            left = set(await session.scalars(select(Account.site_id)))
        assert names == {estate.apartment: "mine", foreign.apartment: ""}
        assert left == {foreign.site, foreign.office}

    async def test_an_open_scope_sees_everything(
        self, directory: Directory, estate: Estate, foreign: Estate
    ) -> None:
        async with directory.database.session(ROOT, write=False) as session:
            assert set(await session.scalars(select(Site.id))) == {
                estate.site,
                estate.office,
                foreign.site,
                foreign.office,
            }

    async def test_a_scope_of_no_site_sees_nothing(
        self, directory: Directory, estate: Estate
    ) -> None:
        nobody = Scope("nobody", Role.PROPERTY_MANAGER, frozenset())
        async with directory.database.session(nobody, write=False) as session:
            assert list(await session.scalars(select(Account))) == []

    async def test_scopes_do_not_mix_when_statements_are_cached(
        self, directory: Directory, estate: Estate, foreign: Estate
    ) -> None:
        seen = []
        for _ in range(3):
            for scope in (estate.scope(), foreign.scope()):
                async with directory.database.session(scope, write=False) as session:
                    seen.append(set(await session.scalars(select(Apartment.id))))

        assert seen == [{estate.apartment}, {foreign.apartment}] * 3


class TestEngine:
    async def test_a_sqlite_file_is_set_to_wal_with_foreign_keys(self, tmp_path: Path) -> None:
        database = open_database(f"sqlite+aiosqlite:///{tmp_path / 'doorline.db'}")
        async with database.connect() as connection:
            found = [
                (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar()
                for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
            ]
        await database.close()

        assert found == ["wal", 1, 1, 10_000]

    async def test_two_writers_wait_for_each_other(self, directory: Directory) -> None:
        """A lock asked for after a read would fail at once: SQLITE_BUSY_SNAPSHOT."""

        async def count_up() -> None:
            async with directory.database.session(ROOT, write=True) as session:
                present = await session.scalar(select(func.count(Site.id))) or 0
                await asyncio.sleep(0)
                bare = (
                    table_of(Site)
                    .insert()
                    .values(
                        name=str(present),
                        kind="community",
                        plan="basic",
                        timezone="UTC",
                        country="GB",
                        time_format="24",
                        date_format="Y/M/D",
                        street="",
                        city="",
                        post_code="",
                        state="",
                        landline_enabled=False,
                        stage_timeout=30.0,
                        landline_timeout=45.0,
                        emergency_number="",
                        allow_apartment_to_apartment=True,
                        people_deletable=False,
                        created_at=0.0,
                        revision=1,
                    )
                )
                await session.execute(bare)
                await session.commit()

        await asyncio.gather(*(count_up() for _ in range(5)))

        async with directory.database.session(ROOT, write=False) as session:
            names = list(await session.scalars(select(Site.name).order_by(Site.id)))
        assert names == ["0", "1", "2", "3", "4"]

    async def test_a_database_that_cannot_be_opened_is_one_clear_line(self, tmp_path: Path) -> None:
        path = tmp_path / "missing" / "doorline.db"
        database = open_database(f"sqlite+aiosqlite:///{path}")

        with pytest.raises(DatabaseUnavailable) as raised:
            await database.check()
        await database.close()

        assert str(raised.value) == (
            f"sqlite+aiosqlite:///{path}: cannot open the database: unable to open database file"
        )

    async def test_a_good_database_passes_the_check(self, directory: Directory) -> None:
        await directory.database.check()

        assert directory.database.url.get_backend_name() == "sqlite"


def everything_in(folder: Path) -> bytes:
    """The database with its write-ahead log."""
    return b"".join(path.read_bytes() for path in sorted(folder.glob("doorline.db*")))


async def test_no_password_and_no_token_is_in_the_files_of_the_database(
    directory: Directory, estate: Estate, tmp_path: Path
) -> None:
    directory.entropy = SystemEntropy()
    async with directory.unit(ROOT) as unit:
        lab = await accounts.create(
            unit, site_id=estate.site, kind=AccountKind.APP, user="lab", password="hunter2hunter2"
        )
        operator = await operators.create(unit, name="ann", role=Role.ROOT)
        secrets = [
            await accounts.password(unit, lab.id),
            await accounts.reset_password(unit, estate.lab_account),
            await devices.rotate_token(unit, estate.gate),
            (await tokens.create(unit, operator_id=operator.id)).secret,
        ]
    stored = everything_in(tmp_path)

    assert [secret for secret in secrets if secret.reveal().encode() in stored] == []
    # The search would find them: what is not secret is there.
    assert b"Linden Court" in stored
    assert b"lab" in stored
