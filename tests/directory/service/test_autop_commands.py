"""Autop commands of single devices."""

import pytest
from sqlalchemy import insert

from directory.errors import FieldError, Invalid, NotFound
from directory.kinds import Role
from directory.model import AutopCommand
from directory.service import autop_commands
from directory.unit import Directory
from tests.support.directories import NOW, ROOT, Estate


async def waiting(directory: Directory, device_id: int) -> list[tuple[str, str, bool]]:
    async with directory.reading(ROOT) as unit:
        rows = await autop_commands.waiting_for(unit, device_id)
    return [(row.key, row.value, row.once) for row in rows]


async def test_lines_wait_in_the_order_of_entry(directory: Directory, estate: Estate) -> None:
    lines = ["Config.B = 2", "  Config.C=a=b ", "Config.D ="]
    async with directory.unit(ROOT) as unit:
        shown = await autop_commands.submit(unit, estate.gate, lines)

    assert [row.key for row in shown] == ["Config.A.B.C", "Config.B", "Config.C", "Config.D"]
    assert await waiting(directory, estate.gate) == [
        ("Config.A.B.C", "1", False),
        ("Config.B", "2", False),
        ("Config.C", "a=b", False),
        ("Config.D", "", False),
    ]


async def test_a_later_line_replaces_the_one_with_the_same_key(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        await autop_commands.submit(unit, estate.gate, ["X = 1", "Y = 1", "X = 2"])
        await autop_commands.submit(unit, estate.gate, ["Config.A.B.C = 7"], once=True)

    assert await waiting(directory, estate.gate) == [
        ("Y", "1", False),
        ("X", "2", False),
        ("Config.A.B.C", "7", True),
    ]


async def test_a_key_written_in_another_case_is_the_same_key(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        await autop_commands.submit(unit, estate.gate, ["Config.b = 1", "CONFIG.B = 2"])
        await autop_commands.submit(unit, estate.gate, ["config.a.B.c = 7"])

    assert await waiting(directory, estate.gate) == [
        ("CONFIG.B", "2", False),
        ("config.a.B.c", "7", False),
    ]


async def test_every_wrong_line_is_named_by_its_number(
    directory: Directory, estate: Estate
) -> None:
    lines = ["Config.B = 2", "no equals", "spa ce = 1", "Config.C = a\nConfig.D = b", "= 1"]
    async with directory.unit(ROOT) as unit:
        with pytest.raises(Invalid) as raised:
            await autop_commands.submit(unit, estate.gate, lines)

    key = "must be a key of letters, digits, . and _"
    assert raised.value.errors == (
        FieldError("lines.2", "expected key = value"),
        FieldError("lines.3", key),
        FieldError("lines.4", "control characters are not allowed"),
        FieldError("lines.5", key),
    )


async def test_so_many_lines_may_wait_and_no_more(directory: Directory, estate: Estate) -> None:
    row = {
        "site_id": estate.site,
        "device_id": estate.gate,
        "value": "1",
        "once": False,
        "created_at": NOW,
        "revision": 1,
    }
    rows = [row | {"key": f"K{number}"} for number in range(autop_commands.MAXIMUM - 2)]
    async with directory.unit(ROOT) as unit:
        await unit.session.execute(insert(AutopCommand), rows)
        shown = await autop_commands.submit(unit, estate.gate, ["The.Last = 1"])
        with pytest.raises(Invalid, match="at most 200 lines"):
            await autop_commands.submit(unit, estate.gate, ["One.More = 1"])
        await autop_commands.submit(unit, estate.gate, ["K0 = 2"])

    assert len(shown) == autop_commands.MAXIMUM


async def test_lines_can_be_withdrawn(directory: Directory, estate: Estate) -> None:
    async with directory.unit(ROOT) as unit:
        await autop_commands.clear(unit, estate.gate)

    assert await waiting(directory, estate.gate) == []


async def test_a_property_manager_may_enter_lines(directory: Directory, estate: Estate) -> None:
    async with directory.unit(estate.scope()) as unit:
        await autop_commands.submit(unit, estate.monitor, ["Config.B = 2"])

    assert await waiting(directory, estate.monitor) == [("Config.B", "2", False)]


async def test_foreign_devices_are_not_found(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    async with directory.unit(estate.scope(Role.INSTALLER)) as unit:
        for attempt in (
            autop_commands.submit(unit, foreign.gate, ["X = 1"]),
            autop_commands.waiting_for(unit, foreign.gate),
            autop_commands.clear(unit, foreign.gate),
        ):
            with pytest.raises(NotFound):
                await attempt

    assert await waiting(directory, foreign.gate) == [("Config.A.B.C", "1", False)]
