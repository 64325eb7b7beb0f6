"""Devices may have an address in their own network; accounts may belong to an operator.

Revision 0010.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column(
        "devices",
        sa.Column("address", sa.String(length=45), nullable=False, server_default=sa.text("''")),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_column("devices", "address")
