"""sipsak, which we did not write, on the real program."""

import re
import subprocess
from collections.abc import Callable, Iterator

import pytest

from tests.support.program import Ended, Program

USER, PASSWORD = "4000000001", "phone-password-1"
DEMO_ACCOUNTS = 10
LIMIT = 60
Sipsak = Callable[..., Ended]


@pytest.fixture(scope="module")
def program(require_tool: Callable[[str], str]) -> str:
    return require_tool("sipsak")


@pytest.fixture(scope="module")
def server(program: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with Program(tmp_path_factory.mktemp("sipsak")) as running:
        added = running.command(
            *("account", "add", USER, "--kind", "guard", "--site", "Interop", "--password-stdin"),
            given=f"{PASSWORD}\n",
        )
        assert added.status == 0, added.err
        running.wait_for_metric("doorline_accounts", DEMO_ACCOUNTS + 1)
        yield running
        assert running.metric("doorline_sip_internal_errors_total") == 0
        assert "Traceback" not in running.log


@pytest.fixture
def sipsak(program: str, server: Program) -> Sipsak:
    """One run of sipsak; 0 is its status for the answer it expects."""

    def run(*words: str, user: str = "", transport: str = "udp", verbose: bool = True) -> Ended:
        host, port = server.udp if transport == "udp" else server.tcp
        name = f"{user}@" if user else ""
        target = ("-s", f"sip:{name}{host}:{port}", "--transport", transport)
        done = subprocess.run(
            [program, *words, *target, *(["-vvv"] if verbose else [])],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=LIMIT,
            check=False,
        )
        return Ended(done.returncode, done.stdout.decode("latin-1"), done.stderr.decode("latin-1"))

    return run


def statuses(run: Ended) -> list[str]:
    """Status codes of the answers it printed, in order."""
    return re.findall(r"^SIP/2\.0 (\d{3}) ", run.out + run.err, re.MULTILINE)


def header(run: Ended, name: str) -> list[str]:
    """Values of a header in what it printed."""
    return re.findall(rf"^{name}: ([^\r\n]*)", run.out, re.MULTILINE)


def registered(server: Program) -> list[str]:
    """Contacts of the account."""
    return [row["contact"] for row in server.get(f"/registrations?user={USER}")["items"]]


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_ping_is_answered_with_what_the_server_can(sipsak: Sipsak, transport: str) -> None:
    """RFC 3261 §11.2."""
    run = sipsak(transport=transport)

    assert (run.status, statuses(run)) == (0, ["200"]), run
    assert "REGISTER" in header(run, "Allow")[0]
    assert "application/sdp" in header(run, "Accept")[-1]


def test_sipsak_registers_with_digest_and_removes_its_binding(
    sipsak: Sipsak, server: Program
) -> None:
    """RFC 3261 §10.2.1, §10.2.2, §22."""
    contact = f"sip:{USER}@127.0.0.1:40001"
    credentials = ("-u", USER, "-a", PASSWORD)
    made = sipsak("-U", "-i", "-C", contact, "-x", "300", *credentials, user=USER)
    present = registered(server)
    removed = sipsak("-U", "-i", "-C", contact, "-x", "0", *credentials, user=USER)

    assert (made.status, statuses(made)) == (0, ["401", "200"]), made
    assert present == [contact]
    assert (removed.status, statuses(removed)) == (0, ["401", "200"]), removed
    assert registered(server) == []


def test_a_wrong_password_is_refused(sipsak: Sipsak, server: Program) -> None:
    run = sipsak("-U", "-i", "-x", "300", "-u", USER, "-a", "not-the-password", user=USER)

    assert (run.status != 0, statuses(run)[:2]) == (True, ["401", "403"]), run
    assert registered(server) == []


def test_a_flood_is_taken_in(sipsak: Sipsak, server: Program) -> None:
    before = server.metric("doorline_sip_messages_received_total")
    run = sipsak("-F", "-e", "200", verbose=False)
    server.wait_for_metric("doorline_sip_messages_received_total", before + 200)

    assert run.status == 0, run
    assert statuses(sipsak()) == ["200"]


@pytest.mark.parametrize("trashed", range(5, 100, 19))
def test_trashed_requests_are_answered_or_dropped(
    sipsak: Sipsak, server: Program, trashed: int
) -> None:
    """It sends OPTIONS with more and more random characters until it gets no answer."""
    sipsak("-R", "-t", str(trashed))

    assert statuses(sipsak()) == ["200"]
    assert server.metric("doorline_sip_internal_errors_total") == 0
