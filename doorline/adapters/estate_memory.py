"""Keeps what the engine holds in memory in step with the directory.

Calls, registrations and door codes are decided from memory. A committed change of this process
arrives as a fact (`Directory.listen`) and is taken over at once; what another process wrote, a
command typed beside the running server, is found in the audit trail, which is looked at once a
second.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from directory.database import Database
from directory.errors import NotFound
from directory.model import Account, PushTarget
from directory.queries.audit_trail import entries_after, last_entry
from directory.queries.credentials import CredentialTable, refresh_site, refresh_user
from directory.queries.dial import DialDirectory
from directory.queries.load import load_site
from directory.queries.push_targets import PushTargetTable, refresh_push_targets
from directory.unit import Changed

log = structlog.get_logger("directory")

LOOK_INTERVAL = 1.0
"""Seconds between two looks at the audit trail."""
RETRY_DELAY = 1.0
"""Seconds until the next try when the database cannot be read."""


@dataclass(slots=True)
class _Stale:
    """What of one site has to be read again."""

    users: set[str] = field(default_factory=set)
    """Accounts whose credential changed."""
    everyone: bool = False
    """All credentials of the site may have changed."""
    push_only: bool = True
    """Nothing changed but where pushes go: apps tell that often, and the site is large."""


class EstateMemory:
    """Owner of two tasks: one reads again what became stale, one follows the audit trail.

    `forget` is told the user of every account that may not be reached any more: it is gone,
    switched off, or has a new password (F189).
    """

    def __init__(
        self,
        database: Database,
        dial: DialDirectory,
        credentials: CredentialTable,
        forget: Callable[[str], object],
        push_targets: PushTargetTable | None = None,
    ) -> None:
        self._database = database
        self._dial = dial
        self._credentials = credentials
        self._forget: tuple[Callable[[str], object], ...] = (forget,)
        self._push_targets = push_targets
        self._stale: dict[int, _Stale] = {}
        self._something = asyncio.Event()
        self._stopping = asyncio.Event()
        self._settled = asyncio.Event()
        self._settled.set()
        self._tasks: list[asyncio.Task[None]] = []
        self._looked = 0
        self._read_up_to: dict[int, int] = {}

    def listen(self, forget: Callable[[str], object]) -> None:
        """Tell this one too of every account that may not be reached any more."""
        self._forget += (forget,)

    async def start(self) -> None:
        """Begin to follow; changes before this moment must be in memory already."""
        self._looked = await last_entry(self._database)
        self._tasks = [
            asyncio.create_task(self._take_over(), name="directory changes"),
            asyncio.create_task(self._follow(), name="audit trail"),
        ]

    async def stop(self) -> None:
        """End both tasks, once what they read from the database at this moment has been read.

        They are not cancelled: a connection that is cancelled while it opens is never closed.
        """
        self._stopping.set()
        self._something.set()
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            await task

    def changed(self, fact: Changed) -> None:
        """Note a committed change; it is taken over as soon as the loop turns."""
        if fact.site_id is not None:
            self._note(fact.site_id, fact.kind, fact.key)

    async def settled(self) -> None:
        """Wait until everything noted so far is in memory."""
        await self._settled.wait()

    def _note(self, site_id: int, kind: str, user: str) -> None:
        stale = self._stale.setdefault(site_id, _Stale())
        if kind != PushTarget.word:
            stale.push_only = False
            if kind == Account.word and user:
                stale.users.add(user)
            else:
                # Switching an app feature, a person or a site on or off decides over accounts too.
                stale.everyone = True
        self._settled.clear()
        self._something.set()

    async def _take_over(self) -> None:
        """Read again what is stale, until the stop."""
        while True:
            await self._something.wait()
            self._something.clear()
            if self._stopping.is_set():
                return
            work, self._stale = self._stale, {}
            try:
                upto = await last_entry(self._database)
                for site_id, stale in work.items():
                    if self._push_targets is not None:
                        await refresh_push_targets(self._database, self._push_targets, site_id)
                    if not stale.push_only:
                        await self._refresh(site_id, stale)
                        self._read_up_to[site_id] = upto
            except Exception as error:  # the task must outlive a locked or vanished database
                log.error("directory.not_read", error=repr(error), sites=len(work))
                for site_id in work:
                    self._note(site_id, "", "")
                await self._pause(RETRY_DELAY)
            if not self._stale:
                self._settled.set()

    async def _refresh(self, site_id: int, stale: _Stale) -> None:
        """One site: credentials first, so that an account can register before it is rung."""
        former = self._dial.sites.get(site_id)
        before = () if former is None else former.accounts
        secrets = {user: self._sealed(user) for user in before}
        if stale.everyone:
            await refresh_site(self._database, self._credentials, site_id)
        else:
            for user in sorted(stale.users):
                await refresh_user(self._database, self._credentials, user)
        # At once: whoever registers with the new password a moment later must stay.
        for user, sealed in secrets.items():
            if self._sealed(user) not in (sealed, None):
                self._tell(user)
        try:
            self._dial.put_site(await load_site(self._database, site_id))
        except NotFound:
            self._dial.drop_site(site_id)
        for user in before:
            now = self._dial.account(user)
            if now is None or not now.enabled:
                self._tell(user)

    def _tell(self, user: str) -> None:
        for forget in self._forget:
            forget(user)

    def _sealed(self, user: str) -> bytes | None:
        found = self._credentials.find(user)
        return None if found is None else found.sealed

    async def _follow(self) -> None:
        """Look for changes of other processes, until the stop."""
        while not await self._pause(LOOK_INTERVAL):
            try:
                await self.look()
            except Exception as error:  # as above
                log.error("directory.audit_not_read", error=repr(error))

    async def _pause(self, seconds: float) -> bool:
        """Wait; True when it is time to stop."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        return self._stopping.is_set()

    async def look(self) -> None:
        """Note the sites of audit rows that were not yet in what is in memory."""
        for entry_id, site_id in await entries_after(self._database, self._looked):
            self._looked = entry_id
            if site_id is not None and entry_id > self._read_up_to.get(site_id, 0):
                self._note(site_id, "", "")
