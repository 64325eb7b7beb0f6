"""Revisions, read without the migration machinery."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

import doorline.migrations
from doorline.migrations import upgrade
from doorline.schema import known_revisions, newer_than_known, stored_revision


def test_the_revisions_are_those_of_the_migrations() -> None:
    folder = Path(doorline.migrations.__file__).parent
    script = ScriptDirectory(str(folder))
    revisions = [revision.revision for revision in script.walk_revisions()]

    assert known_revisions() == tuple(reversed(revisions))


def test_a_database_tells_its_revision(tmp_path: Path) -> None:
    path = tmp_path / "d.db"
    before = stored_revision(path)
    upgrade(f"sqlite+aiosqlite:///{path}")

    assert (before, stored_revision(path)) == (None, known_revisions()[-1])


def test_a_file_that_is_no_database_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "d.db"
    path.write_bytes(b"x" * 4096)

    with pytest.raises(sqlite3.DatabaseError):
        stored_revision(path)


def test_a_database_that_was_never_marked_has_no_revision(tmp_path: Path) -> None:
    path = tmp_path / "d.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")

    assert stored_revision(path) is None


def test_only_a_revision_this_program_does_not_know_is_newer() -> None:
    newest = known_revisions()[-1]

    assert [newer_than_known(revision) for revision in (None, newest, "9999")] == [
        "",
        "",
        f"schema 9999 is newer than this program, which knows {newest}; "
        "install the newer program or restore the database from its copy",
    ]
