"""Sites decide whether one resident who declines ends the call for everybody.

Revision 0002.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the setting; what sites did until now stays: a decline ends one leg alone."""
    op.add_column(
        "sites",
        sa.Column("decline_ends_call", sa.Boolean(), nullable=False, server_default=sa.false()),
    )


def downgrade() -> None:
    """Take the setting away."""
    op.drop_column("sites", "decline_ends_call")
