"""The parts list of the product: every object is built here, once, in the order of dependence.

Read it from top to bottom. Nothing here listens, sends or decides; `DoorlineServer.start` begins.
"""

from collections.abc import Callable, Mapping
from importlib.metadata import version

import structlog
from aiohttp import web

from admin_api.app import build_app
from admin_api.services import Services
from directory.database import Database
from directory.local_day import LONGEST_DAY
from directory.queries.credentials import load_credentials
from directory.queries.load import load_all
from directory.queries.push_targets import load_push_targets
from directory.unit import Directory
from doorline.adapters.autop import ReloadableAutop
from doorline.adapters.bans import SentinelBans
from doorline.adapters.capture import AccountCapture, homer_exporter
from doorline.adapters.catch_up import catch_up
from doorline.adapters.digits import DoorDigits
from doorline.adapters.estate_memory import EstateMemory
from doorline.adapters.health import ServerHealth
from doorline.adapters.ladder import CallLadder
from doorline.adapters.live_events import LiveEvents
from doorline.adapters.live_view import RegistrarView
from doorline.adapters.metrics import EngineCollector, exposition
from doorline.adapters.news import News, unchanged
from doorline.adapters.records import StoredCalls
from doorline.adapters.retention import Retention
from doorline.adapters.trunk_view import TrunkView
from doorline.adapters.visit_log import VisitLog
from doorline.adapters.wakes import WakeHealthView
from doorline.certificates import tls_contexts
from doorline.http_listener import HttpListener
from doorline.opening import open_migrated, open_vault
from doorline.push.latency import BOUNDS as WAKE_BOUNDS
from doorline.push.providers import carriers, services
from doorline.push.pushing import pushing
from doorline.server import DoorlineServer
from doorline.settings import LimitSettings, RegistrarSettings, Settings
from doorline.trunks import (
    Trunks,
    incoming_lines,
    locator,
    named_sites,
    tell_repeated,
    toll_limits,
)
from provisioning.autop import Autop
from provisioning.catalogue import load_catalogue
from provisioning.http import autop_routes
from provisioning.ledger import ledger_writer
from provisioning.render import Renderer
from provisioning.store import DirectoryStore
from relay.door_log import door_log_writer
from relay.in_call import InCallDigits
from sipcore.b2bua.call import Call
from sipcore.calls.correspondence import Correspondence
from sipcore.calls.incoming import IncomingCalls
from sipcore.calls.inquiry import Reach
from sipcore.calls.planner import Planner
from sipcore.calls.second_press import PressPlanner
from sipcore.calls.toll import TollGuard
from sipcore.calls.watching import Watching
from sipcore.capture.tap import CaptureTap
from sipcore.defence.policy import DefencePolicy
from sipcore.dialog.session_timer import SessionPolicy
from sipcore.endpoint.endpoint import SipEndpoint
from sipcore.endpoint.fact_listeners import FactListeners
from sipcore.endpoint.lines import Lines
from sipcore.endpoint.locator import LiveLocator
from sipcore.endpoint.pulse import BOUNDS
from sipcore.endpoint.settings import EndpointSettings, ListenAddress
from sipcore.endpoint.trunk import TrunkChallenges
from sipcore.kernel.clock import Clock
from sipcore.kernel.entropy import Entropy
from sipcore.kernel.source import TrustedNetworks
from sipcore.registrar.digest import DigestAuthenticator
from sipcore.registrar.local_names import LocalNames
from sipcore.registrar.location import Location
from sipcore.registrar.nonce import Nonces
from sipcore.registrar.policy import RegistrarPolicy
from sipcore.registrar.push import PushService
from sipcore.registrar.registrar import Registrar
from sipcore.storage.bindings_sql import WriteBehindBindings
from sipcore.storage.call_records import SqlCallJournal
from sipcore.storage.landline_legs import landline_legs_since
from sipcore.transport.failed_servers import FailedServers
from sipcore.transport.server_order import draw_from
from sipcore.transport.streams import StreamLimits
from sipcore.transport.websocket import WebSocketPolicy

