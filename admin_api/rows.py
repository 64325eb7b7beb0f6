"""Plain rows that the ports of the admin API return, and the questions it asks them.

Times are seconds since the epoch, UTC. `site_ids` of a query is the caller's scope: None means
every site, an empty set means none at all. A query's `after` is the key of the last row of the
former page; `limit` is the greatest number of rows wanted.
"""

from collections.abc import Mapping
from dataclasses import dataclass

SiteIds = frozenset[int] | None


@dataclass(frozen=True, slots=True)
class RegistrationQuery:
    """Which live bindings are wanted, in the order of (user, contact)."""

    site_ids: SiteIds
    limit: int
    after: tuple[str, str] | None = None
    site_id: int | None = None
    user: str | None = None
    kind: str | None = None
    """`door`, `indoor`, `guard` or `app`."""


@dataclass(frozen=True, slots=True)
class RegistrationRow:
    """One live binding of one account, without anything secret."""

    user: str
    contact: str
    site_id: int | None
    kind: str
    display: str
    device_id: int | None
    person_id: int | None
    apartment_id: int | None
    transport: str
    source: str
    """Address the packets come from, `host:port`."""
    user_agent: str
    updated_at: float
    expires_at: float
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Presence:
    """Whether an account can be reached at this moment (F108)."""

    online: bool
    contacts: int
    seen_at: float | None
    """When the newest live binding was last refreshed; None when there is none."""


@dataclass(frozen=True, slots=True)
class BanQuery:
    """Which bans are wanted, newest first."""

    limit: int
    after: tuple[float, str] | None = None
    """Since and address of the last row of the former page."""


@dataclass(frozen=True, slots=True)
class BanRow:
    """One source of SIP messages that is not heard."""

    address: str
    """An IPv4 address or a /64 of IPv6."""
    since: float
    until: float
    reason: str
    failures: int
    """How many led to it; 0 when an operator set it."""
    by_hand: bool


@dataclass(frozen=True, slots=True)
class TrunkRow:
    """One telephone provider as it is now, without anything secret."""

    name: str
    host: str
    kind: str
    priority: int
    sites: tuple[str, ...]
    servers: tuple[str, ...]
    registered: bool | None
    """None when no registration is made there."""
    registered_until: float | None
    status: int | None
    incoming: int
    incoming_limit: int


@dataclass(frozen=True, slots=True)
class LandlineUseRow:
    """What one site telephones."""

    site_id: int
    at_once: int
    today: int


@dataclass(frozen=True, slots=True)
class WakesRow:
    """How well something wakes; what is remembered since the server started."""

    last_push_at: float | None = None
    last_event: str | None = None
    """`wake`, `test` or `refresh`."""
    last_outcome: str | None = None
    """`sent`, `dead`, `refused`, `unreachable`, `withdrawn`, `full`; None: not known yet."""
    last_detail: str = ""
    """The provider's own words."""
    last_wake_at: float | None = None
    """When it last registered after a push."""
    last_latency: float | None = None
    """Seconds from that push to the REGISTER."""
    latency_median: float | None = None
    latency_p95: float | None = None
    wakes: int = 0
    silences: int = 0
    """Pushes after which it did not register in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceWakeRow(WakesRow):
    """One phone of an app."""

    device: str
    """What stands for its token, as long as the server runs."""
    provider: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeRow(WakesRow):
    """One app."""

    can_wake: bool
    """Whether there is a token that is not known as dead, and a provider to send it through."""
    devices: tuple[DeviceWakeRow, ...] = ()
    """Each phone that was pushed, the one that was pushed last at the end."""


OFFLINE = Presence(online=False, contacts=0, seen_at=None)


@dataclass(frozen=True, slots=True)
class CallQuery:
    """Which calls are wanted, in the order of (started_at, id) (F273)."""

    site_ids: SiteIds
    limit: int
    after: tuple[float, str] | None = None
    descending: bool = True
    visits_only: bool = False
    """True leaves only calls that a door phone's button made."""
    site_id: int | None = None
    since: float | None = None
    """Earliest start, inclusive."""
    until: float | None = None
    """Latest start, exclusive."""
    caller: str | None = None
    """Part of the caller's display name or user, any case."""
    receiver: str | None = None
    """Part of the callee's or the answering party's name or user, any case."""
    outcome: str | None = None
    apartment_id: int | None = None
    device_id: int | None = None
    """The calling device."""
    missed: bool | None = None
    """Only those that were missed, or only the others."""
    direct: bool | None = None
    """Only those that devices made past the server, or only the others."""


