"""Bringing a database to the present schema."""

import json
import sqlite3
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config

import doorline.migrations
from directory.errors import DatabaseUnavailable
from doorline.migrations.apply import migration_engine, upgrade


def tables(path: Path) -> set[str]:
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    connection.close()
    return {name for (name,) in rows}


def test_the_url_of_the_settings_is_taken_as_it_is(tmp_path: Path) -> None:
    upgrade(f"sqlite+aiosqlite:///{tmp_path / 'doorline.db'}")

    assert {"sites", "accounts", "door_log", "autop_ledger", "bindings", "calls"} <= tables(
        tmp_path / "doorline.db"
    )


def test_a_second_upgrade_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "doorline.db"
    upgrade(f"sqlite:///{path}")
    before = path.read_bytes()

    upgrade(f"sqlite:///{path}")

    assert path.read_bytes() == before


def test_rows_survive_an_upgrade(tmp_path: Path) -> None:
    path = tmp_path / "doorline.db"
    upgrade(f"sqlite:///{path}")
    connection = sqlite3.connect(path)
    connection.execute(
        "INSERT INTO operators (name, role, active, created_at, revision)"
        " VALUES ('ann', 'root', 1, 0, 1)"
    )
    connection.commit()

    upgrade(f"sqlite:///{path}")

    assert connection.execute("SELECT name FROM operators").fetchall() == [("ann",)]
    connection.close()


def test_the_first_revision_can_be_taken_back(tmp_path: Path) -> None:
    path = tmp_path / "doorline.db"
    upgrade(f"sqlite:///{path}")
    config = Config()
    config.set_main_option("script_location", str(Path(doorline.migrations.__file__).parent))
    engine = migration_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    engine.dispose()

    assert tables(path) == {"alembic_version", "sqlite_sequence"}


def test_a_failed_revision_leaves_the_schema_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "doorline.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE relays (mine TEXT)")
    connection.close()

    with pytest.raises(DatabaseUnavailable):
        upgrade(f"sqlite:///{path}")

    assert tables(path) == {"relays"}


def test_a_file_that_is_no_database_is_one_clear_line(tmp_path: Path) -> None:
    path = tmp_path / "doorline.db"
    path.write_text("this is not a database, it is far too long to be an empty one" * 100)

    with pytest.raises(DatabaseUnavailable) as raised:
        upgrade(f"sqlite:///{path}")

    assert str(raised.value) == (
        f"sqlite:///{path}: cannot bring the schema up to date: file is not a database"
    )


TIMELINES = [
    ("v1", 1, 1800000000.123457, "started", '{"dialled": "1001"}'),
    ("v1", 2, 1800000001.0, "ended", '{"status": 480, "reason": "T\\u00fcr"}'),
    ("v2", 1, 5.25, "started", "{}"),
]


def test_timelines_survive_being_put_into_parts_and_back(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'doorline.db'}"
    upgrade(url, "0002")
    connection = sqlite3.connect(tmp_path / "doorline.db")
    connection.executemany("INSERT INTO call_events VALUES (?, ?, ?, ?, ?)", TIMELINES)
    connection.commit()

    upgrade(url)
    parts = connection.execute("SELECT * FROM call_events ORDER BY call_id").fetchall()
    assert [(call_id, seq, json.loads(events)) for call_id, seq, events in parts] == [
        (
            "v1",
            1,
            [
                [1800000000123457, "started", {"dialled": "1001"}],
                [1800000001000000, "ended", {"status": 480, "reason": "T\u00fcr"}],
            ],
        ),
        ("v2", 1, [[5250000, "started", {}]]),
    ]

    downgrade(url, "0002")
    assert connection.execute("SELECT * FROM call_events").fetchall() == TIMELINES
    connection.close()