log = structlog.get_logger("doorline")

_NONCE_REFRESHES = 2.5
"""Longest registrations that a nonce outlives; `nextnonce` replaces it before."""


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

    # What is stored.
    vault = await open_vault(settings, database)
    directory = Directory(database, vault, clock=clock.utc, named_sites=named_sites(settings.sip))
    bindings = WriteBehindBindings(settings.database_path, on_error=_not_written("bindings"))
    journal = SqlCallJournal(settings.database_path, on_error=_not_written("calls"))
    interrupted = journal.close_interrupted(clock.utc())
    door_log = door_log_writer(database)
    ledger = ledger_writer(database)

    # What is in memory: accounts, what can be dialled, who is registered.
    dial = await load_all(database)
    credentials = await load_credentials(database, vault, sip.domain)
    location = Location()
    location.restore(bindings.restore(clock.utc()))
    location.listen(bindings.record, bindings.refreshed)
    push_targets = await load_push_targets(database, vault)
    memory = EstateMemory(database, dial, credentials, location.remove_user, push_targets)
    directory.listen(memory.changed)

    # Registrations.
    listen = _listen(settings)
    told = [address.advertised_host for address in listen if address.advertised_host]
    names = LocalNames(sip.domain, [sip.advertised_host or sip.domain, *told], any_address=True)
    nonces = Nonces(
        entropy.token().encode(),
        entropy,
        # A phone that refreshes in time never meets a nonce that has ended.
        lifetime=max(3600.0, _NONCE_REFRESHES * sip.registrar.max_expires),
        capacity=max(200_000, 4 * len(credentials)),
    )
    authenticator = DigestAuthenticator(
        sip.domain, credentials, nonces, names, offers_auth_int=sip.registrar.offer_auth_int
    )
    push_services = services(settings.push)
    policy = _policy(sip.registrar, push_services)
    registrar = Registrar(names, authenticator, location, policy)

    # Pushes for apps that sleep.
    push = pushing(
        settings.push,
        carriers(settings.push, clock.utc),
        push_services,
        directory,
        dial,
        push_targets,
        location,
        clock,
    )

    # Calls: who rings, where they are, what their digits do, what is kept of them.
    trunks = Trunks(sip.trunk, locator(sip, clock), dial.is_repeated)
    tell_repeated(sip, dial.is_repeated)
    failed_servers = FailedServers(clock)
    tolls = TollGuard(toll_limits(sip.landlines, dial.is_repeated), dial, clock.utc)
    tolls.restore(landline_legs_since(journal.path, clock.utc() - LONGEST_DAY))
    reach = Reach(
        location.__contains__,
        trunks.of_site,
        trunks.after,
        tolls.refusal,
        push.waker.can_wake,
    )
    planner = Planner(dial, reach)
    taken_in = incoming_lines(sip.trunk)
    incoming = IncomingCalls(taken_in, dial, reach)
    counting = (tolls, incoming) if sip.trunk else ()

    visits = VisitLog(dial, door_log)
    visits.interrupted(interrupted)
    facts = FactListeners(journal.record, by_kind=[each.by_kind for each in (*counting, visits)])

    # What is told while it happens; nothing of it costs anything while nobody listens.
    def call_of(call_id: str) -> Call | None:
        return endpoint.switchboard.calls.get(call_id)

    def join() -> None:
        facts.join(news.heard)
        location.listen(news.binding, unchanged)

    def part() -> None:
        facts.leave(news.heard)
        location.leave(news.binding)

    live = LiveEvents(clock, entropy.token()[:8], join=join, part=part)
    news = News(live.publish, dial, clock, call_of)

    def opened(call_id: str, at: float, detail: Mapping[str, object]) -> None:
        journal.record_event(call_id, at, "door_digits", detail)
        if live.is_on:
            news.door(call_id, at, detail)

    def pressed(call_id: str, at: float, detail: Mapping[str, object]) -> None:
        journal.record_event(call_id, at, "digits", detail)
        if live.is_on:
            news.digits(call_id, at, detail)

    # Seeing what goes over the wire; nothing of it is there when nobody wants it.
    tap = CaptureTap(clock, sip.capture.keep) if sip.capture.keep or sip.capture.hep else None
    homer = homer_exporter(tap, sip.capture) if tap is not None else None
    keep = sip.capture.keep
    capture = AccountCapture(tap, location) if tap is not None and keep else None

    digits = DoorDigits(InCallDigits(dial, door_log, opened, pressed), clock)
    endpoint = SipEndpoint(
        settings=EndpointSettings(
            sip.domain,
            sip.advertised_host,
            listen,
            session=SessionPolicy(sip.session.min_se, sip.session.default_expires),
            streams=StreamLimits(
                sip.limits.connections,
                sip.limits.connections_per_source,
                TrustedNetworks(sip.limits.trusted),
            ),
            tls=tls_contexts(settings),
            web=WebSocketPolicy(sip.websocket.paths, sip.websocket.origins),
            max_calls=sip.limits.calls,
            max_calls_per_source=sip.limits.calls_per_source,
            defence=_defence(sip.limits),
        ),
        names=names,
        registrar=registrar,
        location=location,
        authenticator=authenticator,
        planner=PressPlanner(planner),
        locator=LiveLocator(
            location,
            trunks.known,
            failed=failed_servers,
            draw=draw_from(entropy),
            large_over_tcp=sip.large_requests == "tcp",
            permit=tolls,
        ),
        challenges=TrunkChallenges(trunks.known, entropy),
        digits=digits,
        journal=facts,
        lines=Lines(
            trunks.known, {name: sip.trunk[name].incoming.sources for name in taken_in}, incoming
        ),
        watching=Watching(dial),
        correspondence=Correspondence(dial, clock.utc),
        clock=clock,
        entropy=entropy,
        tap=tap,
        waker=push.waker,
        registers={
            name: trunk.expires for name, trunk in sip.trunk.items() if trunk.kind == "register"
        },
    )
    push.waker.failed = endpoint.wake_failed

    # Files of devices.
    devices = DirectoryStore(directory)
    autop = ReloadableAutop(
        lambda address: Autop(
            store=devices,
            renderer=Renderer(load_catalogue()),
            server=address,
            ledger=ledger,
            clock=clock,
        )
    )
    directory.listen(autop.changed)
    autop_app = web.Application()
    autop_routes(autop_app, autop)

    # Operators.
    health = ServerHealth(
        database,
        {
            "stored_bindings": lambda: bindings.last_error,
            "stored_calls": lambda: journal.last_error,
            "door_log": lambda: door_log.last_error,
            "autop_ledger": lambda: ledger.last_error,
        },
    )
    figures = EngineCollector(
        counters={
            "sip": lambda: endpoint.counters,
            "registrar": lambda: registrar.counters,
            "autop_requests": lambda: autop.counters,
            "stored_bindings": lambda: bindings.counters,
            "stored_calls": lambda: journal.counters,
            "door_log": lambda: door_log.counters,
            "autop_ledger": lambda: ledger.counters,
            "push": lambda: push.waker.counters,
            "capture": lambda: homer.counters if homer is not None else {},
        },
        gauges={
            "sip_active_calls": lambda: endpoint.active_calls,
            "sip_transactions": lambda: len(endpoint.table),
            "sip_bindings": lambda: len(location),
            "sip_trunks_located": lambda: len(trunks.known),
            "sip_trunks_registered": lambda: endpoint.registrants.registered,
            "sip_incoming_calls": lambda: len(incoming),
            "sip_landline_legs": lambda: tolls.at_once,
            "sip_servers_avoided": lambda: len(failed_servers),
            "sip_bans": lambda: len(endpoint.sentinel.bans),
            "sip_sources": lambda: endpoint.sentinel.sources,
            "sip_overload_level": lambda: endpoint.overload.level,
            "sip_lateness_seconds": lambda: endpoint.overload.lateness,
            "sip_datagrams_waiting": lambda: endpoint.datagrams_waiting,
            "live_event_streams": lambda: len(live),
            "sip_subscriptions": lambda: endpoint.subscriptions,
            "push_waiting": lambda: push.waiting,
            "push_dead_tokens": lambda: sum(target.dead for target in push_targets),
            "accounts": lambda: len(credentials),
            "sites": lambda: len(dial.sites),
        },
        histograms={
            "sip_wait_seconds": (
                BOUNDS,
                lambda: endpoint.waits.counts,
                lambda: endpoint.waits.total,
            ),
            "push_wake_seconds": (
                WAKE_BOUNDS,
                lambda: push.book.histogram.counts,
                lambda: push.book.histogram.total,
            ),
        },
    )
    admin_app = build_app(
        Services(
            directory=directory,
            live=RegistrarView(location, dial),
            bans=SentinelBans(endpoint.sentinel),
            records=StoredCalls(database),
            planner=planner,
            health=health,
            metrics=exposition(figures),
            autop_url=lambda: autop.public_url,
            catalogue=lambda: autop.present.catalogue,
            trunks=TrunkView(sip.trunk, trunks.known, endpoint.registrants, incoming, tolls, clock),
            capture=capture,
            ladders=None if tap is None or not keep else CallLadder(tap, keep),
            events=live,
            wakes=WakeHealthView(push.finder, push.book),
            version=version("doorline"),
            utc=clock.utc,
            monotonic=clock.monotonic,
        )
    )
    admin_app.middlewares.insert(0, catch_up(memory))

    return DoorlineServer(
        settings=settings,
        directory=directory,
        health=health,
        bindings=bindings,
        journal=journal,
        door_log=door_log,
        ledger=ledger,
        retention=Retention(database, clock.utc, settings.server.keep_records_days),
        memory=memory,
        trunks=trunks,
        push=push,
        endpoint=endpoint,
        homer=homer,
        capture=capture,
        live=live,
        autop=autop,
        autop_listener=HttpListener("http/autop", settings.http.autop),
        autop_app=autop_app,
        admin_listener=HttpListener("http/admin", settings.http.admin),
        admin_app=admin_app,
    )


