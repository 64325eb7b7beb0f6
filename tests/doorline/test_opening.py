"""Opening what is stored, and the one line for each way it can fail."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from directory.errors import DatabaseUnavailable, KeyFileError
from doorline.failures import StartError
from doorline.opening import open_migrated
from doorline.settings import DatabaseSettings, ServerSettings, Settings
from tests.support.rooms import fill, settings


async def test_the_first_opening_makes_folder_database_and_key(tmp_path: Path) -> None:
    await fill(tmp_path)
    var = tmp_path / "var"
    with closing(sqlite3.connect(var / "doorline.db")) as connection:
        users = connection.execute("SELECT user FROM accounts").fetchall()

    assert users == [("d1",)]
    files = ("doorline.key", "doorline.db")
    assert [oct((var / name).stat().st_mode) for name in files] == ["0o100600", "0o100600"]


async def test_a_key_file_others_may_read_is_refused(tmp_path: Path) -> None:
    await fill(tmp_path)
    key = tmp_path / "var" / "doorline.key"
    key.chmod(0o644)

    with pytest.raises(KeyFileError, match=r"mode is 0644, must be 0600; run: chmod 600"):
        await fill(tmp_path)


async def test_a_lost_key_file_is_not_replaced_by_a_new_one(tmp_path: Path) -> None:
    await fill(tmp_path)
    key = tmp_path / "var" / "doorline.key"
    key.unlink()

    with pytest.raises(KeyFileError, match=r"missing, but .* restore the key file from its copy"):
        await fill(tmp_path)
    assert not key.exists()


async def test_a_file_that_is_no_database_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "doorline.db").write_bytes(b"x" * 4096)

    with pytest.raises(DatabaseUnavailable) as caught:
        await open_migrated(settings(tmp_path))
    assert str(caught.value) == (
        f"{tmp_path}/var/doorline.db: cannot open the database: file is not a database"
    )


async def test_a_folder_that_cannot_be_made_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file")
    database = DatabaseSettings(url=f"sqlite+aiosqlite:///{tmp_path}/d.db")
    configured = Settings(server=ServerSettings(data_dir=tmp_path / "var"), database=database)

    with pytest.raises(StartError) as caught:
        await open_migrated(configured)
    assert str(caught.value) == f"{tmp_path}/var: cannot make the folder: File exists"


async def test_a_database_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    await fill(tmp_path)
    path = tmp_path / "var" / "doorline.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()

    with pytest.raises(DatabaseUnavailable, match=r"schema 9999 is newer than this program"):
        await open_migrated(settings(tmp_path))


async def test_a_database_at_the_present_schema_is_opened_without_a_write_lock(
    tmp_path: Path,
) -> None:
    await fill(tmp_path)
    path = tmp_path / "var" / "doorline.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        database = await open_migrated(settings(tmp_path))
        await database.check()
        await database.close()
