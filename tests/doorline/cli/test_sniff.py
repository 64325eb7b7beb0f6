"""`doorline sniff`; on a running server: tests/scenarios/wire_capture."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from sipcore.capture.pcap import FILE_HEADER
from tests.support.command_line import CommandLine

EMPTY = FILE_HEADER
PCAP = EMPTY + b"a message"
REJECTED = b"""{"detail": "Some fields are wrong.",
"errors": [{"field": "aor", "message": "too short"}]}"""
CLASH = b"""{"detail": "This server keeps no messages.",
"errors": [{"field": "sip.capture.keep", "message": "This server keeps no messages."}]}"""


class Admin(BaseHTTPRequestHandler):
    """An admin listener that knows one token."""

    def do_GET(self) -> None:
        if self.headers["Authorization"] != "Bearer root-token":
            self._answer(401, b'{"detail": "A valid token is needed."}')
        elif self.path == "/api/v1/capture?aor=1001&seconds=0":
            self._answer(200, PCAP)
        elif self.path == "/api/v1/capture?aor=unknown&seconds=0":
            self._answer(200, EMPTY)
        elif self.path == "/api/v1/capture?aor=&seconds=0":
            self._answer(422, REJECTED)
        elif self.path == "/api/v1/capture?aor=1001&seconds=2":
            self._answer(409, CLASH)
        else:
            self._answer(500, self.path.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def admin(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Its address; the root operator's token is in the environment."""
    monkeypatch.setenv("DOORLINE_TOKEN", "root-token")
    with HTTPServer(("127.0.0.1", 0), Admin) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_the_answer_becomes_a_file_that_only_its_owner_reads(
    doorline: CommandLine, admin: str, tmp_path: Path
) -> None:
    target = tmp_path / "gate.pcap"
    done = doorline("sniff", "--aor", "1001", "--out", str(target), "--url", admin)

    assert (done.status, done.out) == (0, f"{target}: {len(PCAP)} octets\n")
    assert target.read_bytes() == PCAP
    assert target.stat().st_mode & 0o777 == 0o600


def test_without_a_name_the_file_is_called_like_the_account(
    doorline: CommandLine, admin: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DOORLINE_HTTP__ADMIN", admin.removeprefix("http://"))
    done = doorline("sniff", "--aor", "1001")

    assert (done.status, done.err) == (0, "")
    assert (tmp_path / "1001.pcap").read_bytes() == PCAP


def test_a_file_that_others_could_read_becomes_its_owners_alone(
    doorline: CommandLine, admin: str, tmp_path: Path
) -> None:
    target = tmp_path / "gate.pcap"
    target.write_bytes(b"something longer than a capture " * 10)
    target.chmod(0o644)
    done = doorline("sniff", "--aor", "1001", "--out", str(target), "--url", admin)

    assert (done.status, target.read_bytes()) == (0, PCAP)
    assert target.stat().st_mode & 0o777 == 0o600


def test_a_capture_without_messages_replaces_no_earlier_one(
    doorline: CommandLine, admin: str, tmp_path: Path
) -> None:
    target = tmp_path / "gate.pcap"
    target.write_bytes(PCAP)
    done = doorline("sniff", "--aor", "unknown", "--out", str(target), "--url", admin)

    assert (done.status, done.out) == (1, "")
    assert target.read_bytes() == PCAP


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--token", "wrong"), "the server refuses: A valid token is needed."),
        (
            ("--token", ""),
            "expected the API token of a root operator in DOORLINE_TOKEN or after --token",
        ),
        (("--seconds", "1"), "the server refuses with status 500"),
        (("--url", ""), "http.admin picks a free port: name its address with --url"),
        (
            ("--url", "http://127.0.0.1:1"),
            "http://127.0.0.1:1: cannot connect: Connection refused; is the server running? "
            "Its admin listener is looked for where --url says, or else http.admin of the settings "
            "or DOORLINE_HTTP__ADMIN\n",
        ),
        (("--aor", ""), "the server refuses: Some fields are wrong. aor: too short\n"),
        (("--seconds", "2"), "the server refuses: This server keeps no messages.\n"),
        (
            ("--aor", "unknown"),
            "no messages for unknown were seen (is it registered? "
            "--seconds N follows what comes next)\n",
        ),
        (("--out", "/nowhere/a.pcap"), "/nowhere/a.pcap: No such file or directory"),
    ],
)
def test_what_goes_wrong_is_told_and_leaves_no_file(
    doorline: CommandLine,
    admin: str,
    tmp_path: Path,
    words: tuple[str, ...],
    complaint: str,
) -> None:
    target = tmp_path / "a.pcap"
    done = doorline("sniff", "--aor", "1001", "--out", str(target), "--url", admin, *words)

    assert (done.status, done.err.startswith(f"doorline: {complaint}")) == (1, True), done.err
    assert not target.exists()


def test_a_name_that_leads_out_of_the_folder_is_made_plain(
    doorline: CommandLine, admin: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = doorline("sniff", "--aor", "../../etc/1", "--url", admin)

    assert done.err == "doorline: the server refuses with status 500\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["doorline.toml"]
