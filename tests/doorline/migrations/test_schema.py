"""The revisions lead to exactly what the code declares."""

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, create_engine

from directory.model import Base
from doorline.migrations.apply import migration_engine, upgrade
from doorline.migrations.schema import METADATA, TABLES_OF_OTHERS

_COPIED = re.compile(r'^CREATE TABLE "(\w+)"')
"""A table that was altered by copying has its name in quotes."""
_BETWEEN_COLUMNS = re.compile(r", (?=\S)(?![^()]*\))")


def lines_of(sql: str) -> Iterator[str]:
    """The lines of a statement; columns that were added later stand behind the last one."""
    sql = _COPIED.sub(r"CREATE TABLE \1", sql)
    columns = (part for line in sql.splitlines() for part in _BETWEEN_COLUMNS.split(line.strip()))
    for line in columns:
        text = line.strip().strip(",").strip()
        closes = text.endswith(")") and text.count(")") > text.count("(")
        if not text:
            continue  # where a column was dropped
        yield from (text[:-1], ")") if closes and text != ")" else (text,)


def statements(path: Path) -> dict[str, list[str]]:
    """What the database would say of itself, by name; the order of lines is no difference."""
    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT name, sql FROM sqlite_master").fetchall()
    connection.close()
    return {
        name: sorted(lines_of(sql or ""))
        for name, sql in rows
        if name != "sqlite_sequence" and "alembic_version" not in name
    }


def test_after_the_newest_revision_alembic_finds_no_difference(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'migrated.db'}"
    upgrade(url)

    engine = migration_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        # Alembic takes a sequence here; its annotation lags behind.
        differences = compare_metadata(context, METADATA)  # type: ignore[arg-type]
    engine.dispose()

    assert differences == []


def test_a_migrated_database_is_the_same_text_as_a_fresh_one(tmp_path: Path) -> None:
    """Alembic overlooks some differences, such as AUTOINCREMENT; the text shows them all."""
    upgrade(f"sqlite:///{tmp_path / 'migrated.db'}")
    fresh = create_engine(f"sqlite:///{tmp_path / 'fresh.db'}")
    for metadata in METADATA:
        metadata.create_all(fresh)
    fresh.dispose()

    assert statements(tmp_path / "migrated.db") == statements(tmp_path / "fresh.db")


def test_the_comparison_would_notice_a_table_without_a_revision(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'migrated.db'}"
    upgrade(url)

    engine = migration_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        differences = compare_metadata(context, MetaData())
    engine.dispose()

    removed = {change[1].name for change in differences if change[0] == "remove_table"}
    declared = {table.name for metadata in METADATA for table in metadata.tables.values()}
    assert removed == declared


def test_the_schema_holds_the_tables_of_every_package() -> None:
    on_base = {table.name for table in Base.metadata.tables.values()}

    assert {row.__tablename__ for row in TABLES_OF_OTHERS} <= on_base
    of_the_engine = {"bindings", "calls", "call_legs", "call_events", "pictures"}
    assert of_the_engine == set(METADATA[1].tables)
