"""The timeline of a call is kept in parts: one row for all that became known at a time.

Revision 0003.
"""

import json
from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

AT_A_TIME = 10_000
"""Rows that are held in memory."""


def upgrade() -> None:
    """Make one part of every timeline there is."""
    op.rename_table("call_events", "call_events_before")
    op.create_table(
        "call_events",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", "seq", name=op.f("pk_call_events")),
        sqlite_with_rowid=False,
    )
    events = op.get_bind().exec_driver_sql(
        "SELECT call_id, at, kind, detail FROM call_events_before ORDER BY call_id, seq"
    )
    _insert(
        "INSERT INTO call_events (call_id, seq, events) VALUES (?, 1, ?)",
        (
            (call_id, f"[{', '.join(_event(*event) for _, *event in timeline)}]")
            for call_id, timeline in groupby(events, lambda row: row[0])
        ),
    )
    op.drop_table("call_events_before")


def downgrade() -> None:
    """Make a row of every event."""
    op.rename_table("call_events", "call_events_after")
    op.create_table(
        "call_events",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", "seq", name=op.f("pk_call_events")),
    )
    parts = op.get_bind().exec_driver_sql(
        "SELECT call_id, events FROM call_events_after ORDER BY call_id, seq"
    )
    _insert(
        "INSERT INTO call_events (call_id, seq, at, kind, detail) VALUES (?, ?, ?, ?, ?)",
        (
            (call_id, seq, at / 1e6, kind, json.dumps(detail))
            for call_id, timeline in groupby(parts, lambda row: row[0])
            for seq, (at, kind, detail) in enumerate(_events(timeline), start=1)
        ),
    )
    op.drop_table("call_events_after")


def _event(at: float, kind: str, detail: str) -> str:
    """Times are in microseconds; the detail is JSON already."""
    return f"[{round(at * 1e6)}, {json.dumps(kind)}, {detail}]"


def _events(parts: Iterable[Any]) -> Iterator[list[Any]]:
    for _, events in parts:
        yield from json.loads(events)


def _insert(sql: str, rows: Iterator[tuple[object, ...]]) -> None:
    while some := list(islice(rows, AT_A_TIME)):
        op.get_bind().exec_driver_sql(sql, some)
