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
class DoorLogQuery:
    """Which door log rows are wanted, in the order of id (F266)."""

    site_ids: SiteIds
    limit: int
    after: int | None = None
    descending: bool = True
    site_id: int | None = None
    since: float | None = None
    until: float | None = None
    building_id: int | None = None
    apartment_id: int | None = None
    device_id: int | None = None
    device_name: str | None = None
    """Part of the device's name, any case."""
    initiated_by: str | None = None
    """Part of the name of who did it, any case."""
    action: str | None = None
    log_type: str | None = None
    """`call`, `door_release` or `door_close` (F265)."""
    response: str | None = None
    """`allowed` or `denied`."""
    call_id: str | None = None


@dataclass(frozen=True, slots=True)
class DoorLogRow:
    """One row of the door log: who, where, when, which relay, allowed or denied (F267)."""

    id: int
    at: float
    site_id: int
    building_id: int | None
    building: str | None
    apartment_id: int | None
    apartment: str | None
    device_id: int | None
    device_name: str
    relay_id: int | None
    relay_name: str
    initiated_by: str
    actor_kind: str
    account_user: str | None
    person_id: int | None
    method: str
    log_type: str
    action: str
    key: str | None
    """Kind of credential that was used; never its digits."""
    response: str
    reason: str
    call_id: str | None
    capture: str | None = None


@dataclass(frozen=True, slots=True)
class LedgerQuery:
    """Which autop fetches are wanted, in the order of id."""

    site_ids: SiteIds
    limit: int
    after: int | None = None
    descending: bool = True
    site_id: int | None = None
    since: float | None = None
    until: float | None = None
    device_id: int | None = None
    mac: str | None = None
    """Twelve upper-case hexadecimal digits."""
    decision: str | None = None


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One fetch of one autop file: who, what, when, how it was decided."""

    id: int
    at: float
    site_id: int | None
    device_id: int | None
    mac: str | None
    file: str
    status: int
    etag: str | None
    size: int
    """Octets of the body that was sent."""
    decision: str
    """Why the request was served or refused."""
    remote_address: str
    user_agent: str


@dataclass(frozen=True, slots=True)
class PlanQuestion:
    """Which button press is simulated; `site_id` has been checked against the scope."""

    site_id: int
    apartment: str
    building: str | None = None
    from_device: str | None = None
    """Device id, device name or account user of the caller; None: any door phone of the site."""
    assume_reachable: bool = False
    """True plans as if every account were registered."""
    at: float | None = None
    """Moment of the press; None is now."""


@dataclass(frozen=True, slots=True)
class PlannedParty:
    """Somebody in a simulated plan."""

    kind: str
    user: str
    display: str
    skipped: str | None = None
    """Why the party is not rung; None when it is."""
    trunk: str | None = None


@dataclass(frozen=True, slots=True)
class PlannedStage:
    """One stage of a simulated plan with everybody in or out of it."""

    name: str
    timeout: float
    """Seconds the stage may ring."""
    targets: tuple[PlannedParty, ...]
    skipped: tuple[PlannedParty, ...]


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """What would happen if the button were pressed; rings nobody."""

    call_type: str
    dialled: str
    callee: str
    caller: PlannedParty
    stages: tuple[PlannedStage, ...]
    notes: tuple[str, ...]
    refusal: str | None = None
    """Machine-readable reason when the call would be refused; then there are no stages."""
    status: int | None = None
    """SIP status that the caller would get with the refusal."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must be well for the server to take work."""

    name: str
    ok: bool
    message: str
