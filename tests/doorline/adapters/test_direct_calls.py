"""From reports to the facts of calls."""

from itertools import count

from directory.queries.dial import DialAccount, DialDirectory, DialOwner, DialSite
from directory.queries.reporting_devices import ReportingDevice
from doorline.adapters.direct_calls import DirectCallRecord
from provisioning.remote_party import RemoteParty, remote_party
from provisioning.reports import Report
from relay.direct_calls import GRACE, DirectCalls
from sipcore.b2bua.facts import (
    CallEnded,
    CallFact,
    CallStarted,
    LegAnswered,
    LegRang,
    LegStarted,
    StageStarted,
)
from tests.support.clock import ManualClock

DOOR = ReportingDevice(1, 7, 2, "d1", "10.0.0.1")
HALL = ReportingDevice(2, 7, 2, "m1")
SEEN = {"m1": "10.0.0.2"}
SERVER = "10.0.0.99"


def directory() -> DialDirectory:
    door = DialAccount(1, "d1", "door", "Main door", 7, 2, device_id=1)
    hall = DialAccount(2, "m1", "indoor", "Hall", 7, 2, apartment_id=5, device_id=2)
    flat = DialOwner(7, 2, "1001", "Garden flat", "indoor_only", True, apartment_id=5)
    made = DialDirectory()
    made.put_site(
        DialSite(
            7,
            "Court",
            "community",
            "UTC",
            "GB",
            owners={"apartment:5": flat},
            accounts={"d1": door, "m1": hall},
        )
    )
    return made


class Bench:
    """The record with two devices of one building."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.facts: list[CallFact] = []
        numbers = count(1)
        self.record = DirectCallRecord(
            DirectCalls(lambda _at: f"c{next(numbers)}"),
            directory(),
            self,
            seen=lambda user: SEEN.get(user, ""),
            host=lambda: SERVER,
            tell=self.facts.append,
            clock=self.clock,
        )

    async def neighbours(self, device: ReportingDevice) -> tuple[ReportingDevice, ...]:
        return tuple(one for one in (DOOR, HALL) if one.device_id != device.device_id)

    async def tell(self, device: ReportingDevice, event: str, remote: str = "") -> None:
        party: RemoteParty | None = remote_party(remote) if remote else None
        await self.record.take(Report(device, event, self.clock.utc(), party))


async def test_a_call_from_door_to_monitor_is_a_visit_of_the_monitors_flat() -> None:
    bench = Bench()
    await bench.tell(DOOR, "outgoing", "10.0.0.2")
    await bench.tell(HALL, "incoming", "sip:10.0.0.1:5060")
    await bench.tell(HALL, "answered", "10.0.0.1")
    await bench.tell(DOOR, "ended")
    bench.clock.advance(GRACE)
    await bench.tell(DOOR, "ended")
    bench.record.stop()

    started, stage, leg, rang, answered, ended = bench.facts
    assert isinstance(started, CallStarted)
    plan = started.plan
    assert (plan.call_type, plan.caller.user, plan.is_visit) == ("ip", "d1", True)
    assert (plan.callee, plan.apartment_id, plan.dialled) == ("Garden flat", 5, "10.0.0.2")
    assert isinstance(stage, StageStarted)
    assert isinstance(leg, LegStarted)
    assert (leg.party.user, leg.contact) == ("m1", "10.0.0.2")
    assert isinstance(rang, LegRang)
    assert isinstance(answered, LegAnswered)
    assert isinstance(ended, CallEnded)
    assert (ended.outcome, ended.by, ended.at) == ("answered", "caller", 1_800_000_000.0)
    assert len(bench.record) == 0


async def test_a_call_that_goes_on_is_known_with_its_called_sides() -> None:
    bench = Bench()
    await bench.tell(DOOR, "outgoing", "10.0.0.2")
    call = bench.record.open("c1")
    assert call is not None
    legs = [(leg.number, leg.party.user) for leg in call.ringing.legs]
    await bench.tell(DOOR, "ended")
    bench.clock.advance(GRACE)
    await bench.tell(DOOR, "ended")
    bench.record.stop()

    assert (call.plan.callee, legs) == ("Garden flat", [(1, "m1")])
    assert bench.record.open("c1") is None


async def test_calls_through_the_server_are_on_record_already() -> None:
    bench = Bench()
    for remote in ("1001", "0", SERVER, f"sip:1001@{SERVER}", "sip:1001@10.0.0.50", "1@name"):
        await bench.tell(DOOR, "outgoing", remote)
        await bench.tell(DOOR, "ended", remote)

    assert bench.facts == []
    assert bench.record.counters == {"through_server": 12}


async def test_an_address_that_is_no_devices_is_called_by_its_address() -> None:
    bench = Bench()
    await bench.tell(HALL, "outgoing", "10.0.0.77")
    bench.record.stop()

    started = bench.facts[0]
    assert isinstance(started, CallStarted)
    (target,) = started.plan.stages[0].targets
    assert (target.party.kind, target.party.display) == ("unknown", "10.0.0.77")
    assert (started.plan.is_visit, started.plan.callee) == (False, "10.0.0.77")


async def test_a_second_monitor_is_a_second_leg() -> None:
    bench = Bench()
    await bench.tell(DOOR, "outgoing", "10.0.0.2")
    await bench.tell(DOOR, "outgoing", "10.0.0.78")
    bench.record.stop()

    assert [one.leg for one in bench.facts if isinstance(one, LegStarted)] == [1, 2]


async def test_a_call_whose_end_nobody_reports_ends_when_it_is_due() -> None:
    bench = Bench()
    await bench.tell(HALL, "missed", "10.0.0.1")
    bench.clock.advance(GRACE)
    bench.record._due()

    assert isinstance(bench.facts[-1], CallEnded)
    assert len(bench.record) == 0
