"""SIP accounts."""

from typing import ClassVar

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from directory.kinds import AccountKind
from directory.model.base import NEVER_REUSE_IDS, SECRET, Base, Row, SiteBound


class Account(Row, SiteBound, Base):
    """A user part with its password, and the place it belongs to.

    The place is that of its device or person, written down here as well, so that a snapshot of
    all accounts needs no join.
    """

    __tablename__ = "accounts"
    __table_args__ = (NEVER_REUSE_IDS,)
    word: ClassVar[str] = "account"

    user: Mapped[str] = mapped_column(String(64), unique=True)
    """User part of the AOR; never changes, because the password is sealed for it."""
    kind: Mapped[AccountKind]
    display: Mapped[str] = mapped_column(String(128))
    password: Mapped[bytes] = mapped_column(LargeBinary, info=SECRET)
    """Sealed."""
    enabled: Mapped[bool]
    """The operator's switch; the app feature is a second one (F068)."""
    expires_at: Mapped[float | None]
    """Moment from which it counts as expired, seconds since the epoch; None for never (F169)."""
    device_id: Mapped[int | None] = mapped_column(
        ForeignKey("devices.id", ondelete="CASCADE"), unique=True
    )
    person_id: Mapped[int | None] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"), index=True
    )
    building_id: Mapped[int | None] = mapped_column(
        ForeignKey("buildings.id", ondelete="CASCADE"), index=True
    )
    apartment_id: Mapped[int | None] = mapped_column(
        ForeignKey("apartments.id", ondelete="CASCADE"), index=True
    )
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"), index=True)
    operator_id: Mapped[int | None] = mapped_column(
        ForeignKey("operators.id", ondelete="CASCADE"), index=True
    )
    """The property manager whose app speaks with it (F090)."""


def password_context(user: str) -> str:
    """What binds a sealed password to its row."""
    return f"accounts.password:{user}"
