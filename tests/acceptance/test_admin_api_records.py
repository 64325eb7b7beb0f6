"""The door log and the call history over HTTP (features section N)."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sipcore.b2bua.facts import (
    CallEnded,
    CallFact,
    CallStarted,
    LegAnswered,
    LegRang,
    LegReleased,
    LegStarted,
    StageStarted,
)
from sipcore.b2bua.plan import Party, RingPlan, RingStage, Target
from tests.admin_api.api import WholeApi, whole_api
from tests.admin_api.lived import door_log_entry, write_door_log


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[WholeApi]:
    """The real application with the server's own record of calls and memory of the estates."""
    async with whole_api(tmp_path) as running:
        yield running


# N. Logs and records -----------------------------------------------------------------------------


@pytest.mark.feature("F265")
async def test_the_door_log_is_filtered_by_kind_of_row(api: WholeApi) -> None:
    """Four filters: all, call, door_release, door_close."""
    kinds = ("call", "door_release", "door_close")
    await write_door_log(api, *(door_log_entry(api.home, log_type=kind) for kind in kinds))

    found = {
        kind: (await api.ask("GET", f"/door-log?sort=id&log_type={kind}")).ids
        for kind in ("all", *kinds)
    }

    assert found == {"all": [1, 2, 3], "call": [1], "door_release": [2], "door_close": [3]}


@pytest.mark.feature("F266")
async def test_filters_of_the_door_log_narrow_it_together(api: WholeApi) -> None:
    """Time range, building, device name, initiated by, apartment and action at once."""
    wanted = door_log_entry(api.home)
    others = [
        door_log_entry(api.home, at=50.0),
        door_log_entry(api.home, at=200.0),
        door_log_entry(api.home, building_id=api.foreign.building),
        door_log_entry(api.home, device_name="Back door"),
        door_log_entry(api.home, initiated_by="Bob Ray"),
        door_log_entry(api.home, apartment_id=api.foreign.apartment),
        door_log_entry(api.home, action="close"),
        door_log_entry(api.foreign),
    ]
    await write_door_log(api, *others, wanted)

    answer = await api.ask(
        "GET",
        "/door-log?from=1970-01-01T00:01:00Z&to=1970-01-01T00:02:00Z"
        f"&building_id={api.home.building}&device_name=GATE&initiated_by=ann"
        f"&apartment_id={api.home.apartment}&action=open",
        by="property_manager",
    )

    assert answer.ids == [len(others) + 1]


@pytest.mark.feature("F267")
async def test_a_row_of_the_door_log_has_all_ten_columns(api: WholeApi) -> None:
    """Happened on, building, device, initiated by, apartment, type, action, key, response,
    capture."""
    await write_door_log(api, door_log_entry(api.home, capture="pictures/1.jpg"))
    (row,) = (await api.ask("GET", "/door-log", by="property_manager")).json["items"]

    columns = (
        "happened_at",
        "building",
        "device_name",
        "initiated_by",
        "apartment",
        "log_type",
        "action",
        "key",
        "response",
        "capture",
    )
    assert [row[name] for name in columns] == [
        "1970-01-01T00:01:40.000Z",
        "1",
        "Main gate",
        "Ann Lee",
        "1001",
        "door_release",
        "open",
        "dtmf",
        "allowed",
        "pictures/1.jpg",
    ]


def visit(api: WholeApi, call_id: str, at: float, door: str = "Main gate") -> list[CallFact]:
    """A visit of a minute: the monitor rang, Ann's app answered after ten seconds."""
    estate = api.home
    caller = Party("door", estate.gate_user, door, estate.site, estate.gate)
    monitor = Party("indoor", estate.monitor_user, "Hall", estate.site)
    app = Party("app", "3001", "Ann Lee", estate.site)
    stage = RingStage("app+indoor", (Target(monitor), Target(app)), 30.0)
    plan = RingPlan(
        "app_and_indoor", caller, "1001", (stage,), True, "1001", apartment_id=estate.apartment
    )
    return [
        CallStarted(call_id, at, f"{call_id}@door", plan),
        StageStarted(call_id, at, 0, "app+indoor", 2),
        LegStarted(call_id, at, 0, 1, monitor, "sip:hall@10.0.0.2"),
        LegStarted(call_id, at, 0, 2, app, "sip:ann@10.0.0.3"),
        LegAnswered(call_id, at + 10.0, 2),
        LegReleased(call_id, at + 10.0, 1, "answered_elsewhere"),
        CallEnded(call_id, at + 60.0, "answered", "callee", "bye", 0),
    ]


