"""Configuration lines that operators enter for single devices."""

from typing import ClassVar

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from directory.model.base import NEVER_REUSE_IDS, Base, Row, SiteBound


class AutopCommand(Row, SiteBound, Base):
    """One line for the device's next file (F241); a later line with the same key wins (F243)."""

    __tablename__ = "autop_commands"
    __table_args__ = (NEVER_REUSE_IDS,)
    word: ClassVar[str] = "autop_command"

    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id", ondelete="CASCADE"), index=True)
    key: Mapped[str] = mapped_column(String(128))
    value: Mapped[str] = mapped_column(String(512))
    once: Mapped[bool]
    """Delivered a single time (F244)."""
    delivered_at: Mapped[float | None]
