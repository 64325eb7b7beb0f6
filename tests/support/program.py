"""The real program seen from outside: its process, its output, its HTTP listeners.

Everything here waits by blocking; it is for tests that treat the server as a black box and talk to
it with other programs or with plain sockets. `tests/scenarios/running_server.py` is the same for
tests that are coroutines.
"""

import http.client
import json
import os
import re
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

START_LIMIT = 90.0
"""Seconds a start may take on a machine that others use too."""
PATIENCE = 15.0
"""Seconds until something that takes a moment must have happened."""

CONFIG = """\
[server]
data_dir = "{folder}/var"
drain_timeout = 0
log_level = "debug"
[sip.listen]
udp = ["127.0.0.1:{udp}"{more_udp}]
tcp = ["127.0.0.1:{tcp}"]
{secure}[http]
autop = ["127.0.0.1:0"]
admin = ["127.0.0.1:0"]
"""


SECURE = """\
tls = ["127.0.0.1:0"]
ws = ["127.0.0.1:0"]
wss = ["127.0.0.1:0"]
[sip.tls]
certificate = "{certificate}"
private_key = "{key}"
"""
"""More listeners, for a program that is given a certificate."""


class ProgramError(Exception):
    """The program did not do what the test builds upon."""


@dataclass(frozen=True)
class HttpAnswer:
    """What came back for one HTTP request."""

    status: int
    headers: tuple[tuple[str, str], ...]
    """In the order in which they came, names as written."""
    body: bytes

    @property
    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Ended:
    """What a command left behind."""

    status: int
    out: str
    err: str


