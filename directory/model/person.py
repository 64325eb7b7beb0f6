"""People: residents of an apartment and users of an office."""

from typing import ClassVar

from sqlalchemy import ForeignKey, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from directory.kinds import CallMode, PersonKind
from directory.model.base import NEVER_REUSE_IDS, SECRET, Base, Row, SiteBound
from directory.model.chain_name import ChainName


class Person(Row, SiteBound, Base):
    """A resident (F153-F161) or an office user (F054-F075)."""

    __tablename__ = "people"
    __table_args__ = (
        UniqueConstraint("site_id", "external_id"),
        UniqueConstraint("site_id", "email"),
        NEVER_REUSE_IDS,
    )
    word: ClassVar[str] = "person"

    kind: Mapped[PersonKind]
    apartment_id: Mapped[int | None] = mapped_column(
        ForeignKey("apartments.id", ondelete="CASCADE"), index=True
    )
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"), index=True)
    first_name: Mapped[str] = mapped_column(String(64))
    last_name: Mapped[str] = mapped_column(String(64))
    external_id: Mapped[str | None] = mapped_column(String(64))
    """The user ID of the seeds: free text, unique in the site, dialled in offices (F058)."""
    email: Mapped[str | None] = mapped_column(String(254))
    country: Mapped[str | None] = mapped_column(String(2))
    """Country of the person's numbers; None for the site's (F065)."""
    mobile: Mapped[str | None] = mapped_column(String(20))
    """E.164; for account registration, never dialled (F066)."""
    landlines: Mapped[list[str]] = mapped_column(info=SECRET)
    """At most three E.164 numbers that receive calls (F072, F073)."""
    app_enabled: Mapped[bool]
    """Whether the person may use the app (F068)."""
    call_type: Mapped[str | None] = mapped_column(ChainName())
    """A call type or a chain of the site; office users only, for a resident is called the way the
    apartment is."""
    call_mode: Mapped[CallMode]
    stage_timeout: Mapped[float | None]
    floors: Mapped[list[str]]
    remark: Mapped[str] = mapped_column(String(128))
    active: Mapped[bool]
    """Whether the account has been activated."""
    blocked: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether somebody has blocked the account (F169)."""
    expires_at: Mapped[float | None]
    """Moment from which the account counts as expired, seconds since the epoch; None for never."""

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()
