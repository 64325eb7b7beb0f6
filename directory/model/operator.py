"""Operators: those who use the admin API, and their sites."""

from typing import ClassVar

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from directory.kinds import Role
from directory.model.base import NEVER_REUSE_IDS, Base, Row


class Operator(Row, Base):
    """A person or program with a role (F001)."""

    __tablename__ = "operators"
    __table_args__ = (NEVER_REUSE_IDS,)
    word: ClassVar[str] = "operator"

    name: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[Role]
    active: Mapped[bool]
    maker_id: Mapped[int | None] = mapped_column(ForeignKey("operators.id", ondelete="SET NULL"))
    """The installer who made this property manager and sees the entry (F013)."""


class OperatorSite(Base):
    """A site an operator is assigned to (F013)."""

    __tablename__ = "operator_sites"

    operator_id: Mapped[int] = mapped_column(
        ForeignKey("operators.id", ondelete="CASCADE"), primary_key=True
    )
    site_id: Mapped[int] = mapped_column(
        ForeignKey("sites.id", ondelete="CASCADE"), primary_key=True, index=True
    )
