"""Readiness with its reasons."""

from pathlib import Path

from admin_api.rows import Check
from directory.database import open_database
from doorline.adapters.health import ServerHealth


async def test_a_server_is_ready_when_every_part_is_well(tmp_path: Path) -> None:
    database = open_database(f"sqlite+aiosqlite:///{tmp_path}/d.db")
    health = ServerHealth(database, {"records": lambda: ""})
    health.started = True
    checks = await health.readiness()
    await database.close()

    assert checks == (
        Check("listeners", True, "accepting"),
        Check("draining", True, "no"),
        Check("database", True, "answers"),
        Check("records", True, "well"),
    )


async def test_every_reason_not_to_be_ready_is_told(tmp_path: Path) -> None:
    database = open_database(f"sqlite+aiosqlite:///{tmp_path}/none/d.db")
    health = ServerHealth(database, {"records": lambda: "not written for 5 s"})
    health.draining = True
    checks = await health.readiness()
    await database.close()

    assert [(check.name, check.ok) for check in checks] == [
        ("listeners", False),
        ("draining", False),
        ("database", False),
        ("records", False),
    ]
    assert checks[0].message == "not started yet"
    assert checks[1].message == "stopping"
    assert "cannot open the database" in checks[2].message
    assert checks[3].message == "not written for 5 s"
