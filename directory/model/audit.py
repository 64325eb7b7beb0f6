"""Audit rows: who changed what, with the values before and after."""

from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from directory.model.base import NEVER_REUSE_IDS, Base


class AuditEntry(Base):
    """One change. Rows outlive what they speak of, so nothing here is a foreign key."""

    __tablename__ = "audit"
    __table_args__ = (NEVER_REUSE_IDS,)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[float] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(String(64))
    operator_id: Mapped[int | None]
    site_id: Mapped[int | None] = mapped_column(index=True)
    action: Mapped[str] = mapped_column(String(32))
    """`create`, `update`, `delete`, or the name of a use case such as `reset_password`."""
    kind: Mapped[str] = mapped_column(String(32))
    row_id: Mapped[int]
    before: Mapped[dict[str, Any]]
    """Former values of what changed; secrets masked. Empty for a creation."""
    after: Mapped[dict[str, Any]]
    """New values; secrets masked. Empty for a deletion."""
