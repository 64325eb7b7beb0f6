"""Sleeping apps from outside: a door, an app that wakes with its push, a monitor, a webhook."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.peers import cancel
from tests.support.plain_sip import PhoneError, PlainPhone
from tests.support.program import PATIENCE, Program, wait_until
from tests.support.push_hook import Hook

DOOR = ("4000000001", "door-password-1")
APP = ("4000000002", "app-password-2")
INDOOR = ("4000000003", "indoor-password-3")
ACCOUNTS = f"""\
user,password,display,kind,apartment
{DOOR[0]},{DOOR[1]},Back door,door,
{APP[0]},{APP[1]},Ann,app,101
{INDOOR[0]},{INDOOR[1]},Monitor,indoor,101
"""
DEMO_ACCOUNTS = 10
STAGE = 30.0
"""Seconds a stage rings: whatever ends a call much sooner did not wait for the app."""


@dataclass
class Home:
    """A flat with an app that sleeps and a monitor that does not."""

    program: Program
    hook: Hook
    door: PlainPhone
    app: PlainPhone
    monitor: PlainPhone
    app_id: int

    def tell(self, token: str) -> None:
        """The app tells its token."""
        body = {"provider": "webhook", "token": token}
        answer = self.program.api("PUT", f"/accounts/{self.app_id}/push", body)
        assert answer.status == 200, answer.body

    def health(self) -> Any:
        """What the API knows of waking the app."""
        return self.program.get(f"/accounts/{self.app_id}/push")["health"]

    def is_rung(self, phone: PlainPhone) -> bool:
        """Whether an INVITE comes within a second."""
        try:
            phone.receive("INVITE", within=1.0)
        except PhoneError:
            return False
        return True


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    folder: Path = tmp_path_factory.mktemp("sleeping")
    hook = Hook()
    secret = folder / "hook.secret"
    secret.write_text("0123456789abcdef0123456789abcdef")
    more = (
        f'[push]\nwake_timeout = 4\n[push.webhook]\nurl = "{hook.url}"\nsecret_file = "{secret}"\n'
    )
    accounts = folder / "accounts.csv"
    accounts.write_text(ACCOUNTS, encoding="utf-8")
    try:
        with (
            Program(folder, more=more) as program,
            PlainPhone(program.udp, *DOOR) as door,
            PlainPhone(program.udp, *APP) as app,
            PlainPhone(program.udp, *INDOOR) as monitor,
        ):
            imported = program.command("account", "import", str(accounts), "--site", "Court")
            assert imported.status == 0, imported.err
            program.wait_for_metric("doorline_accounts", DEMO_ACCOUNTS + 3)
            (found,) = program.get(f"/accounts?user={APP[0]}")["items"]
            yield Home(program, hook, door, app, monitor, found["id"])
    finally:
        hook.close()


@pytest.fixture
def home(house: Home) -> Iterator[Home]:
    """The app sleeps and has a live token; nobody else is registered."""
    house.hook.status = 200
    house.tell("the-token-of-the-app")
    yield house
    for phone in (house.app, house.monitor):
        phone.register(expires=0)
    while not house.hook.pushes.empty():
        house.hook.pushes.get()


@pytest.mark.feature("G03")
def test_an_app_that_sleeps_is_woken_registers_and_is_rung(home: Home) -> None:
    invite = home.door.call("101")
    assert home.hook.next() == ("wake", "")
    home.app.register()
    ringing = home.app.rung()
    home.app.answer(ringing)
    home.door.accepted(invite)

    health = home.health()
    assert (health["last_outcome"], health["can_wake"]) == ("sent", True)
    assert 0 < health["last_latency"] < PATIENCE
    assert health["wakes"] >= 1


def test_a_visitor_who_leaves_is_told_to_the_app_that_then_rings_no_more(home: Home) -> None:
    invite = home.door.call("101")
    assert home.hook.next() == ("wake", "")
    home.door.send(cancel(invite))
    home.door.failed(invite)

    assert home.hook.next() == ("cancel", "caller_hung_up")
    home.app.register()
    assert not home.is_rung(home.app)


def test_somebody_else_who_answers_is_told_to_the_app(home: Home) -> None:
    home.monitor.register()
    invite = home.door.call("101")
    ringing = home.monitor.rung()
    assert home.hook.next() == ("wake", "")
    home.monitor.answer(ringing)
    home.door.accepted(invite)

    assert home.hook.next() == ("cancel", "answered_elsewhere")


def test_an_app_that_never_registers_is_given_up_after_the_wake_timeout(home: Home) -> None:
    began = time.monotonic()
    answer = home.door.refused("101")

    assert answer.status in (408, 480)
    assert 3.5 < time.monotonic() - began < STAGE / 2
    assert home.health()["silences"] >= 1


@pytest.mark.parametrize(("status", "outcome"), [(410, "dead"), (503, "unreachable")])
def test_a_push_that_reaches_nobody_lets_no_visitor_wait(
    home: Home, status: int, outcome: str
) -> None:
    home.hook.status = status
    began = time.monotonic()
    answer = home.door.refused("101")

    assert answer.status in (408, 480)
    assert time.monotonic() - began < 3.5
    health = home.health()
    assert (health["last_outcome"], health["can_wake"]) == (outcome, outcome != "dead")


def test_a_dead_app_is_not_pushed_again_until_it_tells_a_new_token(home: Home) -> None:
    home.hook.status = 410
    home.door.refused("101")
    assert home.hook.next() == ("wake", "")
    home.door.refused("101")
    assert home.hook.pushes.empty()

    home.hook.status = 200
    home.tell("the-token-of-a-new-telephone")
    home.door.call("101")
    assert home.hook.next() == ("wake", "")
    home.app.register()
    home.app.answer(home.app.rung())


def test_records_do_not_hold_the_token_that_a_contact_carries(home: Home) -> None:
    secret = "APA91b-very-secret"
    token = f";pn-provider=fcm;pn-param=project;pn-prid={secret}>"
    home.app.register(contact=home.app.contact.replace(">", token))
    invite = home.door.call("101")
    home.app.answer(home.app.rung())
    home.door.accepted(invite)

    def contacts() -> list[str]:
        with closing(sqlite3.connect(home.program.folder / "var" / "doorline.db")) as stored:
            legs = stored.execute("SELECT contact FROM call_legs").fetchall()
            events = stored.execute("SELECT events FROM call_events").fetchall()
        return [text for (text,) in legs + events if "pn-provider=fcm" in text]

    wait_until(lambda: len(contacts()) >= 2, "the leg is not on record")
    assert [text for text in contacts() if secret in text] == []
    (shown,) = home.program.get(f"/registrations?user={APP[0]}")["items"]
    assert secret not in shown["contact"]
