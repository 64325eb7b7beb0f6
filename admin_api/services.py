"""What the admin API needs from the rest of the server, as ports.

`build_app` receives one `Services`. What lives in memory or in the engine's own store
(registrations, calls, planner, health) comes as Protocols fulfilled by the composition root; the
directory, and the door log and the autop ledger in its database, are used directly.
"""

import secrets
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from admin_api.rows import (
    BanQuery,
    BanRow,
    CallDetail,
    CallQuery,
    CallRow,
    Check,
    EventWish,
    LandlineUseRow,
    LiveEvent,
    Presence,
    RegistrationQuery,
    RegistrationRow,
    SiteIds,
    TrunkRow,
    WakeRow,
)
from directory.unit import Directory
from provisioning.catalogue import Catalogue
from sipcore.calls.inquiry import Answer


class LiveView(Protocol):
    """The registrar's memory, read only and synchronous."""

    def registrations(self, query: RegistrationQuery) -> tuple[RegistrationRow, ...]:
        """Live bindings in the order of (user, contact), at most `query.limit`."""

    def presence(self, users: Collection[str]) -> Mapping[str, Presence]:
        """Reachability of each of these account users; a user may be missing when offline."""


class NotAnAddress(ValueError):  # noqa: N818 - the name is the answer
    """The text is no IP address."""


class TrustedAddress(ValueError):  # noqa: N818 - the name is the answer
    """The address is exempt from bans by the settings."""


class TooManyBans(ValueError):  # noqa: N818 - the name is the answer
    """Operators have set as many bans as there may be."""


class BanBook(Protocol):
    """The SIP engine's list of sources that it does not hear."""

    def list_bans(self, query: BanQuery) -> tuple[BanRow, ...]:
        """Bans in force, newest first, at most `query.limit`."""

    def ban(self, address: str, seconds: float, reason: str) -> BanRow:
        """Ban an address, or set a new end; raises NotAnAddress, TrustedAddress or TooManyBans."""

    def lift(self, address: str) -> BanRow | None:
        """End the ban of an address; None when there is none."""


class TrunkBook(Protocol):
    """The telephone providers as the engine knows them."""

    def trunks(self) -> tuple[TrunkRow, ...]:
        """Every provider of the settings, by name."""

    def sites(self) -> tuple[LandlineUseRow, ...]:
        """The sites that telephone, or did today."""


class NoTrunks:
    """There is no provider."""

    def trunks(self) -> tuple[TrunkRow, ...]:
        """None."""
        return ()

    def sites(self) -> tuple[LandlineUseRow, ...]:
        """None."""
        return ()


class CallRecords(Protocol):
    """The stored record of calls."""

    async def list_calls(self, query: CallQuery) -> tuple[CallRow, ...]:
        """Calls of the scope that match, at most `query.limit`."""

    async def get_call(self, call_id: str, site_ids: SiteIds) -> CallDetail | None:
        """One call with legs and timeline; None when unknown or outside the scope."""

    async def with_picture(self, call_ids: Collection[str]) -> frozenset[str]:
        """Those of the calls during which the door took a picture."""

    async def picture(self, call_id: str, site_ids: SiteIds, *, thumbnail: bool) -> bytes | None:
        """The picture of a call as JPEG; None when there is none, or outside the scope."""


class PlanSimulator(Protocol):
    """The call planner in its what-if form: the same functions that plan real calls."""

    def simulate(
        self,
        site_id: int,
        dialled: str,
        *,
        building: str | None = None,
        caller: str | None = None,
        assume_reachable: bool = False,
        at: float = 0.0,
    ) -> Answer:
        """What would happen if that number were dialled at that moment; rings nobody."""


class TooManyFollowers(Exception):  # noqa: N818 - the name is the answer
    """Others follow captures already, as many as may."""


class CaptureSource(Protocol):
    """The signalling of one account as it went over the wire, masked."""

    def pcap(self, user: str, seconds: float) -> AsyncIterator[bytes]:
        """A pcap file piece by piece: what is remembered, then what passes for `seconds`.

        Raises TooManyFollowers at once, not while it is read.
        """


class LadderSource(Protocol):
    """The messages of one call, as they went over the wire, masked."""

    async def text(self, detail: CallDetail) -> str:
        """A ladder of text, or why there is none any more."""


class Following(Protocol):
    """Somebody who is told of events."""

    async def told(self, seconds: float) -> tuple[LiveEvent, ...] | None:
        """What has come since, or comes within `seconds`; None when it is all over."""

    def leave(self) -> None:
        """Nobody listens any more; may be said again."""


class EventSource(Protocol):
    """What happens, told while it happens."""

    def follow(self, wish: EventWish) -> Following:
        """Tell of events from now on, or from the one that was heard last; TooManyFollowers."""


class WakeView(Protocol):
    """What is known of waking apps by pushes; in memory, synchronous."""

    def wake_health(self, user: str) -> WakeRow:
        """One app; an unknown one cannot be woken and has no past."""


class NoPushes:
    """A server that sends no pushes."""

    def wake_health(self, _user: str) -> WakeRow:
        """Nobody can be woken."""
        return WakeRow(can_wake=False)


class Health(Protocol):
    """Whether the server can take work."""

    async def readiness(self) -> tuple[Check, ...]:
        """Every check with its outcome; ready when all are ok."""


def new_request_id() -> str:
    """Sixteen hexadecimal digits, unique enough to find a request in the log."""
    return secrets.token_hex(8)


@dataclass(frozen=True, slots=True)
class Services:
    """Everything the admin API is built from."""

    directory: Directory
    live: LiveView
    bans: BanBook
    records: CallRecords
    planner: PlanSimulator
    health: Health
    metrics: Callable[[], bytes]
    """Prometheus text of the whole server, without the API's own figures."""
    autop_url: Callable[[], str]
    """Public address of the autop listener without a trailing slash; asked when it is shown,
    because a listener on port 0 knows it only once it is bound."""
    catalogue: Callable[[], Catalogue]
    """The models whose files can be made; asked anew, because manifests can be read again."""
    version: str
    """Of the whole program, as probes and descriptions tell it."""
    utc: Callable[[], float] = time.time
    """Seconds since the epoch."""
    monotonic: Callable[[], float] = time.monotonic
    """Seconds for ages and durations."""
    request_id: Callable[[], str] = new_request_id
    trunks: TrunkBook = field(default_factory=NoTrunks)
    capture: CaptureSource | None = None
    """None when this server keeps no messages."""
    ladders: LadderSource | None = None
    """None when this server keeps no messages."""
    events: EventSource | None = None
    """None when this server tells of nothing while it happens."""
    wakes: WakeView = field(default_factory=NoPushes)
