"""The server is killed without warning and started again: what was true before still holds."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from tests.scenarios.sipp_interop.sipp import Phone
from tests.support.plain_sip import PlainCall, PlainPhone
from tests.support.program import Program, moment, wait_until

DOOR = ("4000000001", "door-password-1")
APP = ("4000000002", "app-password-2")
INDOOR = ("4000000003", "indoor-password-3")
GUARD = ("4000000004", "guard-password-4")
SECOND_GUARD = ("4000000005", "guard-password-5")
ACCOUNTS = f"""\
user,password,display,kind,apartment
{DOOR[0]},{DOOR[1]},Back door,door,
{APP[0]},{APP[1]},Ann,app,101
{INDOOR[0]},{INDOOR[1]},Monitor,indoor,101
{GUARD[0]},{GUARD[1]},Guard,guard,
{SECOND_GUARD[0]},{SECOND_GUARD[1]},Night guard,guard,
"""
DEMO_ACCOUNTS = 10
WRITTEN = "doorline_stored_bindings_written_total"


@dataclass
class Scene:
    """The server after the kill, and what went on before it."""

    server: Program
    app: Phone
    """Registered over UDP."""
    caller: Phone
    """Not registered."""
    visitor: tuple[PlainPhone, PlainCall]
    """Believes it talks to the guard."""
    guard: tuple[PlainPhone, PlainCall]
    visit: str
    """Id of that visit."""
    ringing: str
    """Id of a visit that rang when the server was killed."""
    seen_after: float
    """Seconds it took from the ringing until it was on record."""
    answered_at: str
    """Of the visit of the guard, as it was on record before the kill."""


@pytest.fixture(scope="module")
def scene(
    require_tool: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scene]:
    """Registers over UDP and TCP, opens a visit, kills the server and starts it again."""
    sipp = require_tool("sipp")
    folder = tmp_path_factory.mktemp("restart")
    accounts = folder / "accounts.csv"
    accounts.write_text(ACCOUNTS, encoding="utf-8")
    with ExitStack() as stack:
        server = stack.enter_context(Program(folder))
        imported = server.command("account", "import", str(accounts), "--site", "Interop")
        assert imported.status == 0, imported.err
        server.wait_for_metric("doorline_accounts", DEMO_ACCOUNTS + 5)

        def sipp_phone(account: tuple[str, str], transport: str = "UDP") -> Phone:
            at = server.udp if transport == "UDP" else server.tcp
            user, password = account
            return Phone(sipp, at, folder, user=user, password=password, transport=transport)

        app, monitor = sipp_phone(APP), sipp_phone(INDOOR, "TCP")
        app.play("register.xml")
        door = stack.enter_context(PlainPhone(server.udp, *DOOR))
        guard = stack.enter_context(PlainPhone(server.udp, *GUARD))
        guard.register()
        second = stack.enter_context(PlainPhone(server.udp, *SECOND_GUARD))
        second.register()
        began = moment()
        invite = door.call(GUARD[0])
        ringing = guard.rung()
        guard.answer(ringing)
        talking = door.accepted(invite)
        with monitor.playing("register_and_wait.xml") as waiting:
            waiting.has_seen("SIP/2.0 200 OK")
            server.wait_for_metric(WRITTEN, 4)
            wait_until(lambda: is_answered(newest_visit(server, began)), "no visit on record")
            visit = newest_visit(server, began)
            again = moment()
            door.call(SECOND_GUARD[0])
            second.rung()
            since = time.monotonic()
            wait_until(lambda: rings(server, newest_visit(server, again)), "no ringing on record")
            seen_after = time.monotonic() - since
            still_ringing = newest_visit(server, again)["id"]
            server.kill()
        server.start()
        yield Scene(
            server,
            app,
            sipp_phone(DOOR),
            (door, talking),
            (guard, ringing),
            visit["id"],
            still_ringing,
            seen_after,
            visit["answered_at"],
        )
        assert "Traceback" not in server.log


def newest_visit(server: Program, began: str) -> dict[str, Any]:
    """The visit that began since; empty when it is not on record yet."""
    items = server.get("/visits?limit=1")["items"]
    return dict(items[0]) if items and items[0]["started_at"] >= began else {}


def rings(server: Program, visit: dict[str, Any]) -> bool:
    """Whether the record says that a phone rings."""
    return bool(visit) and any(leg["rang_at"] for leg in legs_of(server, visit["id"]))


def legs_of(server: Program, visit_id: str) -> list[dict[str, Any]]:
    """Everybody who was called."""
    visit = server.get(f"/visits/{visit_id}")
    return [leg for stage in visit["stages"] for leg in stage["legs"]]


def is_answered(visit: dict[str, Any]) -> bool:
    """Whether the record says that somebody answered."""
    return visit.get("answered_at") is not None


def test_bindings_outlive_a_kill_but_not_those_whose_connection_died(scene: Scene) -> None:
    rows = scene.server.get("/registrations")["items"]

    assert sorted((row["user"], row["transport"]) for row in rows) == [
        (APP[0], "udp"),
        (GUARD[0], "udp"),
        (SECOND_GUARD[0], "udp"),
    ]


def test_a_phone_that_registered_before_the_kill_is_called(scene: Scene) -> None:
    began = moment()

    with scene.app.answering("callee.xml") as answering:
        scene.caller.play("caller.xml", dialled=scene.app.user)
        answering.finished()

    assert scene.server.newest("/visits", began)["outcome"] == "answered"


def test_a_phone_whose_connection_died_is_skipped_at_once(scene: Scene) -> None:
    with PlainPhone(scene.server.udp, *DOOR) as door:
        assert door.refused(INDOOR[0]).status == 480


def test_a_visit_that_was_open_is_closed_with_the_last_that_is_known_of_it(scene: Scene) -> None:
    visit = scene.server.get(f"/visits/{scene.visit}")
    (leg,) = legs_of(scene.server, scene.visit)
    last = visit["timeline"][-1]

    assert (visit["outcome"], visit["answered_at"]) == ("interrupted", scene.answered_at)
    assert visit["answered_at"] <= visit["ended_at"] == last["at"]
    assert visit["duration"] is not None
    assert (leg["outcome"], leg["ended_at"]) == ("answered", visit["ended_at"])
    assert (last["kind"], last["detail"]["outcome"]) == ("ended", "interrupted")
    assert scene.server.metric("doorline_sip_active_calls") == 0


def test_a_visit_that_rang_is_closed_too_and_was_on_record_within_a_second(scene: Scene) -> None:
    visit = scene.server.get(f"/visits/{scene.ringing}")
    (leg,) = legs_of(scene.server, scene.ringing)

    assert scene.seen_after < 1.0
    assert (visit["outcome"], visit["answered_at"], visit["duration"]) == (
        "interrupted",
        None,
        None,
    )
    assert (leg["outcome"], leg["rang_at"], leg["ended_at"]) == (
        "interrupted",
        visit["ended_at"],
        visit["ended_at"],
    )


def test_visits_that_were_cut_are_in_the_door_log_once_like_any_other(scene: Scene) -> None:
    def outcomes() -> list[str]:
        both = (scene.visit, scene.ringing)
        pages = [scene.server.get(f"/door-log?call_id={visit}") for visit in both]
        return [row["outcome"] for page in pages for row in page["items"]]

    wait_until(lambda: len(outcomes()) == 2, "no rows in the door log")

    assert outcomes() == ["interrupted", "interrupted"]


def test_the_trace_of_a_visit_that_was_cut_says_what_is_known(scene: Scene) -> None:
    trace = scene.server.command("trace", scene.ringing)

    assert "Night guard (guard) rings" in trace.out
    assert "interrupted by the end of the server; this is the last that is known" in trace.out


def test_whoever_hangs_up_a_call_of_before_is_told_that_there_is_none(scene: Scene) -> None:
    answers = [
        phone.answer_to(phone.inside(call, "BYE")).status
        for phone, call in (scene.visitor, scene.guard)
    ]

    assert answers == [481, 481]
