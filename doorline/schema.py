"""Which schema a database has and which one this program wants.

Read without the migration machinery, which takes a quarter of a second to import and a write lock
to run: most starts and commands find the present schema and need neither.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

_REVISIONS = Path(__file__).parent / "migrations" / "versions"


def known_revisions() -> tuple[str, ...]:
    """Revisions of this program, oldest first; files are named `v<revision>_<what>.py`."""
    return tuple(
        path.name[1:].partition("_")[0] for path in sorted(_REVISIONS.glob("v[0-9]*_*.py"))
    )


def newer_than_known(revision: str | None) -> str:
    """What to do about a database at a revision this program does not know; empty for others.

    A program that goes on all the same would write rows that lack what the newer one expects.
    """
    known = known_revisions()
    if revision is None or revision in known:
        return ""
    return (
        f"schema {revision} is newer than this program, which knows {known[-1]}; "
        "install the newer program or restore the database from its copy"
    )


def stored_revision(path: Path) -> str | None:
    """The revision a database file is at; None for one without tables, or none at all.

    Raises sqlite3.Error when the file cannot be opened or is no database.
    """
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA schema_version")
        tables = connection.execute(
            "SELECT name FROM sqlite_master WHERE name = 'alembic_version'"
        ).fetchall()
        if not tables:
            return None
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return None if row is None else str(row[0])
