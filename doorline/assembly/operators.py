"""What operators and other systems work with: the admin API, health and figures."""

from dataclasses import dataclass
from importlib.metadata import version

from aiohttp import web

from admin_api.app import build_app
from admin_api.services import Services
from doorline.adapters.bans import SentinelBans
from doorline.adapters.catch_up import catch_up
from doorline.adapters.health import ServerHealth
from doorline.adapters.live_view import RegistrarView
from doorline.adapters.metrics import EngineCollector, exposition
from doorline.adapters.records import StoredCalls
from doorline.adapters.trunk_view import TrunkView
from doorline.adapters.wakes import WakeHealthView
from doorline.assembly.capturing import Capturing
from doorline.assembly.device_files import DeviceFiles
from doorline.assembly.memory import Memory
from doorline.assembly.routing import Routing
from doorline.assembly.stores import Stores
from doorline.assembly.telling import Telling
from doorline.http_listener import HttpListener
from doorline.push.pushing import Pushing
from doorline.settings import Settings
from sipcore.endpoint.endpoint import SipEndpoint
from sipcore.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class Operators:
    """The application, where it is served, and what it says about readiness."""

    health: ServerHealth
    app: web.Application
    listener: HttpListener


def operators(
    settings: Settings,
    stores: Stores,
    memory: Memory,
    push: Pushing,
    routing: Routing,
    telling: Telling,
    capturing: Capturing,
    endpoint: SipEndpoint,
    files: DeviceFiles,
    figures: EngineCollector,
    clock: Clock,
) -> Operators:
    """The admin API; each port of `Services` with what stands behind it."""
    health = _health(stores)
    autop = files.autop
    app = build_app(
        Services(
            directory=stores.directory,
            live=RegistrarView(memory.location, memory.dial),
            bans=SentinelBans(endpoint.sentinel),
            records=StoredCalls(stores.database),
            planner=routing.planner,
            health=health,
            metrics=exposition(figures),
            autop_url=lambda: autop.public_url,
            catalogue=lambda: autop.present.catalogue,
            trunks=TrunkView(
                settings.sip.trunk,
                routing.trunks.known,
                endpoint.registrants,
                routing.incoming,
                routing.tolls,
                clock,
            ),
            capture=capturing.capture,
            ladders=capturing.ladder,
            events=telling.live,
            wakes=WakeHealthView(push.finder, push.book),
            version=version("doorline"),
            utc=clock.utc,
            monotonic=clock.monotonic,
        )
    )
    app.middlewares.insert(0, catch_up(memory.estate))
    return Operators(health, app, HttpListener("http/admin", settings.http.admin))


def _health(stores: Stores) -> ServerHealth:
    """Whether the database answers and everything that is written reaches it."""
    return ServerHealth(
        stores.database,
        {
            "stored_bindings": lambda: stores.bindings.last_error,
            "stored_calls": lambda: stores.journal.last_error,
            "door_log": lambda: stores.door_log.last_error,
            "autop_ledger": lambda: stores.ledger.last_error,
        },
    )
