"""The first rooms of the program, opened on a fresh database and closed at the end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from directory.kinds import AccountKind
from directory.scope import Scope
from directory.service import accounts, sites
from doorline import opening
from doorline.assembly.memory import Memory, load_memory
from doorline.assembly.stores import Stores, open_stores
from doorline.settings import ServerSettings, Settings, SipSettings
from tests.support.clock import ManualClock

USUAL = SipSettings()


def settings(folder: Path, sip: SipSettings = USUAL) -> Settings:
    """The usual ones, with everything that is written in one folder."""
    return Settings(server=ServerSettings(data_dir=folder / "var"), sip=sip)


async def fill(folder: Path) -> None:
    """A database with one account, so that it holds a sealed password."""
    async with (
        opening.opened(settings(folder)) as directory,
        directory.unit(Scope.system()) as unit,
    ):
        site = await sites.create(unit, name="Court")
        await accounts.create(unit, site_id=site.id, kind=AccountKind.DOOR, user="d1")


@asynccontextmanager
async def opened(
    folder: Path, clock: ManualClock | None = None, sip: SipSettings = USUAL
) -> AsyncIterator[tuple[Stores, Memory]]:
    """What is stored and what of it is in memory; nothing has been started."""
    configured, clock = settings(folder, sip), clock or ManualClock()
    database = await opening.open_migrated(configured)
    try:
        stores = await open_stores(configured, database, clock)
        try:
            yield stores, await load_memory(stores, sip.domain, clock)
        finally:
            await asyncio.to_thread(stores.journal.flush_and_close)
            await asyncio.to_thread(stores.bindings.flush_and_close)
    finally:
        await database.close()
