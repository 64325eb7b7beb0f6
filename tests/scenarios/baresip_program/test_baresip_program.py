"""baresip 1.0.0 as a program, which we did not write, on the real program."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.scenarios.baresip_program.phone import Phone
from tests.support.program import Program, moment, wait_until

DOOR = ("4000000001", "door-password-1")
APP = ("4000000002", "app-password-2")
FLAT = "101"
ACCOUNTS = f"""\
user,password,display,kind,apartment
{DOOR[0]},{DOOR[1]},Back door,door,
{APP[0]},{APP[1]},Ann,app,{FLAT}
"""
DEMO_ACCOUNTS = 10
DOMAIN = "doorline.local"
OFFER = "call: got re-INVITE (SDP Offer)"
ANSWER = "call: got SDP answer"


@pytest.fixture(scope="module")
def baresip(require_tool: Callable[[str], str]) -> str:
    return require_tool("baresip")


@pytest.fixture(scope="module")
def server(baresip: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    folder = tmp_path_factory.mktemp("baresip-program")
    accounts = folder / "accounts.csv"
    accounts.write_text(ACCOUNTS, encoding="utf-8")
    with Program(folder) as running:
        imported = running.command("account", "import", str(accounts), "--site", "Interop")
        assert imported.status == 0, imported.err
        running.wait_for_metric("doorline_accounts", DEMO_ACCOUNTS + 2)
        yield running
        assert running.metric("doorline_sip_internal_errors_total") == 0


def started(
    phone: Phone, server: Program, account: tuple[str, str], transport: str, password: str = ""
) -> Phone:
    """The phone with its account, once the server has answered its registration."""
    return phone.start(
        user=account[0],
        password=password or account[1],
        domain=DOMAIN,
        server=server.udp if transport == "udp" else server.tcp,
        transport=transport,
    )


@pytest.fixture(params=["udp", "tcp"])
def phones(
    request: pytest.FixtureRequest, baresip: str, server: Program, tmp_path: Path
) -> Iterator[tuple[Phone, Phone]]:
    """Door phone and app, registered."""
    with Phone(baresip, tmp_path / "door") as door, Phone(baresip, tmp_path / "app") as app:
        started(door, server, DOOR, request.param)
        started(app, server, APP, request.param)
        assert (door.registered(), app.registered()) == ("200 OK", "200 OK")
        yield door, app


def dial(door: Phone, number: str) -> None:
    door.tell("dial", f"sip:{number}@{DOMAIN}")


def seen(phone: Phone, text: str, times: int) -> None:
    wait_until(lambda: phone.output.count(text) >= times, f"baresip never said {text!r} so often")


def test_a_call_is_answered_held_resumed_and_hung_up(
    phones: tuple[Phone, Phone], server: Program
) -> None:
    door, app = phones
    began = moment()
    dial(door, FLAT)
    app.expect("CALL_INCOMING")
    app.tell("accept")
    door.expect("CALL_ESTABLISHED")
    app.expect("CALL_ESTABLISHED")
    for turn, word in enumerate(("hold", "resume"), start=1):
        door.tell(word)
        seen(app, OFFER, turn)
        seen(door, ANSWER, 1 + turn)
    app.tell("hangup")
    door.expect("CALL_CLOSED")

    visit = server.newest("/visits", began)
    assert (visit["outcome"], visit["ended_by"]) == ("answered", "callee")


def test_a_declined_call_is_over_for_the_visitor(
    phones: tuple[Phone, Phone], server: Program
) -> None:
    door, app = phones
    began = moment()
    dial(door, APP[0])
    app.expect("CALL_INCOMING")
    app.tell("hangup")
    closed = door.expect("CALL_CLOSED")

    assert closed["param"].startswith("486 "), closed
    assert server.newest("/calls", began)["status"] == 486


def test_a_visitor_who_gives_up_stops_the_ringing(
    phones: tuple[Phone, Phone], server: Program
) -> None:
    door, app = phones
    began = moment()
    dial(door, FLAT)
    door.expect("CALL_RINGING")
    app.expect("CALL_INCOMING")
    door.tell("hangup")
    app.expect("CALL_CLOSED")

    assert server.newest("/visits", began)["outcome"] == "abandoned"


def test_a_number_that_nobody_has_is_not_found(phones: tuple[Phone, Phone]) -> None:
    door, _ = phones
    dial(door, "98765")

    assert door.expect("CALL_CLOSED")["param"].startswith("404 ")


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_wrong_password_is_refused(
    baresip: str, server: Program, tmp_path: Path, transport: str
) -> None:
    with Phone(baresip, tmp_path / "stranger") as stranger:
        started(stranger, server, APP, transport, password="not-the-password")

        assert stranger.registered() == "403 Forbidden"
