"""Autop: a request for a file in, an answer out, a ledger row behind it.

Theory of operation. Each request walks through the same steps, and each step is a pure function
with its own module: claim (what does it say it is) → look-up in the directory → resolve (which
file of which device) → admit (may it have it) → render → 200 or 304. Whatever goes wrong on the
way, the answer is the one 404, with the same bytes and headers for an unknown MAC, a device that
is not armed, a wrong token and an unknown file; and no refusal leaves earlier than `FLOOR` seconds
after its request came, so that the time does not tell them apart either.

One-time lines (F244) are taken from the directory before the file that carries them is sent, so
they are delivered at most once: a reboot command that came twice would never end. Looking (HEAD,
304) takes nothing.

Rendered files are kept for a moment (`provisioning/shelf.py`). `changed` drops what a change in
the directory has made old; when another process wrote to the database, `KEEP` bounds how old a
file can be. The first-fetch window never trusts what is kept.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError

from directory.errors import DirectoryError
from directory.queries.provisioning import DeviceSettings
from provisioning.catalogue import Catalogue
from provisioning.claim import Claim, NoClaim, claim
from provisioning.delivery import Access, Refusal, admit, status_of
from provisioning.direct import Seen, nowhere
from provisioning.ledger import AutopFetch
from provisioning.profile import ServerAddress
from provisioning.refusals import Refusals, Standing
from provisioning.render import RenderedFile, Renderer, RenderError
from provisioning.resolve import FileKind, Known, resolve
from provisioning.shelf import KEEP, Prepared, Shelf
from provisioning.windows import Windows
from provisioning.zones import UnknownZone

log = structlog.get_logger(__name__)

FLOOR = 0.05
"""Seconds after which a refusal leaves at the earliest."""


class Clock(Protocol):
    """Two readings of time."""

    def monotonic(self) -> float:
        """Seconds since an arbitrary start, never going back."""

    def utc(self) -> float:
        """Seconds since the epoch, UTC."""


class DeviceStore(Protocol):
    """What autop asks of the directory."""

    async def by_token(self, token: str) -> DeviceSettings | None:
        """The device whose autop URL holds the token."""

    async def by_mac(self, mac: str) -> DeviceSettings | None:
        """The device with that MAC, twelve upper-case hexadecimal digits."""

    async def close_window(self, device_id: int, ends_at: float | None) -> None:
        """End the first-fetch window at that moment, UTC seconds; None ends it now."""

    async def take_commands(self, device_id: int, command_ids: frozenset[int]) -> frozenset[int]:
        """Mark one-time lines as delivered; those that nobody else has taken before."""


class Ledger(Protocol):
    """Where fetches are recorded."""

    def write(self, fetch: AutopFetch) -> None:
        """Queue one row; returns at once and never raises."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One HTTP request."""

    path: str = field(repr=False)
    """What follows `/autop/`, with percent escapes decoded."""
    method: str
    source: str
    """Address without port."""
    agent: str = ""
    if_none_match: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer."""

    status: int
    file: RenderedFile | None = None
    """The file of a 200 or 304."""


NOTHING = Answer(404)
UNAVAILABLE = Answer(503)
NOT_FOUND_TEXT = "Not found.\n"
"""What everybody reads who gets nothing, whatever was asked for on this listener."""
TRY_LATER_TEXT = "Try again later.\n"


@dataclass(frozen=True, slots=True)
class _Outcome:
    """How a request ended, for the answer and for the ledger."""

    answer: Answer
    decision: str
    settings: DeviceSettings | None = None
    kind: str = ""
    once: int = 0
    notes: tuple[str, ...] = ()


class Autop:
    """The autop server without its HTTP."""

    def __init__(
        self,
        *,
        store: DeviceStore,
        renderer: Renderer,
        server: ServerAddress,
        ledger: Ledger,
        clock: Clock,
        refusals: Refusals | None = None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        keep: float = KEEP,
        seen: Seen = nowhere,
    ) -> None:
        self._store = store
        self._catalogue = renderer.catalogue
        self._shelf = Shelf(renderer, server, clock.monotonic, keep, seen=seen)
        self._windows = Windows()
        self._refusals = refusals if refusals is not None else Refusals()
        self._ledger = ledger
        self._clock = clock
        self._pause = pause
        self.counters: Counter[str] = Counter()
        """Requests by decision."""

    @property
    def catalogue(self) -> Catalogue:
        """The models it can make files for."""
        return self._catalogue

    async def fetch(self, ask: Ask) -> Answer:
        """Answer one request; never raises for anything a caller can send."""
        came = self._clock.monotonic()
        heard = claim(
            ask.path, ask.agent, ask.source, self._catalogue.mac_files, self._catalogue.agents
        )
        outcome = await self._outcome(ask, heard, self._refusals.standing(ask.source, came))
        self.counters[outcome.decision] += 1
        if self._worth_a_row(heard, outcome, came):
            self._ledger.write(self._row(ask, heard, outcome))
        if outcome.answer.status >= 400:
            await self._pause(max(0.0, came + FLOOR - self._clock.monotonic()))
        return outcome.answer

    def changed(self, site_id: int | None) -> None:
        """Forget the files of a site (of all sites for None), because something there changed."""
        self._shelf.drop_site(site_id)

    # Steps -------------------------------------------------------------------------------------

    async def _outcome(self, ask: Ask, heard: Claim | NoClaim, standing: Standing) -> _Outcome:
        if isinstance(heard, NoClaim):
            return _Outcome(NOTHING, heard.reason)
        if standing is Standing.CLOSED or (standing is not Standing.OPEN and heard.token is None):
            return _Outcome(NOTHING, "rate_limited")
        try:
            return await self._serve(ask, heard)
        except (RenderError, UnknownZone) as error:
            log.error("autop_render_failed", mac=heard.mac, error=str(error))
            return _Outcome(NOTHING, "render_failed")
        except (SQLAlchemyError, DirectoryError, OSError) as error:
            log.error("autop_store_failed", error=type(error).__name__)
            return _Outcome(UNAVAILABLE, "unavailable")

    async def _serve(self, ask: Ask, heard: Claim) -> _Outcome:
        """Look up, resolve, admit, deliver."""
        now, dropped = self._clock.utc(), self._shelf.dropped
        found = resolve(heard, await self._look_up(heard, now), self._catalogue)
        if not isinstance(found, Known):
            return _Outcome(NOTHING, found.reason, found.settings)
        settings = found.settings
        access = admit(
            by_token=heard.token is not None,
            own_file=found.kind is FileKind.DEVICE,
            armed_until=settings.armed_until,
            first=self._windows.first(settings.mac),
            source=heard.source,
            now=now,
        )
        if isinstance(access, Refusal):
            return _Outcome(NOTHING, access, settings, found.kind)
        # Settings that were changed while they were being read are served, but not kept.
        token = heard.token if dropped == self._shelf.dropped else None
        prepared = self._shelf.prepare(token, settings, found.model)
        return await self._deliver(ask, prepared, found.kind, access, now)

    async def _look_up(self, heard: Claim, now: float) -> DeviceSettings | None:
        """The device that the token or the MAC names, or whose window this address holds."""
        if heard.token is not None:
            kept = self._shelf.settings(heard.token)
            return kept if kept is not None else await self._store.by_token(heard.token)
        mac = heard.mac or self._windows.mac_of(heard.source, now)
        return None if mac is None else await self._store.by_mac(mac)

    async def _deliver(
        self, ask: Ask, prepared: Prepared, kind: FileKind, access: Access, now: float
    ) -> _Outcome:
        """Render, settle what the fetch uses up, and choose between 200 and 304."""
        settings = prepared.settings
        file = self._shelf.file(prepared, kind)
        if file is None:
            return _Outcome(NOTHING, "unknown_file", settings)
        once = 0
        if ask.method == "GET" and kind is FileKind.DEVICE:
            await self._settle_window(settings, ask.source, access, now)
            file, once = await self._take_commands(prepared, file)
        status = status_of(file.etag, ask.if_none_match, once=once > 0)
        return _Outcome(Answer(status, file), access, settings, kind, once, prepared.profile.notes)

    async def _settle_window(
        self, settings: DeviceSettings, source: str, access: Access, now: float
    ) -> None:
        """Take the window at the first fetch; end it when the device comes with its token."""
        if access is Access.WINDOW and settings.armed_until is not None:
            # Noted before the first wait: of two requests at the same moment one is first.
            first = self._windows.take(settings.mac, settings.armed_until, source, now)
            try:
                await self._store.close_window(settings.device_id, first.ends_at)
            except BaseException:
                self._windows.end(settings.mac)
                raise
        elif access is Access.TOKEN and self._windows.end(settings.mac):
            await self._store.close_window(settings.device_id, None)

    async def _take_commands(
        self, prepared: Prepared, file: RenderedFile
    ) -> tuple[RenderedFile, int]:
        """The file with those one-time lines that no other fetch has taken, and their number."""
        settings = prepared.settings
        pending = frozenset(one.command_id for one in settings.commands if one.once)
        if not pending or not prepared.model.takes_commands:
            return file, 0
        taken = await self._store.take_commands(settings.device_id, pending)
        self._shelf.drop(settings.token.reveal())
        if taken == pending:
            return file, len(taken)
        left = tuple(one for one in settings.commands if not one.once or one.command_id in taken)
        again = self._shelf.prepare(None, replace(settings, commands=left), prepared.model)
        return self._shelf.file(again, FileKind.DEVICE) or file, len(taken)

    # Records -----------------------------------------------------------------------------------

    def _worth_a_row(self, heard: Claim | NoClaim, outcome: _Outcome, came: float) -> bool:
        """Count a refusal. A source with too many of them fills the ledger no further.

        A device whose token is right may ask for files that do not exist without being counted:
        devices ask for the common file as well as for their own.
        """
        known = outcome.settings is not None and isinstance(heard, Claim) and heard.token
        if outcome.answer.status != 404 or known:
            return True
        return self._refusals.add(heard.source, came)

    def _row(self, ask: Ask, heard: Claim | NoClaim, outcome: _Outcome) -> AutopFetch:
        settings, file = outcome.settings, outcome.answer.file
        sent = outcome.answer.status == 200 and ask.method == "GET"
        return AutopFetch(
            at=self._clock.utc(),
            status=outcome.answer.status,
            decision=str(outcome.decision),
            remote_address=heard.source,
            method=ask.method,
            site_id=settings.site_id if settings else None,
            device_id=settings.device_id if settings else None,
            mac=(settings.mac or None) if settings else heard.mac,
            file=self._known_name(heard, file),
            kind=outcome.kind,
            etag=file.etag if file else None,
            size=len(file.body) if file and sent else 0,
            once=outcome.once,
            user_agent=heard.agent,
            evidence=_evidence(heard),
            notes=" ".join(outcome.notes),
        )

    def _known_name(self, heard: Claim | NoClaim, file: RenderedFile | None) -> str:
        """The file name, unless it could be anything, even a token that lost its file."""
        if isinstance(heard, NoClaim):
            return ""
        known = heard.mac or file is not None or heard.file in self._catalogue.common_files
        return heard.file if known else ""


def _evidence(heard: Claim | NoClaim) -> str:
    if isinstance(heard, NoClaim):
        return ""
    return ", ".join(f"{one.field}={one.value} ({one.source})" for one in heard.evidence)
