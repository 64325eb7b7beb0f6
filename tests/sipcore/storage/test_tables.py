"""The engine's tables."""

from pathlib import Path

from sqlalchemy import create_engine, inspect

from sipcore.storage.tables import metadata
from tests.support.storage import create_tables


def test_the_tables_are_those_of_bindings_calls_and_pictures(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{create_tables(tmp_path)}")
    found = inspect(engine)

    assert sorted(found.get_table_names()) == sorted(metadata.tables)
    assert sorted(metadata.tables) == ["bindings", "call_events", "call_legs", "calls", "pictures"]
    engine.dispose()


def test_a_binding_is_one_row_for_each_account_contact_and_flow() -> None:
    key = [column.name for column in metadata.tables["bindings"].primary_key]

    assert key == ["user", "contact", "outbound"]
