"""Two tenants listen while things happen at both, on the real program over real HTTP."""

import json
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.demo_community import FOREIGN, add_foreigner, phone_of
from tests.support.plain_sip import PlainPhone
from tests.support.program import Program, run_command, wait_until

STREAMS = "doorline_live_event_streams"
SECONDS = 4

Told = list[tuple[str, str, dict[str, Any]]]
"""Id, name and data of what came."""


def read(text: str) -> Told:
    found = []
    for part in text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in part.splitlines() if not line.startswith(":"))
        if "event" in lines:
            found.append((lines.get("id", ""), lines["event"], json.loads(lines["data"])))
    return found


@dataclass
class Heard:
    """What each of them was told of the same seconds."""

    server: Program
    home_token: str
    home: Told
    foreign: Told
    doors: Told
    """Only of doors, by the operator of home."""
    visit: str
    """Id of the visit."""


def names(told: Told) -> list[str]:
    return [name for _, name, _ in told]


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Heard]:
    with ExitStack() as stack:
        server = stack.enter_context(Program(tmp_path_factory.mktemp("events")))
        add_foreigner(server)
        site = server.get("/sites?limit=10")["items"]
        home_name = next(one["name"] for one in site if one["name"] != "Elsewhere")
        home, foreign = (
            server.command(
                *("user", "add", name, "--role", "property_manager", "--site", at)
            ).out.strip()
            for name, at in (("home", home_name), ("abroad", "Elsewhere"))
        )
        door, guard = (
            stack.enter_context(phone_of(server, name)) for name in ("Main entrance", "Guard")
        )
        stranger = stack.enter_context(PlainPhone(server.udp, *FOREIGN))
        pool = stack.enter_context(ThreadPoolExecutor(3))

        def listen(token: str, query: str = "") -> "Future[Told]":
            path = f"/events?seconds={SECONDS}{query}"
            return pool.submit(lambda: read(server.api("GET", path, token=token).body.decode()))

        streams = [listen(home), listen(foreign), listen(home, "&kind=door")]
        wait_until(lambda: server.metric(STREAMS) == 3, "nobody listens")
        stranger.register()
        guard.register()
        invite = door.call("0")
        ringing = guard.rung()
        guard.answer(ringing)
        call = door.accepted(invite)
        guard.send(guard.digits(ringing, "9"))
        door.reply(door.receive("INFO"), "200 OK")
        assert door.answer_to(door.inside(call, "BYE")).status == 200
        at_home, abroad, doors = (stream.result() for stream in streams)
        visit = server.get("/visits?limit=1")["items"][0]["id"]
        yield Heard(server, home, at_home, abroad, doors, visit)
        assert server.metric("doorline_sip_internal_errors_total") == 0
        assert "Traceback" not in server.log


def test_a_visit_is_told_while_it_happens(heard: Heard) -> None:
    visit = [(name, how) for _, name, how in heard.home if name.startswith("visit.")]

    assert [name for name, _ in visit] == [
        "visit.started",
        "visit.stage",
        "visit.rang",
        "visit.answered",
        "visit.ended",
    ]
    assert {how["call_id"] for _, how in visit} == {heard.visit}
    assert visit[2][1]["party"]["display"] == "Guard"


def test_registrations_are_told(heard: Heard) -> None:
    assert [how["display"] for _, name, how in heard.home if name == "registration.changed"] == [
        "Guard"
    ]


def test_a_tenant_hears_nothing_of_another(heard: Heard) -> None:
    assert [(name, how["user"]) for _, name, how in heard.foreign] == [
        ("registration.changed", FOREIGN[0])
    ]
    assert FOREIGN[0] not in str(heard.home)


def test_a_filter_leaves_only_its_kind(heard: Heard) -> None:
    assert names(heard.doors) == ["door.digits"]


def test_who_comes_back_is_told_what_came_since(heard: Heard) -> None:
    last = heard.home[-2][0]
    answer = heard.server.http(
        "GET",
        "/api/v1/events?seconds=0",
        headers={"Authorization": f"Bearer {heard.home_token}", "Last-Event-ID": last},
    )

    assert read(answer.body.decode()) == heard.home[-1:]


def test_the_messages_of_the_visit_are_a_ladder_without_its_secrets(heard: Heard) -> None:
    server = heard.server
    done = run_command(
        *("trace", heard.visit, "--ladder", "--url", admin_url(server)),
        *("--token", server.token, "--config", str(server.config)),
    )
    lines = done.out.splitlines()

    assert (done.status, done.err) == (0, "")
    assert lines[2].split() == ["Main", "entrance", "Doorline", "Guard"]
    assert next(line for line in lines if "(1) INVITE" in line).count("|") == 3
    assert [word for word in ("401 Unauthorized", "180 Ringing", "200 OK", "BYE", "INFO")
            if not any(f") {word}" in line for line in lines)] == []  # fmt: skip
    assert "Signal=x" in done.out
    assert "Signal=9" not in done.out


def admin_url(server: Program) -> str:
    return "http://" + server.find(r"http/admin (\S+)")


def test_what_is_in_the_timeline_is_what_was_told(heard: Heard) -> None:
    timeline = heard.server.get(f"/visits/{heard.visit}")["timeline"]

    assert [entry["detail"]["count"] for entry in timeline if entry["kind"] == "digits"] == [
        how["count"] for _, _, how in heard.doors
    ]
