"""Quiet hours; apartments and people may be blocked, and end on a day, as accounts may.

Revision 0005.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

OWNERS = {"apartment_id": "apartments", "person_id": "people", "account_id": "accounts"}


def upgrade() -> None:
    """Nobody has quiet hours yet, nobody is blocked, nothing expires."""
    op.create_table(
        "quiet_hours",
        *(sa.Column(name, sa.Integer(), nullable=True) for name in OWNERS),
        sa.Column("windows", sa.JSON(), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("do_not_disturb", sa.Boolean(), nullable=False),
        sa.Column("do_not_disturb_until", sa.Double(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                [name],
                [f"{table}.id"],
                name=op.f(f"fk_quiet_hours_{name}_{table}"),
                ondelete="CASCADE",
            )
            for name, table in OWNERS.items()
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_quiet_hours_site_id_sites"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quiet_hours")),
        *(sa.UniqueConstraint(name, name=op.f(f"uq_quiet_hours_{name}")) for name in OWNERS),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_quiet_hours_site_id"), "quiet_hours", ["site_id"], unique=False)
    for table in ("apartments", "people"):
        op.add_column(
            table,
            sa.Column("blocked", sa.Boolean(), nullable=False, server_default=sa.false()),
        )
    for table in OWNERS.values():
        op.add_column(table, sa.Column("expires_at", sa.Double(), nullable=True))


def downgrade() -> None:
    """Take both away."""
    for table in OWNERS.values():
        op.drop_column(table, "expires_at")
    for table in ("apartments", "people"):
        op.drop_column(table, "blocked")
    op.drop_table("quiet_hours")