def test_of_calls_on_record_it_is_found_out_what_was_missed(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'doorline.db'}"
    upgrade(url, "0003")
    connection = sqlite3.connect(tmp_path / "doorline.db")
    calls = [("rang", None), ("answered", 5.0), ("silent", None), ("refused", None)]
    connection.executemany(
        "INSERT INTO calls (id, sip_call_id, is_visit, call_type, caller_kind, caller_user, "
        "caller_display, dialled, callee, started_at, answered_at, ended_at) "
        "VALUES (?, '', 1, '', '', '', '', '', '', 1, ?, 9)",
        calls,
    )
    legs = [
        ("rang", 2.0, 408),
        ("answered", 2.0, 200),
        ("silent", None, 408),
        ("refused", 2.0, 603),
    ]
    connection.executemany(
        "INSERT INTO call_legs (call_id, leg, stage, kind, user, display, contact, started_at, "
        "rang_at, status) VALUES (?, 1, 0, '', '', '', '', 1, ?, ?)",
        legs,
    )
    connection.commit()

    upgrade(url)

    found = connection.execute("SELECT id FROM calls WHERE missed").fetchall()
    assert found == [("rang",)]
    downgrade(url, "0003")
    assert connection.execute("SELECT count(*) FROM calls").fetchone() == (4,)
    connection.close()


DECLINES = (
    "SELECT id, decline_ends_call FROM sites ORDER BY id",
    "SELECT id, declined, global_failure, early_status FROM sites ORDER BY id",
)


def test_what_a_decline_ends_survives_the_new_words_and_back(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'doorline.db'}"
    upgrade(url, "0003")
    connection = sqlite3.connect(tmp_path / "doorline.db")
    for table in ("sites", "buildings", "apartments"):
        _insert(connection, table, 1, decline_ends_call=1)
    _insert(connection, "sites", 2, decline_ends_call=0)
    connection.commit()

    upgrade(url)
    assert connection.execute(DECLINES[1]).fetchall() == [
        (1, "visit", "visit", 180),
        (2, "leg", "leg", 180),
    ]

    connection.execute("INSERT INTO chains VALUES ('night', '[]', 'site', 1, 0.0, 1, 1)")
    connection.execute("UPDATE apartments SET call_type = 'night'")
    connection.commit()
    downgrade(url, "0003")
    assert connection.execute(DECLINES[0]).fetchall() == [(1, 1), (2, 0)]
    assert connection.execute("SELECT call_type FROM apartments").fetchall() == [
        ("app_and_indoor",)
    ]
    connection.close()


def test_ids_of_deleted_accounts_are_not_given_again_by_an_upgrade_and_back(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'doorline.db'}"
    upgrade(url, "0009")
    connection = sqlite3.connect(tmp_path / "doorline.db")
    for number in (1, 2, 3):
        _insert(connection, "accounts", number, user=f"u{number}")
    connection.execute("DELETE FROM accounts WHERE id = 3")
    connection.commit()

    upgrade(url)
    assert connection.execute(GIVEN).fetchall() == [(3,)]

    _insert(connection, "accounts", 4, operator_id=7)
    for table in ("quiet_hours", "push_targets"):
        _insert(connection, table, 1, account_id=4)
        _insert(connection, table, 2, account_id=1)
    connection.commit()
    downgrade(url, "0009")
    assert connection.execute(GIVEN).fetchall() == [(4,)]
    assert connection.execute("SELECT id FROM accounts").fetchall() == [(1,), (2,)]
    for table in ("quiet_hours", "push_targets"):
        assert connection.execute(f"SELECT account_id FROM {table}").fetchall() == [(1,)]  # noqa: S608
    connection.close()


GIVEN = "SELECT seq FROM sqlite_sequence WHERE name = 'accounts'"


def _insert(connection: sqlite3.Connection, table: str, row_id: int, **values: object) -> None:
    """A row with the id; what has no value gets one of its type."""
    columns = connection.execute(f"PRAGMA table_info({table})").fetchall()
    names = [name for _, name, *_ in columns]
    texts = {name: str(row_id) if "CHAR" in kind else row_id for _, name, kind, *_ in columns}
    row = {name: values.get(name, texts[name]) for name in names}
    marks = ", ".join(":" + name for name in names)
    connection.execute(f"INSERT INTO {table} VALUES ({marks})", row)  # noqa: S608 - names of ours


def downgrade(url: str, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(doorline.migrations.__file__).parent))
    engine = migration_engine(url)
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)
    engine.dispose()
