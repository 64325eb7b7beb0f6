"""Call routing: who rings, where they are, which provider carries it, and what a site may spend."""

from dataclasses import dataclass
from pathlib import Path

from directory.local_day import LONGEST_DAY
from doorline.assembly.memory import Memory
from doorline.push.waker import PushWaker
from doorline.settings import SipSettings
from doorline.site_names import tell_misnamed
from doorline.trunks import Trunks, incoming_lines, locator, toll_limits
from sipcore.calls.incoming import IncomingCalls
from sipcore.calls.inquiry import Reach
from sipcore.calls.planner import Planner
from sipcore.calls.toll import TollGuard
from sipcore.endpoint.fact_listeners import ByKind
from sipcore.endpoint.lines import Lines
from sipcore.endpoint.locator import LiveLocator
from sipcore.kernel.clock import Clock
from sipcore.kernel.entropy import Entropy
from sipcore.storage.landline_legs import landline_legs_since
from sipcore.transport.failed_servers import FailedServers
from sipcore.transport.server_order import draw_from


@dataclass(frozen=True, slots=True)
class Routing:
    """From a dialled number to the places that ring."""

    planner: Planner
    locator: LiveLocator
    trunks: Trunks
    tolls: TollGuard
    incoming: IncomingCalls
    lines: Lines
    failed_servers: FailedServers
    counting: tuple[ByKind, ...]
    """What has to hear of calls to keep its counts."""


def routing(
    sip: SipSettings,
    memory: Memory,
    waker: PushWaker,
    calls: Path,
    clock: Clock,
    entropy: Entropy,
) -> Routing:
    """The way of calls; `calls` is the database of call records: what today has cost already."""
    dial, location = memory.dial, memory.location
    trunks = Trunks(sip.trunk, locator(sip, clock), dial.is_repeated)
    tell_misnamed(sip, dial)
    failed_servers = FailedServers(clock)
    tolls = TollGuard(toll_limits(sip.landlines, dial.is_repeated), dial, clock.utc)
    tolls.restore(landline_legs_since(calls, clock.utc() - LONGEST_DAY))
    reach = Reach(
        location.__contains__,
        trunks.of_site,
        trunks.after,
        tolls.refusal,
        waker.can_wake,
    )
    taken_in = incoming_lines(sip.trunk)
    incoming = IncomingCalls(taken_in, dial, reach)
    sources = {name: sip.trunk[name].incoming.sources for name in taken_in}
    return Routing(
        Planner(dial, reach),
        LiveLocator(
            location,
            trunks.known,
            failed=failed_servers,
            draw=draw_from(entropy),
            large_over_tcp=sip.large_requests == "tcp",
            permit=tolls,
        ),
        trunks,
        tolls,
        incoming,
        Lines(trunks.known, sources, incoming),
        failed_servers,
        (tolls.by_kind, incoming.by_kind) if sip.trunk else (),
    )
