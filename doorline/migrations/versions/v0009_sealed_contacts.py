"""Contacts of registrations that carry a push token are sealed.

Those that are stored already are read as they are, and sealed by the server that reads them.

Revision 0009.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("bindings", sa.Column("sealed", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    """Forget what only a key opens: those phones register again."""
    op.execute("DELETE FROM bindings WHERE sealed IS NOT NULL")
    op.drop_column("bindings", "sealed")
