"""Schema of the database through time: Alembic revisions and the function that applies them."""

from doorline.migrations.apply import upgrade

__all__ = ["upgrade"]
