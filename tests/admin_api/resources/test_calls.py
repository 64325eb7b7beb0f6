from pathlib import Path
from typing import Any

import pytest

from admin_api.rows import CallDetail, CallQuery, EventRow, LegRow
from tests.admin_api.api import Api, running_api
from tests.admin_api.records import call_row

LEG = LegRow(
    leg=1,
    stage=0,
    kind="app",
    user="3001",
    display="Ann Lee",
    contact="sip:3001@10.0.0.9",
    started_at=100.0,
    rang_at=101.0,
    answered_at=105.0,
    ended_at=160.0,
    status=200,
    outcome="answered",
    reason=None,
    person_id=5,
    sip_call_id="leg-1@us",
)
EVENTS = (
    EventRow(1, 100.0, "stage_started", {"stage": 0, "name": "app", "legs": 1}),
    EventRow(2, 110.0, "door_digits", {"relay": "Door", "allowed": True, "by": "Ann Lee"}),
)

OPENED: dict[str, Any] = {
    "opened_by": "Ann Lee",
    "opened_by_user": "3001",
    "opened_relay_id": 4,
}

SUMMARY = {
    "id": "v-1",
    "site_id": 1,
    "is_visit": True,
    "kind": "sip",
    "call_type": "indoor_then_app",
    "caller": {"kind": "door", "user": "1001001001", "display": "Main gate"},
    "caller_device_id": 1,
    "dialled": "1001",
    "receiver": "1001",
    "apartment_id": 1,
    "started_at": "1970-01-01T00:01:40.000Z",
    "answered_at": "1970-01-01T00:01:45.000Z",
    "ended_at": "1970-01-01T00:02:40.000Z",
    "duration": 55.0,
    "outcome": "answered",
    "status": None,
    "ended_by": "callee",
    "end_reason": "bye",
    "answered_by": {"kind": "app", "user": "3001", "display": "Ann Lee"},
    "missed": False,
    "capture": None,
    "opened_by": "Ann Lee",
    "opened_by_user": "3001",
    "opened_relay_id": 4,
}


async def test_a_call_is_one_row_whatever_number_of_legs_it_had(api: Api) -> None:
    row = call_row("v-1", **OPENED, duration=55.000000716)
    api.records.calls = [CallDetail(row, None, (LEG, LEG), EVENTS)]

    for path in ("/calls", "/visits"):
        answer = await api.ask("GET", path)
        assert answer.json == {"items": [SUMMARY], "next_cursor": None}


async def test_a_visit_shows_stages_legs_and_timeline(api: Api) -> None:
    row = call_row("v-1", **OPENED)
    api.records.calls = [CallDetail(row, None, (LEG,), EVENTS)]

    call, visit = await api.ask("GET", "/calls/v-1"), await api.ask("GET", "/visits/v-1")

    leg = {
        "leg": 1,
        "stage": 0,
        "party": {"kind": "app", "user": "3001", "display": "Ann Lee"},
        "contact": "sip:3001@10.0.0.9",
        "started_at": "1970-01-01T00:01:40.000Z",
        "rang_at": "1970-01-01T00:01:41.000Z",
        "answered_at": "1970-01-01T00:01:45.000Z",
        "ended_at": "1970-01-01T00:02:40.000Z",
        "status": 200,
        "outcome": "answered",
        "reason": None,
        "device_id": None,
        "person_id": 5,
        "sip_call_id": "leg-1@us",
    }
    assert call.json == visit.json
    assert visit.json == {
        **SUMMARY,
        "stages": [
            {
                "stage": 0,
                "name": "app",
                "started_at": "1970-01-01T00:01:40.000Z",
                "ended_at": "1970-01-01T00:01:45.000Z",
                "outcome": "answered",
                "reason": None,
                "legs": [leg],
                "skipped": [],
                "woken": [],
            }
        ],
        "timeline": [
            {
                "at": "1970-01-01T00:01:40.000Z",
                "after": 0.0,
                "kind": "stage_started",
                "detail": {"stage": 0, "name": "app", "legs": 1},
            },
            {
                "at": "1970-01-01T00:01:50.000Z",
                "after": 10.0,
                "kind": "door_digits",
                "detail": {"relay": "Door", "allowed": True, "by": "Ann Lee"},
            },
        ],
    }


async def test_a_call_that_no_door_made_is_no_visit(api: Api) -> None:
    api.records.calls = [api.visit(call_row("c-1", is_visit=False)), api.visit(call_row("v-1"))]

    assert (await api.ask("GET", "/visits")).ids == ["v-1"]
    assert (await api.ask("GET", "/calls")).ids == ["v-1", "c-1"]
    assert (await api.ask("GET", "/calls/c-1")).status == 200
    assert (await api.ask("GET", "/visits/c-1")).status == 404


