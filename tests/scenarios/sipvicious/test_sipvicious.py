"""SIPVicious, which we did not write: it finds nothing, cracks nothing, and gets banned."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.plain_sip import PlainPhone
from tests.support.program import Program

SCANNER = "127.0.0.1"
"""Address the programs work from."""
ELSEWHERE = "127.0.0.2"
"""Address the phone works from."""
PHONE = ("4000000001", "phone-password-1")
LIMIT = 60
"""Seconds a program may take."""
NO_LIST = "DOORLINE_SIP__LIMITS__DROP_USER_AGENTS"

Run = Callable[..., str]


@pytest.fixture(scope="module")
def run(require_tool: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs one of the programs against a server; what it printed, errors included."""
    home = tmp_path_factory.mktemp("sipvicious")

    def run_it(program: str, server: Program, *words: str, times: int = 1) -> str:
        host, port = server.udp
        done = subprocess.run(
            [require_tool(program), "-p", str(port), *words, *([host] * times)],
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
            env={"HOME": str(home), "PATH": "/usr/bin:/bin"},
        )
        return done.stdout + done.stderr

    require_tool("svmap")
    return run_it


@contextmanager
def running(folder: Path, *, with_list: bool) -> Iterator[Program]:
    """The server with an account, with its list of scanners or without."""
    with pytest.MonkeyPatch.context() as patch:
        if not with_list:
            patch.setenv(NO_LIST, "nobody-calls-himself-so")
        with Program(folder) as server:
            added = server.command(
                *("account", "add", PHONE[0], "--kind", "app", "--site", "Scanned"),
                *("--apartment", "1", "--password-stdin"),
                given=f"{PHONE[1]}\n",
            )
            assert added.status == 0, added.err
            server.wait_for_metric("doorline_accounts", 11)
            yield server
            assert server.metric("doorline_sip_internal_errors_total") == 0


@pytest.fixture(scope="module")
def server(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with running(tmp_path_factory.mktemp("scanned"), with_list=True) as program:
        yield program


@pytest.fixture(scope="module")
def naive(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """A server that does not know the scanner by its name."""
    with running(tmp_path_factory.mktemp("naive"), with_list=False) as program:
        yield program


def bans(server: Program) -> dict[str, str]:
    """Reasons by address."""
    return {item["address"]: item["reason"] for item in server.get("/bans")["items"]}


def lift(server: Program) -> int:
    """The status of lifting the scanner's ban."""
    return server.api("DELETE", f"/bans/{SCANNER}").status


def test_a_scan_finds_no_server(server: Program, run: Run) -> None:
    printed = run("svmap", server)

    assert "found nothing" in printed
    assert server.metric("doorline_sip_shed_scanner_total") == 1
    assert bans(server) == {}


def test_whoever_goes_on_scanning_is_banned_and_a_phone_elsewhere_works(
    server: Program, run: Run
) -> None:
    with PlainPhone(server.udp, *PHONE, host=ELSEWHERE) as phone:
        assert phone.register().status == 200
        printed = run("svmap", server, times=30)

        assert "found nothing" in printed
        assert bans(server) == {SCANNER: "scanner"}
        assert phone.register().status == 200
    assert server.metric("doorline_sip_banned_messages_total") > 0
    assert server.metric("doorline_sip_bans") == 1


def test_the_ban_is_listed_and_lifted_through_the_api(server: Program) -> None:
    with PlainPhone(server.udp, *PHONE, host=SCANNER) as neighbour:
        assert bans(server) == {SCANNER: "scanner"}
        assert lift(server) == 204
        assert neighbour.register().status == 200

    assert (bans(server), lift(server)) == ({}, 404)
    audit = server.get("/audit?kind=ban")["items"]
    assert [(row["action"], row["before"]["address"]) for row in audit] == [("delete", SCANNER)]
    server.wait_for_log("sip.ban_lifted")


def test_an_address_that_a_phone_is_registered_from_is_not_banned(
    server: Program, run: Run
) -> None:
    with PlainPhone(server.udp, *PHONE, host=SCANNER) as neighbour:
        assert neighbour.register().status == 200
        printed = run("svmap", server, times=100)

        assert "found nothing" in printed
        assert bans(server) == {}
        assert neighbour.register().status == 200
        assert neighbour.register(expires=0, contact="*").status == 200


@pytest.mark.parametrize("method", ["REGISTER", "INVITE", "OPTIONS"])
def test_a_search_for_accounts_finds_none_even_by_a_scanner_without_a_name(
    naive: Program, run: Run, method: str
) -> None:
    first = int(PHONE[0]) - 20
    printed = run("svwar", naive, "--force", "-m", method, "-e", f"{first}-{PHONE[0]}")

    assert PHONE[0] not in printed
    assert naive.metric("doorline_sip_messages_received_total") > 0


def test_a_password_is_found_where_it_is_among_the_first(
    naive: Program, run: Run, tmp_path: Path
) -> None:
    """So that the next test could fail."""
    words = tmp_path / "dictionary.txt"
    words.write_text(f"guess\n{PHONE[1]}\n", encoding="utf-8")

    assert PHONE[1] in run("svcrack", naive, "-u", PHONE[0], "-d", str(words))


def test_whoever_tries_many_passwords_is_banned_before_the_right_one(
    naive: Program, run: Run, tmp_path: Path
) -> None:
    words = tmp_path / "dictionary.txt"
    wrong = [f"guess-{number}" for number in range(60)]
    words.write_text("\n".join([*wrong, PHONE[1]]) + "\n", encoding="utf-8")

    # It registers what it has cracked, and a registered address is not banned.
    with PlainPhone(naive.udp, *PHONE, host=ELSEWHERE) as phone:
        assert phone.register(expires=0, contact="*").status == 200
        printed = run("svcrack", naive, "-u", PHONE[0], "-d", str(words), "--maximumtime", "5")

        assert PHONE[1] not in printed
        assert bans(naive) == {SCANNER: "wrong_credentials"}
        assert phone.register().status == 200
