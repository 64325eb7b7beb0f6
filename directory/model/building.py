"""Buildings of a community."""

from typing import ClassVar

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from directory.model.base import NEVER_REUSE_IDS, Base, Row, SiteBound


class Building(Row, SiteBound, Base):
    """A building, named by a number or a name (F150)."""

    __tablename__ = "buildings"
    __table_args__ = (UniqueConstraint("site_id", "name"), NEVER_REUSE_IDS)
    word: ClassVar[str] = "building"

    name: Mapped[str] = mapped_column(String(128))
