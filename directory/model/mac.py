"""The MAC library: hardware addresses a site may use (F232)."""

from typing import ClassVar

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from directory.model.base import NEVER_REUSE_IDS, Base, Row, SiteBound


class Mac(Row, SiteBound, Base):
    """One hardware address in a site's library, bound to a device or free (F236)."""

    __tablename__ = "macs"
    __table_args__ = (NEVER_REUSE_IDS,)
    word: ClassVar[str] = "mac"

    mac: Mapped[str] = mapped_column(String(12), unique=True)
    """Twelve upper-case hexadecimal digits; in one library of the server only."""
    device_id: Mapped[int | None] = mapped_column(
        ForeignKey("devices.id", ondelete="SET NULL"), unique=True
    )
    """The device that uses it; None when free."""
