"""Audit rows in the database."""

from directory.model import AuditEntry, table_of


def test_audit_rows_refer_to_nothing_that_could_take_them_along() -> None:
    assert table_of(AuditEntry).foreign_keys == set()