class Program:
    """`doorline serve --demo` with everything it writes in `folder`, its log at level debug.

    A context manager; `stop`, `kill` and `start` may be used in between. The SIP ports stay the
    same from one start to the next.
    """

    def __init__(
        self,
        folder: Path,
        *,
        ipv6: bool = False,
        certificate: tuple[str, str] | None = None,
        more: str = "",
    ) -> None:
        """With `ipv6` there is a UDP listener on `[::1]` too; with the files of a certificate and
        its key there are listeners for TLS and WebSocket; `more` are further settings."""
        self.folder = folder
        self.config = folder / "doorline.toml"
        self.log_file = folder / "server.log"
        self.lines: list[str] = []
        """What the server has printed, over all its starts."""
        self._more_udp = ', "[::1]:0"' if ipv6 else ""
        self._secure = ""
        if certificate is not None:
            self._secure = SECURE.format(certificate=certificate[0], key=certificate[1])
        self._more = more
        self._process: subprocess.Popen[bytes] | None = None
        self._udp = self._tcp = 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    # -- its process --------------------------------------------------------------------------

    def start(self) -> None:
        """Start it and wait until it is ready; ProgramError when it ends instead."""
        text = CONFIG.format(
            folder=self.folder,
            udp=self._udp,
            tcp=self._tcp,
            more_udp=self._more_udp,
            secure=self._secure,
        )
        self.config.write_text(text + self._more, encoding="utf-8")
        with self.log_file.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "doorline", "serve", "--config", str(self.config), "--demo"],
                bufsize=0,  # what was printed must not hide from the selector
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
            )
        first = len(self.lines)
        try:
            self._read_until_ready(self._process)
        except BaseException:
            self.kill()
            raise
        self._udp = self._port("sip/udp 127.0.0.1", first)
        self._tcp = self._port("sip/tcp 127.0.0.1", first)

    def stop(self) -> int:
        """End it in good order; its exit status, 0 when it was not running."""
        return self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it without warning."""
        self._end(signal.SIGKILL)

    @property
    def pid(self) -> int:
        """Process id; ProgramError when it is not running."""
        if self._process is None:
            raise ProgramError("the server is not running")
        return self._process.pid

    @property
    def udp(self) -> tuple[str, int]:
        """Where SIP over UDP is."""
        return "127.0.0.1", self._udp

    @property
    def udp6(self) -> tuple[str, int]:
        """Where SIP over UDP and IPv6 is, since the last start."""
        return "::1", int(self.find(r"sip/udp \[::1\]:(\d+)"))

    @property
    def tcp(self) -> tuple[str, int]:
        """Where SIP over TCP is."""
        return "127.0.0.1", self._tcp

    def sip(self, transport: str) -> tuple[str, int]:
        """Where a kind of SIP listener (`tls`, `wss`) is, since the last start."""
        return "127.0.0.1", int(self.find(rf"sip/{transport} 127\.0\.0\.1:(\d+)"))

    def reload(self) -> None:
        """Have it read templates and certificates again, and wait until it has."""
        before = self.log.count("server.reloaded") + self.log.count("server.not_reloaded")
        os.kill(self.pid, signal.SIGHUP)

        def done() -> bool:
            log = self.log
            return log.count("server.reloaded") + log.count("server.not_reloaded") > before

        wait_until(done, "the server never told of a reload")

    @property
    def log(self) -> str:
        """What it wrote to stderr."""
        return self.log_file.read_text(encoding="utf-8", errors="replace")

    @property
    def token(self) -> str:
        """The root operator's token, printed at the first start."""
        return self.find(r'Bearer ([^\s"$]+)"')

    def find(self, pattern: str) -> str:
        """First group of the pattern in the newest printed line that has it."""
        for line in reversed(self.lines):
            found = re.search(pattern, line)
            if found:
                return found.group(1)
        raise ProgramError(f"{pattern} is not in what the server printed: {self.lines}")

    def command(self, *words: str, given: str = "") -> Ended:
        """Another command of the program on the same settings."""
        return run_command(*words, "--config", str(self.config), given=given)

    # -- its listeners ------------------------------------------------------------------------

    def http(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        listener: str = "admin",
        headers: Mapping[str, str] | None = None,
    ) -> HttpAnswer:
        """One HTTP request on a connection of its own."""
        host, _, port = self.find(rf"http/{listener} (\S+)").rpartition(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=PATIENCE)
        try:
            connection.request(method, path, body, dict(headers or {}))
            answer = connection.getresponse()
            return HttpAnswer(answer.status, tuple(answer.getheaders()), answer.read())
        finally:
            connection.close()

    def api(self, method: str, path: str, body: object = None, *, token: str = "") -> HttpAnswer:
        """One request under /api/v1, as root unless another token is given."""
        headers = {"Authorization": f"Bearer {token or self.token}"}
        if method == "PATCH":
            headers["If-Match"] = "*"
        if body is None:
            return self.http(method, f"/api/v1{path}", headers=headers)
        headers["Content-Type"] = "application/json"
        return self.http(method, f"/api/v1{path}", json.dumps(body).encode(), headers=headers)

    def get(self, path: str) -> Any:
        """What the API has there; ProgramError for anything but 200."""
        answer = self.api("GET", path)
        if answer.status != 200:
            raise ProgramError(f"GET {path}: {answer.status} {answer.body!r}")
        return answer.json

    def make(self, path: str, body: object) -> Any:
        """A new thing made through the API; ProgramError when it is refused."""
        answer = self.api("POST", path, body)
        if answer.status not in (200, 201):
            raise ProgramError(f"POST {path}: {answer.status} {answer.body!r}")
        return answer.json

    def change(self, path: str, body: object) -> None:
        """An edit through the API; ProgramError when it is refused."""
        answer = self.api("PATCH", path, body)
        if answer.status != 200:
            raise ProgramError(f"PATCH {path}: {answer.status} {answer.body!r}")

    def newest(self, path: str, since: str) -> Any:
        """The newest call or visit of that list, once its record is complete.

        `since` is a moment as `moment` gives it; what began earlier does not count.
        """

        def complete() -> bool:
            items = self.get(f"{path}?limit=1")["items"]
            return (
                bool(items) and items[0]["started_at"] >= since and items[0]["ended_at"] is not None
            )

        wait_until(complete, f"{path} has no complete record of what began at {since} or later")
        return self.get(f"{path}?limit=1")["items"][0]

    def metric(self, name: str) -> float:
        """Sum of the samples of one figure, 0 when there is none."""
        text = self.http("GET", "/metrics").body.decode()
        found = re.findall(rf"^{name}(?:\{{[^}}]*\}})? (\S+)$", text, re.MULTILINE)
        return sum(map(float, found))

    def wait_for_metric(self, name: str, least: float) -> None:
        """Wait until a figure has grown that far."""
        wait_until(lambda: self.metric(name) >= least, f"{name} never reached {least}")

    def wait_for_log(self, text: str) -> None:
        """Wait until the server has written that to its log."""
        wait_until(lambda: text in self.log, f"the log never said {text!r}")

    # -- inside -------------------------------------------------------------------------------

    def _read_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        if process.stdout is None:
            raise ProgramError("the server has no output")
        deadline = time.monotonic() + START_LIMIT
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while selector.select(max(deadline - time.monotonic(), 0)):
                line = process.stdout.readline().decode().rstrip()
                if not line:
                    raise ProgramError(f"the server ended at the start:\n{self.log}")
                self.lines.append(line)
                if line == "doorline ready":
                    return
        raise ProgramError(f"the server was not ready in time:\n{self.log}")

    def _port(self, listener: str, first: int) -> int:
        for line in self.lines[first:]:
            if line.startswith(listener):
                return int(line.rpartition(":")[2])
        return 0

    def _end(self, number: int) -> int:
        process, self._process = self._process, None
        if process is None:
            return 0
        with process:
            if process.poll() is None:
                process.send_signal(number)
            try:
                return process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                raise


def moment() -> str:
    """The present moment as the API writes moments."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def run_command(*words: str, given: str = "") -> Ended:
    """`doorline WORDS`, waited for."""
    done = subprocess.run(
        [sys.executable, "-m", "doorline", *words],
        input=given,
        capture_output=True,
        text=True,
        timeout=START_LIMIT,
        check=False,
        env={**os.environ, "COLUMNS": "200"},
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def wait_until(holds: Callable[[], bool], complaint: str) -> None:
    """Wait until a condition holds; ProgramError with the complaint when it never does."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > deadline:
            raise ProgramError(complaint)
        time.sleep(0.05)
