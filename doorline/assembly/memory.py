"""What the engine reads: accounts, what can be dialled, who is registered; all of it in memory."""

from dataclasses import dataclass

from directory.queries.credentials import CredentialTable, load_credentials
from directory.queries.dial import DialDirectory
from directory.queries.load import load_all
from directory.queries.push_targets import PushTargetTable, load_push_targets
from doorline.adapters.estate_memory import EstateMemory
from doorline.assembly.stores import Stores
from sipcore.kernel.clock import Clock
from sipcore.registrar.location import Location


@dataclass(frozen=True, slots=True)
class Memory:
    """The tables, and what keeps them in step with the directory."""

    dial: DialDirectory
    credentials: CredentialTable
    location: Location
    push_targets: PushTargetTable
    estate: EstateMemory


async def load_memory(stores: Stores, domain: str, clock: Clock) -> Memory:
    """Read everything once; changes of the directory are heard from now on.

    `domain` is the digest realm.
    """
    database, bindings = stores.database, stores.bindings
    dial = await load_all(database)
    credentials = await load_credentials(database, stores.vault, domain)
    location = Location()
    location.restore(bindings.restore(clock.utc()))
    location.listen(bindings.record, bindings.refreshed)
    push_targets = await load_push_targets(database, stores.vault)
    estate = EstateMemory(database, dial, credentials, location.remove_user, push_targets)
    stores.directory.listen(estate.changed)
    return Memory(dial, credentials, location, push_targets, estate)
