"""Sites: the tenants of the server."""

from typing import ClassVar

from sqlalchemy import String, false
from sqlalchemy.orm import Mapped, mapped_column

from directory.kinds import DateFormat, GuardStage, Plan, SiteKind, TimeFormat
from directory.model.base import NEVER_REUSE_IDS, Base, Row


class Site(Row, Base):
    """A community or an office (F004) with its settings (F031-F049)."""

    __tablename__ = "sites"
    __table_args__ = (NEVER_REUSE_IDS,)
    word: ClassVar[str] = "site"

    name: Mapped[str] = mapped_column(String(128), index=True)
    kind: Mapped[SiteKind]
    plan: Mapped[Plan]
    """Set once (F035)."""
    timezone: Mapped[str] = mapped_column(String(64))
    """IANA name (F041)."""
    country: Mapped[str] = mapped_column(String(2))
    """ISO 3166 code; national telephone numbers are read in it (F065)."""
    time_format: Mapped[TimeFormat]
    date_format: Mapped[DateFormat]
    street: Mapped[str] = mapped_column(String(128))
    city: Mapped[str] = mapped_column(String(128))
    post_code: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(128))
    landline_enabled: Mapped[bool]
    """Landline service (F034)."""
    guard_stage: Mapped[GuardStage | None]
    """None for the default of each call type."""
    stage_timeout: Mapped[float]
    """Seconds an ordinary stage rings."""
    landline_timeout: Mapped[float]
    """Seconds a landline stage rings."""
    emergency_number: Mapped[str] = mapped_column(String(32))
    allow_apartment_to_apartment: Mapped[bool]
    decline_ends_call: Mapped[bool] = mapped_column(server_default=false())
    """Whether a phone that declines (a 6xx) ends the call for every other phone as well."""
    people_deletable: Mapped[bool]
    """Whether a property manager may delete people (F172)."""
