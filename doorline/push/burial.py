"""Burial: tokens that a provider called dead are used no more, at once and after a restart."""

import asyncio
from dataclasses import replace

import structlog

from directory.queries.push_targets import PushTargetTable, StoredPushTarget
from directory.scope import Scope
from directory.service import push_targets
from directory.unit import Directory
from doorline.push.finder import TargetFinder
from doorline.push.target import PushTarget

log = structlog.get_logger("push")

SYSTEM = Scope.system("push provider")
MAX_WRITING = 1000
"""Dead tokens that wait to be written; further ones are found dead again at their next push."""


class Burial:
    """Marks tokens in memory at once, and in the database as soon as it can."""

    def __init__(self, directory: Directory, table: PushTargetTable, finder: TargetFinder) -> None:
        self._directory = directory
        self._table = table
        self._finder = finder
        self._writing: set[asyncio.Task[None]] = set()

    def died(self, target: PushTarget) -> None:
        """A provider does not know this token any more."""
        stored = target.stored
        if stored is None:
            self._finder.buried(target)
            return
        if self._table.find(stored.user) == stored:
            self._table.put(replace(stored, dead=True))
            if len(self._writing) < MAX_WRITING:
                task = asyncio.create_task(self._write(stored), name="dead push token")
                self._writing.add(task)
                task.add_done_callback(self._writing.discard)

    async def finish(self) -> None:
        """Wait until everything is written."""
        while self._writing:
            await asyncio.wait(self._writing)

    async def _write(self, stored: StoredPushTarget) -> None:
        try:
            async with self._directory.unit(SYSTEM) as unit:
                await push_targets.mark_dead(unit, stored.target_id, stored.sealed)
        except Exception as error:  # in memory it is dead already; the next start finds it again
            log.error("push.dead_token_not_written", user=stored.user, error=repr(error))
        else:
            log.info("push.token_died", user=stored.user, provider=str(stored.provider))
