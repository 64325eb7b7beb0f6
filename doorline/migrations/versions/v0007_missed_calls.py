"""Calls know whether they were missed; legs and opened doors name whom and what they were of.

Revision 0007.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

CALLS = ("missed", "opened_by_user", "opened_relay_id")
LEGS = ("device_id", "person_id", "sip_call_id")


def upgrade() -> None:
    """Add the columns, and find out what was missed of the calls on record."""
    op.add_column(
        "calls", sa.Column("missed", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("calls", sa.Column("opened_by_user", sa.Text(), nullable=True))
    op.add_column("calls", sa.Column("opened_relay_id", sa.Integer(), nullable=True))
    op.add_column("call_legs", sa.Column("device_id", sa.Integer(), nullable=True))
    op.add_column("call_legs", sa.Column("person_id", sa.Integer(), nullable=True))
    op.add_column("call_legs", sa.Column("sip_call_id", sa.Text(), nullable=True))
    op.execute(
        """
        UPDATE calls SET missed = 1
        WHERE answered_at IS NULL AND ended_at IS NOT NULL
            AND id IN (SELECT call_id FROM call_legs WHERE rang_at IS NOT NULL)
            AND id NOT IN (SELECT call_id FROM call_legs
                WHERE rang_at IS NOT NULL AND status IN (486, 600, 603, 607))
        """
    )


def downgrade() -> None:
    """Take them away."""
    for column in reversed(LEGS):
        op.drop_column("call_legs", column)
    for column in reversed(CALLS):
        op.drop_column("calls", column)
