"""A site says which key takes a call at a telephone.

Revision 0008.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column(
        "sites",
        sa.Column("landline_key", sa.String(length=1), nullable=False, server_default="1"),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_column("sites", "landline_key")
