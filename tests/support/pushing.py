"""A waker with everything round it but a network; time is moved by hand."""

import asyncio

from directory.kinds import PushProvider
from directory.queries.push_targets import PushTargetTable, StoredPushTarget
from directory.secrets import Vault
from doorline.push.book import WakeBook
from doorline.push.call_accounts import CallAccounts
from doorline.push.finder import TargetFinder
from doorline.push.order import PushOrder
from doorline.push.result import PushResult
from doorline.push.sender import PushSender
from doorline.push.target import PushTarget
from doorline.push.waker import PushWaker
from sipcore.b2bua.plan import Party
from sipcore.registrar.binding import BindingChanged, Changes
from sipcore.registrar.location import Location
from sipcore.registrar.push import PushService
from sipcore.registrar.visit_accounts import VisitAccounts
from tests.support.clock import ManualClock
from tests.support.entropy import SequenceEntropy
from tests.support.pushes import TOKEN, Carrier, ManualLater
from tests.support.registration import binding

DOOR = Party("door", "d1", "Main gate", site_id=1)
SERVICES = (PushService("fcm", ("project",)),)


def app(user: str) -> Party:
    """The account of an app in site 1."""
    return Party("app", user, "Ann", site_id=1)


class HeldCarrier(Carrier):
    """A carrier that can be made to wait for its provider."""

    def __init__(self) -> None:
        super().__init__()
        self.free = asyncio.Event()
        self.free.set()
        self.began = asyncio.Event()
        self.late: set[int] = set()
        """Pushes, counted from 0, that wait although the others do not."""
        self._gate = asyncio.Event()

    async def send(self, order: PushOrder, target: PushTarget, seconds: float) -> PushResult:
        """The next result, once it is let go."""
        number = len(self.sent)
        result = await super().send(order, target, seconds)
        self.began.set()
        await (self._gate if number in self.late else self.free).wait()
        return result

    def let_go(self) -> None:
        """Whatever waits goes on."""
        self.free.set()
        self._gate.set()


class Bench:
    """Apps a1 and a2 have a token; what is reported is kept."""

    def __init__(self, *, wake_timeout: float = 20.0, call_accounts: bool = False) -> None:
        self.clock = ManualClock()
        self.later = ManualLater()
        self.carrier = HeldCarrier()
        self.location = Location()
        self.book = WakeBook()
        self.failed: list[tuple[str, str, str]] = []
        self.died: list[PushTarget] = []
        vault = Vault.generate()
        self.table = PushTargetTable(vault)
        for number, user in enumerate(("a1", "a2"), start=1):
            sealed = vault.seal(TOKEN + user, f"push_targets.token:{user}")
            self.table.put(StoredPushTarget(number, 1, user, PushProvider.FCM, sealed))
        self.finder = TargetFinder(self.table, self.location, (PushProvider.FCM,), SERVICES)
        self.sender = PushSender(self.carrier, self.clock.monotonic)
        self.visits = VisitAccounts("doorline.test")
        """Empty unless pushes carry accounts."""
        accounts = CallAccounts(self.visits, SequenceEntropy(), "doorline.test")
        self.waker = PushWaker(
            self.finder,
            {PushProvider.FCM: self.sender},
            self.book,
            self.clock,
            lambda site_id: f"Court {site_id}",
            wake_timeout=wake_timeout,
            died=self.died.append,
            later=self.later,
            accounts=accounts if call_accounts else None,
        )
        self.waker.failed = lambda *told: self.failed.append(told)
        self.location.listen(self.waker.heard, self.waker.refreshed)

    @property
    def utc(self) -> float:
        """Now."""
        return self.clock.utc()

    def start(self) -> None:
        """Begin to send."""
        self.sender.start()

    async def stop(self) -> None:
        """Send nothing any more."""
        await self.sender.stop()

    def hold(self) -> None:
        """Let pushes wait for their provider."""
        self.carrier.free.clear()

    def let_go(self) -> None:
        """Let the provider answer."""
        self.carrier.let_go()

    async def under_way(self) -> None:
        """Until a push has gone out."""
        await self.carrier.began.wait()

    async def settled(self) -> None:
        """Until nothing moves any more."""
        for _ in range(20):
            await asyncio.sleep(0)

    def pass_by(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.advance(seconds)
        self.later.pass_by(seconds)

    def register(self, user: str, contact: str = "", **changed: object) -> None:
        """The account registers."""
        made = binding(
            contact or f"sip:{user}@192.0.2.10", user=user, expires_at=self.utc + 300,
            updated_at=self.utc, **changed,
        )  # fmt: skip
        self.location.apply(user, Changes((made,), (BindingChanged(made),)))
