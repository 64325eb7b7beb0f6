"""`doorline migrate`: the database at its present schema."""

import asyncio

from doorline.cli.options import DEFAULT_CONFIG, ConfigOption
from doorline.opening import open_migrated
from doorline.settings import Settings, load


def migrate(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Bring the database to the present schema."""
    settings = load(config)
    asyncio.run(_migrate(settings))
    print(f"{settings.database_path}: at the present schema")


async def _migrate(settings: Settings) -> None:
    database = await open_migrated(settings)
    await database.close()
