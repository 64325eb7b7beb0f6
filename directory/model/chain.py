"""Chains that an operator made for a site."""

from typing import Any, ClassVar

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from directory.kinds import ChainGuards
from directory.model.base import NEVER_REUSE_IDS, Base, Row, SiteBound


class Chain(Row, SiteBound, Base):
    """A call type of one site: stages in order, each a list of members (F077, F084)."""

    __tablename__ = "chains"
    __table_args__ = (UniqueConstraint("site_id", "name"), NEVER_REUSE_IDS)
    word: ClassVar[str] = "chain"

    name: Mapped[str] = mapped_column(String(32))
    """What apartments, people and the site write as their call type."""
    stages: Mapped[list[dict[str, Any]]]
    """`[{"members": [{"kind": "indoor"}, {"kind": "app", "delay": 5}], "ring_time": 20}, ...]`"""
    guards: Mapped[ChainGuards]
