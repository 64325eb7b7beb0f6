"""Apartments of a building."""

from typing import Any, ClassVar

from sqlalchemy import ForeignKey, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from directory.kinds import CallMode, FailureScope, GuardStage
from directory.model.base import NEVER_REUSE_IDS, Base, Row, SiteBound
from directory.model.chain_name import ChainName


class Apartment(Row, SiteBound, Base):
    """An apartment and how it is called."""

    __tablename__ = "apartments"
    __table_args__ = (UniqueConstraint("building_id", "number"), NEVER_REUSE_IDS)
    word: ClassVar[str] = "apartment"

    building_id: Mapped[int] = mapped_column(ForeignKey("buildings.id", ondelete="CASCADE"))
    number: Mapped[str] = mapped_column(String(6))
    """One to six digits kept as text: `0001` is not `1` (F151)."""
    name: Mapped[str] = mapped_column(String(128))
    """Shown instead of the number when not empty (F152)."""
    call_type: Mapped[str | None] = mapped_column(ChainName(open_as=""), nullable=False)
    """A call type or a chain of the site; None for the site's."""
    call_mode: Mapped[CallMode]
    app_enabled: Mapped[bool]
    """Whether the apartment uses the app at all (F068, F071)."""
    family_limit: Mapped[int | None]
    """Most family members, 0-63 (F158); None when not limited."""
    stage_timeout: Mapped[float | None]
    """Seconds each stage rings; None for the site's."""
    active: Mapped[bool]
    """Whether it has been activated."""
    blocked: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether somebody has blocked it: nobody reaches it (F169)."""
    expires_at: Mapped[float | None]
    """Moment from which it counts as expired, seconds since the epoch; None for never."""
    # Everything below goes before the site's setting of the same name; None or a missing kind
    # leaves it to the site.
    guard_stage: Mapped[GuardStage | None]
    declined: Mapped[FailureScope | None]
    global_failure: Mapped[FailureScope | None]
    longest_ring: Mapped[float | None]
    rounds: Mapped[int | None]
    early_status: Mapped[int | None]
    ring_times: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    delays: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    landline_confirms: Mapped[bool | None]
