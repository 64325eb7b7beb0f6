"""Sites: the tenants of the server."""

from typing import Any, ClassVar

from sqlalchemy import String, false, text
from sqlalchemy.orm import Mapped, mapped_column

from directory.kinds import (
    CallType,
    DateFormat,
    FailureScope,
    GuardOrder,
    GuardStage,
    Plan,
    SiteKind,
    TimeFormat,
)
from directory.model.base import NEVER_REUSE_IDS, Base, Row
from directory.model.chain_name import ChainName
from directory.ringing import EARLY_USUAL, KEY_USUAL


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
    declined: Mapped[FailureScope] = mapped_column(server_default=FailureScope.LEG)
    """What a person who declines ends (G02)."""
    global_failure: Mapped[FailureScope] = mapped_column(server_default=FailureScope.LEG)
    """What any other 6xx ends (RFC 3261 §16.7)."""
    longest_ring: Mapped[float | None]
    """Seconds after which a call that nobody answered ends; None when its stages say (G01)."""
    rounds: Mapped[int] = mapped_column(server_default="1")
    """How often a chain is gone through."""
    early_status: Mapped[int] = mapped_column(server_default=str(EARLY_USUAL))
    """180 or 183 when a door is told at once; 0 when only once a phone rings."""
    ring_times: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    """Seconds a stage rings, by kind of party; missing kinds follow the two timeouts."""
    delays: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    """Seconds a kind of party waits inside a stage."""
    call_type: Mapped[str] = mapped_column(ChainName(), server_default=CallType.APP_AND_INDOOR)
    """How apartments are called that have no call type of their own."""
    landline_confirms: Mapped[bool] = mapped_column(server_default=false())
    """Whether an answer of a telephone counts only after a key (G04)."""
    landline_key: Mapped[str] = mapped_column(String(1), server_default=KEY_USUAL)
    """The key."""
    guard_order: Mapped[GuardOrder] = mapped_column(server_default=GuardOrder.ALL)
    """Whether guard phones ring together or one after the other."""
    emergency_landline: Mapped[str] = mapped_column(String(20), server_default=text("''"))
    """E.164 number outside that is called when no guard answers the emergency number."""
    people_deletable: Mapped[bool]
    """Whether a property manager may delete people (F172)."""
