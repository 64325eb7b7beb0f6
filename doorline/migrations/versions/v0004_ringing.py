"""How calls ring is a matter of sites and apartments; operators make chains of their own.

Revision 0004.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the settings; a site in which a decline ended the call says so in the new words."""
    for column in _site_columns():
        op.add_column("sites", column)
    op.execute(
        "UPDATE sites SET declined = 'visit', global_failure = 'visit' WHERE decline_ends_call"
    )
    op.drop_column("sites", "decline_ends_call")
    for column in _apartment_columns():
        op.add_column("apartments", column)
    op.add_column("devices", _column("contacts", sa.JSON()))
    op.add_column("departments", sa.Column("number", sa.String(length=32), nullable=True))
    op.create_index(
        "ix_departments_site_id_number", "departments", ["site_id", "number"], unique=True
    )
    op.create_table(
        "chains",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("stages", sa.JSON(), nullable=False),
        sa.Column("guards", sa.String(length=32), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_chains_site_id_sites"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chains")),
        sa.UniqueConstraint("site_id", "name", name=op.f("uq_chains_site_id_name")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_chains_site_id"), "chains", ["site_id"], unique=False)


def downgrade() -> None:
    """Take the settings away; whoever follows a chain or the site gets the plainest type."""
    op.execute(
        "UPDATE apartments SET call_type = 'app_and_indoor' WHERE call_type = '' "
        "OR call_type IN (SELECT name FROM chains WHERE chains.site_id = apartments.site_id)"
    )
    op.execute(
        "UPDATE people SET call_type = 'app_and_indoor' WHERE call_type IN "
        "(SELECT name FROM chains WHERE chains.site_id = people.site_id)"
    )
    op.drop_table("chains")
    op.drop_index("ix_departments_site_id_number", "departments")
    op.drop_column("departments", "number")
    op.drop_column("devices", "contacts")
    for column in _apartment_columns():
        op.drop_column("apartments", column.name)
    op.add_column(
        "sites",
        sa.Column("decline_ends_call", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.execute("UPDATE sites SET decline_ends_call = (declined = 'visit')")
    for column in _site_columns():
        op.drop_column("sites", column.name)


def _site_columns() -> tuple[sa.Column[Any], ...]:
    return (
        _column("declined", sa.String(length=32), "leg"),
        _column("global_failure", sa.String(length=32), "leg"),
        _column("longest_ring", sa.Double()),
        _column("rounds", sa.Integer(), "1"),
        _column("early_status", sa.Integer(), "180"),
        _column("ring_times", sa.JSON(), "{}"),
        _column("delays", sa.JSON(), "{}"),
        sa.Column("landline_confirms", sa.Boolean(), nullable=False, server_default=sa.false()),
        _column("call_type", sa.String(length=32), "app_and_indoor"),
        _column("guard_order", sa.String(length=32), "all"),
        sa.Column(
            "emergency_landline",
            sa.String(length=20),
            nullable=False,
            server_default=sa.text("''"),
        ),
    )


def _apartment_columns() -> tuple[sa.Column[Any], ...]:
    return (
        _column("guard_stage", sa.String(length=32)),
        _column("declined", sa.String(length=32)),
        _column("global_failure", sa.String(length=32)),
        _column("longest_ring", sa.Double()),
        _column("rounds", sa.Integer()),
        _column("early_status", sa.Integer()),
        _column("ring_times", sa.JSON(), "{}"),
        _column("delays", sa.JSON(), "{}"),
        _column("landline_confirms", sa.Boolean()),
    )


def _column(name: str, kind: Any, first: str | None = None) -> sa.Column[Any]:
    """With a first value for the rows there are; without one, empty."""
    return sa.Column(name, kind, nullable=first is None, server_default=first)
