"""What devices report by their action URLs: an event of a call, or a picture (F092, F270).

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
from provisioning.autop import FLOOR, NOT_FOUND_TEXT, TRY_LATER_TEXT, Clock
from provisioning.picture import Picture, read_picture
from provisioning.refusals import Refusals, Standing
from provisioning.remote_party import RemoteParty, remote_party
from provisioning.tally import Tally

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
PICTURE = "picture"
"""Event, in lower case, of a POST whose body is a picture."""
PICTURES = 20
"""Pictures of one device in one minute."""
AT_ONCE = 2
"""Pictures that are decoded at the same time."""
READ_AT_ONCE = 32
"""Pictures that are read, or wait to be decoded, at the same time; one of each device."""
OF_SITE = 8
"""Those of one site."""
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


NOT_FOUND = Reply(404, NOT_FOUND_TEXT)
UNAVAILABLE = Reply(503, TRY_LATER_TEXT)
TOO_MANY = Reply(429, "Too many reports.\n")
UNKNOWN_EVENT = Reply(404, f"Unknown event. Known, in any case: {', '.join((*EVENTS, PICTURE))}.\n")
NO_PICTURE = Reply(415, "Not a JPEG or PNG picture of a size that is kept.\n")
TOO_LONG = Reply(400, f"A variable is longer than {VALUE_LENGTH} characters.\n")


Body = Callable[[], Awaitable["bytes | Reply"]]
"""Reads what was posted; a reply for a body that cannot be had."""
Form = Callable[[], Awaitable["Mapping[str, str] | Reply"]]
"""Reads the variables of a form; a reply for one that cannot be had."""
Keep = Callable[[ReportingDevice, float, Picture], Awaitable[None]]
"""Keeps a picture that a device took at that UTC second."""


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
        keep: Keep,
        clock: Clock,
        *,
        refusals: Refusals | None = None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`take` gets each report, `keep` each picture; they raise only for the database."""
        self._devices = devices
        self._take = take
        self._keep = keep
        self._clock = clock
        self._refusals = refusals if refusals is not None else Refusals()
        self._requests = Tally()
        """By source."""
        self._reports = Tally()
        """By device."""
        self._pictures = Tally()
        """By device."""
        self._reading: dict[int, int] = {}
        """Devices whose picture is being read, with their sites."""
        self._decoding = asyncio.Semaphore(AT_ONCE)
        self._pause = pause
        self._known: OrderedDict[str, tuple[ReportingDevice, float]] = OrderedDict()
        """Oldest first."""
        self._of_site: dict[int, set[str]] = {}
        """The known tokens by site."""
        self._changes = 0
        """How often something changed: what was asked before that is not remembered."""
        self.counters: Counter[str] = Counter()
        """Requests by what became of them."""

    async def receive(self, knock: Knock, form: Form | None = None) -> Reply:
        """Answer one request; never raises for anything a caller can send.

        `form` is read for a device and an event that are known, and says what the query does not.
        """
        return await self._answer(knock, lambda device, _came: self._event(knock, device, form))

    async def receive_picture(self, knock: Knock, body: Body) -> Reply:
        """The same for a picture; nothing of the body is read for a wrong token."""
        return await self._answer(knock, lambda device, came: self._picture(device, came, body))

    async def _answer(
        self,
        knock: Knock,
        decide: Callable[[ReportingDevice, float], Awaitable[tuple[str, Reply]]],
    ) -> Reply:
        came = self._clock.monotonic()
        try:
            device, decision, reply = await self._admitted(knock, came)
            if device is not None:
                decision, reply = await decide(device, came)
        except (SQLAlchemyError, DirectoryError, OSError) as error:
            log.error("hook_store_failed", error=type(error).__name__)
            decision, reply = "unavailable", UNAVAILABLE
        self.counters[decision] += 1
        if reply is NOT_FOUND:
            await self._pause(max(0.0, came + FLOOR - self._clock.monotonic()))
        return reply

    def changed(self, site_id: int | None) -> None:
        """Forget the tokens of a site (of all sites for None): something there changed."""
        self._changes += 1
        if site_id is None:
            self._known.clear()
            self._of_site.clear()
            return
        for token in self._of_site.pop(site_id, ()):
            del self._known[token]

    async def _admitted(
        self, knock: Knock, came: float
    ) -> tuple[ReportingDevice | None, str, Reply]:
        """The device that asks; None with what becomes of the request when there is none."""
        if self._refusals.standing(knock.source, came) is Standing.CLOSED:
            return None, "rate_limited", NOT_FOUND
        if not self._requests.admit(knock.source, FROM_SOURCE, came):
            return None, "too_many", TOO_MANY
        device = await self._device(knock.token, came)
        if device is None:
            self._refusals.add(knock.source, came)
            return None, "unknown_token", NOT_FOUND
        if not self._reports.admit(f"device {device.device_id}", REPORTS, came):
            return None, "too_many", TOO_MANY
        return device, "", NOT_FOUND

    async def _event(
        self, knock: Knock, device: ReportingDevice, form: Form | None
    ) -> tuple[str, Reply]:
        event = EVENTS.get(knock.event.lower())
        if event is None:
            return "unknown_event", UNKNOWN_EVENT
        said = knock.variables
        if form is not None:
            posted = await form()
            if isinstance(posted, Reply):
                return "malformed", posted
            said = {**posted, **said}
        remote, call_id = _value(said, "remote"), _value(said, "call_id")
        if max(len(remote), len(call_id)) > VALUE_LENGTH:
            return "malformed", TOO_LONG
        party = remote_party(remote) if remote else None
        await self._take(Report(device, event, self._clock.utc(), party, call_id))
        return event, Reply(200)

    async def _picture(self, device: ReportingDevice, came: float, body: Body) -> tuple[str, Reply]:
        if not self._pictures.admit(f"device {device.device_id}", PICTURES, came):
            return "too_many", TOO_MANY
        if not self._has_place(device):
            return "busy", UNAVAILABLE
        self._reading[device.device_id] = device.site_id
        try:
            taken_at = self._clock.utc()
            content = await body()
            if isinstance(content, Reply):
                return "malformed", content
            async with self._decoding:
                picture = await asyncio.to_thread(read_picture, content)
        finally:
            del self._reading[device.device_id]
        if picture is None:
            return "no_picture", NO_PICTURE
        await self._keep(device, taken_at, picture)
        return PICTURE, Reply(200)

    def _has_place(self, device: ReportingDevice) -> bool:
        """Whether a picture may be read: a slow device keeps up neither others nor other sites."""
        reading = self._reading
        if device.device_id in reading or len(reading) >= READ_AT_ONCE:
            return False
        return sum(site_id == device.site_id for site_id in reading.values()) < OF_SITE

    async def _device(self, token: str, now: float) -> ReportingDevice | None:
        known = self._known.get(token)
        if known is not None and now < known[1]:
            return known[0]
        changes = self._changes
        device = await self._devices.by_hook_token(token)
        if device is not None and changes == self._changes:
            self._forget(token)
            self._known[token] = (device, now + KEEP)
            self._of_site.setdefault(device.site_id, set()).add(token)
            if len(self._known) > KEPT:
                self._forget(next(iter(self._known)))
        return device

    def _forget(self, token: str) -> None:
        known = self._known.pop(token, None)
        if known is None:
            return
        site_id = known[0].site_id
        self._of_site[site_id].discard(token)
        if not self._of_site[site_id]:
            del self._of_site[site_id]


def _value(said: Mapping[str, str], name: str) -> str:
    """A variable; empty when the device has put nothing in its place."""
    value = said.get(name, "").strip()
    return "" if value.startswith("$") else value
