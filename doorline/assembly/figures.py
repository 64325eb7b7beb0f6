"""Every figure of `/metrics`, each read from its part when somebody asks."""

from doorline.adapters.metrics import EngineCollector
from doorline.assembly.capturing import Capturing
from doorline.assembly.device_files import DeviceFiles
from doorline.assembly.memory import Memory
from doorline.assembly.registration import Registration
from doorline.assembly.reporting import Reporting
from doorline.assembly.routing import Routing
from doorline.assembly.stores import Stores
from doorline.assembly.telling import Telling
from doorline.push.pushing import Pushing
from sipcore.endpoint.endpoint import SipEndpoint


def figures(
    stores: Stores,
    memory: Memory,
    registration: Registration,
    push: Pushing,
    routing: Routing,
    telling: Telling,
    capturing: Capturing,
    endpoint: SipEndpoint,
    files: DeviceFiles,
    reporting: Reporting,
) -> EngineCollector:
    """The list; what each means: `doorline/adapters/figures.py`."""
    homer = capturing.homer
    return EngineCollector(
        counters={
            "sip": lambda: endpoint.counters,
            "registrar": lambda: registration.registrar.counters,
            "autop_requests": lambda: files.autop.counters,
            "hook_requests": lambda: reporting.reports.counters,
            "direct_calls": lambda: reporting.calls.counters,
            "stored_bindings": lambda: stores.bindings.counters,
            "stored_calls": lambda: stores.journal.counters,
            "door_log": lambda: stores.door_log.counters,
            "autop_ledger": lambda: stores.ledger.counters,
            "push": lambda: push.waker.counters,
            "capture": lambda: homer.counters if homer is not None else {},
        },
        gauges={
            "sip_active_calls": lambda: endpoint.active_calls,
            "sip_transactions": lambda: len(endpoint.table),
            "sip_bindings": lambda: len(memory.location),
            "sip_trunks_located": lambda: len(routing.trunks.known),
            "sip_trunks_registered": lambda: endpoint.registrants.registered,
            "sip_incoming_calls": lambda: len(routing.incoming),
            "sip_landline_legs": lambda: routing.tolls.at_once,
            "sip_servers_avoided": lambda: len(routing.failed_servers),
            "sip_bans": lambda: len(endpoint.sentinel.bans),
            "sip_sources": lambda: endpoint.sentinel.sources,
            "sip_overload_level": lambda: endpoint.overload.level,
            "sip_lateness_seconds": lambda: endpoint.overload.lateness,
            "sip_datagrams_waiting": lambda: endpoint.datagrams_waiting,
            "live_event_streams": lambda: len(telling.live),
            "sip_subscriptions": lambda: endpoint.subscriptions,
            "push_waiting": lambda: push.waiting,
            "push_dead_tokens": lambda: sum(target.dead for target in memory.push_targets),
            "accounts": lambda: len(memory.credentials),
            "sites": lambda: len(memory.dial.sites),
            "direct_calls_open": lambda: len(reporting.calls),
        },
        histograms={
            "sip_wait_seconds": lambda: endpoint.waits,
            "push_wake_seconds": lambda: push.book.histogram,
        },
    )
