"""Relays of devices: the electrical outputs that open doors."""

from typing import ClassVar

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from directory.model.base import NEVER_REUSE_IDS, SECRET, Base, Row, SiteBound


class Relay(Row, SiteBound, Base):
    """One relay with its name (F125) and DTMF code (F126)."""

    __tablename__ = "relays"
    __table_args__ = (UniqueConstraint("device_id", "position"), NEVER_REUSE_IDS)
    word: ClassVar[str] = "relay"

    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id", ondelete="CASCADE"))
    position: Mapped[int]
    """1 for relay A, 2 for B, and so on."""
    name: Mapped[str] = mapped_column(String(64))
    dtmf_code: Mapped[str] = mapped_column(String(4), info=SECRET)
    """One to four of `0-9 * #`; empty for none. Not sealed: it opens nothing by itself, the
    party that sends it in a call must be allowed to."""
    in_call: Mapped[bool]
    """Digits of a call may open it (the talking-page method, F131)."""
    hold_seconds: Mapped[int]
    """Seconds the relay stays switched, 0-60."""
