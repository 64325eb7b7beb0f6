"""What devices report by their action URLs: an event of a call in, an answer out (F092).

`/hook/<token>/<event>`, variables in the query or in a form. A wrong token gets the 404 that every
other path gets, and no sooner than a refusal of autop; a right one with something that is no event
of ours gets a 404 that says so. Query strings may hold what somebody typed at a door (device facts
§3.5), so that nothing of a request is ever logged, and only the named variables are looked at.
"""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError

from directory.errors import DirectoryError
from directory.queries.reporting_devices import ReportingDevice
from provisioning.autop import FLOOR, Clock
from provisioning.misses import Misses, Standing
from provisioning.remote_party import RemoteParty, remote_party

log = structlog.get_logger(__name__)

EVENTS: Mapping[str, str] = {
    "makecall": "outgoing",
    "outgoingcall": "outgoing",
    "incomingcall": "incoming",
    "established": "answered",
    "hangup": "ended",
    "terminated": "ended",
    "missedcall": "missed",
}
"""Events by the names devices give them, in lower case, and what they mean for a call."""
VALUE_LENGTH = 256
"""Characters of a variable."""
REPORTS = 120
"""Reports of one device in one minute."""
FROM_SOURCE = 1200
"""Requests of one source in one minute: a building behind one address."""
KEEP = 60.0
"""Seconds for which a token is known without asking the directory."""
KEPT = 4096
"""Tokens that are known at most."""


@dataclass(frozen=True, slots=True)
class Knock:
    """One request."""

    token: str = field(repr=False)
    event: str
    source: str
    """Address without port."""
    variables: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Report:
    """A device tells what became of a call of its own."""

    device: ReportingDevice
    event: str
    """`outgoing`, `incoming`, `answered`, `ended` or `missed`."""
    at: float
    """When it came, seconds since the epoch UTC."""
    remote: RemoteParty | None
    """The other side; None when the device does not say."""
    call_id: str = ""
    """The device's own name for the call; empty when it has none."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the device is told."""

    status: int
    text: str = ""


NOTHING = Reply(404, "Not found.\n")
UNAVAILABLE = Reply(503, "Try again later.\n")
TOO_MANY = Reply(429, "Too many reports.\n")
UNKNOWN_EVENT = Reply(404, f"Unknown event. Known, in any case: {', '.join(EVENTS)}.\n")
TOO_LONG = Reply(400, f"A variable is longer than {VALUE_LENGTH} characters.\n")


class Devices(Protocol):
    """What is asked of the directory."""

    async def by_hook_token(self, token: str) -> ReportingDevice | None:
        """The device whose token it is; None when it is nobody's."""


class Reports:
    """The receiver of action URLs without its HTTP."""

    def __init__(
        self,
        devices: Devices,
        take: Callable[[Report], Awaitable[None]],
        clock: Clock,
        *,
        misses: Misses | None = None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`take` is given each report; it raises only for a database that does not answer."""
        self._devices = devices
        self._take = take
        self._clock = clock
        self._misses = misses if misses is not None else Misses()
        self._told = Misses(REPORTS)
        self._asked = Misses(FROM_SOURCE)
        self._pause = pause
        self._known: OrderedDict[str, tuple[ReportingDevice, float]] = OrderedDict()
        self.counters: Counter[str] = Counter()
        """Requests by what became of them."""

    async def receive(self, knock: Knock) -> Reply:
        """Answer one request; never raises for anything a caller can send."""
        came = self._clock.monotonic()
        try:
            decision, reply = await self._decide(knock, came)
        except (SQLAlchemyError, DirectoryError, OSError) as error:
            log.error("hook_store_failed", error=type(error).__name__)
            decision, reply = "unavailable", UNAVAILABLE
        self.counters[decision] += 1
        if reply is NOTHING:
            await self._pause(max(0.0, came + FLOOR - self._clock.monotonic()))
        return reply

    def changed(self, site_id: int | None) -> None:
        """Forget the tokens of a site (of all sites for None): something there changed."""
        self._known = OrderedDict(
            (token, known)
            for token, known in self._known.items()
            if site_id is not None and known[0].site_id != site_id
        )

    async def _decide(self, knock: Knock, came: float) -> tuple[str, Reply]:
        if self._misses.standing(knock.source, came) is Standing.CLOSED:
            return "rate_limited", NOTHING
        if not _counted(self._asked, knock.source, came):
            return "too_many", TOO_MANY
        device = await self._device(knock.token, came)
        if device is None:
            self._misses.miss(knock.source, came)
            return "unknown_token", NOTHING
        if not _counted(self._told, f"device {device.device_id}", came):
            return "too_many", TOO_MANY
        event = EVENTS.get(knock.event.lower())
        if event is None:
            return "unknown_event", UNKNOWN_EVENT
        remote, call_id = _value(knock, "remote"), _value(knock, "call_id")
        if max(len(remote), len(call_id)) > VALUE_LENGTH:
            return "malformed", TOO_LONG
        party = remote_party(remote) if remote else None
        await self._take(Report(device, event, self._clock.utc(), party, call_id))
        return event, Reply(200)

    async def _device(self, token: str, now: float) -> ReportingDevice | None:
        known = self._known.get(token)
        if known is not None and now < known[1]:
            return known[0]
        device = await self._devices.by_hook_token(token)
        if device is not None:
            self._known.pop(token, None)
            self._known[token] = (device, now + KEEP)
            if len(self._known) > KEPT:
                self._known.popitem(last=False)
        return device


def _counted(counter: Misses, who: str, now: float) -> bool:
    """Count one more; False when there were too many in this minute."""
    if counter.standing(who, now) is not Standing.OPEN:
        return False
    counter.miss(who, now)
    return True


def _value(knock: Knock, name: str) -> str:
    """A variable; empty when the device has put nothing in its place."""
    value = knock.variables.get(name, "").strip()
    return "" if value.startswith("$") else value
