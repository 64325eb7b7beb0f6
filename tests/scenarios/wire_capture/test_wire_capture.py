"""tshark and sngrep, which we did not write, read what the server tells of a call."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.scenarios.sipp_interop.sipp import Phone
from tests.support.program import Program, wait_until
from tests.support.sockets import free_port, is_bound

DOOR = ("4000000001", "door-password-1")
APP = ("4000000002", "app-password-2")
ACCOUNTS = f"""\
user,password,display,kind,apartment
{DOOR[0]},{DOOR[1]},Back door,door,
{APP[0]},{APP[1]},Ann,app,101
"""
DEMO_ACCOUNTS = 10
HOMER_KEY = "homer-key"
LIMIT = 30
CODE = "Signal=#"


def admin_url(server: Program) -> str:
    """Where the admin API is."""
    return "http://" + server.find(r"http/admin (\S+)")


@dataclass
class Tools:
    """Where the programs are."""

    sipp: str
    tshark: str
    sngrep: str

    def fields(self, file: Path, *names: str) -> list[list[str]]:
        """What tshark finds in each SIP message of a pcap file."""
        wanted = [word for name in names for word in ("-e", name)]
        checks = ("-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE")
        done = subprocess.run(
            [self.tshark, "-r", str(file), *checks, "-T", "fields", *wanted, "-Y", "sip"],
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=True,
        )
        return [line.split("\t") for line in done.stdout.splitlines()]

    def packets(self, file: Path) -> int:
        """How many packets tshark finds in a file, SIP or not."""
        done = subprocess.run(
            [self.tshark, "-r", str(file)],
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=True,
        )
        return len(done.stdout.splitlines())


class Collector:
    """sngrep listening for HEP as Homer does; writes what it gets to a file."""

    def __init__(self, sngrep: str, folder: Path) -> None:
        self.port = free_port()
        self.file = folder / "homer.pcap"
        settings = folder / "sngreprc"
        settings.write_text(f"set eep.listen.pass {HOMER_KEY}\n", encoding="utf-8")
        command = [sngrep, "-F", "-f", str(settings), "-N", "-q"]
        command += ["-L", f"udp:127.0.0.1:{self.port}", "-O", str(self.file)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_until(lambda: is_bound(self.port), "sngrep does not listen")

    def stop(self) -> None:
        """Let it write its file and end."""
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@dataclass
class Played:
    """The call after it was played."""

    server: Program
    tools: Tools
    homer: Path
    exported: float
    """Messages the server had sent to the collector when that was stopped."""
    folder: Path

    def sniff(self, account: str, *words: str, status: int = 0) -> Path:
        """The file that `doorline sniff` writes for an account."""
        target = self.folder / f"{account}.pcap"
        done = self.server.command(
            *("sniff", "--aor", account, "--out", str(target), "--token", self.server.token),
            *("--url", admin_url(self.server), *words),
        )
        assert done.status == status, done.err
        return target


@pytest.fixture(scope="module")
def played(
    require_tool: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Played]:
    tools = Tools(require_tool("sipp"), require_tool("tshark"), require_tool("sngrep"))
    folder = tmp_path_factory.mktemp("capture")
    accounts = folder / "accounts.csv"
    accounts.write_text(ACCOUNTS, encoding="utf-8")
    collector = Collector(tools.sngrep, folder)
    settings = {"HEP": f"127.0.0.1:{collector.port}", "HEP_PASSWORD": HOMER_KEY}
    with pytest.MonkeyPatch.context() as environment:
        for name, value in settings.items():
            environment.setenv(f"DOORLINE_SIP__CAPTURE__{name}", value)
        with Program(folder) as server:
            try:
                imported = server.command("account", "import", str(accounts), "--site", "Interop")
                assert imported.status == 0, imported.err
                server.wait_for_metric("doorline_accounts", DEMO_ACCOUNTS + 2)
                play(server, tools.sipp, folder)
                exported = server.metric("doorline_capture_hep_sent_total")
            finally:
                collector.stop()
            yield Played(server, tools, collector.file, exported, folder)


def play(server: Program, sipp: str, folder: Path) -> None:
    """The door phone calls over UDP the app, which is reached over TCP."""
    app = Phone(sipp, server.tcp, folder, user=APP[0], password=APP[1], transport="TCP")
    door = Phone(sipp, server.udp, folder, user=DOOR[0], password=DOOR[1])
    with app.playing("register_and_wait.xml", out_of_call="callee.xml") as waiting:
        waiting.has_seen("SIP/2.0 200 OK")
        door.play("caller.xml", dialled=APP[0])


def test_tshark_reads_every_message_between_its_true_addresses(played: Played) -> None:
    file = played.sniff(APP[0])

    rows = played.tools.fields(
        file,
        "sip.Method",
        "sip.Status-Code",
        "udp.port",
        "ip.checksum.status",
        "udp.checksum.status",
    )

    assert len(rows) == played.tools.packets(file) > 10
    assert {tuple(row[3:]) for row in rows} == {("1", "1")}
    methods = {row[0] for row in rows}
    assert methods >= {"REGISTER", "INVITE", "ACK", "INFO", "BYE"}
    assert {row[1] for row in rows} >= {"401", "200"}
    ports = {int(port) for row in rows for port in row[2].split(",")}
    assert ports & {played.server.udp[1], played.server.tcp[1]}


def test_sngrep_reads_the_same_file(played: Played) -> None:
    file = played.sniff(APP[0])
    copy = played.folder / "copy.pcap"

    subprocess.run(
        [played.tools.sngrep, "-F", "-N", "-q", "-I", str(file), "-O", str(copy)],
        stdin=subprocess.DEVNULL,
        timeout=LIMIT,
        check=True,
    )

    assert played.tools.fields(copy, "sip.CSeq") == played.tools.fields(file, "sip.CSeq")


def test_a_file_holds_the_messages_of_one_account_and_no_other(played: Played) -> None:
    own = {row[0] for row in played.tools.fields(played.sniff(DOOR[0]), "sip.to.user")}
    stranger = played.sniff("4999999999", status=1)

    assert "REGISTER" not in {
        row[0] for row in played.tools.fields(played.sniff(DOOR[0]), "sip.Method")
    }
    assert own <= {DOOR[0], APP[0]}
    assert not stranger.exists()


def test_a_collector_gets_every_message_by_hep(played: Played) -> None:
    rows = played.tools.fields(played.homer, "sip.Method", "sip.Status-Code", "udp.port")

    assert len(rows) == played.exported > 10
    assert {row[0] for row in rows} >= {"REGISTER", "INVITE", "ACK", "INFO", "BYE"}


def test_neither_credentials_nor_door_codes_leave_the_server(played: Played) -> None:
    for file in (played.homer, played.sniff(APP[0])):
        octets = file.read_bytes()
        responses = played.tools.fields(file, "sip.auth.digest.response", "sip.auth.nonce")
        shown = {value for row in responses for value in row if value}

        assert b"Digest username=" in octets
        assert shown
        assert all(set(value) <= set('x,"') for value in shown), shown
        assert b"application/dtmf-relay" in octets
        assert b"Signal=x" in octets
        assert CODE.encode() not in octets


def test_what_passes_later_is_followed_live(played: Played) -> None:
    following = subprocess.Popen(
        [
            *(sys.executable, "-m", "doorline", "sniff", "--aor", "4999999998", "--out", "-"),
            *("--seconds", "30", "--url", admin_url(played.server)),
            *("--config", str(played.server.config)),
        ],
        stdout=subprocess.PIPE,
        env={**os.environ, "DOORLINE_TOKEN": played.server.token},
    )
    with following:
        assert following.stdout is not None
        head = following.stdout.read(24)
        newcomer = Phone(
            played.tools.sipp, played.server.udp, played.folder, user="4999999998", password="wrong"
        )
        newcomer.play("refused_registration.xml")
        record = following.stdout.read(16 + 20 + 8 + 8)
        following.terminate()

    assert head[:4] == b"\xd4\xc3\xb2\xa1"
    assert record.endswith(b"REGISTER")
