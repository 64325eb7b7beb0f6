"""A visitor rings a flat, on the real program with phones that are not ours."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.apartment_visit.story import (
    app_answers,
    landline_answers,
    visitor_gives_up,
)
from tests.scenarios.running_server import RunningServer


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RunningServer]:
    async with RunningServer(tmp_path) as running:
        yield running


def silent(step: str) -> None:
    """A voice that says nothing."""


def stages(visit: dict[str, Any]) -> list[tuple[str, str]]:
    """Name and outcome of each stage."""
    return [(stage["name"], stage["outcome"]) for stage in visit["stages"]]


async def test_nobody_answers_indoors_the_app_answers_and_the_door_opens(
    server: RunningServer,
) -> None:
    visit = await app_answers(server, silent)

    assert stages(visit) == [
        ("indoor", "timeout"),
        ("guard", "skipped"),
        ("app", "answered"),
    ]
    assert (visit["outcome"], visit["answered_by"]["kind"]) == ("answered", "app")
    assert visit["opened_by"] == visit["answered_by"]["display"]
    (row,) = (await server.call("GET", "/door-log?log_type=door_release"))["items"]
    assert (row["response"], row["call_id"]) == ("allowed", visit["id"])


async def test_the_chain_falls_through_to_the_landline(
    server: RunningServer, require_tool: Callable[[str], str]
) -> None:
    visit = await landline_answers(server, silent, require_tool("sipp"))

    assert stages(visit) == [
        ("indoor", "timeout"),
        ("guard", "skipped"),
        ("app", "timeout"),
        ("landline", "answered"),
    ]
    assert visit["answered_by"]["kind"] == "landline"
    assert visit["opened_by"] is not None


async def test_a_visitor_who_hangs_up_silences_the_monitor_and_rings_nobody_else(
    server: RunningServer,
) -> None:
    visit = await visitor_gives_up(server, silent)

    assert (visit["outcome"], visit["ended_by"]) == ("abandoned", "caller")
    assert [stage["name"] for stage in visit["stages"] if stage["legs"]] == ["indoor"]