async def test_an_unanswered_call_names_nobody_who_answered(api: Api) -> None:
    row = call_row(
        "v-1",
        answered_by_kind=None,
        answered_by_user=None,
        answered_by_display=None,
        duration=None,
        outcome="missed",
    )
    api.records.calls = [api.visit(row)]

    (item,) = (await api.ask("GET", "/calls")).json["items"]
    assert (item["answered_by"], item["duration"], item["outcome"]) == (None, None, "missed")


@pytest.mark.parametrize("sort", ["started_at", "-started_at"])
async def test_pages_go_through_calls_of_the_same_moment_too(api: Api, sort: str) -> None:
    starts = {"a": 1.0, "b": 2.0, "c": 2.0, "d": 3.5}
    api.records.calls = [api.visit(call_row(name, started_at=at)) for name, at in starts.items()]

    seen, cursor = [], ""
    for _ in starts:
        page = await api.ask("GET", f"/calls?limit=1&sort={sort}{cursor}")
        seen += page.ids
        cursor = f"&cursor={page.json['next_cursor']}"

    assert seen == sorted(starts, reverse=sort.startswith("-"))
    assert page.json["next_cursor"] is None


async def test_every_filter_reaches_the_records(api: Api) -> None:
    await api.ask(
        "GET",
        "/visits?site_id=1&from=1970-01-01T00:00:10Z&to=1970-01-01T00:00:20Z&caller=gate"
        "&receiver=ann&outcome=missed&missed=true&kind=ip&apartment_id=4&device_id=5&limit=7",
        by="property_manager",
    )

    assert api.records.asked == CallQuery(
        site_ids=frozenset({api.home.site, api.home.office}),
        limit=8,
        after=None,
        descending=True,
        visits_only=True,
        site_id=1,
        since=10.0,
        until=20.0,
        caller="gate",
        receiver="ann",
        outcome="missed",
        missed=True,
        direct=True,
        apartment_id=4,
        device_id=5,
    )


async def test_an_outcome_that_does_not_exist_is_a_wrong_parameter(api: Api) -> None:
    answer = await api.ask("GET", "/calls?outcome=lost")

    assert (answer.status, [field for field, _ in answer.errors]) == (422, ["outcome"])


async def test_the_messages_of_a_call_are_shown_as_text(api: Api) -> None:
    api.records.calls = [api.visit(call_row("v-1")), api.visit(call_row("c-1", is_visit=False))]
    answers = [
        await api.ask("GET", f"{path}/ladder", by="installer")
        for path in ("/visits/v-1", "/calls/v-1", "/calls/c-1", "/visits/c-1", "/calls/none")
    ]

    assert [answer.status for answer in answers] == [200, 200, 200, 404, 404]
    assert answers[0].text == "ladder of v-1 ?\n"
    assert answers[0].headers["Content-Type"] == "text/plain; charset=utf-8"


async def test_the_picture_of_a_visit_is_had_in_two_sizes(api: Api) -> None:
    rows = [call_row("v-1"), call_row("v-2"), call_row("c-3", is_visit=False)]
    api.records.calls = [api.visit(row) for row in rows]
    api.records.pictures = dict.fromkeys(("v-1", "c-3"), (b"full", b"small"))
    path = "/visits/v-1/picture"
    no_visit = await api.ask("GET", "/calls/c-3")
    listed = await api.ask("GET", "/visits?sort=started_at")
    one = await api.ask("GET", "/visits/v-1")
    answers = [
        await api.ask("GET", wanted, by="property_manager")
        for wanted in (path, f"{path}?size=thumbnail", "/visits/v-2/picture", f"{path}?size=huge")
    ]

    assert {item["id"]: item["capture"] for item in listed.json["items"]} == {
        "v-1": f"/api/v1{path}",
        "v-2": None,
    }
    assert (one.json["capture"], no_visit.json["capture"]) == (f"/api/v1{path}", None)
    assert [answer.status for answer in answers] == [200, 200, 404, 422]
    assert [answer.text for answer in answers[:2]] == ["full", "small"]
    assert answers[0].headers["Content-Type"] == "image/jpeg"


async def test_a_server_that_keeps_no_messages_has_no_ladder(tmp_path: Path) -> None:
    async with running_api(tmp_path, has_capture=False) as api:
        api.records.calls = [api.visit(call_row("v-1"))]
        answer = await api.ask("GET", "/visits/v-1/ladder")

    assert (answer.status, [field for field, _ in answer.errors]) == (409, ["sip.capture.keep"])
