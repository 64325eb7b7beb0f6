"""Declarative base, naming convention and the mixins every table is made of.

Times are seconds since the epoch, UTC, as floats. Columns marked `info=SECRET` are masked in audit
rows and left out of what a row prints.
"""

from enum import Enum
from typing import Any, ClassVar

from sqlalchemy import JSON, ForeignKey, MetaData, Table
from sqlalchemy import Enum as EnumType
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

SECRET: dict[Any, Any] = {"secret": True}
"""Column mark: the value must not be shown."""

NEVER_REUSE_IDS: dict[str, Any] = {"sqlite_autoincrement": True}
"""Table option: an id named by an audit or log row never comes to mean another row."""

NAMING_CONVENTION = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def _values(words: type[Enum]) -> list[str]:
    """Enums are stored by value: the words that APIs and files carry."""
    return [str(word.value) for word in words]


class Base(DeclarativeBase):
    """Every table of the directory, the relays' door log and the autop ledger."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        Enum: EnumType(
            Enum, native_enum=False, create_constraint=False, length=32, values_callable=_values
        ),
        list[str]: JSON,
        list[dict[str, Any]]: JSON,
        dict[str, Any]: JSON,
    }

    def __repr__(self) -> str:
        identity = self.__dict__.get("id")
        return f"{type(self).__name__}(id={identity})"


class Row:
    """Integer key, time of creation, and a revision that counts updates."""

    word: ClassVar[str]
    """Word for this sort of row in audit rows, facts and errors."""

    id: Mapped[int] = mapped_column(primary_key=True)
    created_at: Mapped[float]
    revision: Mapped[int] = mapped_column(default=1)
    """Grows with every update; a writer that saw an older one is refused."""

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 - SQLAlchemy hands over the class
        return {"version_id_col": cls.revision}


class SiteBound:
    """A row of one site; the tenant filter looks at this column."""

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)


def table_of(model: type[Base]) -> Table:
    """The bare table of a class, for set-based statements that the tenant filter leaves alone."""
    table = model.__table__
    assert isinstance(table, Table)  # noqa: S101 - every class here is declared with one
    return table
