"""SIPp, which we did not write, against the real program: registration and calls, UDP and TCP.

What each message must look like stands in the scenarios; a SIPp that ends with status 0 has seen
exactly that, in that order.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.scenarios.sipp_interop.sipp import Phone
from tests.support.program import Program, moment
from tests.support.sockets import has_ipv6

DOOR = ("4000000001", "door-password-1")
APP = ("4000000002", "app-password-2")
INDOOR = ("4000000003", "indoor-password-3")
FOREIGN = "4100000001"
ACCOUNTS = f"""\
user,password,display,kind,apartment
{DOOR[0]},{DOOR[1]},Back door,door,
{APP[0]},{APP[1]},Ann,app,101
{INDOOR[0]},{INDOOR[1]},Monitor,indoor,101
"""
DEMO_ACCOUNTS = 10

both_transports = pytest.mark.parametrize("transport", ["UDP", "TCP"])
IPV6 = has_ipv6()
every_way = pytest.mark.parametrize(
    "transport",
    [
        "UDP",
        "TCP",
        pytest.param("UDP6", marks=pytest.mark.skipif(not IPV6, reason="no IPv6 loopback")),
    ],
)
MakePhone = Callable[..., Phone]


@pytest.fixture(scope="module")
def sipp(require_tool: Callable[[str], str]) -> str:
    return require_tool("sipp")


@pytest.fixture(scope="module")
def server(sipp: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    folder = tmp_path_factory.mktemp("interop")
    accounts = folder / "accounts.csv"
    accounts.write_text(ACCOUNTS, encoding="utf-8")
    with Program(folder, ipv6=IPV6) as running:
        imported = running.command("account", "import", str(accounts), "--site", "Interop")
        assert imported.status == 0, imported.err
        added = running.command(
            *("account", "add", FOREIGN, "--kind", "app", "--site", "Elsewhere"),
            *("--apartment", "1", "--password-stdin"),
            given="foreign-password-4\n",
        )
        assert added.status == 0, added.err
        running.wait_for_metric("doorline_accounts", DEMO_ACCOUNTS + 4)
        yield running


@pytest.fixture
def phone(server: Program, sipp: str, tmp_path: Path) -> MakePhone:
    def make(account: tuple[str, str], transport: str = "UDP") -> Phone:
        address = {"UDP": server.udp, "TCP": server.tcp}.get(transport) or server.udp6
        user, password = account
        return Phone(sipp, address, tmp_path, user=user, password=password, transport=transport[:3])

    return make


@pytest.fixture
def app(phone: MakePhone) -> Iterator[Phone]:
    """The app of flat 101, registered over UDP from one port and nowhere else."""
    registered = phone(APP)
    registered.play("register.xml")
    yield registered
    registered.play("unregister.xml")


@every_way
def test_a_phone_registers_refreshes_asks_and_unregisters(phone: MakePhone, transport: str) -> None:
    phone(INDOOR, transport).play("registration.xml")


@both_transports
def test_too_short_a_registration_is_told_the_least_that_is_granted(
    phone: MakePhone, transport: str
) -> None:
    phone(INDOOR, transport).play("short_expiry.xml")


@both_transports
@pytest.mark.parametrize(
    "account",
    [(INDOOR[0], "not-the-password"), ("4999999999", "whatever")],
    ids=["wrong password", "no such account"],
)
def test_whoever_cannot_prove_an_account_is_refused_alike(
    phone: MakePhone, transport: str, account: tuple[str, str]
) -> None:
    phone(account, transport).play("refused_registration.xml")


@both_transports
def test_options_is_answered_without_credentials(phone: MakePhone, transport: str) -> None:
    phone(INDOOR, transport).play("options.xml")


@every_way
def test_a_call_is_answered_talked_in_held_and_ended(
    phone: MakePhone, app: Phone, server: Program, transport: str
) -> None:
    began = moment()
    with app.answering("callee.xml") as answering:
        phone(DOOR, transport).play("caller.xml", dialled=app.user)
        answering.finished()

    assert newest_call(server, began) == ("answered", 200, "caller")


@pytest.mark.skipif(not IPV6, reason="no IPv6 loopback")
def test_a_callee_on_ipv6_is_called_from_ipv4(phone: MakePhone, server: Program) -> None:
    began = moment()
    callee = phone(INDOOR, "UDP6")
    callee.play("register.xml")
    with callee.answering("callee.xml") as answering:
        phone(DOOR).play("caller.xml", dialled=callee.user)
        answering.finished()
    callee.play("unregister.xml")

    assert newest_call(server, began) == ("answered", 200, "caller")


def test_a_callee_over_tcp_is_called_on_the_connection_it_registered_over(
    phone: MakePhone, server: Program
) -> None:
    began = moment()
    callee = phone(INDOOR, "TCP")
    with callee.playing("register_and_wait.xml", out_of_call="callee.xml") as waiting:
        waiting.has_seen("SIP/2.0 200 OK")
        phone(DOOR).play("caller.xml", dialled=callee.user)

    assert newest_call(server, began) == ("answered", 200, "caller")


@both_transports
def test_a_visitor_who_gives_up_cancels_what_rings(
    phone: MakePhone, app: Phone, server: Program, transport: str
) -> None:
    began = moment()
    with app.answering("callee_cancelled.xml") as ringing:
        phone(DOOR, transport).play("caller_gives_up.xml", dialled=app.user)
        ringing.finished()

    assert newest_call(server, began) == ("abandoned", 487, "caller")


@both_transports
def test_a_busy_callee_is_heard_as_busy(
    phone: MakePhone, app: Phone, server: Program, transport: str
) -> None:
    began = moment()
    with app.answering("callee_busy.xml") as busy:
        phone(DOOR, transport).play("caller_hears_busy.xml", dialled=app.user)
        busy.finished()

    assert newest_call(server, began) == ("busy", 486, "server")


@both_transports
@pytest.mark.parametrize("number", ["5000", FOREIGN], ids=["unknown", "of another site"])
def test_a_number_of_another_site_does_not_exist(
    phone: MakePhone, transport: str, number: str
) -> None:
    phone(DOOR, transport).play("caller_finds_nobody.xml", dialled=number)


def test_of_two_phones_the_one_that_answers_silences_the_other(
    phone: MakePhone, app: Phone
) -> None:
    second = phone(APP)
    second.play("register.xml")
    with (
        app.answering("callee_elsewhere.xml") as silenced,
        second.answering("callee.xml") as answering,
    ):
        phone(DOOR).play("caller.xml", dialled=app.user)
        answering.finished()
        silenced.finished()


def test_an_answer_that_crosses_the_cancel_is_acknowledged_and_ended(
    phone: MakePhone, app: Phone, server: Program
) -> None:
    began = moment()
    site = next(site for site in server.get("/sites")["items"] if site["name"] == "Interop")
    server.change(f"/sites/{site['id']}", {"stage_timeout": 1})
    try:
        with app.answering("callee_too_late.xml") as late:
            phone(DOOR).play("caller_unanswered.xml", dialled=app.user)
            late.finished()
    finally:
        server.change(f"/sites/{site['id']}", {"stage_timeout": site["stage_timeout"]})

    assert newest_call(server, began) == ("missed", 408, "server")


@every_way
def test_a_phone_watches_refreshes_and_unsubscribes(phone: MakePhone, transport: str) -> None:
    phone(INDOOR, transport).play("watcher.xml")


@both_transports
def test_a_message_outside_calls_is_delivered(phone: MakePhone, app: Phone, transport: str) -> None:
    with app.answering("reader.xml") as reading:
        phone(DOOR, transport).play("writer.xml", dialled=app.user)
        reading.finished()


def test_nothing_of_all_this_troubled_the_server(server: Program) -> None:
    figures = [
        server.metric(f"doorline_sip_{name}_total") for name in ("internal_errors", "bad_messages")
    ]

    assert figures == [0.0, 0.0]
    assert "Traceback" not in server.log


def newest_call(server: Program, since: str) -> tuple[str, int, str]:
    """Outcome, status and who ended it, once the record is complete."""
    record = server.newest("/calls", since)
    return record["outcome"], record["status"], record["ended_by"]
