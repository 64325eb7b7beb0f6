"""Statements of the record of calls."""

import sqlite3
from pathlib import Path

import pytest

from sipcore.storage.call_statements import (
    IN_ORDER,
    INTERRUPT_CALL,
    INTERRUPT_LEGS,
    OPEN_CALLS,
)
from sipcore.storage.writer import connect
from tests.support.storage import create_tables


@pytest.mark.parametrize("sql", [*IN_ORDER, OPEN_CALLS, INTERRUPT_CALL, INTERRUPT_LEGS])
def test_every_statement_fits_the_tables(tmp_path: Path, sql: str) -> None:
    connection = connect(create_tables(tmp_path))
    with pytest.raises(sqlite3.ProgrammingError, match="Incorrect number of bindings"):
        connection.execute(sql, (None,) * 99)
    connection.close()