def _listen(settings: Settings) -> tuple[ListenAddress, ...]:
    """The SIP listeners in the order of the settings."""
    listen = settings.sip.listen
    return tuple(
        ListenAddress(
            transport,
            address.host,
            address.port,
            address.advertised_host,
            address.advertised_port,
        )
        for transport, addresses in (
            ("UDP", listen.udp),
            ("TCP", listen.tcp),
            ("TLS", listen.tls),
            ("WS", listen.ws),
            ("WSS", listen.wss),
        )
        for address in addresses
    )


def _policy(
    registrar: RegistrarSettings, push_services: tuple[PushService, ...]
) -> RegistrarPolicy:
    """What the operator decided about registrations."""
    return RegistrarPolicy(
        min_expires=registrar.min_expires,
        default_expires=registrar.default_expires,
        max_expires=registrar.max_expires,
        max_contacts=registrar.max_contacts,
        expires_jitter=registrar.expires_jitter,
        path_without_support=registrar.path_without_support,
        refuses_surplus=registrar.contact_limit == "refuse",
        push_services=push_services,
    )


def _defence(limits: LimitSettings) -> DefencePolicy:
    """What the operator decided about strangers."""
    return DefencePolicy(
        requests_per_second=limits.requests_per_second_per_source,
        ban_after_failures=limits.ban_after_failures,
        ban_time=limits.ban_time,
        trusted=limits.trusted,
        drop_user_agents=limits.drop_user_agents,
    )


def _not_written(what: str) -> Callable[[Exception], None]:
    """Tells the log that records wait because the database refuses them."""
    return lambda error: log.error("database.not_written", what=what, error=str(error))
