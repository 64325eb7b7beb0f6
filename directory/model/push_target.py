"""Where the pushes that wake an app go (RFC 8599, G03)."""

from typing import ClassVar

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from directory.kinds import ApnsEnvironment, PushProvider
from directory.model.base import NEVER_REUSE_IDS, SECRET, Base, Row, SiteBound


class PushTarget(Row, SiteBound, Base):
    """The push token of one app account, as its maker's service told the API."""

    __tablename__ = "push_targets"
    __table_args__ = (NEVER_REUSE_IDS,)
    word: ClassVar[str] = "push_target"

    account_id: Mapped[int] = mapped_column(
        ForeignKey("accounts.id", ondelete="CASCADE"), unique=True
    )
    user: Mapped[str] = mapped_column(String(64))
    """User of the account, for which the token is sealed."""
    provider: Mapped[PushProvider]
    token: Mapped[bytes] = mapped_column(LargeBinary, info=SECRET)
    """Sealed."""
    hint: Mapped[str] = mapped_column(String(4))
    """The last characters of a token, by which people tell two apart; empty for a short one."""
    topic: Mapped[str] = mapped_column(String(255))
    """APNs: bundle id of the app, with `.voip` for calls; empty for the others."""
    environment: Mapped[ApnsEnvironment]
    set_at: Mapped[float]
    """When the token was told, seconds since the epoch UTC."""
    dead_at: Mapped[float | None]
    """When the provider said that the token means nothing any more; nothing is sent to it then."""


def push_token_context(user: str) -> str:
    """What binds a sealed push token to its row."""
    return f"push_targets.token:{user}"
