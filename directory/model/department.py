"""Departments of an office."""

from typing import ClassVar

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from directory.model.base import NEVER_REUSE_IDS, Base, Row, SiteBound


class Department(Row, SiteBound, Base):
    """A department by name or number (F051) with its lift floors (F052)."""

    __tablename__ = "departments"
    __table_args__ = (UniqueConstraint("site_id", "name"), NEVER_REUSE_IDS)
    word: ClassVar[str] = "department"

    name: Mapped[str] = mapped_column(String(128))
    floors: Mapped[list[str]]
    """At most ten; `-10`..`128`, `G0`, `G1`, `G2` or `All`."""
