"""Accounts that travel in a push, from outside: real HTTP to a webhook, and plain phones."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.plain_message import DOMAIN
from tests.support.plain_sip import PlainCall, PlainPhone
from tests.support.program import PATIENCE, Program, wait_until
from tests.support.push_hook import Hook

DOOR = ("4000000001", "door-password-1")
APP = ("4000000002", "app-password-2")
ACCOUNTS = f"""\
user,password,display,kind,apartment
{DOOR[0]},{DOOR[1]},Back door,door,
{APP[0]},{APP[1]},Ann,app,101
4000000003,indoor-password-3,Monitor,indoor,101
"""
DEMO_ACCOUNTS = 10


@dataclass
class Home:
    """A flat whose app knows nothing but what its pushes say."""

    program: Program
    hook: Hook
    door: PlainPhone
    app_id: int

    def pressed(self) -> tuple[bytes, dict[str, Any]]:
        """The INVITE of the door, and the push that follows."""
        invite = self.door.call("101")
        push: dict[str, Any] = self.hook.pushes.get(timeout=PATIENCE)
        assert push["event"] == "wake"
        return invite, push

    def phone(self, push: dict[str, Any]) -> PlainPhone:
        """The phone that was woken, with what the push says."""
        assert push["domain"] == DOMAIN
        phone = PlainPhone(self.program.udp, push["auth_user"], push["auth_password"])
        phone.aor = f"sip:{push['user']}@{DOMAIN}"
        phone.contact = f"<sip:{push['user']}@{phone.host}:{phone.port}>"
        return phone

    def hang_up(self, phone: PlainPhone, call: PlainCall) -> None:
        """The visitor hangs up."""
        self.door.send(self.door.inside(call, "BYE"))
        phone.reply(phone.receive("BYE"), "200 OK")
        self.door.receive("200 BYE")

    def left(self, invite: bytes) -> None:
        """The visitor has gone; the cancel of that has arrived."""
        self.door.give_up(invite)
        assert self.hook.next() == ("cancel", "caller_hung_up")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    folder: Path = tmp_path_factory.mktemp("call-accounts")
    hook = Hook()
    secret = folder / "hook.secret"
    secret.write_text("0123456789abcdef0123456789abcdef")
    more = (
        "[push]\ncall_accounts = true\nwake_timeout = 10\n"
        f'[push.webhook]\nurl = "{hook.url}"\nsecret_file = "{secret}"\n'
    )
    accounts = folder / "accounts.csv"
    accounts.write_text(ACCOUNTS, encoding="utf-8")
    try:
        with Program(folder, more=more) as program, PlainPhone(program.udp, *DOOR) as door:
            imported = program.command("account", "import", str(accounts), "--site", "Court")
            assert imported.status == 0, imported.err
            program.wait_for_metric("doorline_accounts", DEMO_ACCOUNTS + 3)
            (found,) = program.get(f"/accounts?user={APP[0]}")["items"]
            plan = f"/sites/{found['site_id']}/call-plan?apartment=101"
            wait_until(lambda: program.get(plan)["refusal"] is None, "the flat is not there")
            body = {"provider": "webhook", "token": "the-token-of-the-app"}
            told = program.api("PUT", f"/accounts/{found['id']}/push", body)
            assert told.status == 200, told.body
            yield Home(program, hook, door, found["id"])
    finally:
        hook.close()


@pytest.mark.feature("G03")
def test_an_app_without_a_password_is_rung_and_answers(home: Home) -> None:
    """It registers with what the push says, talks, and leaves nothing behind."""
    invite, push = home.pressed()
    with home.phone(push) as phone:
        assert phone.register().status == 200
        phone.answer(phone.rung())
        call = home.door.accepted(invite)
        home.hang_up(phone, call)

        shown = home.program.get(f"/registrations?user={APP[0]}")["items"]
        health = home.program.get(f"/accounts/{home.app_id}/push")["health"]
    assert (push["user"], shown) == (APP[0], [])
    assert (health["wakes"], health["devices"][0]["wakes"]) == (1, 1)


@pytest.mark.feature("G03")
def test_the_account_of_one_visit_is_of_no_use_for_another_one(home: Home) -> None:
    first, push = home.pressed()
    with home.phone(push) as phone:
        home.left(first)
        second, other = home.pressed()
        assert phone.register().status == 200  # it may say goodbye yet
        with home.phone(other) as right:
            assert right.register().status == 200
            right.rung()
            assert phone.requests() == []
            home.left(second)
    assert other["auth_user"] != push["auth_user"]
    assert other["auth_password"] != push["auth_password"]


@pytest.mark.feature("G03")
def test_the_account_of_a_visit_places_no_call_and_registers_for_nobody_else(home: Home) -> None:
    invite, push = home.pressed()
    with home.phone(push) as phone:
        assert phone.refused("101").status == 403
        assert phone.refused(DOOR[0]).status == 403
        assert phone.register(aor=f"sip:4000000003@{DOMAIN}").status == 403
        assert phone.register(aor=f"sip:{push['auth_user']}@{DOMAIN}").status == 403
        phone.password = "guessed"
        assert phone.register().status == 403
    home.left(invite)


def test_what_a_push_carries_is_stored_and_shown_nowhere(home: Home) -> None:
    invite, push = home.pressed()
    with home.phone(push) as phone:
        phone.register()
        phone.answer(phone.rung())
        call = home.door.accepted(invite)
        home.hang_up(phone, call)

    def is_on_record() -> bool:
        calls = home.program.get("/calls?limit=50")["items"]
        return any(call["id"] == push["visit"] and call["outcome"] for call in calls)

    wait_until(is_on_record, "the visit is not on record")
    shown = json.dumps(
        [
            home.program.get(path)
            for path in (
                "/calls?limit=50",
                f"/visits/{push['visit']}",
                f"/accounts/{home.app_id}/push",
                f"/accounts?user={APP[0]}",
                "/registrations",
            )
        ]
    )
    kept = (
        b"".join(file.read_bytes() for file in home.program.folder.rglob("*") if file.is_file())
        + "\n".join(home.program.lines).encode()
    )
    assert push["visit"] in shown
    for secret in (push["auth_password"], push["auth_user"]):
        assert secret not in shown
        assert secret.encode() not in kept
