"""Two phones of one account, each with a push token of its own: a real program, real HTTP."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.plain_sip import PlainPhone
from tests.support.program import PATIENCE, Program, wait_until
from tests.support.push_hook import Hook
from tests.support.pushes import key_files

DOOR = ("4000000001", "door-password-1")
APP = ("4000000002", "app-password-2")
ACCOUNTS = f"""\
user,password,display,kind,apartment
{DOOR[0]},{DOOR[1]},Back door,door,
{APP[0]},{APP[1]},Ann,app,101
"""
DEMO_ACCOUNTS = 10
TOKENS = ("token-of-the-first-phone", "token-of-the-second-phone")


@dataclass
class Home:
    """A flat with two phones that are registered with their tokens."""

    program: Program
    google: Hook
    door: PlainPhone
    phones: tuple[PlainPhone, ...]
    app_id: int

    def pushes(self, count: int) -> dict[str, tuple[str, str]]:
        """Event and reason of the next pushes, by the token they went to."""
        found: dict[str, tuple[str, str]] = {}
        for _ in range(count):
            message: dict[str, Any] = self.google.pushes.get(timeout=PATIENCE)["message"]
            told = message["data"]
            found[message["token"]] = (told["event"], told.get("reason", ""))
        return found

    def devices(self) -> list[dict[str, Any]]:
        """What the API shows of each phone."""
        health = self.program.get(f"/accounts/{self.app_id}/push")["health"]
        shown: list[dict[str, Any]] = health["devices"]
        return shown


def contact(phone: PlainPhone, token: str) -> str:
    """A contact with the parameters of RFC 8599."""
    more = f";pn-provider=fcm;pn-param=doorline-test;pn-prid={token}>"
    return phone.contact.replace(">", more)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    google = Hook()
    account = key_files(tmp_path, f"{google.origin}/token")[0]
    more = f'[push.fcm]\nservice_account = "{account}"\nurl = "{google.origin}"\n'
    listed = tmp_path / "accounts.csv"
    listed.write_text(ACCOUNTS, encoding="utf-8")
    try:
        with (
            Program(tmp_path, more=more) as program,
            PlainPhone(program.udp, *DOOR) as door,
            PlainPhone(program.udp, *APP) as first,
            PlainPhone(program.udp, *APP) as second,
        ):
            imported = program.command("account", "import", str(listed), "--site", "Court")
            assert imported.status == 0, imported.err
            program.wait_for_metric("doorline_accounts", DEMO_ACCOUNTS + 2)
            (found,) = program.get(f"/accounts?user={APP[0]}")["items"]
            plan = f"/sites/{found['site_id']}/call-plan?apartment=101"
            wait_until(lambda: program.get(plan)["refusal"] is None, "the flat is not there")
            phones = (first, second)
            for phone, token in zip(phones, TOKENS, strict=True):
                answer = phone.register(contact=contact(phone, token))
                assert answer.status == 200
            yield Home(program, google, door, phones, found["id"])
    finally:
        google.close()


@pytest.mark.feature("G03")
def test_when_one_phone_answers_the_other_one_is_called_off(home: Home) -> None:
    first, second = home.phones
    invite = home.door.call("101")
    woken = home.pushes(2)
    ringing = first.rung()
    home.door.receive("180 INVITE")
    second.rung()
    first.answer(ringing)
    home.door.accepted(invite)

    assert woken == dict.fromkeys(TOKENS, ("wake", ""))
    assert home.pushes(1) == {TOKENS[1]: ("cancel", "answered_elsewhere")}
    assert second.receive("CANCEL").method == "CANCEL"
    assert home.google.pushes.empty()


@pytest.mark.feature("G03")
def test_a_visitor_who_leaves_is_told_to_each_phone(home: Home) -> None:
    invite = home.door.call("101")
    home.pushes(2)
    home.door.give_up(invite)

    assert home.pushes(2) == dict.fromkeys(TOKENS, ("cancel", "caller_hung_up"))


@pytest.mark.feature("G03")
def test_each_phone_has_a_latency_of_its_own(home: Home) -> None:
    home.door.call("101")
    home.pushes(2)
    home.phones[1].register(contact=contact(home.phones[1], TOKENS[1]))

    shown = home.devices()
    assert sorted(each["wakes"] for each in shown) == [0, 1]
    assert [each["last_latency"] is None for each in sorted(shown, key=lambda e: e["wakes"])] == [
        True,
        False,
    ]
    assert {each["provider"] for each in shown} == {"fcm"}


def test_the_database_file_gives_no_token(home: Home) -> None:
    """Not while the server runs, and not when it has stopped; after a start both ring as before."""
    home.program.stop()
    kept = b"".join(file.read_bytes() for file in (home.program.folder / "var").iterdir())
    assert APP[0].encode() in kept
    assert [token for token in TOKENS if token.encode() in kept] == []

    home.program.start()
    home.door.call("101")
    assert home.pushes(2) == dict.fromkeys(TOKENS, ("wake", ""))
    for phone in home.phones:
        phone.rung()
