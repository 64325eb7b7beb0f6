"""Departments of an office."""

from typing import ClassVar

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from directory.model.base import NEVER_REUSE_IDS, Base, Row, SiteBound


class Department(Row, SiteBound, Base):
    """A department by name or number (F051) with its lift floors (F052)."""

    __tablename__ = "departments"
    __table_args__ = (
        UniqueConstraint("site_id", "name"),
        Index("ix_departments_site_id_number", "site_id", "number", unique=True),
        NEVER_REUSE_IDS,
    )
    word: ClassVar[str] = "department"

    name: Mapped[str] = mapped_column(String(128))
    floors: Mapped[list[str]]
    """At most ten; `-10`..`128`, `G0`, `G1`, `G2` or `All`."""
    number: Mapped[str | None] = mapped_column(String(32))
    """What is dialled to ring its people; None when it has none."""
