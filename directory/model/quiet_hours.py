"""Quiet hours and do-not-disturb of apartments, people and accounts (G09)."""

from typing import Any, ClassVar

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from directory.kinds import QuietAction
from directory.model.base import NEVER_REUSE_IDS, Base, Row, SiteBound


class QuietHours(Row, SiteBound, Base):
    """When one apartment, one person or one account is not to be rung; one of the three is set."""

    __tablename__ = "quiet_hours"
    __table_args__ = (NEVER_REUSE_IDS,)
    word: ClassVar[str] = "quiet_hours"

    apartment_id: Mapped[int | None] = mapped_column(
        ForeignKey("apartments.id", ondelete="CASCADE"), unique=True
    )
    person_id: Mapped[int | None] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"), unique=True
    )
    account_id: Mapped[int | None] = mapped_column(
        ForeignKey("accounts.id", ondelete="CASCADE"), unique=True
    )
    windows: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """As `directory.quiet_windows` checks them."""
    action: Mapped[QuietAction]
    """What happens to visitors meanwhile; an account is always skipped."""
    do_not_disturb: Mapped[bool]
    do_not_disturb_until: Mapped[float | None]
    """End of it, seconds since the epoch; None: until somebody switches it off."""
