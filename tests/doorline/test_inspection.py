"""What `doorline check` finds."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from directory.scope import Scope
from directory.secrets import Vault
from directory.service import sites
from doorline.inspection import inspect
from doorline.opening import opened
from doorline.schema import newer_than_known
from doorline.settings import SipSettings, TrunkSettings
from doorline.settings.tree import LandlineSettings, SiteLandlineSettings
from tests.support.repeated_names import names_given_away
from tests.support.rooms import fill, settings


def found(folder: Path) -> list[str]:
    return [str(finding).replace(f"{folder}/", "") for finding in inspect(settings(folder))]


def test_a_server_that_was_never_started_is_well(tmp_path: Path) -> None:
    assert found(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


async def test_a_server_that_ran_is_well(tmp_path: Path) -> None:
    await fill(tmp_path)

    assert found(tmp_path) == []


async def test_a_name_of_the_settings_that_two_sites_have_is_found(tmp_path: Path) -> None:
    await fill(tmp_path)
    async with (
        opened(settings(tmp_path)) as directory,
        names_given_away(directory),
        directory.unit(Scope.system()) as unit,
    ):
        await sites.create(unit, name="Court")
        await sites.create(unit, name="Mill")
    trunk = TrunkSettings(host="sip.example", sites=("Court", "Mill"))
    named = replace(settings(tmp_path), sip=SipSettings(trunk={"t": trunk}))

    assert found(tmp_path) == []
    assert [str(finding) for finding in inspect(named)] == [
        'site "Court": several sites have this name: give them different ones; until then it '
        "means none"
    ]


async def test_a_name_of_the_settings_that_no_site_has_is_found(tmp_path: Path) -> None:
    await fill(tmp_path)
    async with (
        opened(settings(tmp_path)) as directory,
        directory.unit(Scope.system()) as unit,
    ):
        await sites.create(unit, name="Linden Gardens")
    trunk = TrunkSettings(host="sip.example", sites=("Linden Gardens", "Linden Garden"))
    named = replace(settings(tmp_path), sip=SipSettings(trunk={"t": trunk}))

    assert [str(finding) for finding in inspect(named)] == [
        'sip.trunk.t.sites: no site has the name "Linden Garden"; perhaps "Linden Gardens" is meant'
    ]


async def test_a_number_for_emergencies_that_would_not_be_called_is_found(tmp_path: Path) -> None:
    await fill(tmp_path)
    async with (
        opened(settings(tmp_path)) as directory,
        directory.unit(Scope.system()) as unit,
    ):
        await sites.create(unit, name="Hill", country="DE", emergency_landline="+49 30 901820")
    near = LandlineSettings(countries=("FR",), site={"Hill": SiteLandlineSettings()})
    wide = replace(near, site={"Hill": SiteLandlineSettings(countries=("DE",))})

    assert found(tmp_path) == []
    assert [
        [str(finding) for finding in inspect(replace(settings(tmp_path), sip=sip))]
        for sip in (SipSettings(landlines=near), SipSettings(landlines=wide))
    ] == [
        [
            'site "Hill": its emergency_landline +4930901820 is not called: countries of '
            "[sip.landlines] do not allow it; widen them or choose another number"
        ],
        [],
    ]


async def test_a_lost_key_file_is_found(tmp_path: Path) -> None:
    await fill(tmp_path)
    (tmp_path / "var" / "doorline.key").unlink()

    assert found(tmp_path) == [
        "var/doorline.key: missing, but var/doorline.db holds passwords that were sealed with it; "
        "restore the key file from its copy"
    ]


async def test_the_key_of_another_database_is_found(tmp_path: Path) -> None:
    await fill(tmp_path)
    (tmp_path / "var" / "doorline.key").unlink()
    Vault.open_file(tmp_path / "var" / "doorline.key")

    assert found(tmp_path) == [
        "var/doorline.key: the key file does not fit the database: the password of d1 does not "
        "open; restore the key file that belongs to it"
    ]


async def test_a_key_file_others_may_read_is_found(tmp_path: Path) -> None:
    await fill(tmp_path)
    (tmp_path / "var" / "doorline.key").chmod(0o640)

    assert found(tmp_path) == [
        "var/doorline.key: mode is 0640, must be 0600; run: chmod 600 var/doorline.key"
    ]


async def test_a_damaged_key_file_is_told_with_its_line(tmp_path: Path) -> None:
    await fill(tmp_path)
    (tmp_path / "var" / "doorline.key").write_text("# key\nnonsense\n")

    assert found(tmp_path) == ["var/doorline.key:2: expected a key id and a key"]


async def test_an_old_schema_is_found(tmp_path: Path) -> None:
    await fill(tmp_path)
    with closing(sqlite3.connect(tmp_path / "var" / "doorline.db")) as connection:
        connection.execute("DELETE FROM alembic_version")
        connection.commit()

    assert found(tmp_path) == [
        "var/doorline.db: schema is not the present one; run: doorline migrate"
    ]


async def test_a_newer_schema_is_found_and_asks_for_no_migration(tmp_path: Path) -> None:
    await fill(tmp_path)
    with closing(sqlite3.connect(tmp_path / "var" / "doorline.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()

    assert found(tmp_path) == [f"var/doorline.db: {newer_than_known('9999')}"]


def test_other_files_in_the_wrong_place_are_found(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "doorline.db").write_bytes(b"x" * 4096)

    assert found(tmp_path) == [
        "var/doorline.db: is damaged or no database: file is not a database; restore it from a copy"
    ]


def test_a_database_of_another_program_is_found(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    with closing(sqlite3.connect(tmp_path / "var" / "doorline.db")) as connection:
        connection.execute("CREATE TABLE t (x)")

    assert found(tmp_path) == [
        "var/doorline.db: cannot be read as the server's database: no such table: alembic_version"
    ]


def test_a_file_where_a_folder_belongs_is_found(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file")

    assert found(tmp_path) == ["var: is a file; a folder is needed there"]
