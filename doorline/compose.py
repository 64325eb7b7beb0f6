"""The parts list of the product: every object is built once, in the order of dependence.

Read it from top to bottom: each step is a room of `doorline/assembly/`, which takes what stands
above it. Nothing here listens, sends or decides; `DoorlineServer.start` begins.
"""

from directory.database import Database
from doorline.adapters.news import OpenCall
from doorline.adapters.seen_addresses import SeenAddresses
from doorline.assembly.capturing import capturing
from doorline.assembly.device_files import device_files
from doorline.assembly.figures import figures
from doorline.assembly.listening import listen_addresses
from doorline.assembly.memory import load_memory
from doorline.assembly.operators import operators
from doorline.assembly.registration import registration
from doorline.assembly.reporting import reporting
from doorline.assembly.routing import routing
from doorline.assembly.sip import sip_endpoint
from doorline.assembly.stores import open_stores
from doorline.assembly.telling import telling
from doorline.opening import open_migrated
from doorline.push.call_accounts import call_accounts
from doorline.push.providers import carriers, services
from doorline.push.pushing import pushing
from doorline.server import DoorlineServer
from doorline.settings import Settings
from sipcore.kernel.clock import Clock
from sipcore.kernel.entropy import Entropy


async def compose(settings: Settings, *, clock: Clock, entropy: Entropy) -> DoorlineServer:
    """Open what is stored and build the server on it.

    Raises StartError, DatabaseUnavailable or KeyFileError, each with one line for the operator.
    """
    database = await open_migrated(settings)
    try:
        return await _parts(settings, database, clock, entropy)
    except BaseException:
        await database.close()
        raise


async def _parts(
    settings: Settings, database: Database, clock: Clock, entropy: Entropy
) -> DoorlineServer:
    """The parts list."""
    sip = settings.sip

    # What is stored, and what of it is held in memory.
    stores = await open_stores(settings, database, clock)
    memory = await load_memory(stores, sip.domain, clock)

    # Who registers, and pushes for apps that sleep.
    listen = listen_addresses(sip.listen)
    push_services = services(settings.push)
    registered = registration(
        sip, listen, push_services, memory, entropy, call_accounts=settings.push.call_accounts
    )
    accounts = call_accounts(registered.visits, entropy, sip.domain)
    push = pushing(
        settings.push,
        carriers(settings.push, clock.utc),
        push_services,
        stores.directory,
        memory.dial,
        memory.push_targets,
        memory.location,
        clock,
        accounts=accounts,
    )

    # Calls: who rings and where they are, what is kept and told of them, what is seen of them.
    def call_of(call_id: str) -> OpenCall | None:
        return endpoint.switchboard.calls.get(call_id) or reported.calls.open(call_id)

    routed = routing(sip, memory, push.waker, stores.journal.path, clock, entropy)
    hearing = routed.counting if accounts is None else (*routed.counting, accounts.by_kind)
    told = telling(stores, memory, hearing, call_of, clock, entropy)
    seen = capturing(sip.capture, memory.location, clock)
    endpoint = sip_endpoint(
        settings, listen, memory, registered, routed, told, push.waker, seen.tap, clock, entropy
    )
    push.waker.failed = endpoint.wake_failed

    # HTTP: for devices, and for operators.
    addresses = SeenAddresses(memory.location)
    reported = reporting(
        stores, memory, told, addresses.of, lambda: files.autop.host, clock, entropy
    )
    files = device_files(
        settings.http,
        stores.directory,
        stores.ledger,
        reported.reports,
        addresses.of,
        clock,
    )
    read = figures(stores, memory, registered, push, routed, told, seen, endpoint, files, reported)
    admin = operators(
        settings, stores, memory, push, routed, told, seen, endpoint, files, read, clock
    )

    return DoorlineServer(
        settings, stores, memory, push, routed, told, seen, endpoint, files, reported, admin
    )
