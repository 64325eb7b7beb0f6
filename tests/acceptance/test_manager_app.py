"""Calls from and to a property manager's app, on the running program (F090)."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.support.demo_community import ACCOUNTS, phone_of
from tests.support.plain_sip import PlainPhone
from tests.support.program import Program, wait_until

NAME = "pat.manager"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    folder: Path = tmp_path_factory.mktemp("manager")
    with Program(folder) as program:
        yield program


@pytest.fixture(scope="module")
def account(server: Program) -> dict[str, Any]:
    """The account of the manager's app, with its password."""
    site = server.get("/sites")["items"][0]["id"]
    user = server.make("/users", {"name": NAME, "role": "property_manager", "site_ids": [site]})
    made = server.make("/accounts", {"site_id": site, "kind": "app", "operator_id": user["id"]})
    server.wait_for_metric("doorline_accounts", ACCOUNTS + 1)
    found: dict[str, Any] = made
    return found


def talk(caller: PlainPhone, number: str, callee: PlainPhone) -> None:
    """A call that is answered, and ended by who called."""
    invite = caller.call(number)
    callee.answer(callee.rung())
    call = caller.accepted(invite)
    assert caller.answer_to(caller.inside(call, "BYE")).status == 200
    callee.reply(callee.receive("BYE"), "200 OK")


def history(server: Program, question: str) -> list[dict[str, Any]]:
    """Ended calls that a question to the history finds."""
    found: list[dict[str, Any]] = []

    def ended() -> bool:
        found[:] = server.get(f"/calls?{question}")["items"]
        return bool(found) and all(call["ended_at"] for call in found)

    wait_until(ended, "no call is on record")
    return found


@pytest.mark.feature("F090")
def test_calls_of_the_managers_app_are_in_history_under_the_managers_name(
    server: Program, account: dict[str, Any]
) -> None:
    """A manager's app calls guards, monitors, doors, and is called, under the manager's name."""
    hall = server.get("/accounts?kind=indoor")["items"][0]["display"]
    with ExitStack() as stack:
        guard, door, monitor = (
            stack.enter_context(phone_of(server, name)) for name in ("Guard", "Main entrance", hall)
        )
        app = stack.enter_context(PlainPhone(server.udp, account["user"], account["password"]))
        for phone in (guard, door, monitor, app):
            phone.register()
        talk(app, "0", guard)
        talk(app, monitor.user, monitor)
        talk(app, door.user, door)
        talk(guard, app.user, app)
        talk(monitor, app.user, app)

    by = history(server, f"caller={NAME}")
    to = history(server, f"receiver={NAME}")
    assert [one["caller"]["display"] for one in by] == [NAME] * 3
    assert {one["answered_by"]["user"] for one in by} == {guard.user, monitor.user, door.user}
    assert [(one["receiver"], one["answered_by"]["display"]) for one in to] == [(NAME, NAME)] * 2
    assert {one["caller"]["user"] for one in to} == {guard.user, monitor.user}


@pytest.mark.feature("F090")
def test_the_managers_app_calls_inside_its_site_alone(
    server: Program, account: dict[str, Any]
) -> None:
    """A number of another site is unknown to the manager's app."""
    foreign = server.make("/sites", {"name": "Elsewhere"})
    other = server.make(f"/sites/{foreign['id']}/accounts", {"kind": "guard"})
    server.wait_for_metric("doorline_accounts", ACCOUNTS + 2)
    with PlainPhone(server.udp, account["user"], account["password"]) as app:
        app.register()

        assert app.refused(other["user"]).status == 404
