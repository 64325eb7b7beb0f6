"""Whether the server can take work, and why not."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Protocol

from admin_api.rows import Check
from directory.errors import DatabaseUnavailable

DATABASE_PATIENCE = 2.0
"""Seconds the database may take to answer before it counts as not well."""

Complaint = Callable[[], str]
"""What is wrong with a part of the server; empty when nothing is."""


class Checked(Protocol):
    """What can be asked whether it works; the directory's `Database` is one."""

    async def check(self) -> None:
        """DatabaseUnavailable when it does not."""


class ServerHealth:
    """Health port of the admin API."""

    def __init__(self, database: Checked, parts: Mapping[str, Complaint]) -> None:
        self._database = database
        self._parts = parts
        self.started = False
        """Every listener accepts."""
        self.draining = False
        """The server was told to stop: it takes no new calls."""

    async def readiness(self) -> tuple[Check, ...]:
        """Every check with its outcome; ready when all are ok."""
        checks = [
            Check("listeners", self.started, "accepting" if self.started else "not started yet"),
            Check("draining", not self.draining, "stopping" if self.draining else "no"),
            await self._check_database(),
        ]
        for name, complaint in self._parts.items():
            wrong = complaint()
            checks.append(Check(name, not wrong, wrong or "well"))
        return tuple(checks)

    async def _check_database(self) -> Check:
        try:
            async with asyncio.timeout(DATABASE_PATIENCE):
                await self._database.check()
        except TimeoutError:
            return Check("database", False, f"no answer within {DATABASE_PATIENCE:g} seconds")
        except DatabaseUnavailable as error:
            return Check("database", False, str(error))
        return Check("database", True, "answers")
