"""Devices have an address in their own network and send pictures; operators may have accounts.

Revision 0010.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_OF_OPERATORS = "SELECT id FROM accounts WHERE operator_id IS NOT NULL"


@contextmanager
def _used_ids_kept() -> Iterator[None]:
    """SQLite copies the table, and would forget ids that deleted accounts have had."""
    used = op.get_bind().scalar(sa.text("SELECT seq FROM sqlite_sequence WHERE name = 'accounts'"))
    yield
    if used is not None:
        op.execute("DELETE FROM sqlite_sequence WHERE name = 'accounts'")
        op.execute(f"INSERT INTO sqlite_sequence (name, seq) VALUES ('accounts', {int(used)})")  # noqa: S608


def upgrade() -> None:
    """Add the columns."""
    op.add_column(
        "devices",
        sa.Column("address", sa.String(length=45), nullable=False, server_default=sa.text("''")),
    )
    with (
        _used_ids_kept(),
        op.batch_alter_table("accounts", table_kwargs={"sqlite_autoincrement": True}) as batch,
    ):
        batch.add_column(sa.Column("operator_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(
            op.f("fk_accounts_operator_id_operators"),
            "operators",
            ["operator_id"],
            ["id"],
            ondelete="CASCADE",
        )
    op.create_index(op.f("ix_accounts_operator_id"), "accounts", ["operator_id"], unique=False)
    op.create_table(
        "pictures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("full", sa.LargeBinary(), nullable=False),
        sa.Column("thumbnail", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pictures")),
    )
    op.create_index(op.f("ix_pictures_site_id"), "pictures", ["site_id"], unique=False)
    op.create_index(op.f("ix_pictures_device_id"), "pictures", ["device_id", "at"], unique=False)
    op.create_index(op.f("ix_pictures_at"), "pictures", ["at"], unique=False)


def downgrade() -> None:
    """Take them away, and operators' accounts, which nobody would withdraw any more."""
    op.drop_table("pictures")
    for table in ("quiet_hours", "push_targets"):
        op.execute(f"DELETE FROM {table} WHERE account_id IN ({_OF_OPERATORS})")  # noqa: S608
    op.execute("DELETE FROM accounts WHERE operator_id IS NOT NULL")
    op.drop_index(op.f("ix_accounts_operator_id"), table_name="accounts")
    with (
        _used_ids_kept(),
        op.batch_alter_table("accounts", table_kwargs={"sqlite_autoincrement": True}) as batch,
    ):
        batch.drop_constraint(op.f("fk_accounts_operator_id_operators"), type_="foreignkey")
        batch.drop_column("operator_id")
    op.drop_column("devices", "address")
