"""SIPp as a phone: one run of one scenario of this folder."""

import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.program import wait_until
from tests.support.sockets import free_port, is_bound

HERE = Path(__file__).parent
DOMAIN = "doorline.local"
LIMIT = 20
"""Seconds a scenario may take."""
MODES = {"UDP": "u1", "TCP": "t1"}


class SippError(AssertionError):
    """SIPp saw something else than its scenario expects."""


class Phone:
    """An account with a port of its own, and the scenarios it plays there."""

    def __init__(
        self,
        sipp: str,
        server: tuple[str, int],
        folder: Path,
        *,
        user: str,
        password: str,
        transport: str = "UDP",
    ) -> None:
        """`sipp` is the program; `server` is where that transport is served, and the phone is
        on the same address."""
        self.user = user
        self.port = free_port()
        self._sipp = sipp
        self._server = server
        self._folder = folder
        self._transport = transport
        self._identity = ["-key", "user", user, "-au", user, "-ap", password]

    def play(self, scenario: str, *, dialled: str = "") -> None:
        """Play a scenario to its end; SippError when it went otherwise."""
        with self.playing(scenario, dialled=dialled) as run:
            run.finished()

    def playing(self, scenario: str, *, dialled: str = "", out_of_call: str = "") -> "Run":
        """A scenario that goes on while the test does something else.

        Calls that arrive outside the scenario's own are played by the scenario `out_of_call`.
        """
        host, port = self._server
        server = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        command = [self._sipp, server, "-sf", str(HERE / scenario), "-m", "1"]
        # SIPp forgets the brackets of an IPv6 address in the digest URI.
        command += ["-i", host, "-auth_uri", server]
        command += ["-p", str(self.port), "-t", MODES[self._transport]]
        command += ["-nostdin", "-default_behaviors", "none", "-key", "domain", DOMAIN]
        command += ["-timeout", str(LIMIT), "-timeout_error", "-recv_timeout", "10000"]
        command += [*self._identity, "-key", "dialled", dialled]
        if out_of_call:
            command += ["-oocsf", str(HERE / out_of_call)]
        return Run(command, self._folder / f"{self.port}-{scenario}")

    def answering(self, scenario: str) -> "Run":
        """A scenario that waits for a call; returns when its port is open."""
        run = self.playing(scenario)
        wait_until(lambda: is_bound(self.port), f"SIPp did not open port {self.port}")
        return run


class Run:
    """One SIPp process; a context manager that leaves none behind."""

    def __init__(self, command: list[str], folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._messages = folder / "messages.log"
        self._errors = folder / "errors.log"
        for log in (self._messages, self._errors):
            log.unlink(missing_ok=True)
        command = [*command, "-trace_msg", "-message_file", str(self._messages)]
        command += ["-trace_err", "-error_file", str(self._errors)]
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()

    @property
    def messages(self) -> str:
        """What was sent and received so far."""
        return self._text(self._messages)

    def finished(self) -> None:
        """Wait for the end; SippError when something unexpected came, or something did not."""
        status = self._process.wait(LIMIT + 10)
        if status:
            raise SippError(f"SIPp ended with {status}\n{self._text(self._errors)}{self.messages}")

    def has_seen(self, text: str) -> None:
        """Wait until that text was sent or received."""
        wait_until(lambda: text in self.messages, f"SIPp never saw {text!r}:\n{self.messages}")

    def _text(self, file: Path) -> str:
        return file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""
