"""Readiness with its reasons."""

import asyncio

import pytest

from admin_api.rows import Check
from directory.errors import DatabaseUnavailable
from doorline.adapters import health as module
from doorline.adapters.health import ServerHealth


class Database:
    """Answers, refuses, or does not answer."""

    def __init__(self, *, wrong: str = "", silent: bool = False) -> None:
        self._wrong = wrong
        self._silent = silent

    async def check(self) -> None:
        if self._silent:
            await asyncio.Event().wait()
        if self._wrong:
            raise DatabaseUnavailable(self._wrong)


async def test_a_server_is_ready_when_every_part_is_well() -> None:
    health = ServerHealth(Database(), {"records": lambda: ""})
    health.started = True

    assert await health.readiness() == (
        Check("listeners", True, "accepting"),
        Check("draining", True, "no"),
        Check("database", True, "answers"),
        Check("records", True, "well"),
    )


async def test_every_reason_not_to_be_ready_is_told() -> None:
    wrong = "d.db: cannot open the database: disk I/O error"
    health = ServerHealth(Database(wrong=wrong), {"records": lambda: "database is locked"})
    health.draining = True

    assert await health.readiness() == (
        Check("listeners", False, "not started yet"),
        Check("draining", False, "stopping"),
        Check("database", False, wrong),
        Check("records", False, "database is locked"),
    )


async def test_a_database_that_does_not_answer_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "DATABASE_PATIENCE", 0.0)
    checks = await ServerHealth(Database(silent=True), {}).readiness()

    assert checks[2] == Check("database", False, "no answer within 0 seconds")
