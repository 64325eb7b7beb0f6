"""API tokens of operators."""

from typing import ClassVar

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from directory.model.base import NEVER_REUSE_IDS, SECRET, Base, Row


class Token(Row, Base):
    """A bearer token; only its SHA-256 is stored."""

    __tablename__ = "tokens"
    __table_args__ = (NEVER_REUSE_IDS,)
    word: ClassVar[str] = "token"

    operator_id: Mapped[int] = mapped_column(
        ForeignKey("operators.id", ondelete="CASCADE"), index=True
    )
    token_hash: Mapped[str] = mapped_column(String(64), unique=True, info=SECRET)
    """SHA-256 of the token in hexadecimal."""
    label: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[float | None]
    revoked_at: Mapped[float | None]
