"""The server under test: the whole product, as `doorline serve` starts it, on one core."""

import os
import re
import select
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from bench.load import DOMAIN

CONFIG = """\
[server]
data_dir = "{folder}"
log_level = "warning"
[sip]
domain = "{domain}"
[sip.listen]
udp = ["127.0.0.1:0"]
tcp = []
[sip.registrar]
max_expires = 7200
expires_jitter = 0.0
[sip.limits]
trusted = {trusted}
[http]
autop = ["127.0.0.1:0"]
admin = ["127.0.0.1:0"]
"""
START_LIMIT = 120.0


def _environment() -> dict[str, str]:
    """The environment without what would make Python compile everything anew at each start."""
    hidden = ("PYTHONDONTWRITEBYTECODE", "PYTHONASYNCIODEBUG", "PYTHONDEVMODE")
    return {name: value for name, value in os.environ.items() if name not in hidden}


class ServerError(Exception):
    """The server did not start."""


def write_config(folder: Path, *, trusts_load: bool = True) -> Path:
    """A configuration on free ports with its database in `folder`.

    Without `trusts_load` the generator meets the limits and bans that everybody meets.
    """
    file = folder / "doorline.toml"
    trusted = '["127.0.0.1"]' if trusts_load else "[]"
    file.write_text(CONFIG.format(folder=folder / "data", domain=DOMAIN, trusted=trusted))
    return file


def doorline(*words: str) -> str:
    """Run one command of the program and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", "doorline", *words], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ServerError(f"doorline {words[0]}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


class Server:
    """A running `doorline serve`; leave the context to stop it."""

    def __init__(self, config: Path, core: int, *words: str) -> None:
        self.lines: list[str] = []
        """What the server has printed."""
        self.start_seconds = 0.0
        """From starting the interpreter to `doorline ready`."""
        self._command = ["taskset", "-c", str(core), sys.executable, "-m", "doorline", "serve"]
        self._command += ["--config", str(config), *words]
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Server":
        started = time.monotonic()
        self.lines.clear()
        self._process = subprocess.Popen(
            self._command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=_environment()
        )
        assert self._process.stdout is not None
        pending = b""
        while "doorline ready" not in self.lines:
            left = started + START_LIMIT - time.monotonic()
            readable = select.select([self._process.stdout], [], [], max(left, 0))[0]
            received = os.read(self._process.stdout.fileno(), 4096) if readable else b""
            if not received:
                self.__exit__()
                raise ServerError("doorline serve did not become ready: " + self._error())
            *lines, pending = (pending + received).split(b"\n")
            self.lines += [line.decode().strip() for line in lines]
        self.start_seconds = time.monotonic() - started
        return self

    def __exit__(self, *exc: object) -> None:
        process = self._process
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    @property
    def pid(self) -> int:
        """Process id of the server."""
        assert self._process is not None
        return self._process.pid

    def address(self, name: str) -> str:
        """`host:port` of the first listener whose line contains `name`."""
        for line in self.lines:
            found = re.search(r"(\d+\.\d+\.\d+\.\d+:\d+)", line)
            if name in line and found:
                return found.group(1)
        raise ServerError(f"no listener named {name} in {self.lines}")

    def figures(self) -> dict[str, float]:
        """What /metrics says at this moment, by name without the prefix."""
        with urllib.request.urlopen(f"http://{self.address('admin')}/metrics") as answer:
            lines = answer.read().decode().splitlines()
        pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
        return {name.removeprefix("doorline_"): float(value) for name, value in pairs}

    def autop_path(self) -> str:
        """Path of the demo door phone's file under its token."""
        for line in self.lines:
            found = re.search(r"http://[^/\s]+(/autop/[^/\s]+/[^\s\"']+)", line)
            if found:
                return found.group(1)
        raise ServerError(f"no autop line in {self.lines}")

    def _error(self) -> str:
        if self._process is None or self._process.stderr is None:
            return ""
        return self._process.stderr.read().decode(errors="replace")[-2000:]
