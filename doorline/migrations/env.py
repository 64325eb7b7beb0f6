"""Run by Alembic: hands it our schema and the connection to work on."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection, Enum

from doorline.migrations.apply import migration_engine
from doorline.migrations.schema import METADATA


def render_words_as_text(
    type_: str, item: object, autogen_context: AutogenContext
) -> str | Literal[False]:
    """Enums are stored as text; a revision does not repeat the words, which may grow."""
    if type_ == "type" and isinstance(item, Enum):
        return f"sa.String(length={item.length})"
    return False


def run(connection: Connection) -> None:
    """Apply revisions in one transaction; SQLite tables are altered by copying (batch)."""
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        render_as_batch=True,
        render_item=render_words_as_text,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


_given = context.config.attributes.get("connection")
if _given is not None:
    run(_given)
else:
    _url = context.config.get_main_option("sqlalchemy.url") or "sqlite://"
    with migration_engine(_url).connect() as _connection:
        run(_connection)
