"""What happens, as it is told over HTTP."""

import asyncio
import json
from typing import Any

import pytest

from doorline.adapters import live_events
from tests.admin_api.api import Api


def told(text: str) -> list[tuple[str, str, Any]]:
    """Id, name and data of each event of a stream."""
    found = []
    for part in text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in part.splitlines() if not line.startswith(":"))
        if "event" in lines:
            found.append((lines.get("id", ""), lines["event"], json.loads(lines["data"])))
    return found


def names(text: str) -> list[str]:
    return [name for _, name, _ in told(text)]


async def remembered(api: Api) -> None:
    """Somebody listens, so what happens is remembered."""
    await api.ask("GET", "/events?seconds=0")
    api.events.publish(api.home.site, "visit.started", 100.0, {"call_id": "v-1"})
    api.events.publish(api.home.site, "door.opened", 101.0, {"relay": "Gate"})
    api.events.publish(api.foreign.site, "visit.started", 102.0, {"call_id": "v-2"})
    api.events.publish(None, "call.refused", 103.0, {"call_id": "v-3"})


async def somebody_listens(api: Api) -> None:
    for _ in range(10_000):
        if len(api.events):
            return
        await asyncio.sleep(0)
    raise AssertionError("nobody listens")


BEFORE = {"Last-Event-ID": "run-0"}


async def test_events_come_as_server_sent_events(api: Api) -> None:
    await remembered(api)
    answer = await api.ask("GET", "/events?seconds=0", headers=BEFORE)

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/event-stream"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.text.startswith("retry: 3000\n\n")
    assert told(answer.text)[0] == (
        "run-1",
        "visit.started",
        {"at": "1970-01-01T00:01:40.000Z", "site_id": api.home.site, "call_id": "v-1"},
    )


@pytest.mark.parametrize(
    ("operator", "query", "wanted"),
    [
        ("root", "", ["visit.started", "door.opened", "visit.started", "call.refused"]),
        ("property_manager", "", ["visit.started", "door.opened"]),
        ("property_manager", "&kind=door", ["door.opened"]),
        ("root", "&kind=visit", ["visit.started", "visit.started"]),
    ],
)
async def test_an_operator_hears_of_its_sites_and_what_it_asks_for(
    api: Api, operator: str, query: str, wanted: list[str]
) -> None:
    await remembered(api)
    answer = await api.ask("GET", f"/events?seconds=0{query}", by=operator, headers=BEFORE)

    assert names(answer.text) == wanted


async def test_one_site_may_be_asked_for_unless_it_is_foreign(api: Api) -> None:
    await remembered(api)
    home, foreign = [
        await api.ask(
            "GET", f"/events?seconds=0&site_id={site}", by="property_manager", headers=BEFORE
        )
        for site in (api.home.site, api.foreign.site)
    ]
    abroad = await api.ask("GET", f"/events?seconds=0&site_id={api.foreign.site}", headers=BEFORE)

    assert (names(home.text), foreign.status) == (["visit.started", "door.opened"], 404)
    assert [data["call_id"] for _, _, data in told(abroad.text)] == ["v-2"]


async def test_what_happens_while_one_listens_is_told(api: Api) -> None:
    stream = asyncio.create_task(api.ask("GET", "/events?seconds=0.3"))
    await somebody_listens(api)
    api.events.publish(api.home.site, "visit.ended", 104.0, {"call_id": "v-1"})
    while not stream.done():
        api.clock.advance(0.1)
        await asyncio.sleep(0.01)

    assert names((await stream).text) == ["visit.ended"]


async def test_silence_is_broken_by_a_comment(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("admin_api.resources.events.HEARTBEAT", 0.01)
    stream = asyncio.create_task(api.ask("GET", "/events?seconds=5"))
    for _ in range(20):
        await asyncio.sleep(0.01)
    api.clock.advance(5)

    assert ": still here" in (await stream).text


async def test_a_stream_ends_when_its_token_is_taken_away(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("admin_api.resources.events.HEARTBEAT", 0.01)
    stream = asyncio.create_task(api.ask("GET", "/events", by="property_manager"))
    await somebody_listens(api)
    users = (await api.ask("GET", "/users")).json["items"]
    (manager,) = [user["id"] for user in users if user["name"] == "property_manager"]
    await api.ask("DELETE", f"/users/{manager}", headers={"If-Match": "*"})
    while not stream.done():
        api.clock.advance(0.1)
        await asyncio.sleep(0.01)

    assert (await stream).status == 200
    assert len(api.events) == 0


async def test_there_is_a_most_of_those_who_listen(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_events, "MAX_FOLLOWERS", 0)
    answer = await api.ask("GET", "/events")

    assert (answer.status, [field for field, _ in answer.errors]) == (409, ["events"])


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("kind=alarm", "kind"),
        ("seconds=-1", "seconds"),
        ("site=1", "site"),
        ("site_id=x", "site_id"),
    ],
)
async def test_a_wrong_question_is_told_by_its_field(api: Api, query: str, field: str) -> None:
    answer = await api.ask("GET", f"/events?{query}")

    assert (answer.status, [name for name, _ in answer.errors]) == (422, [field])
