"""Devices have an address in their own network and send pictures; operators may have accounts.

Revision 0010.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column(
        "devices",
        sa.Column("address", sa.String(length=45), nullable=False, server_default=sa.text("''")),
    )
    with op.batch_alter_table("accounts", table_kwargs={"sqlite_autoincrement": True}) as batch:
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
    """Take them away."""
    op.drop_table("pictures")
    op.drop_index(op.f("ix_accounts_operator_id"), table_name="accounts")
    with op.batch_alter_table("accounts", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.drop_constraint(op.f("fk_accounts_operator_id_operators"), type_="foreignkey")
        batch.drop_column("operator_id")
    op.drop_column("devices", "address")
