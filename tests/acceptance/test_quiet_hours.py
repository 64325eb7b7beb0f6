"""Quiet hours, do-not-disturb and account statuses, with phones on a running server."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.support.plain_sip import PlainPhone
from tests.support.program import Program, moment, wait_until

FLAT = "1003"
GROUP = "**1003"
AT_GATE = "1*1003"
"""Three numbers of one flat: a press of one is no second press of another."""
EVERY_DAY = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
ALWAYS = [{"days": EVERY_DAY, "start": "00:00", "end": "24:00"}]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with Program(tmp_path_factory.mktemp("quiet")) as running:
        yield running
        assert running.metric("doorline_sip_internal_errors_total") == 0


@pytest.fixture
def flat(server: Program) -> Iterator[str]:
    """Path of the flat, which is as it was when the test ends."""
    (found,) = (one for one in server.get("/apartments")["items"] if one["number"] == FLAT)
    path = f"/apartments/{found['id']}"
    yield path
    open_again = {"windows": [], "action": "skip", "do_not_disturb": False}
    server.change(f"{path}/quiet-hours", open_again)
    server.change(path, {"status": "normal", "expires_at": None})


def phones(server: Program, stack: ExitStack, *names: str) -> list[PlainPhone]:
    """Phones of these accounts of the demo community, registered over UDP."""
    accounts = {one["display"]: one for one in server.get("/accounts?limit=100")["items"]}
    opened = []
    for name in names:
        secret = server.make(f"/accounts/{accounts[name]['id']}/reset-password", None)
        phone = PlainPhone(server.udp, secret["user"], secret["password"])
        opened.append(stack.enter_context(phone))
        assert phone.register().status == 200
    return opened


def refused(server: Program, door: PlainPhone, since: str, number: str = FLAT) -> tuple[int, str]:
    """A visitor presses the flat's button: the response, and what the timeline says."""
    status = door.failed(door.call(number)).status
    call = server.newest("/visits", since)
    return status, server.command("trace", call["id"]).out


def logged(server: Program, since: str) -> list[tuple[int, str]]:
    """Status and reason of each visit in the door log, which is written a moment later."""
    rows: list[tuple[int, str]] = []

    def found() -> bool:
        query = f"/door-log?log_type=call&from={since}"
        rows[:] = [(row["status"], row["reason"]) for row in server.get(query)["items"]]
        return bool(rows)

    wait_until(found, "the door log holds no visit")
    return rows


@pytest.mark.feature("G09")
@pytest.mark.parametrize(
    ("number", "setting", "reason", "words"),
    [
        (FLAT, {"windows": ALWAYS}, "quiet_hours", "it is within quiet hours"),
        (GROUP, {"do_not_disturb": True}, "do_not_disturb", "do-not-disturb is switched on"),
    ],
    ids=["quiet-hours", "do-not-disturb"],
)
def test_a_second_press_within_a_minute_is_let_through(
    server: Program, flat: str, number: str, setting: dict[str, Any], reason: str, words: str
) -> None:
    """The first press is refused and the record says why; the second rings monitor and app."""
    server.change(f"{flat}/quiet-hours", setting)
    with ExitStack() as stack:
        door, app, monitor = phones(server, stack, "Main entrance", "Cleo Carter", "Monitor 1003")
        since = moment()
        status, told = refused(server, door, since, number)
        rows = logged(server, since)
        (site,) = server.get("/sites")["items"]
        planned = server.get(f"/sites/{site['id']}/call-plan?apartment={number}")

        invite = door.call(number)
        taken = monitor.rung()
        app.rung()
        monitor.answer(taken)
        talking = door.accepted(invite)
        app.reply(app.receive("CANCEL"), "200 OK")
        assert door.answer_to(door.inside(talking, "BYE")).status == 200
        monitor.reply(monitor.receive("BYE"), "200 OK")

    assert status == 480
    assert f"refused with 480: {words}" in told
    assert rows == [(480, reason)]
    assert planned["refusal"] == {"status": 480, "reason": reason, "explanation": words}


@pytest.mark.feature("G09")
def test_visits_go_to_the_guards_while_the_household_is_quiet(server: Program, flat: str) -> None:
    """With `guard` nobody at home rings, the guard phone does."""
    server.change(f"{flat}/quiet-hours", {"windows": ALWAYS, "action": "guard"})
    with ExitStack() as stack:
        door, monitor, guard = phones(server, stack, "Main entrance", "Monitor 1003", "Guard")
        since = moment()
        invite = door.call(AT_GATE)
        taken = guard.rung()
        guard.answer(taken)
        talking = door.accepted(invite)
        assert door.answer_to(door.inside(talking, "BYE")).status == 200
        guard.reply(guard.receive("BYE"), "200 OK")
        told = server.command("trace", server.newest("/visits", since)["id"]).out

    assert f"{monitor.user} (indoor) is left out" in told or "Monitor 1003 (indoor) is left" in told
    assert "it is within quiet hours" in told


@pytest.mark.feature("F169")
@pytest.mark.parametrize(
    ("status", "code", "reason", "words"),
    [
        ("blocked", 403, "blocked", "what was dialled is blocked"),
        ("inactivated", 480, "inactive", "what was dialled is not activated"),
        ("expired", 480, "account_expired", "the account has expired"),
    ],
)
def test_each_account_status_is_refused_with_its_own_response_and_reason(
    server: Program, flat: str, status: str, code: int, reason: str, words: str
) -> None:
    """Blocked 403, not activated and expired 480; timeline, plan and door log say why."""
    server.change(flat, {"status": status})
    with ExitStack() as stack:
        door, _monitor = phones(server, stack, "Main entrance", "Monitor 1003")
        since = moment()
        found, told = refused(server, door, since)
        rows = logged(server, since)
    (site,) = server.get("/sites")["items"]
    planned = server.get(f"/sites/{site['id']}/call-plan?apartment={FLAT}")

    assert server.get(flat)["status"] == status
    assert found == code
    assert f"refused with {code}: {words}" in told
    assert rows == [(code, reason)]
    assert planned["refusal"]["reason"] == reason


@pytest.mark.feature("G09")
def test_a_blocked_flat_is_not_opened_by_pressing_again(server: Program, flat: str) -> None:
    """Twice the same refusal, with do-not-disturb set as well."""
    server.change(f"{flat}/quiet-hours", {"do_not_disturb": True})
    server.change(flat, {"status": "blocked"})
    with ExitStack() as stack:
        door, _monitor = phones(server, stack, "Main entrance", "Monitor 1003")
        since = moment()
        statuses = [refused(server, door, since)[0] for _ in range(2)]

    assert statuses == [403, 403]
