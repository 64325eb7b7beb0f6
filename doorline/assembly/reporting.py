"""What devices report of calls past the server, from their action URLs to the records (F092)."""

from collections.abc import Callable
from dataclasses import dataclass

from directory.queries.reporting_devices import ReportingDevices
from doorline.adapters.direct_calls import DirectCallRecord
from doorline.adapters.door_pictures import DoorPictures
from doorline.assembly.memory import Memory
from doorline.assembly.stores import Stores
from doorline.assembly.telling import Telling
from provisioning.direct import Seen
from provisioning.reports import Reports
from relay.direct_calls import DirectCalls
from sipcore.kernel.clock import Clock
from sipcore.kernel.entropy import Entropy


@dataclass(frozen=True, slots=True)
class Reporting:
    """What takes reports, and what puts calls together from them."""

    reports: Reports
    calls: DirectCallRecord


def reporting(
    stores: Stores,
    memory: Memory,
    telling: Telling,
    seen: Seen,
    host: Callable[[], str],
    clock: Clock,
    entropy: Entropy,
) -> Reporting:
    """The receiver; a changed device is looked up anew from now on.

    `seen` knows where accounts register from, `host` the SIP server as devices know it.
    """
    devices = ReportingDevices(stores.database, stores.vault)
    calls = DirectCallRecord(
        DirectCalls(entropy.record_id),
        memory.dial,
        devices,
        seen=seen,
        host=host,
        tell=telling.direct.record,
        clock=clock,
    )
    reports = Reports(devices, calls.take, DoorPictures(stores.database).keep, clock)
    stores.directory.listen(lambda fact: reports.changed(fact.site_id))
    return Reporting(reports, calls)