def write(api: WholeApi, *calls: list[CallFact]) -> None:
    """Have the server's own journal store the facts."""
    for facts in calls:
        for fact in facts:
            api.journal.record(fact)
    assert api.journal.flush_and_close()


@pytest.mark.feature("F271")
async def test_the_call_history_shows_when_who_whom_and_how_long(api: WholeApi) -> None:
    """Happened on, caller, receiver, and the duration from the answer to the end."""
    write(api, visit(api, "v-1", 100.0))
    (call,) = (await api.ask("GET", "/calls", by="property_manager")).json["items"]

    assert (call["started_at"], call["caller"]["display"], call["receiver"], call["duration"]) == (
        "1970-01-01T00:01:40.000Z",
        "Main gate",
        "1001",
        50.0,
    )


@pytest.mark.feature("F272")
async def test_all_legs_of_a_call_are_one_row_that_opens_up(api: WholeApi) -> None:
    """The list has one row a call; the call itself shows each leg with its own outcome."""
    write(api, visit(api, "v-1", 100.0))
    listed = await api.ask("GET", "/calls", by="property_manager")
    opened = (await api.ask("GET", "/visits/v-1", by="property_manager")).json

    assert (listed.ids, opened["answered_by"]["display"]) == (["v-1"], "Ann Lee")
    ((stage,), legs) = opened["stages"], opened["stages"][0]["legs"]
    assert (stage["name"], stage["outcome"]) == ("app+indoor", "answered")
    assert [(leg["party"]["display"], leg["outcome"], leg["reason"]) for leg in legs] == [
        ("Hall", "released", "answered_elsewhere"),
        ("Ann Lee", "answered", "bye"),
    ]
    assert [entry["kind"] for entry in opened["timeline"]] == [
        "started",
        "planned",
        "stage_started",
        "leg_started",
        "leg_started",
        "leg_answered",
        "leg_released",
        "ended",
    ]


@pytest.mark.feature("F273")
async def test_the_call_history_is_filtered_by_time_caller_and_receiver(api: WholeApi) -> None:
    """Each filter alone and all of them together; parts of names in any case."""
    write(
        api,
        visit(api, "v-1", 100.0),
        visit(api, "v-2", 200.0, door="Back door"),
        visit(api, "v-3", 300.0),
    )
    found = {
        query: (await api.ask("GET", f"/calls?sort=started_at&{query}")).ids
        for query in (
            "from=1970-01-01T00:03:20Z",
            "to=1970-01-01T00:03:20Z",
            "caller=GATE",
            "receiver=ann",
            "receiver=bob",
            "caller=gate&receiver=1001&from=1970-01-01T00:03:20Z&to=1970-01-01T00:06:00Z",
        )
    }

    assert found == {
        "from=1970-01-01T00:03:20Z": ["v-2", "v-3"],
        "to=1970-01-01T00:03:20Z": ["v-1"],
        "caller=GATE": ["v-1", "v-3"],
        "receiver=ann": ["v-1", "v-2", "v-3"],
        "receiver=bob": [],
        "caller=gate&receiver=1001&from=1970-01-01T00:03:20Z&to=1970-01-01T00:06:00Z": ["v-3"],
    }


@pytest.mark.feature("F273")
async def test_the_call_history_tells_what_was_missed_once_for_all(api: WholeApi) -> None:
    """Answered elsewhere is not missed; a visitor who left while it rang is."""
    left = [*visit(api, "v-2", 200.0)[:-3], LegRang("v-2", 201.0, 1, 180)]
    left.append(CallEnded("v-2", 205.0, "abandoned", "caller", "caller_hung_up", 487))
    write(api, visit(api, "v-1", 100.0), left)

    missed = await api.ask("GET", "/visits?missed=true", by="property_manager")
    others = await api.ask("GET", "/calls?missed=false", by="property_manager")

    assert (missed.ids, others.ids) == (["v-2"], ["v-1"])
    assert [item["outcome"] for item in missed.json["items"]] == ["abandoned"]
