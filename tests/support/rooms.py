"""The first rooms of the program, opened on a fresh database and closed at the end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from doorline.assembly.memory import Memory, load_memory
from doorline.assembly.stores import Stores, open_stores
from doorline.opening import open_migrated
from doorline.settings import ServerSettings, Settings, SipSettings
from tests.support.clock import ManualClock

USUAL = SipSettings()


def settings(folder: Path, sip: SipSettings = USUAL) -> Settings:
    """The usual ones, with everything that is written in one folder."""
    return Settings(server=ServerSettings(data_dir=folder / "var"), sip=sip)


@asynccontextmanager
async def opened(
    folder: Path, clock: ManualClock | None = None, sip: SipSettings = USUAL
) -> AsyncIterator[tuple[Stores, Memory]]:
    """What is stored and what of it is in memory; nothing has been started."""
    configured, clock = settings(folder, sip), clock or ManualClock()
    database = await open_migrated(configured)
    try:
        stores = await open_stores(configured, database, clock)
        try:
            yield stores, await load_memory(stores, sip.domain, clock)
        finally:
            await asyncio.to_thread(stores.journal.flush_and_close)
            await asyncio.to_thread(stores.bindings.flush_and_close)
    finally:
        await database.close()