@dataclass(frozen=True, slots=True)
class CallRow:
    """One call: the A-leg and everything that followed, in one line (F271, F272)."""

    id: str
    sip_call_id: str
    site_id: int | None
    is_visit: bool
    call_type: str
    caller_kind: str
    caller_user: str
    caller_display: str
    caller_device_id: int | None
    dialled: str
    callee: str
    apartment_id: int | None
    started_at: float
    answered_at: float | None
    ended_at: float | None
    duration: float | None
    """Seconds from the answer to the end; None when nobody answered or the call is open."""
    outcome: str | None
    """`answered`, `missed`, `refused`, `busy`, `abandoned`, `failed`, `interrupted`; None: open."""
    end_by: str | None
    end_reason: str | None
    status: int | None
    answered_by_kind: str | None
    answered_by_user: str | None
    answered_by_display: str | None
    opened_by: str | None
    """Who opened a door during the call, by display name."""
    is_direct: bool = False
    """Whether devices made it past the server, and reported it."""
    missed: bool = False
    """Whether a phone rang and nobody answered or declined; decided when the call ends."""
    opened_by_user: str | None = None
    """Account or number of who opened a door."""
    opened_relay_id: int | None = None


@dataclass(frozen=True, slots=True)
class LegRow:
    """One B-leg of a call with its own outcome."""

    leg: int
    stage: int
    kind: str
    user: str
    display: str
    contact: str
    started_at: float
    rang_at: float | None
    answered_at: float | None
    ended_at: float | None
    status: int | None
    outcome: str | None
    reason: str | None
    device_id: int | None = None
    person_id: int | None = None
    sip_call_id: str | None = None
    """Call-ID of its INVITE."""


@dataclass(frozen=True, slots=True)
class EventRow:
    """One entry of a call's timeline."""

    seq: int
    at: float
    kind: str
    """`stage_started`, `target_skipped`, `leg_rang`, `door_digits`, `ended`, …"""
    detail: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class CallDetail:
    """A call with its legs and its timeline."""

    call: CallRow
    plan: Mapping[str, object] | None
    """The ring plan as it was recorded: call type, stages, notes; None when refused at once."""
    legs: tuple[LegRow, ...]
    events: tuple[EventRow, ...]


@dataclass(frozen=True, slots=True)
class LiveEvent:
    """Something that has just happened, as it is told while it happens."""

    id: str
    """What a client that comes back names as the last it has heard of; empty: none."""
    site_id: int | None
    name: str
    """`visit.started`, `door.opened`, `registration.removed`, …; its kind stands before the dot."""
    data: str
    """JSON on one line."""

    @property
    def kind(self) -> str:
        """`visit`, `call`, `door`, `registration`, or `dropped`."""
        return self.name.partition(".")[0]


@dataclass(frozen=True, slots=True)
class EventWish:
    """Who wants to hear of what."""

    site_ids: SiteIds
    listener: str
    """Whose number of streams is bounded."""
    site_id: int | None = None
    kind: str | None = None
    after: str | None = None
    """Id of the last event that was heard of."""

    def matches(self, event: LiveEvent) -> bool:
        """Whether to tell of it. What belongs to no site is told to those who see every site."""
        if self.site_ids is not None and event.site_id not in self.site_ids:
            return False
        return self.site_id in (None, event.site_id) and self.kind in (None, event.kind)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must be well for the server to take work."""

    name: str
    ok: bool
    message: str
